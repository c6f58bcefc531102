//! Jobs whose runner is gone: who runs what, and how a lost job comes back.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::ending::{self, Again};
use super::insert::Attempt;
use super::row::{self, Cells, Stored, live, ms};
use super::settle;
use super::{Category, JobId, Queue, QueueError, Run};
use crate::config::Priority;
use crate::store::Durability;

/// How often a runner may vanish under a job before the job is given up.
pub const MAX_LOSSES: u32 = 3;

/// A running row, as recovery and `status` see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Which job.
    pub id: JobId,
    /// Its task.
    pub task: String,
    /// Who runs it, in which slot, since when.
    pub run: Run,
    /// The fence of that run.
    pub fence: i64,
    /// Which attempt it is.
    pub attempt: u32,
    /// How often its runner vanished before.
    pub losses: u32,
}

/// Why a job is reclaimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its runner vanished.
    Vanished,
    /// The machine was started anew.
    Rebooted,
}

/// What [`Queue::reclaim`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reclaimed {
    /// It is queued again.
    Requeued {
        /// It was lost beside others: it should now run with nothing beside it.
        alone: bool,
    },
    /// It was lost too often.
    Failed {
        /// Jobs that needed it and failed with it.
        dependency_failed: Vec<JobId>,
    },
    /// Somebody else settled or reclaimed it first.
    Gone,
}

impl Queue {
    /// Every running row.
    pub fn running(&self) -> Result<Vec<Running>, QueueError> {
        let sql = concat!(
            "SELECT id, task, run_id, slot, started_at, fence, attempt, losses FROM job WHERE state = 'running' AND ",
            live!(),
            " ORDER BY started_at, seq"
        );
        row::all(self.conn(), sql, [], |row| {
            let mut row = Cells::new(row);
            Ok(Running {
                id: JobId(row.next()?),
                task: row.next()?,
                run: Run {
                    run_id: row.next()?,
                    slot: row.next()?,
                    started_at: row.time("started_at")?,
                },
                fence: row.next()?,
                attempt: row.next()?,
                losses: row.next()?,
            })
        })
    }

    /// Takes a job back from a runner that is gone. The attempt is refunded; losses are what counts here.
    ///
    /// Of several jobs that a runner had when it vanished one may have taken it along: each is retried alone once
    /// before a loss counts against it.
    pub fn reclaim(
        &mut self,
        lost: &Running,
        cause: Cause,
        now: Timestamp,
    ) -> Result<Reclaimed, QueueError> {
        self.write_with_ballast(Durability::Normal, |tx| {
            let Some(row) = settle::leased(tx, &lost.id, &lost.run.run_id, lost.fence)? else {
                return Ok(Reclaimed::Gone);
            };
            match cause {
                Cause::Rebooted => {
                    record_loss(tx, &row, &lost.run, "interrupted", now)?;
                    requeue(tx, &row, "interrupted", "the machine was started anew", now)
                }
                Cause::Vanished => {
                    let beside_others = lost_beside_others(tx, &row, &lost.run.run_id)?;
                    record_loss(tx, &row, &lost.run, "lost", now)?;
                    vanished(tx, row, beside_others, now)
                }
            }
        })
    }
}

fn vanished(
    conn: &Connection,
    mut row: Stored,
    beside_others: bool,
    now: Timestamp,
) -> Result<Reclaimed, QueueError> {
    if beside_others && !row.job.retry_alone {
        row.job.retry_alone = true;
    } else {
        row.job.losses = row.job.losses.saturating_add(1);
    }
    row::change(
        conn,
        "UPDATE job SET losses = ?1 WHERE seq = ?2",
        params![row.job.losses, row.seq],
    )?;
    if row.job.losses >= MAX_LOSSES {
        let error = format!("its runner vanished {MAX_LOSSES} times");
        let ended = ending::fail(conn, &row, Category::Lost, &error, now)?;
        return Ok(Reclaimed::Failed {
            dependency_failed: ended.dependency_failed,
        });
    }
    requeue(conn, &row, "lost", "its runner vanished", now)
}

fn requeue(
    conn: &Connection,
    row: &Stored,
    kind: &str,
    why: &str,
    now: Timestamp,
) -> Result<Reclaimed, QueueError> {
    let again = Again {
        kind,
        run_at: now,
        at_best: Priority::Critical,
        hold: None,
        attempt: Attempt {
            count: row.job.attempt.saturating_sub(1),
            error: Some(why.to_owned()),
            retry_alone: row.job.retry_alone,
        },
        why,
    };
    ending::wait_again(conn, row, again, now)?;
    Ok(Reclaimed::Requeued {
        alone: row.job.retry_alone,
    })
}

/// Whether the runner that vanished had other jobs when it did: they run still, or were reclaimed just now.
fn lost_beside_others(conn: &Connection, row: &Stored, run_id: &str) -> Result<bool, QueueError> {
    let sql = concat!(
        "SELECT 1 FROM job WHERE state = 'running' AND ",
        live!(),
        " AND run_id = ?1 AND id <> ?2
          UNION ALL SELECT 1 FROM run WHERE run_id = ?1 AND outcome = 'lost' AND job <> ?2 LIMIT 1"
    );
    let other = row::first(conn, sql, [run_id, &row.job.id.0], |_| Ok(()))?;
    Ok(other.is_some())
}

/// What is known of a run that nobody settled: neither its host nor its end.
fn record_loss(
    conn: &Connection,
    row: &Stored,
    run: &Run,
    outcome: &str,
    now: Timestamp,
) -> Result<(), QueueError> {
    row::change(
        conn,
        "INSERT INTO run (job, task, run_id, fence, attempt, slot, host, commit_id, queue_ms, started_at, finished_at,
                          outcome, killed, enforced)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', ?7, ?8, ?9, ?10, ?11, 0, 'null')",
        params![
            row.job.id.0,
            row.job.task,
            run.run_id,
            row.job.fence,
            row.job.attempt,
            run.slot,
            row.job.input.commit,
            settle::queue_ms(row),
            ms(run.started_at),
            ms(now),
            outcome,
        ],
    )?;
    Ok(())
}
