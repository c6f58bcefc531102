//! The audit trail: one row for every transition, written in the transaction that makes it.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::row::{self, Cells, ms};
use super::{JobId, Queue, QueueError, StateKind};
use crate::store::{Durability, StoreError};

/// One entry of the audit trail.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number; grows.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The job, if it is about one.
    pub job: Option<JobId>,
    /// The job's task.
    pub task: Option<String>,
    /// What happened, such as `enqueued`, `claimed`, `done`, `retry`, `lost`.
    pub kind: String,
    /// The state before.
    pub from: Option<StateKind>,
    /// The state after.
    pub to: Option<StateKind>,
    /// Detail.
    pub data: Value,
}

/// Which events to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only those with a larger number.
    pub after: i64,
    /// Only those about jobs of this task.
    pub task: Option<String>,
    /// Only those of this kind.
    pub kind: Option<String>,
    /// Only those at or after this moment.
    pub since: Option<Timestamp>,
    /// At most so many, the newest.
    pub limit: Option<usize>,
}

/// An event about a job, before it has a number.
pub(super) struct Entry<'a> {
    pub(super) job: &'a JobId,
    pub(super) task: &'a str,
    pub(super) kind: &'a str,
    pub(super) from: Option<StateKind>,
    pub(super) to: Option<StateKind>,
    pub(super) data: Value,
}

/// Writes an event inside the transaction of what it tells.
pub(super) fn log(conn: &Connection, entry: &Entry<'_>, now: Timestamp) -> Result<(), QueueError> {
    row::change(
        conn,
        "INSERT INTO event (at, job, task, kind, from_state, to_state, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            ms(now),
            entry.job.0,
            entry.task,
            entry.kind,
            entry.from.map(StateKind::name),
            entry.to.map(StateKind::name),
            entry.data.to_string(),
        ],
    )?;
    Ok(())
}

/// Writes an event that is about no job.
pub(super) fn log_general(
    conn: &Connection,
    kind: &str,
    data: &Value,
    now: Timestamp,
) -> Result<(), QueueError> {
    row::change(
        conn,
        "INSERT INTO event (at, kind, data) VALUES (?1, ?2, ?3)",
        params![ms(now), kind, data.to_string()],
    )?;
    Ok(())
}

macro_rules! columns {
    () => {
        "seq, at, job, task, kind, from_state, to_state, data"
    };
}

fn read(row: &rusqlite::Row<'_>) -> Result<Event, StoreError> {
    let mut row = Cells::new(row);
    Ok(Event {
        seq: row.next()?,
        at: row.time("at")?,
        job: row.next::<Option<String>>()?.map(JobId),
        task: row.next()?,
        kind: row.next()?,
        from: row.optional_word("from_state")?,
        to: row.optional_word("to_state")?,
        data: row.json("data")?,
    })
}

impl Queue {
    /// The events of a job, oldest first.
    pub fn events(&self, id: &JobId) -> Result<Vec<Event>, QueueError> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM event WHERE job = ?1 ORDER BY seq"
        );
        row::all(self.conn(), sql, [&id.0], read)
    }

    /// At most `limit` events after number `seq`, oldest first.
    pub fn events_since(&self, seq: i64, limit: usize) -> Result<Vec<Event>, QueueError> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2"
        );
        row::all(self.conn(), sql, params![seq, row::bound(limit)], read)
    }

    /// The newest events that are wanted, oldest first.
    pub fn newest_events(&self, wanted: &EventFilter) -> Result<Vec<Event>, QueueError> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM event WHERE seq > ?1 AND (?2 IS NULL OR task = ?2) AND (?3 IS NULL OR at >= ?3)
             AND (?4 IS NULL OR kind = ?4) ORDER BY seq DESC LIMIT ?5"
        );
        let params = params![
            wanted.after,
            wanted.task,
            wanted.since.map(ms),
            wanted.kind,
            row::bound(wanted.limit.unwrap_or(usize::MAX))
        ];
        let mut events = row::all(self.conn(), sql, params, read)?;
        events.reverse();
        Ok(events)
    }

    /// Records something that is not a transition, such as a hook that fired and enqueued nothing.
    pub fn record(&mut self, kind: &str, data: &Value, now: Timestamp) -> Result<(), QueueError> {
        self.write(Durability::Normal, |tx| log_general(tx, kind, data, now))
    }
}
