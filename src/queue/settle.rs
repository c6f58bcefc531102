//! How a run ends: the fence is checked, the run, its result and its duration are recorded, and those who waited go on.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::ending::{Aftermath, Again, Ending, end, fail, leave, wait_again};
use super::insert::Attempt;
use super::row::{self, Stored, columns, ms};
use super::state::Move;
use super::{
    Came, Category, ExecutionKind, Exit, JobId, Lease, NewVerdict, Queue, QueueError, StateKind,
    history, verdicts,
};
use crate::config::Priority;
use crate::store::Durability;

/// What the runner hands over at the end of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// What becomes of the job.
    pub next: Next,
    /// What happened.
    pub record: RunRecord,
    /// What it found; the last is the one that the job is remembered by.
    pub results: Vec<NewResult>,
    /// What it came to, where that is asked for and can be said.
    pub verdict: Option<NewVerdict>,
}

/// What becomes of a job after a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The work is done, whatever the result says.
    Done,
    /// It failed for good.
    Failed {
        /// Why, for programs.
        category: Category,
        /// Why, for people.
        error: String,
    },
    /// Another attempt, in a band no better than `low`. One attempt too many becomes `failed(max_retries)`.
    Retry {
        /// Not before.
        at: Timestamp,
        /// What went wrong.
        error: String,
    },
    /// Later, without counting the attempt.
    Snooze {
        /// Not before.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// Again at once, without counting the attempt.
    Interrupted {
        /// Why.
        reason: String,
    },
    /// It needs the user's approval after all; the attempt is not counted.
    Hold {
        /// What is to be approved.
        reason: String,
    },
    /// It leaves by a side exit.
    Ended {
        /// Which.
        exit: Exit,
        /// Why.
        reason: String,
    },
}

/// What happened during a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// When the process started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Under which its duration is learned: its task, or a variant of it, written `task:variant`.
    pub history: String,
    /// The machine it ran on: durations are learned per task and host.
    pub host: String,
    /// In a word, such as `ok`, `exit`, `signal`, `timeout`, `budget`.
    pub outcome: String,
    /// Whether we ended it before it could end itself (budget, time-out, stop): its duration is a lower bound.
    pub killed: bool,
    /// Its exit code, if it exited.
    pub exit_code: Option<i32>,
    /// The signal it died of.
    pub signal: Option<i32>,
    /// CPU time of the whole tree.
    pub cpu_ms: Option<i64>,
    /// Largest resident memory.
    pub peak_rss_kib: Option<i64>,
    /// The limits that were really in force.
    pub enforced: Value,
    /// Its output.
    pub log: Option<PathBuf>,
}

/// A result to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewResult {
    /// What sort of result, such as `findings` or `codebase`.
    pub kind: String,
    /// The commit it is about.
    pub commit: Option<String>,
    /// The version of the body's form.
    pub schema: u32,
    /// The body, as JSON: it may be large, and nobody here looks into it.
    pub body: String,
}

/// What [`Queue::settle`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The job moved on.
    Applied {
        /// Where it is now.
        state: StateKind,
        /// The job that follows it because its twin was wanted meanwhile.
        rerun: Option<JobId>,
        /// Jobs that waited for it and may run now.
        released: Vec<JobId>,
        /// Jobs that needed it and failed with it.
        dependency_failed: Vec<JobId>,
    },
    /// The lease was lost; what the run left is kept in `orphan`.
    Stale,
}

impl Queue {
    /// Ends a run.
    pub fn settle(
        &mut self,
        lease: &Lease,
        settlement: &Settlement,
        now: Timestamp,
    ) -> Result<Settled, QueueError> {
        let durability = if settlement.results.is_empty() && settlement.verdict.is_none() {
            Durability::Normal
        } else {
            Durability::Full
        };
        self.write_with_ballast(durability, |tx| {
            match leased(tx, &lease.job, &lease.run_id, lease.fence)? {
                Some(row) => apply(tx, &row, lease, settlement, now),
                None => keep_orphan(tx, lease, settlement, now),
            }
        })
    }
}

/// The row of a job, if this run still has it.
pub(super) fn leased(
    conn: &Connection,
    id: &JobId,
    run_id: &str,
    fence: i64,
) -> Result<Option<Stored>, QueueError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM job WHERE id = ?1 AND state = 'running' AND run_id = ?2 AND fence = ?3"
    );
    row::first(conn, sql, params![id.0, run_id, fence], Stored::read)
}

fn apply(
    conn: &Connection,
    row: &Stored,
    lease: &Lease,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<Settled, QueueError> {
    let record = &settlement.record;
    record_run(conn, row, lease, settlement)?;
    if let Some(kind) = execution_kind(&settlement.next, record) {
        history::append(conn, record, kind)?;
    }
    let mut result = None;
    for found in &settlement.results {
        result = Some(store_result(conn, row, found, now)?);
    }
    row::change(
        conn,
        "UPDATE job SET exit_code = ?1, result = coalesce(?2, result) WHERE seq = ?3",
        params![record.exit_code, result, row.seq],
    )?;
    if let Some(verdict) = &settlement.verdict {
        verdicts::store(conn, &row.job, verdict, now)?;
    }
    let aftermath = proceed(conn, row, &settlement.next, now)?;
    Ok(Settled::Applied {
        state: aftermath.state,
        rerun: aftermath.rerun,
        released: aftermath.released,
        dependency_failed: aftermath.dependency_failed,
    })
}

fn proceed(
    conn: &Connection,
    row: &Stored,
    next: &Next,
    now: Timestamp,
) -> Result<Aftermath, QueueError> {
    let counted = row.job.attempt;
    let refunded = Attempt {
        count: counted.saturating_sub(1),
        error: row.job.error.clone(),
        retry_alone: false,
    };
    match next {
        Next::Done => end(
            conn,
            row,
            &Ending {
                step: Move::Finish,
                kind: "done",
                category: None,
                error: None,
                reason: None,
                followed: true,
            },
            now,
        ),
        Next::Failed { category, error } => fail(conn, row, *category, error, now),
        Next::Retry { error, .. } if counted > row.job.max_retries => {
            fail(conn, row, Category::MaxRetries, error, now)
        }
        Next::Retry { at, error } => wait_again(
            conn,
            row,
            Again {
                kind: "retry",
                run_at: *at,
                at_best: Priority::Low,
                hold: None,
                attempt: Attempt {
                    count: counted,
                    error: Some(error.clone()),
                    retry_alone: false,
                },
                why: error,
            },
            now,
        ),
        Next::Snooze { at, reason } => wait_again(
            conn,
            row,
            Again {
                kind: "snoozed",
                run_at: *at,
                at_best: Priority::Critical,
                hold: None,
                attempt: Attempt {
                    error: Some(reason.clone()),
                    ..refunded
                },
                why: reason,
            },
            now,
        ),
        Next::Interrupted { reason } => wait_again(
            conn,
            row,
            Again {
                kind: "interrupted",
                run_at: now,
                at_best: Priority::Critical,
                hold: None,
                attempt: refunded,
                why: reason,
            },
            now,
        ),
        Next::Hold { reason } => wait_again(
            conn,
            row,
            Again {
                kind: "held",
                run_at: now,
                at_best: Priority::Critical,
                hold: Some(reason),
                attempt: refunded,
                why: reason,
            },
            now,
        ),
        Next::Ended { exit, reason } => leave(conn, row, *exit, reason, now),
    }
}

/// What a run teaches about its task, if anything.
fn execution_kind(next: &Next, record: &RunRecord) -> Option<ExecutionKind> {
    match next {
        _ if record.killed => Some(ExecutionKind::Killed),
        Next::Done => Some(ExecutionKind::Succeeded),
        Next::Failed { .. } | Next::Retry { .. } => Some(ExecutionKind::Failed),
        Next::Snooze { .. } | Next::Interrupted { .. } | Next::Hold { .. } | Next::Ended { .. } => {
            None
        }
    }
}

fn record_run(
    conn: &Connection,
    row: &Stored,
    lease: &Lease,
    settlement: &Settlement,
) -> Result<(), QueueError> {
    let record = &settlement.record;
    row::change(
        conn,
        "INSERT INTO run (job, task, run_id, fence, attempt, slot, host, commit_id, queue_ms, started_at, finished_at,
                          outcome, killed, exit_code, signal, cpu_ms, peak_rss_kib, enforced, log, history, came)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
        params![
            row.job.id.0,
            row.job.task,
            lease.run_id,
            lease.fence,
            lease.attempt,
            lease.slot,
            record.host,
            row.job.input.commit,
            queue_ms(row),
            ms(record.started_at),
            ms(record.finished_at),
            record.outcome,
            record.killed,
            record.exit_code,
            record.signal,
            record.cpu_ms,
            record.peak_rss_kib,
            record.enforced.to_string(),
            record.log.as_deref().map(row::path_bytes),
            record.history,
            came(&settlement.next).map(Came::name),
        ],
    )?;
    Ok(())
}

/// What a run says about its task, if anything: one that ran into its time-out has failed, one that we cut for our own
/// sake has not.
const fn came(next: &Next) -> Option<Came> {
    match next {
        Next::Done => Some(Came::Succeeded),
        Next::Failed { .. } | Next::Retry { .. } => Some(Came::Failed),
        Next::Snooze { .. } | Next::Interrupted { .. } | Next::Hold { .. } | Next::Ended { .. } => {
            None
        }
    }
}

/// How long a running job had waited when it was claimed.
pub(super) fn queue_ms(row: &Stored) -> i64 {
    let started_at = row.job.started_at.unwrap_or(row.job.queued_at);
    (ms(started_at) - ms(row.job.queued_at)).max(0)
}

/// So many results of a task and type are kept, however young they are: an hourly look at a large repository would fill the
/// database within the time that results are kept for.
const NEWEST: i64 = 50;

fn store_result(
    conn: &Connection,
    row: &Stored,
    result: &NewResult,
    now: Timestamp,
) -> Result<i64, QueueError> {
    row::change(
        conn,
        "INSERT INTO result (job, task, kind, commit_id, schema, created_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            row.job.id.0,
            row.job.task,
            result.kind,
            result.commit,
            result.schema,
            ms(now),
            result.body
        ],
    )?;
    let id = conn.last_insert_rowid();
    row::change(
        conn,
        "DELETE FROM result WHERE task = ?1 AND kind = ?2 AND id <= (
             SELECT id FROM result WHERE task = ?1 AND kind = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)",
        params![row.job.task, result.kind, NEWEST],
    )?;
    Ok(id)
}

/// Keeps what a run left whose lease was lost: nobody acts on it, but nothing is thrown away.
fn keep_orphan(
    conn: &Connection,
    lease: &Lease,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<Settled, QueueError> {
    let record = &settlement.record;
    let kept = json!({
        "next": format!("{:?}", settlement.next),
        "outcome": record.outcome,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "exit_code": record.exit_code,
        "signal": record.signal,
        "log": record.log.as_ref().map(|path| path.to_string_lossy()),
        "results": settlement.results.iter().map(|result| json!({
            "kind": result.kind,
            "commit": result.commit,
            "schema": result.schema,
            "body": result.body,
        })).collect::<Vec<_>>(),
    });
    row::change(
        conn,
        "INSERT INTO orphan (at, job, run_id, fence, settlement) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            ms(now),
            lease.job.0,
            lease.run_id,
            lease.fence,
            kept.to_string()
        ],
    )?;
    Ok(Settled::Stale)
}
