//! Searches for the commit that broke a task: what is asked, what was learned, what was found.
//!
//! Several processes may look at one at the same time. Each turn is taken by one of them: whoever writes names the turn that
//! it has read, and writes nothing if that is over.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::enqueue::batch;
use super::row::{self, Cells, bound, ms};
use super::{JobId, NewJob, Queue, QueueError};
use crate::store::{Durability, StoreError};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBisection {
    /// The task.
    pub task: String,
    /// The folder in which it runs; empty for the top.
    pub folder: String,
    /// The commit that is fine.
    pub good: String,
    /// The commit that is not.
    pub bad: String,
    /// The worktree in which it was asked.
    pub worktree: Option<PathBuf>,
}

/// A search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bisection {
    /// Its number.
    pub id: i64,
    /// What is asked.
    pub asked: NewBisection,
    /// How often something was learned.
    pub turn: i64,
    /// Since when.
    pub started_at: Timestamp,
    /// How it ended; nothing while it is under way.
    pub ended: Option<(Timestamp, BisectionEnd)>,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BisectionEnd {
    /// It was found.
    Found {
        /// The commit.
        commit: String,
        /// What is broken in it, in a form that nobody here looks into.
        evidence: Option<String>,
    },
    /// There is none, or it cannot be told which.
    None {
        /// Why.
        reason: String,
    },
    /// The user stopped it.
    Stopped {
        /// In words.
        reason: String,
    },
}

/// What a commit came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepCame {
    /// It is fine.
    Good,
    /// It is not.
    Bad,
    /// That cannot be told.
    Skipped,
}

/// A commit that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BisectionStep {
    /// Which.
    pub commit: String,
    /// What it came to; nothing while its job waits or runs.
    pub came: Option<StepCame>,
    /// The job that judges it; nothing if its verdict was known.
    pub job: Option<JobId>,
    /// The verdict, or why there is none.
    pub said: Option<String>,
}

impl StepCame {
    /// The name stored and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Skipped => "skipped",
        }
    }

    fn named(name: &str) -> Result<Self, StoreError> {
        [Self::Good, Self::Bad, Self::Skipped]
            .into_iter()
            .find(|it| it.name() == name)
            .ok_or_else(|| StoreError::value("came", name))
    }
}

impl BisectionEnd {
    /// The name stored and printed.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Found { .. } => "found",
            Self::None { .. } => "none",
            Self::Stopped { .. } => "stopped",
        }
    }
}

const SELECT: &str = "SELECT id, task, folder, good, bad, worktree, turn, started_at, state, commit_id, reason, evidence,
                             ended_at FROM bisection";

impl Queue {
    /// Whether a job was entered to look for the commit that broke something.
    pub fn is_of_a_bisection(&self, job: &JobId) -> Result<bool, QueueError> {
        let sql = "SELECT 1 FROM bisection_step WHERE job = ?1";
        let found = row::first(self.conn(), sql, [&job.0], |row| {
            Cells::new(row).next::<i64>()
        })?;
        Ok(found.is_some())
    }

    /// Begins a search, or joins the same one that is under way; returns its number and whether it is a new one.
    pub fn begin_bisection(
        &mut self,
        asked: &NewBisection,
        now: Timestamp,
    ) -> Result<(i64, bool), QueueError> {
        self.write(Durability::Full, |tx| {
            let sql = "SELECT id FROM bisection WHERE task = ?1 AND folder = ?2 AND good = ?3 AND bad = ?4 AND state = 'under-way'";
            let same = [&asked.task, &asked.folder, &asked.good, &asked.bad];
            let found = row::first(tx, sql, same, |row| Cells::new(row).next::<i64>())?;
            if let Some(id) = found {
                return Ok((id, false));
            }
            row::change(
                tx,
                "INSERT INTO bisection (task, folder, good, bad, worktree, state, started_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, 'under-way', ?6)",
                params![
                    asked.task,
                    asked.folder,
                    asked.good,
                    asked.bad,
                    asked.worktree.as_deref().map(row::path_bytes),
                    ms(now)
                ],
            )?;
            Ok((tx.last_insert_rowid(), true))
        })
    }

    /// A search.
    pub fn bisection(&self, id: i64) -> Result<Option<Bisection>, QueueError> {
        row::first(self.conn(), &format!("{SELECT} WHERE id = ?1"), [id], read)
    }

    /// Those that are under way, oldest first.
    pub fn bisections_under_way(&self) -> Result<Vec<Bisection>, QueueError> {
        let sql = format!("{SELECT} WHERE state = 'under-way' ORDER BY id");
        row::all(self.conn(), &sql, [], read)
    }

    /// The newest, newest first.
    pub fn bisections(&self, limit: usize) -> Result<Vec<Bisection>, QueueError> {
        let sql = format!("{SELECT} ORDER BY id DESC LIMIT ?1");
        row::all(self.conn(), &sql, [bound(limit)], read)
    }

    /// The commits that a search looked at, in this order.
    pub fn bisection_steps(&self, id: i64) -> Result<Vec<BisectionStep>, QueueError> {
        let sql = "SELECT commit_id, came, job, said FROM bisection_step WHERE bisection = ?1 ORDER BY turn";
        row::all(self.conn(), sql, [id], |row| {
            let mut row = Cells::new(row);
            let commit = row.next()?;
            let came: Option<String> = row.next()?;
            Ok(BisectionStep {
                commit,
                came: came.map(|came| StepCame::named(&came)).transpose()?,
                job: row.next::<Option<String>>()?.map(JobId),
                said: row.next()?,
            })
        })
    }

    /// Those that are under way and wait for a job.
    pub fn bisections_waiting_for(&self, job: &JobId) -> Result<Vec<i64>, QueueError> {
        let sql = "SELECT bisection FROM bisection_step JOIN bisection ON bisection.id = bisection_step.bisection
                   WHERE job = ?1 AND came IS NULL AND state = 'under-way' ORDER BY bisection";
        row::all(self.conn(), sql, [&job.0], |row| Cells::new(row).next())
    }

    /// Enters the job that judges a commit. `None` if the turn is over; the inner one if the full queue refused the job.
    pub fn enter_bisection_step(
        &mut self,
        (id, turn): (i64, i64),
        commit: &str,
        job: &NewJob,
        limit: usize,
        now: Timestamp,
    ) -> Result<Option<Option<JobId>>, QueueError> {
        self.write(Durability::Normal, |tx| {
            if !is_turn(tx, id, turn)? {
                return Ok(None);
            }
            let entered = batch(tx, std::slice::from_ref(job), limit, now)?;
            let Some(job) = entered.into_iter().next().and_then(|entered| entered.id) else {
                return Ok(Some(None));
            };
            let step = BisectionStep {
                commit: commit.to_owned(),
                came: None,
                job: Some(job.clone()),
                said: None,
            };
            take_turn(tx, id, turn, &step)?;
            Ok(Some(Some(job)))
        })
    }

    /// Keeps what a commit came to. False if the turn is over.
    pub fn learn_in_bisection(
        &mut self,
        (id, turn): (i64, i64),
        step: &BisectionStep,
    ) -> Result<bool, QueueError> {
        self.write(Durability::Normal, |tx| {
            if !is_turn(tx, id, turn)? {
                return Ok(false);
            }
            take_turn(tx, id, turn, step)?;
            Ok(true)
        })
    }

    /// Ends a search. False if the turn is over.
    pub fn end_bisection(
        &mut self,
        (id, turn): (i64, i64),
        end: &BisectionEnd,
        now: Timestamp,
    ) -> Result<bool, QueueError> {
        let (commit, reason, evidence) = match end {
            BisectionEnd::Found { commit, evidence } => (Some(commit), None, evidence.as_ref()),
            BisectionEnd::None { reason } | BisectionEnd::Stopped { reason } => {
                (None, Some(reason), None)
            }
        };
        self.write(Durability::Full, |tx| {
            let ended = row::change(
                tx,
                "UPDATE bisection SET state = ?3, commit_id = ?4, reason = ?5, evidence = ?6, ended_at = ?7
                 WHERE id = ?1 AND turn = ?2 AND state = 'under-way'",
                params![id, turn, end.name(), commit, reason, evidence, ms(now)],
            )?;
            Ok(ended > 0)
        })
    }

    /// The trees that a task has judged, as a whole or in part; `content`: only those with which it is content.
    pub fn judged_trees(
        &self,
        definition: &str,
        content: bool,
    ) -> Result<BTreeSet<String>, QueueError> {
        let sql = "SELECT tree FROM verdict WHERE definition = ?1 AND tree IS NOT NULL AND (verdict = 'clean' OR NOT ?2)
                   UNION SELECT tree FROM passed WHERE definition = ?1";
        let found = row::all(self.conn(), sql, params![definition, content], |row| {
            Cells::new(row).next()
        })?;
        Ok(found.into_iter().collect())
    }
}

fn is_turn(conn: &Connection, id: i64, turn: i64) -> Result<bool, QueueError> {
    let sql = "SELECT 1 FROM bisection WHERE id = ?1 AND turn = ?2 AND state = 'under-way'";
    let found = row::first(conn, sql, [id, turn], |row| Cells::new(row).next::<i64>())?;
    Ok(found.is_some())
}

fn take_turn(
    conn: &Connection,
    id: i64,
    turn: i64,
    step: &BisectionStep,
) -> Result<(), QueueError> {
    row::change(
        conn,
        "INSERT INTO bisection_step (bisection, commit_id, turn, came, job, said) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (bisection, commit_id) DO UPDATE SET
             turn = excluded.turn, came = excluded.came, job = excluded.job, said = excluded.said",
        params![
            id,
            step.commit,
            turn,
            step.came.map(StepCame::name),
            step.job.as_ref().map(|job| &job.0),
            step.said
        ],
    )?;
    row::change(
        conn,
        "UPDATE bisection SET turn = turn + 1 WHERE id = ?1",
        [id],
    )?;
    Ok(())
}

/// Forgets searches that ended long ago; returns how many.
pub(super) fn prune(conn: &Connection, before: i64, max_rows: usize) -> Result<usize, QueueError> {
    row::change(
        conn,
        "DELETE FROM bisection WHERE id IN (
             SELECT id FROM bisection WHERE ended_at IS NOT NULL AND ended_at < ?1 ORDER BY ended_at LIMIT ?2)",
        params![before, bound(max_rows)],
    )
}

fn read(row: &Row<'_>) -> Result<Bisection, StoreError> {
    let mut row = Cells::new(row);
    let id = row.next()?;
    let asked = NewBisection {
        task: row.next()?,
        folder: row.next()?,
        good: row.next()?,
        bad: row.next()?,
        worktree: row.path()?,
    };
    let turn = row.next()?;
    let started_at = row.time("started_at")?;
    let state: String = row.next()?;
    let commit: Option<String> = row.next()?;
    let reason: Option<String> = row.next()?;
    let evidence = row.next()?;
    let ended_at = row.optional_time("ended_at")?;
    let reason = reason.unwrap_or_default();
    let end = match (state.as_str(), commit) {
        ("under-way", _) => None,
        ("found", Some(commit)) => Some(BisectionEnd::Found { commit, evidence }),
        ("none", _) => Some(BisectionEnd::None { reason }),
        ("stopped", _) => Some(BisectionEnd::Stopped { reason }),
        _ => return Err(StoreError::value("state", state)),
    };
    Ok(Bisection {
        id,
        asked,
        turn,
        started_at,
        ended: ended_at.zip(end),
    })
}
