//! Who waits for whom, and what the end of a job means for those that wait for it.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::events::{Entry, log};
use super::row::{self, Cells, live, ms};
use super::state::{Move, Waiting, after};
use super::wanted::Edge;
use super::{Category, JobId, QueueError, StateKind};
use crate::store::StoreError;

/// What the state of a needed job means to one that needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    /// It is done, or there was nothing to do.
    Satisfied,
    /// It may still be done.
    Open,
    /// It ended otherwise.
    Failed,
}

pub(super) const fn outlook(state: StateKind) -> Outlook {
    match state {
        StateKind::Done | StateKind::Skipped => Outlook::Satisfied,
        StateKind::Blocked | StateKind::Queued | StateKind::Held | StateKind::Running => {
            Outlook::Open
        }
        StateKind::Failed
        | StateKind::Cancelled
        | StateKind::Expired
        | StateKind::Superseded
        | StateKind::Dropped => Outlook::Failed,
    }
}

/// The state of a job, if there is such a job.
pub(super) fn state_of(conn: &Connection, id: &JobId) -> Result<Option<StateKind>, QueueError> {
    row::first(
        conn,
        "SELECT state FROM job WHERE id = ?1",
        [&id.0],
        |row| Cells::new(row).word("state"),
    )
}

/// The first of these jobs that can never be satisfied any more, for it ended otherwise or is gone.
pub(super) fn failed_need(conn: &Connection, edges: &[Edge]) -> Result<Option<JobId>, QueueError> {
    for edge in edges {
        let state = state_of(conn, &edge.needed)?;
        if state.is_none_or(|state| outlook(state) == Outlook::Failed) {
            return Ok(Some(edge.needed.clone()));
        }
    }
    Ok(None)
}

/// Lets a job wait for others. What it waits for already stays.
pub(super) fn add(conn: &Connection, seq: i64, edges: &[Edge]) -> Result<(), QueueError> {
    for edge in edges {
        let satisfied =
            state_of(conn, &edge.needed)?.is_some_and(|state| outlook(state) == Outlook::Satisfied);
        row::change(
            conn,
            "INSERT INTO need (job, needed, satisfied, after_rerun) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (job, needed) DO UPDATE SET satisfied = min(satisfied, excluded.satisfied),
                                                     after_rerun = max(after_rerun, excluded.after_rerun)",
            params![seq, edge.needed.0, satisfied, edge.after_rerun],
        )?;
    }
    Ok(())
}

/// For how many jobs a job waits.
pub(super) fn pending(conn: &Connection, seq: i64) -> Result<u32, QueueError> {
    let sql = "SELECT count(*) FROM need WHERE job = ?1 AND satisfied = 0";
    let count = row::first(conn, sql, [seq], |row| Cells::new(row).next())?;
    Ok(count.unwrap_or(0))
}

/// Refuses edges through which the job would wait for itself.
pub(super) fn refuse_cycle(
    conn: &Connection,
    job: &JobId,
    task: &str,
    edges: &[Edge],
) -> Result<(), QueueError> {
    let sql = "WITH RECURSIVE reached (id) AS (
                   VALUES (?1)
                   UNION
                   SELECT need.needed FROM reached
                   JOIN job ON job.id = reached.id
                   JOIN need ON need.job = job.seq AND need.satisfied = 0
               )
               SELECT 1 FROM reached WHERE id = ?2";
    for edge in edges {
        if row::first(conn, sql, [&edge.needed.0, &job.0], |_| Ok(()))?.is_some() {
            return Err(QueueError::NeedCycle {
                task: task.to_owned(),
                through: edge.needed.clone(),
            });
        }
    }
    Ok(())
}

/// Looks again at what an ended job still waits for; the first that can never be satisfied, if there is one.
pub(super) fn renew(conn: &Connection, seq: i64) -> Result<Option<JobId>, QueueError> {
    let sql = "SELECT needed FROM need WHERE job = ?1 AND satisfied = 0 ORDER BY needed";
    let open = row::all(conn, sql, [seq], |row| Ok(JobId(Cells::new(row).next()?)))?;
    for needed in open {
        match state_of(conn, &needed)?.map(outlook) {
            Some(Outlook::Open) => {}
            Some(Outlook::Satisfied) => {
                row::change(
                    conn,
                    "UPDATE need SET satisfied = 1 WHERE job = ?1 AND needed = ?2",
                    params![seq, needed.0],
                )?;
            }
            Some(Outlook::Failed) | None => return Ok(Some(needed)),
        }
    }
    Ok(None)
}

/// A job that waits for another.
struct Dependent {
    seq: i64,
    id: JobId,
    task: String,
    state: StateKind,
    pending: u32,
}

fn dependents(conn: &Connection, id: &JobId) -> Result<Vec<Dependent>, QueueError> {
    let sql = concat!(
        "SELECT seq, id, task, state, pending_dependencies FROM job
         WHERE seq IN (SELECT job FROM need WHERE needed = ?1 AND satisfied = 0) AND ",
        live!(),
        " ORDER BY seq"
    );
    row::all(conn, sql, [&id.0], |row| {
        let mut row = Cells::new(row);
        Ok::<_, StoreError>(Dependent {
            seq: row.next()?,
            id: JobId(row.next()?),
            task: row.next()?,
            state: row.word("state")?,
            pending: row.next()?,
        })
    })
}

/// The job was done: those that waited for nothing else may run now. Returns them.
pub(super) fn satisfy(
    conn: &Connection,
    id: &JobId,
    now: Timestamp,
) -> Result<Vec<JobId>, QueueError> {
    let waiting = dependents(conn, id)?;
    row::change(
        conn,
        "UPDATE need SET satisfied = 1 WHERE needed = ?1 AND satisfied = 0",
        [&id.0],
    )?;
    let mut released = Vec::new();
    for job in waiting {
        let pending = job.pending.saturating_sub(1);
        let held = job.state == StateKind::Held;
        let to = after(job.state, Move::Wait(Waiting::of(held, pending)))?;
        row::change(
            conn,
            "UPDATE job SET pending_dependencies = ?1, state = ?2 WHERE seq = ?3 AND state = ?4",
            params![pending, to.name(), job.seq, job.state.name()],
        )?;
        if to == StateKind::Queued {
            let entry = Entry {
                job: &job.id,
                task: &job.task,
                kind: "released",
                from: Some(job.state),
                to: Some(to),
                data: json!({ "by": id }),
            };
            log(conn, &entry, now)?;
            released.push(job.id);
        }
    }
    Ok(released)
}

/// The job ended without success: those that need it fail, and those that need these. Returns them.
///
/// The edges stay as they are, so that a retry by hand knows what is still missing.
pub(super) fn fail_dependents(
    conn: &Connection,
    id: &JobId,
    now: Timestamp,
) -> Result<Vec<JobId>, QueueError> {
    let mut failed = Vec::new();
    let mut work = vec![id.clone()];
    while let Some(parent) = work.pop() {
        for job in dependents(conn, &parent)? {
            let to = after(job.state, Move::FailWithNeed)?;
            row::change(
                conn,
                "UPDATE job SET state = ?1, finished_at = ?2, category = ?3, error = ?4 WHERE seq = ?5 AND state = ?6",
                params![
                    to.name(),
                    ms(now),
                    Category::DependencyFailed.name(),
                    need_error(&parent),
                    job.seq,
                    job.state.name()
                ],
            )?;
            let entry = Entry {
                job: &job.id,
                task: &job.task,
                kind: "dependency_failed",
                from: Some(job.state),
                to: Some(to),
                data: json!({ "needed": parent }),
            };
            log(conn, &entry, now)?;
            work.push(job.id.clone());
            failed.push(job.id);
        }
    }
    Ok(failed)
}

/// What a job says that failed for the sake of one it needs.
pub(super) fn need_error(needed: &JobId) -> String {
    format!("job {needed}, which it needs, did not succeed")
}

/// Moves those who wait for the rerun of a job over to the job that it has become.
pub(super) fn hand_over(conn: &Connection, from: &JobId, to: &JobId) -> Result<(), QueueError> {
    row::change(
        conn,
        "UPDATE need SET needed = ?2, after_rerun = 0 WHERE needed = ?1 AND satisfied = 0 AND after_rerun = 1",
        [&from.0, &to.0],
    )?;
    Ok(())
}

/// The rerun was folded into the job itself: those who wait for it wait for the job.
pub(super) fn fold(conn: &Connection, id: &JobId) -> Result<(), QueueError> {
    row::change(
        conn,
        "UPDATE need SET after_rerun = 0 WHERE needed = ?1 AND satisfied = 0 AND after_rerun = 1",
        [&id.0],
    )?;
    Ok(())
}
