//! Writing what is wanted into rows: a new one, or one that takes it over.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::control::{Counter, read_counter};
use super::events::{Entry, log};
use super::needs;
use super::row::{self, Cells, Stored, ms};
use super::state::{Move, Waiting, after};
use super::wanted::Wanted;
use super::{Category, JobId, QueueError, StateKind};

/// What a row that waits again remembers of its attempts.
pub(super) struct Attempt {
    pub(super) count: u32,
    pub(super) error: Option<String>,
    pub(super) retry_alone: bool,
}

impl Attempt {
    /// Attempts at another commit say nothing about this one.
    pub(super) fn after_merge(row: &Stored, newer: &Wanted) -> Self {
        if row.job.input.commit == newer.job.input.commit {
            Self {
                count: row.job.attempt,
                error: row.job.error.clone(),
                retry_alone: row.job.retry_alone,
            }
        } else {
            Self {
                count: 0,
                error: None,
                retry_alone: row.job.retry_alone,
            }
        }
    }
}

/// Gives a live row a new content and lets it wait; returns the state it waits in.
pub(super) fn rewrite(
    conn: &Connection,
    row: &Stored,
    wanted: &Wanted,
    attempt: &Attempt,
) -> Result<StateKind, QueueError> {
    needs::add(conn, row.seq, &wanted.edges)?;
    let pending = needs::pending(conn, row.seq)?;
    let job = &wanted.job;
    let from = row.kind();
    let to = after(from, Move::Wait(Waiting::of(job.held.is_some(), pending)))?;
    row::change(
        conn,
        "UPDATE job SET
             name = ?1, lane = ?2, priority = ?3, user_triggered = ?4, acknowledged = ?5, origin = ?6,
             origin_data = ?7, recreatable = ?8, commit_id = ?9, base_id = ?10, paths = ?11, worktree = ?12,
             input_key = ?13, spec = ?14, state = ?15, run_at = ?16, deadline = ?17, timeout = ?18,
             max_retries = ?19, retry_delay = ?20, pending_dependencies = ?21, queued_at = ?22, reason = ?23,
             attempt = ?24, error = ?25, retry_alone = ?26,
             run_id = NULL, slot = NULL, rerun_input = NULL, rerun_paths = NULL
         WHERE seq = ?27 AND state = ?28",
        params![
            job.name,
            job.lane.name(),
            job.priority.value(),
            job.user_triggered,
            job.acknowledged,
            job.trigger.name(),
            job.trigger_data.to_string(),
            wanted.recreatable,
            job.input.commit,
            job.input.base,
            row::paths_bytes(&job.input.paths),
            job.input.worktree.as_deref().map(row::path_bytes),
            job.input_key,
            job.spec.to_string(),
            to.name(),
            ms(job.run_at),
            job.deadline.map(ms),
            row::span(job.timeout),
            job.max_retries,
            row::span(job.retry_delay),
            pending,
            ms(wanted.queued_at),
            job.held,
            attempt.count,
            attempt.error,
            attempt.retry_alone,
            row.seq,
            from.name(),
        ],
    )?;
    Ok(to)
}

/// Makes a row of its own; returns its id and the state it waits in.
pub(super) fn insert(
    conn: &Connection,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<(JobId, StateKind), QueueError> {
    // The row is held until its edges are counted: the state has to fit the count at every statement.
    let (seq, id) = insert_row(conn, wanted, StateKind::Held, None, now)?;
    needs::add(conn, seq, &wanted.edges)?;
    let pending = needs::pending(conn, seq)?;
    let state = after(
        StateKind::Held,
        Move::Wait(Waiting::of(wanted.job.held.is_some(), pending)),
    )?;
    row::change(
        conn,
        "UPDATE job SET state = ?1, pending_dependencies = ?2, reason = ?3 WHERE seq = ?4",
        params![state.name(), pending, wanted.job.held, seq],
    )?;
    log_enqueued(conn, &id, wanted, state, now)?;
    Ok((id, state))
}

/// Makes a dead letter of a job whose need has failed before it came.
pub(super) fn insert_failed(
    conn: &Connection,
    wanted: &Wanted,
    failed: &JobId,
    now: Timestamp,
) -> Result<JobId, QueueError> {
    let state = after(StateKind::Blocked, Move::FailWithNeed)?;
    let (seq, id) = insert_row(conn, wanted, state, Some(failed), now)?;
    needs::add(conn, seq, &wanted.edges)?;
    row::change(
        conn,
        "UPDATE job SET pending_dependencies = ?1 WHERE seq = ?2",
        params![needs::pending(conn, seq)?, seq],
    )?;
    log_enqueued(conn, &id, wanted, state, now)?;
    Ok(id)
}

fn log_enqueued(
    conn: &Connection,
    id: &JobId,
    wanted: &Wanted,
    state: StateKind,
    now: Timestamp,
) -> Result<(), QueueError> {
    let entry = Entry {
        job: id,
        task: &wanted.job.task,
        kind: "enqueued",
        from: None,
        to: Some(state),
        data: origin(wanted),
    };
    log(conn, &entry, now)
}

fn insert_row(
    conn: &Connection,
    wanted: &Wanted,
    state: StateKind,
    failed_need: Option<&JobId>,
    now: Timestamp,
) -> Result<(i64, JobId), QueueError> {
    let job = &wanted.job;
    let id = fresh_id(conn)?;
    row::change(
        conn,
        "INSERT INTO job (
             id, task, name, lane, priority, user_triggered, acknowledged, origin, origin_data, recreatable,
             unique_key, commit_id, base_id, paths, worktree, input_key, spec, state, run_at, deadline, timeout,
             max_retries, retry_delay, missed_from, queued_at, finished_at, category, error, reason
         ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                   ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)",
        params![
            id.0,
            job.task,
            job.name,
            job.lane.name(),
            job.priority.value(),
            job.user_triggered,
            job.acknowledged,
            job.trigger.name(),
            job.trigger_data.to_string(),
            wanted.recreatable,
            job.unique_key,
            job.input.commit,
            job.input.base,
            row::paths_bytes(&job.input.paths),
            job.input.worktree.as_deref().map(row::path_bytes),
            job.input_key,
            job.spec.to_string(),
            state.name(),
            ms(job.run_at),
            job.deadline.map(ms),
            row::span(job.timeout),
            job.max_retries,
            row::span(job.retry_delay),
            read_counter(conn, Counter::Opportunities)?,
            ms(wanted.queued_at),
            failed_need.map(|_| ms(now)),
            failed_need.map(|_| Category::DependencyFailed.name()),
            failed_need.map(needs::need_error),
            job.held.as_deref().unwrap_or_default(),
        ],
    )?;
    Ok((conn.last_insert_rowid(), id))
}

/// An id that no job has. The transaction is immediate: nobody takes it before it is inserted.
fn fresh_id(conn: &Connection) -> Result<JobId, QueueError> {
    loop {
        let drawn = row::first(conn, "SELECT lower(hex(randomblob(4)))", [], |row| {
            Ok(JobId(Cells::new(row).next()?))
        })?;
        if let Some(id) = drawn
            && needs::state_of(conn, &id)?.is_none()
        {
            return Ok(id);
        }
    }
}

/// What the audit trail tells of where a job came from.
pub(super) fn origin(wanted: &Wanted) -> serde_json::Value {
    json!({
        "trigger": wanted.job.trigger,
        "data": wanted.job.trigger_data,
        "commit": wanted.job.input.commit,
    })
}
