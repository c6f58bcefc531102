//! What has happened since somebody asked last.
//!
//! What was told is remembered by the numbers of rows, not by the clock: a row that is written while another process reads
//! may carry an earlier time, and would be told never.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::control::{Counter, read_counter, write_counter};
use super::row::{self, Cells, ms};
use super::{JobId, Queue, QueueError};
use crate::store::Durability;

/// Up to where everything was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// The newest event.
    pub event: i64,
    /// The newest run.
    pub run: i64,
    /// The newest result.
    pub result: i64,
    /// The newest piece of an agent's work, by the number of whoever knows it: the queue does not. 0 if that is not known.
    pub piece: i64,
}

/// How a job of a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskEnd {
    /// The task.
    pub task: String,
    /// The job.
    pub job: JobId,
    /// Done, or failed.
    pub is_done: bool,
    /// When.
    pub at: Timestamp,
}

/// What was used by runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// How many jobs ran.
    pub jobs: u64,
    /// How many runs they had.
    pub runs: u64,
    /// How long these took together, in milliseconds.
    pub wall_ms: u64,
    /// The CPU time that is known of, in milliseconds.
    pub cpu_ms: u64,
}

impl Queue {
    /// Where the telling ended last; `None` if nothing was ever told.
    pub fn told(&self) -> Result<Option<Mark>, QueueError> {
        let read = |counter| read_counter(self.conn(), counter);
        let at = read(Counter::DigestAt)?;
        if at == 0 {
            return Ok(None);
        }
        let mark = Mark {
            at: Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH),
            event: read(Counter::DigestEvent)?,
            run: read(Counter::DigestRun)?,
            result: read(Counter::DigestResult)?,
            piece: read(Counter::DigestPiece)?,
        };
        // Numbers begin anew in a queue that took the place of a damaged one, and in tables that were emptied.
        let newest = self.mark(mark.at)?;
        Ok(Some(Mark {
            event: mark.event.min(newest.event),
            run: mark.run.min(newest.run),
            result: mark.result.min(newest.result),
            ..mark
        }))
    }

    /// Remembers where the telling ended.
    pub fn set_told(&mut self, mark: &Mark) -> Result<(), QueueError> {
        self.write(Durability::Normal, |tx| {
            for (counter, value) in [
                (Counter::DigestAt, ms(mark.at)),
                (Counter::DigestEvent, mark.event),
                (Counter::DigestRun, mark.run),
                (Counter::DigestResult, mark.result),
                (Counter::DigestPiece, mark.piece),
            ] {
                write_counter(tx, counter, value)?;
            }
            Ok(())
        })
    }

    /// Everything that there is now.
    pub fn mark(&self, now: Timestamp) -> Result<Mark, QueueError> {
        Ok(Mark {
            at: now,
            event: number(self.conn(), "SELECT max(seq) FROM event", [])?,
            run: number(self.conn(), "SELECT max(seq) FROM run", [])?,
            result: number(self.conn(), "SELECT max(id) FROM result", [])?,
            piece: 0,
        })
    }

    /// Everything that there was before a moment.
    pub fn mark_before(&self, at: Timestamp) -> Result<Mark, QueueError> {
        let before = |sql| number(self.conn(), sql, [ms(at)]);
        Ok(Mark {
            at,
            event: before("SELECT max(seq) FROM event WHERE at < ?1")?,
            run: before("SELECT max(seq) FROM run WHERE finished_at < ?1")?,
            result: before("SELECT max(id) FROM result WHERE created_at < ?1")?,
            piece: 0,
        })
    }

    /// How the jobs of each task ended since a mark, oldest first. Those that failed for another's sake are left out.
    pub fn ends_since(&self, mark: &Mark) -> Result<Vec<TaskEnd>, QueueError> {
        let sql = "SELECT task, job, kind, at FROM event
                   WHERE seq > ?1 AND kind IN ('done', 'failed') AND task IS NOT NULL AND job IS NOT NULL ORDER BY seq";
        row::all(self.conn(), sql, [mark.event], end)
    }

    /// How the last job of each task had ended before a mark.
    pub fn ends_before(&self, mark: &Mark) -> Result<Vec<TaskEnd>, QueueError> {
        let sql = "SELECT task, job, kind, at FROM event WHERE seq IN (
                       SELECT max(seq) FROM event
                       WHERE seq <= ?1 AND kind IN ('done', 'failed') AND task IS NOT NULL AND job IS NOT NULL
                       GROUP BY task)
                   ORDER BY task";
        row::all(self.conn(), sql, [mark.event], end)
    }

    /// What the runs since a mark used.
    pub fn spent_since(&self, mark: &Mark) -> Result<Spent, QueueError> {
        let sql = "SELECT count(DISTINCT job), count(*), coalesce(sum(max(finished_at - started_at, 0)), 0),
                          coalesce(sum(max(cpu_ms, 0)), 0) FROM run WHERE seq > ?1";
        let spent = row::first(self.conn(), sql, [mark.run], |row| {
            let mut row = Cells::new(row);
            Ok(Spent {
                jobs: row.count()?,
                runs: row.count()?,
                wall_ms: row.count()?,
                cpu_ms: row.count()?,
            })
        })?;
        Ok(spent.unwrap_or_default())
    }

    /// How long the successful runs of each task took on a host, in milliseconds, and whether each came after the mark.
    pub fn durations_around(
        &self,
        mark: &Mark,
        host: &str,
    ) -> Result<Vec<(String, u64, bool)>, QueueError> {
        let sql = "SELECT task, max(finished_at - started_at, 0), seq > ?1 FROM run
                   WHERE outcome = 'succeeded' AND host = ?2 ORDER BY seq";
        row::all(self.conn(), sql, params![mark.run, host], |row| {
            let mut row = Cells::new(row);
            Ok((row.next()?, row.count()?, row.next()?))
        })
    }
}

fn number<P: rusqlite::Params>(conn: &Connection, sql: &str, params: P) -> Result<i64, QueueError> {
    let newest = row::first(conn, sql, params, |row| {
        Cells::new(row).next::<Option<i64>>()
    })?;
    Ok(newest.flatten().unwrap_or(0))
}

fn end(row: &rusqlite::Row<'_>) -> Result<TaskEnd, crate::store::StoreError> {
    let mut row = Cells::new(row);
    Ok(TaskEnd {
        task: row.next()?,
        job: JobId(row.next()?),
        is_done: row.next::<String>()? == "done",
        at: row.time("at")?,
    })
}
