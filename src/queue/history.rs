//! What is learned of a task on a host: the last hundred executions, which pruning never erases.

use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::control::{Counter, read_counter};
use super::row::{self, Cells, ms};
use super::{Queue, QueueError, RunRecord};

/// How many executions are kept per task and host.
pub const RING: u32 = 100;

/// One execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Execution {
    /// When it ended.
    pub finished_at: Timestamp,
    /// How long it took, in milliseconds.
    pub ms: i64,
    /// How it ended.
    pub kind: ExecutionKind,
    /// The opportunity counter at its end.
    pub opportunity: i64,
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExecutionKind {
    /// The job was done.
    Succeeded,
    /// It failed by itself.
    Failed,
    /// We ended it: the duration is a lower bound.
    Killed,
}

impl ExecutionKind {
    /// The name stored and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Killed => "killed",
        }
    }
}

impl FromStr for ExecutionKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Succeeded, Self::Failed, Self::Killed]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(())
    }
}

impl Queue {
    /// The executions of a task, or of one variant of it (`task:variant`), on a host, oldest first.
    pub fn history(&self, task: &str, host: &str) -> Result<Vec<Execution>, QueueError> {
        let sql = "SELECT finished_at, ms, kind, opportunity FROM execution
                   WHERE task = ?1 AND host = ?2 ORDER BY seq";
        row::all(self.conn(), sql, [task, host], |row| {
            let mut row = Cells::new(row);
            Ok(Execution {
                finished_at: row.time("finished_at")?,
                ms: row.next()?,
                kind: row.word("kind")?,
                opportunity: row.next()?,
            })
        })
    }
}

/// Adds an execution and lets the oldest go.
pub(super) fn append(
    conn: &Connection,
    record: &RunRecord,
    kind: ExecutionKind,
) -> Result<(), QueueError> {
    let task = &record.history;
    let took = ms(record.finished_at) - ms(record.started_at);
    row::change(
        conn,
        "INSERT INTO execution (task, host, finished_at, ms, kind, opportunity) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            task,
            record.host,
            ms(record.finished_at),
            took.max(0),
            kind.name(),
            read_counter(conn, Counter::Opportunities)?
        ],
    )?;
    row::change(
        conn,
        "DELETE FROM execution WHERE task = ?1 AND host = ?2 AND seq <= (
             SELECT seq FROM execution WHERE task = ?1 AND host = ?2 ORDER BY seq DESC LIMIT 1 OFFSET ?3)",
        params![task, record.host, RING],
    )?;
    Ok(())
}
