//! What metrics are made of: runs without their logs, how many jobs waited when, what drains took, and totals.
//!
//! Times and spans are plain milliseconds: these are read by the thousand, and what a row says that cannot be a time is
//! for the reader to leave out.

use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::control::{Counter, read_counter};
use super::events::log_general;
use super::row::{self, Cells, live, ms};
use super::{Queue, QueueError};
use crate::store::Durability;

/// What a run said about its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Came {
    /// The work was done, whatever was found.
    Succeeded,
    /// It was not, through no doing of ours: it failed, timed out, exceeded a limit, or could not be started.
    Failed,
}

impl Came {
    /// The name stored and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for Came {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Succeeded, Self::Failed]
            .into_iter()
            .find(|came| came.name() == text)
            .ok_or(())
    }
}

/// A run, as far as it is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredRun {
    /// The job, and which claim of it: together they name the run.
    pub job: String,
    /// See [`super::Lease::fence`].
    pub fence: i64,
    /// The job's task.
    pub task: String,
    /// Under which its duration is learned: its task, or a variant of it, written `task:variant`.
    pub history: String,
    /// The machine; empty for a run that nobody settled.
    pub host: String,
    /// What it came to, in a word.
    pub outcome: String,
    /// What that says about the task; nothing if we ended it, or it had nothing to do.
    pub came: Option<Came>,
    /// Whether we ended it: its duration is a lower bound.
    pub killed: bool,
    /// How long its job had waited.
    pub queue_ms: i64,
    /// Milliseconds since the epoch.
    pub started_at: i64,
    /// Milliseconds since the epoch.
    pub finished_at: i64,
    /// CPU time of the whole tree.
    pub cpu_ms: Option<i64>,
    /// Largest resident memory.
    pub peak_rss_kib: Option<i64>,
}

impl MeasuredRun {
    /// How long it took, in milliseconds; a clock set back gives none.
    pub fn wall_ms(&self) -> i64 {
        self.finished_at.saturating_sub(self.started_at).max(0)
    }

    /// How long the work takes, if this run tells: one that we ended does not.
    pub fn duration_ms(&self) -> Option<i64> {
        (self.came.is_some() && !self.killed).then(|| self.wall_ms())
    }
}

/// A run with what its job was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunAbout {
    /// The job's task.
    pub task: String,
    /// The machine; empty for a run that nobody settled.
    pub host: String,
    /// What it came to.
    pub came: Came,
    /// Whether we ended it: its duration is a lower bound.
    pub killed: bool,
    /// Milliseconds since the epoch.
    pub started_at: i64,
    /// Milliseconds since the epoch.
    pub finished_at: i64,
    /// The commit that it was about, if it was about one.
    pub commit: Option<String>,
    /// What was to be done, as JSON, while the job is there.
    pub spec: Option<String>,
}

/// A job began or ceased to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingChange {
    /// Milliseconds since the epoch.
    pub at: i64,
    /// How many more jobs wait than before: 1 or −1.
    pub by: i64,
}

/// What a drain that ran something leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drained {
    /// What it was given; nothing if it could take as long as it took.
    pub budget_ms: Option<u64>,
    /// What it took.
    pub wall_ms: u64,
    /// How many runs it began.
    pub started: u32,
    /// How many of them it saw to their end.
    pub finished: u32,
    /// Whether it was made to end before its work.
    pub stopped: bool,
    /// Whether git waited for it.
    pub gates: bool,
}

/// Runs of one task that came to the same, since the queue was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunTotal {
    /// The task.
    pub task: String,
    /// What they came to, in a word.
    pub outcome: String,
    /// What that says about the task.
    pub came: Option<Came>,
    /// How many.
    pub runs: u64,
    /// How long they took together, in milliseconds.
    pub wall_ms: u64,
    /// CPU time.
    pub cpu_ms: u64,
    /// How long their jobs had waited.
    pub queue_ms: u64,
}

/// How often gates knew the answer, since the queue was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lookups {
    /// Trees with which a gate was content without running, by a verdict of the same inputs. Each counts once: whoever
    /// asks again about a tree finds that written down, and writes nothing.
    pub hits: u64,
    /// Verdicts that a job had to make.
    pub misses: u64,
}

impl Queue {
    /// The runs that ended at or after a moment, in the order in which they were recorded.
    pub fn measured_runs(&self, since: Timestamp) -> Result<Vec<MeasuredRun>, QueueError> {
        let sql = "SELECT job, fence, task, coalesce(history, task), host, outcome, came, killed, queue_ms, started_at,
                          finished_at, cpu_ms, peak_rss_kib
                   FROM run WHERE finished_at >= ?1 ORDER BY seq";
        row::all(self.conn(), sql, [ms(since)], |row| {
            let mut row = Cells::new(row);
            Ok(MeasuredRun {
                job: row.next()?,
                fence: row.next()?,
                task: row.next()?,
                history: row.next()?,
                host: row.next()?,
                outcome: row.next()?,
                came: row
                    .next::<Option<String>>()?
                    .and_then(|word| word.parse().ok()),
                killed: row.next()?,
                queue_ms: row.next()?,
                started_at: row.next()?,
                finished_at: row.next()?,
                cpu_ms: row.next()?,
                peak_rss_kib: row.next()?,
            })
        })
    }

    /// The newest runs that say something about their task and ended at or after a moment, oldest first.
    pub fn runs_about(&self, since: Timestamp, limit: usize) -> Result<Vec<RunAbout>, QueueError> {
        let sql = "SELECT run.task, run.host, run.came, run.killed, run.started_at, run.finished_at, run.commit_id, job.spec
                   FROM run LEFT JOIN job ON job.id = run.job
                   WHERE run.finished_at >= ?1 AND run.came IS NOT NULL ORDER BY run.finished_at DESC, run.seq DESC LIMIT ?2";
        let mut runs = row::all(self.conn(), sql, (ms(since), row::bound(limit)), |row| {
            let mut row = Cells::new(row);
            Ok(RunAbout {
                task: row.next()?,
                host: row.next()?,
                came: row.word("came")?,
                killed: row.next()?,
                started_at: row.next()?,
                finished_at: row.next()?,
                commit: row.next()?,
                spec: row.next()?,
            })
        })?;
        runs.reverse();
        Ok(runs)
    }

    /// When jobs began and ceased to wait since a moment, in the order of happening.
    pub fn waiting_changes(&self, since: Timestamp) -> Result<Vec<WaitingChange>, QueueError> {
        let sql = "SELECT at, change FROM (
                       SELECT seq, at, ifnull(to_state IN ('blocked', 'queued', 'held'), 0)
                                     - ifnull(from_state IN ('blocked', 'queued', 'held'), 0) AS change
                       FROM event WHERE at >= ?1)
                   WHERE change <> 0 ORDER BY seq";
        row::all(self.conn(), sql, [ms(since)], |row| {
            let mut row = Cells::new(row);
            Ok(WaitingChange {
                at: row.next()?,
                by: row.next()?,
            })
        })
    }

    /// When the oldest event happened that is still there, in milliseconds since the epoch.
    pub fn oldest_event(&self) -> Result<Option<i64>, QueueError> {
        let sql = "SELECT at FROM event ORDER BY seq LIMIT 1";
        row::first(self.conn(), sql, [], |row| Cells::new(row).next())
    }

    /// How many jobs wait now.
    pub fn waiting(&self) -> Result<u64, QueueError> {
        let sql = concat!(
            "SELECT count(*) FROM job WHERE state <> 'running' AND ",
            live!()
        );
        let count = row::first(self.conn(), sql, [], |row| Cells::new(row).count())?;
        Ok(count.unwrap_or(0))
    }

    /// The drains since a moment that ran something, in the order of time. Those that cannot be read are left out.
    pub fn drains(&self, since: Timestamp) -> Result<Vec<Drained>, QueueError> {
        let sql = "SELECT data FROM event WHERE kind = 'drained' AND at >= ?1 ORDER BY at, seq";
        let found = row::all(self.conn(), sql, [ms(since)], |row| {
            Cells::new(row).next::<String>()
        })?;
        Ok(found
            .iter()
            .filter_map(|data| serde_json::from_str(data).ok())
            .collect())
    }

    /// Records what a drain did.
    pub fn record_drain(&mut self, drained: &Drained, now: Timestamp) -> Result<(), QueueError> {
        let data = serde_json::to_value(drained).unwrap_or_default();
        self.write(Durability::Normal, |tx| {
            log_general(tx, "drained", &data, now)
        })
    }

    /// What ran since the queue was made: numbers that only grow.
    pub fn run_totals(&self) -> Result<Vec<RunTotal>, QueueError> {
        let sql = "SELECT task, outcome, came, runs, wall_ms, cpu_ms, queue_ms FROM run_total
                   ORDER BY task, outcome, came";
        row::all(self.conn(), sql, [], |row| {
            let mut row = Cells::new(row);
            Ok(RunTotal {
                task: row.next()?,
                outcome: row.next()?,
                came: row.next::<String>()?.parse().ok(),
                runs: row.count()?,
                wall_ms: row.count()?,
                cpu_ms: row.count()?,
                queue_ms: row.count()?,
            })
        })
    }

    /// How often gates knew the answer.
    pub fn lookups(&self) -> Result<Lookups, QueueError> {
        let count = |counter| -> Result<u64, QueueError> {
            let value = read_counter(self.conn(), counter)?;
            Ok(u64::try_from(value).unwrap_or(0))
        };
        Ok(Lookups {
            hits: count(Counter::VerdictHits)?,
            misses: count(Counter::VerdictMisses)?,
        })
    }
}

/// Counts lookups inside the transaction of what they came to.
pub(super) fn count(conn: &Connection, counter: Counter, by: usize) -> Result<(), QueueError> {
    if by > 0 {
        row::change(
            conn,
            "INSERT INTO counter (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            rusqlite::params![counter.name(), row::bound(by)],
        )?;
    }
    Ok(())
}
