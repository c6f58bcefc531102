//! What becomes of a job that stops running or waiting, and of those that wait for it: shared by settling, recovery and
//! control.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::events::{Entry, log};
use super::insert::{self, Attempt};
use super::needs::{self, Outlook};
use super::row::{self, Stored, ms};
use super::state::{Move, after};
use super::wanted::Wanted;
use super::{Category, Exit, JobId, QueueError, StateKind, Trigger};
use crate::config::Priority;

/// What the end of a job brought about.
pub(super) struct Aftermath {
    pub(super) state: StateKind,
    pub(super) rerun: Option<JobId>,
    pub(super) released: Vec<JobId>,
    pub(super) dependency_failed: Vec<JobId>,
}

/// How a job ends.
pub(super) struct Ending<'a> {
    pub(super) step: Move,
    /// The event's name.
    pub(super) kind: &'a str,
    pub(super) category: Option<Category>,
    pub(super) error: Option<&'a str>,
    pub(super) reason: Option<&'a str>,
    /// Whether its twin that was wanted meanwhile follows it.
    pub(super) followed: bool,
}

/// How a running job comes to wait again.
pub(super) struct Again<'a> {
    pub(super) kind: &'a str,
    pub(super) run_at: Timestamp,
    /// Its band is no better than this.
    pub(super) at_best: Priority,
    pub(super) hold: Option<&'a str>,
    pub(super) attempt: Attempt,
    /// What is told about it.
    pub(super) why: &'a str,
}

/// Ends a job for good.
pub(super) fn end(
    conn: &Connection,
    row: &Stored,
    ending: &Ending<'_>,
    now: Timestamp,
) -> Result<Aftermath, QueueError> {
    let id = &row.job.id;
    let from = row.kind();
    let to = after(from, ending.step)?;
    row::change(
        conn,
        "UPDATE job SET state = ?1, finished_at = ?2, category = ?3, error = ?4, reason = ?5, retry_alone = 0,
                        run_id = NULL, slot = NULL, rerun_input = NULL, rerun_paths = NULL
         WHERE seq = ?6 AND state = ?7",
        params![
            to.name(),
            ms(now),
            ending.category.map(Category::name),
            ending.error,
            ending.reason,
            row.seq,
            from.name()
        ],
    )?;
    let entry = Entry {
        job: id,
        task: &row.job.task,
        kind: ending.kind,
        from: Some(from),
        to: Some(to),
        data: json!({
            "category": ending.category,
            "why": ending.error.or(ending.reason),
        }),
    };
    log(conn, &entry, now)?;

    let mut aftermath = Aftermath {
        state: to,
        rerun: None,
        released: Vec::new(),
        dependency_failed: Vec::new(),
    };
    if let Some(raw) = row.rerun.as_ref().filter(|_| ending.followed) {
        follow(
            conn,
            row,
            Wanted::from_rerun(row, raw)?,
            &mut aftermath,
            now,
        )?;
    }
    match needs::outlook(to) {
        Outlook::Satisfied => aftermath.released = needs::satisfy(conn, id, now)?,
        Outlook::Failed => {
            let failed = needs::fail_dependents(conn, id, now)?;
            aftermath.dependency_failed.extend(failed);
        }
        Outlook::Open => {}
    }
    Ok(aftermath)
}

/// Enters the twin that was wanted while the job ran.
fn follow(
    conn: &Connection,
    row: &Stored,
    mut wanted: Wanted,
    aftermath: &mut Aftermath,
    now: Timestamp,
) -> Result<(), QueueError> {
    wanted.job.trigger = Trigger::Rerun;
    let id = match needs::failed_need(conn, &wanted.edges)? {
        None => insert::insert(conn, &wanted, now)?.0,
        Some(failed) => {
            let id = insert::insert_failed(conn, &wanted, &failed, now)?;
            needs::hand_over(conn, &row.job.id, &id)?;
            aftermath.dependency_failed = needs::fail_dependents(conn, &id, now)?;
            id
        }
    };
    needs::hand_over(conn, &row.job.id, &id)?;
    aftermath.rerun = Some(id);
    Ok(())
}

/// Fails a running job for good.
pub(super) fn fail(
    conn: &Connection,
    row: &Stored,
    category: Category,
    error: &str,
    now: Timestamp,
) -> Result<Aftermath, QueueError> {
    let ending = Ending {
        step: Move::Fail,
        kind: "failed",
        category: Some(category),
        error: Some(error),
        reason: None,
        followed: true,
    };
    end(conn, row, &ending, now)
}

/// Lets a live job leave by a side exit. Whoever cancels a job cancels what would have followed it.
pub(super) fn leave(
    conn: &Connection,
    row: &Stored,
    exit: Exit,
    reason: &str,
    now: Timestamp,
) -> Result<Aftermath, QueueError> {
    let step = Move::Leave(exit);
    let ending = Ending {
        step,
        kind: after(row.kind(), step)?.name(),
        category: None,
        error: row.job.error.as_deref(),
        reason: Some(reason),
        followed: exit != Exit::Cancelled,
    };
    end(conn, row, &ending, now)
}

/// Lets a running job wait again. If its twin was wanted meanwhile, it takes over what that was about.
pub(super) fn wait_again(
    conn: &Connection,
    row: &Stored,
    again: Again<'_>,
    now: Timestamp,
) -> Result<Aftermath, QueueError> {
    let mut wanted = Wanted::of(row);
    wanted.job.run_at = again.run_at;
    wanted.job.priority = wanted.job.priority.max(again.at_best);
    wanted.job.held = again.hold.map(ToOwned::to_owned);
    let mut attempt = again.attempt;
    if let Some(raw) = &row.rerun {
        let newer = Wanted::from_rerun(row, raw)?;
        needs::refuse_cycle(conn, &row.job.id, &row.job.task, &newer.edges)?;
        if newer.job.input.commit != row.job.input.commit {
            attempt.count = 0;
            attempt.error = None;
        }
        wanted = wanted.merged(newer);
        needs::fold(conn, &row.job.id)?;
    }
    let failed = needs::failed_need(conn, &wanted.edges)?;
    if failed.is_some() {
        // What the twin needed is lost, this job's own run is not.
        wanted.edges.clear();
    }
    let state = insert::rewrite(conn, row, &wanted, &attempt)?;
    let entry = Entry {
        job: &row.job.id,
        task: &row.job.task,
        kind: again.kind,
        from: Some(row.kind()),
        to: Some(state),
        data: json!({ "why": again.why, "run_at": wanted.job.run_at, "attempt": attempt.count }),
    };
    log(conn, &entry, now)?;
    Ok(Aftermath {
        state,
        rerun: None,
        released: Vec::new(),
        dependency_failed: Vec::new(),
    })
}
