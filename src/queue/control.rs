//! What people do to jobs and drains: cancel, retry, approve, pause, stop.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::events::{Entry, log, log_general};
use super::row::{self, Cells, Stored, columns, live, ms, waiting};
use super::state::{Move, Waiting, after, destination};
use super::{Exit, Job, JobId, Queue, QueueError, StateKind, ending, enqueue, needs};
use crate::config::Priority;
use crate::store::Durability;

/// What [`Queue::cancel`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The job is cancelled; a runner finds out by [`Queue::still_mine`].
    Applied {
        /// The state it was in.
        was: StateKind,
        /// Jobs that needed it and failed with it.
        dependency_failed: Vec<JobId>,
    },
    /// It had already ended in this state.
    AlreadyOver(StateKind),
}

/// What [`Queue::retry`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retried {
    /// The job waits again, in this state.
    Again(StateKind),
    /// A twin is already live and stands for it.
    Twin(JobId),
    /// Its state does not allow it: it is live, or done.
    NotRetriable(StateKind),
    /// A job that it needs did not succeed; retry that one first.
    NeedUnmet(JobId),
}

/// A request to end drains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The request's number.
    pub generation: i64,
    /// At once, not after the running jobs.
    pub force: bool,
}

/// A number of the queue as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counter {
    /// How often a drain had its chance.
    Opportunities,
    /// The newest stop request.
    Stop,
    /// The newest stop request that was forced.
    ForcedStop,
    /// Until when drains are held.
    PausedUntil,
    /// Up to which event notices were made.
    Noticed,
    /// Trees that gates did not have to look at.
    VerdictHits,
    /// Verdicts that had to be made.
    VerdictMisses,
    /// When the digest was asked for last.
    DigestAt,
    /// The newest event that it told of.
    DigestEvent,
    /// The newest run.
    DigestRun,
    /// The newest result.
    DigestResult,
    /// The newest piece of an agent's work.
    DigestPiece,
}

impl Counter {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Opportunities => "opportunities",
            Self::Stop => "stop",
            Self::ForcedStop => "forced_stop",
            Self::PausedUntil => "paused_until",
            Self::Noticed => "noticed",
            Self::VerdictHits => "verdict_hits",
            Self::VerdictMisses => "verdict_misses",
            Self::DigestAt => "told_at",
            Self::DigestEvent => "told_event",
            Self::DigestRun => "told_run",
            Self::DigestResult => "told_result",
            Self::DigestPiece => "told_piece",
        }
    }
}

/// A number that was never written is zero.
pub(super) fn read_counter(conn: &Connection, counter: Counter) -> Result<i64, QueueError> {
    let sql = "SELECT value FROM counter WHERE name = ?1";
    let value = row::first(conn, sql, [counter.name()], |row| Cells::new(row).next())?;
    Ok(value.unwrap_or(0))
}

pub(super) fn write_counter(
    conn: &Connection,
    counter: Counter,
    value: i64,
) -> Result<(), QueueError> {
    row::change(
        conn,
        "INSERT INTO counter (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![counter.name(), value],
    )?;
    Ok(())
}

impl Queue {
    /// Cancels a live job, also a running one.
    pub fn cancel(
        &mut self,
        id: &JobId,
        reason: &str,
        now: Timestamp,
    ) -> Result<Cancelled, QueueError> {
        self.write_with_ballast(Durability::Full, |tx| {
            let row = existing(tx, id)?;
            let was = row.kind();
            if was.is_terminal() {
                return Ok(Cancelled::AlreadyOver(was));
            }
            let ended = ending::leave(tx, &row, Exit::Cancelled, reason, now)?;
            Ok(Cancelled::Applied {
                was,
                dependency_failed: ended.dependency_failed,
            })
        })
    }

    /// Retries a job that ended without success, by hand: attempts, losses and errors start anew.
    pub fn retry(&mut self, id: &JobId, now: Timestamp) -> Result<Retried, QueueError> {
        self.write(Durability::Full, |tx| {
            let row = existing(tx, id)?;
            let from = row.kind();
            if destination(from, Move::Revive(Waiting::Queued)).is_none() {
                return Ok(Retried::NotRetriable(from));
            }
            if let Some(twin) = enqueue::live_twin(tx, row.unique_key.as_deref())? {
                return Ok(Retried::Twin(twin.job.id));
            }
            if let Some(unmet) = needs::renew(tx, row.seq)? {
                return Ok(Retried::NeedUnmet(unmet));
            }
            let to = revive(tx, &row, now)?;
            Ok(Retried::Again(to))
        })
    }

    /// Makes a waiting job wait for approval. False if it does not wait any more.
    pub fn hold(&mut self, id: &JobId, reason: &str, now: Timestamp) -> Result<bool, QueueError> {
        self.write(Durability::Normal, |tx| {
            let row = existing(tx, id)?;
            if row.kind() == StateKind::Running || row.kind().is_terminal() {
                return Ok(false);
            }
            move_waiting(tx, &row, Waiting::Held, Some(reason), "held", now)?;
            Ok(true)
        })
    }

    /// Lets those held jobs go on that `approved` says yes to; returns them.
    pub fn release_held(
        &mut self,
        approved: impl Fn(&Job) -> bool,
        now: Timestamp,
    ) -> Result<Vec<JobId>, QueueError> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM job WHERE state = 'held' AND ",
            live!()
        );
        self.write(Durability::Normal, |tx| {
            let mut held = row::all(tx, sql, [], Stored::read)?;
            held.retain(|row| approved(&row.job));
            for row in &held {
                let waiting = Waiting::of(false, row.pending);
                move_waiting(tx, row, waiting, None, "approved", now)?;
            }
            Ok(held.into_iter().map(|row| row.job.id).collect())
        })
    }

    /// Ends waiting jobs whose commit was rewritten or is gone; returns those that were still waiting.
    pub fn supersede(
        &mut self,
        ids: &[JobId],
        reason: &str,
        now: Timestamp,
    ) -> Result<Vec<JobId>, QueueError> {
        self.write(Durability::Normal, |tx| {
            leave_waiting(tx, ids.to_vec(), Exit::Superseded, reason, now)
        })
    }

    /// The same for every waiting job of these commits.
    pub fn supersede_commits(
        &mut self,
        commits: &[String],
        reason: &str,
        now: Timestamp,
    ) -> Result<Vec<JobId>, QueueError> {
        let sql = concat!(
            "SELECT id, commit_id FROM job WHERE commit_id IS NOT NULL AND ",
            waiting!()
        );
        self.write(Durability::Normal, |tx| {
            let waiting = row::all(tx, sql, [], |row| {
                let mut row = Cells::new(row);
                Ok((JobId(row.next()?), row.next::<String>()?))
            })?;
            let ids = waiting
                .into_iter()
                .filter(|(_, commit)| commits.contains(commit))
                .map(|(id, _)| id)
                .collect();
            leave_waiting(tx, ids, Exit::Superseded, reason, now)
        })
    }

    /// Ends waiting jobs whose deadline has passed.
    pub fn expire(&mut self, now: Timestamp) -> Result<Vec<JobId>, QueueError> {
        let sql = concat!(
            "SELECT id FROM job WHERE deadline <= ?1 AND ",
            waiting!(),
            " ORDER BY seq"
        );
        let read = |row: &rusqlite::Row<'_>| Ok(JobId(Cells::new(row).next()?));
        // Most often nothing has expired, and then nobody needs the write lock.
        if row::first(self.conn(), sql, [ms(now)], read)?.is_none() {
            return Ok(Vec::new());
        }
        self.write(Durability::Normal, |tx| {
            let ids = row::all(tx, sql, [ms(now)], read)?;
            leave_waiting(tx, ids, Exit::Expired, "its deadline passed", now)
        })
    }

    /// Holds new drains until then; `None` lets them go on.
    pub fn pause(&mut self, until: Option<Timestamp>, now: Timestamp) -> Result<(), QueueError> {
        self.write(Durability::Normal, |tx| {
            write_counter(tx, Counter::PausedUntil, until.map_or(0, ms))?;
            let kind = if until.is_some() { "paused" } else { "resumed" };
            log_general(tx, kind, &json!({ "until": until }), now)
        })
    }

    /// Until when drains are held, if they are.
    pub fn paused_until(&self, now: Timestamp) -> Result<Option<Timestamp>, QueueError> {
        let until = read_counter(self.conn(), Counter::PausedUntil)?;
        let until = Timestamp::from_millisecond(until).ok();
        Ok(until.filter(|until| *until > now))
    }

    /// Asks every drain that runs now to end; returns the request's generation.
    pub fn request_stop(&mut self, force: bool, now: Timestamp) -> Result<i64, QueueError> {
        self.write(Durability::Normal, |tx| {
            let generation = read_counter(tx, Counter::Stop)?.saturating_add(1);
            write_counter(tx, Counter::Stop, generation)?;
            if force {
                write_counter(tx, Counter::ForcedStop, generation)?;
            }
            let data = json!({ "generation": generation, "force": force });
            log_general(tx, "stop", &data, now)?;
            Ok(generation)
        })
    }

    /// The generation a drain remembers when it starts.
    pub fn stop_generation(&self) -> Result<i64, QueueError> {
        read_counter(self.conn(), Counter::Stop)
    }

    /// A stop requested after generation `since`.
    pub fn stop_requested(&self, since: i64) -> Result<Option<Stop>, QueueError> {
        let generation = read_counter(self.conn(), Counter::Stop)?;
        if generation <= since {
            return Ok(None);
        }
        let force = read_counter(self.conn(), Counter::ForcedStop)? > since;
        Ok(Some(Stop { generation, force }))
    }

    /// Counts one more chance that a drain had; returns the counter.
    pub fn opportunity(&mut self, _now: Timestamp) -> Result<i64, QueueError> {
        self.write(Durability::Normal, |tx| {
            let count = read_counter(tx, Counter::Opportunities)?.saturating_add(1);
            write_counter(tx, Counter::Opportunities, count)?;
            Ok(count)
        })
    }

    /// The counter without counting.
    pub fn opportunities(&self) -> Result<i64, QueueError> {
        read_counter(self.conn(), Counter::Opportunities)
    }
}

fn existing(conn: &Connection, id: &JobId) -> Result<Stored, QueueError> {
    Stored::by_id(conn, id)?.ok_or_else(|| QueueError::NoSuchJob(id.clone()))
}

fn move_waiting(
    conn: &Connection,
    row: &Stored,
    waiting: Waiting,
    reason: Option<&str>,
    kind: &str,
    now: Timestamp,
) -> Result<(), QueueError> {
    let from = row.kind();
    let to = after(from, Move::Wait(waiting))?;
    row::change(
        conn,
        "UPDATE job SET state = ?1, reason = ?2 WHERE seq = ?3 AND state = ?4",
        params![to.name(), reason, row.seq, from.name()],
    )?;
    let entry = Entry {
        job: &row.job.id,
        task: &row.job.task,
        kind,
        from: Some(from),
        to: Some(to),
        data: json!({ "why": reason }),
    };
    log(conn, &entry, now)
}

/// Ends those of these jobs that still wait; the end of one may have been the end of the next.
fn leave_waiting(
    conn: &Connection,
    ids: Vec<JobId>,
    exit: Exit,
    reason: &str,
    now: Timestamp,
) -> Result<Vec<JobId>, QueueError> {
    let mut left = Vec::new();
    for id in ids {
        let waits = Stored::by_id(conn, &id)?
            .filter(|row| row.kind() != StateKind::Running && !row.kind().is_terminal());
        if let Some(row) = waits {
            ending::leave(conn, &row, exit, reason, now)?;
            left.push(id);
        }
    }
    Ok(left)
}

/// A job that a person wants again is a job that a person asked for.
fn revive(conn: &Connection, row: &Stored, now: Timestamp) -> Result<StateKind, QueueError> {
    let from = row.kind();
    let pending = needs::pending(conn, row.seq)?;
    let to = after(from, Move::Revive(Waiting::of(false, pending)))?;
    row::change(
        conn,
        "UPDATE job SET state = ?1, pending_dependencies = ?2, priority = ?3, user_triggered = 1, acknowledged = 1,
                        recreatable = 0, run_at = ?4, queued_at = ?4, missed_from = ?5, attempt = 0, losses = 0,
                        retry_alone = 0, deadline = NULL, finished_at = NULL, category = NULL, error = NULL,
                        reason = NULL, exit_code = NULL, result = NULL
         WHERE seq = ?6 AND state = ?7",
        params![
            to.name(),
            pending,
            Priority::Critical.value(),
            ms(now),
            read_counter(conn, Counter::Opportunities)?,
            row.seq,
            from.name()
        ],
    )?;
    let entry = Entry {
        job: &row.job.id,
        task: &row.job.task,
        kind: "retried",
        from: Some(from),
        to: Some(to),
        data: json!({ "attempts": row.job.attempt, "error": row.job.error }),
    };
    log(conn, &entry, now)?;
    Ok(to)
}
