//! Writing what is wanted into rows: a new one, or one that takes it over.

use jiff::Timestamp;
use rusqlite::{Connection, ToSql, params};
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

/// What a row takes over from what is wanted, as it is stored: the same for a new row and for one that waits again.
struct Content<'a> {
    wanted: &'a Wanted,
    lane: &'static str,
    priority: i64,
    origin: &'static str,
    origin_data: String,
    paths: Option<Vec<u8>>,
    worktree: Option<&'a [u8]>,
    spec: String,
    run_at: i64,
    deadline: Option<i64>,
    timeout: i64,
    retry_delay: i64,
    queued_at: i64,
}

impl<'a> Content<'a> {
    fn of(wanted: &'a Wanted) -> Self {
        let job = &wanted.job;
        Self {
            wanted,
            lane: job.lane.name(),
            priority: job.priority.value(),
            origin: job.trigger.name(),
            origin_data: job.trigger_data.to_string(),
            paths: row::paths_bytes(&job.input.paths),
            worktree: job.input.worktree.as_deref().map(row::path_bytes),
            spec: job.spec.to_string(),
            run_at: ms(job.run_at),
            deadline: job.deadline.map(ms),
            timeout: row::span(job.timeout),
            retry_delay: row::span(job.retry_delay),
            queued_at: ms(wanted.queued_at),
        }
    }

    /// By the names of their columns.
    fn values(&self) -> Vec<(&'static str, &dyn ToSql)> {
        let job = &self.wanted.job;
        vec![
            (":name", &job.name),
            (":lane", &self.lane),
            (":priority", &self.priority),
            (":user_triggered", &job.user_triggered),
            (":acknowledged", &job.acknowledged),
            (":origin", &self.origin),
            (":origin_data", &self.origin_data),
            (":recreatable", &self.wanted.recreatable),
            (":commit_id", &job.input.commit),
            (":base_id", &job.input.base),
            (":paths", &self.paths),
            (":worktree", &self.worktree),
            (":input_key", &job.input_key),
            (":spec", &self.spec),
            (":run_at", &self.run_at),
            (":deadline", &self.deadline),
            (":timeout", &self.timeout),
            (":max_retries", &job.max_retries),
            (":retry_delay", &self.retry_delay),
            (":queued_at", &self.queued_at),
        ]
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
    let content = Content::of(wanted);
    let (seq, from_name, to_name) = (row.seq, from.name(), to.name());
    let mut values = content.values();
    values.extend([
        (":state", &to_name as &dyn ToSql),
        (":pending", &pending),
        (":reason", &job.held),
        (":attempt", &attempt.count),
        (":error", &attempt.error),
        (":retry_alone", &attempt.retry_alone),
        (":seq", &seq),
        (":from", &from_name),
    ]);
    row::change(
        conn,
        "UPDATE job SET
             name = :name, lane = :lane, priority = :priority, user_triggered = :user_triggered,
             acknowledged = :acknowledged, origin = :origin, origin_data = :origin_data, recreatable = :recreatable,
             commit_id = :commit_id, base_id = :base_id, paths = :paths, worktree = :worktree, input_key = :input_key,
             spec = :spec, run_at = :run_at, deadline = :deadline, timeout = :timeout, max_retries = :max_retries,
             retry_delay = :retry_delay, queued_at = :queued_at,
             state = :state, pending_dependencies = :pending, reason = :reason, attempt = :attempt, error = :error,
             retry_alone = :retry_alone, run_id = NULL, slot = NULL, rerun_input = NULL, rerun_paths = NULL
         WHERE seq = :seq AND state = :from",
        values.as_slice(),
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
    let content = Content::of(wanted);
    let missed_from = read_counter(conn, Counter::Opportunities)?;
    let state = state.name();
    let finished_at = failed_need.map(|_| ms(now));
    let category = failed_need.map(|_| Category::DependencyFailed.name());
    let error = failed_need.map(needs::need_error);
    let reason = job.held.as_deref().unwrap_or_default();
    let mut values = content.values();
    values.extend([
        (":id", &id.0 as &dyn ToSql),
        (":task", &job.task),
        (":unique_key", &job.unique_key),
        (":state", &state),
        (":missed_from", &missed_from),
        (":finished_at", &finished_at),
        (":category", &category),
        (":error", &error),
        (":reason", &reason),
    ]);
    row::change(
        conn,
        "INSERT INTO job (
             name, lane, priority, user_triggered, acknowledged, origin, origin_data, recreatable,
             commit_id, base_id, paths, worktree, input_key, spec, run_at, deadline, timeout,
             max_retries, retry_delay, queued_at,
             id, task, unique_key, state, missed_from, finished_at, category, error, reason
         ) VALUES (
             :name, :lane, :priority, :user_triggered, :acknowledged, :origin, :origin_data, :recreatable,
             :commit_id, :base_id, :paths, :worktree, :input_key, :spec, :run_at, :deadline, :timeout,
             :max_retries, :retry_delay, :queued_at,
             :id, :task, :unique_key, :state, :missed_from, :finished_at, :category, :error, :reason)",
        values.as_slice(),
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
