//! The outbox: notices are put into it in the transaction that moves on in the audit trail, so that each event becomes a
//! notice once, whoever looks and whatever crashes. They leave it when a channel has taken the message that they are in.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::control::{Counter, read_counter, write_counter};
use super::retention::prune_oldest;
use super::row::{self, Cells, ms};
use super::{JobId, Queue, QueueError};
use crate::config::notify::{NoticeKind, Severity};
use crate::store::Durability;

/// A notice for the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    /// Its identity. One that is known already is not entered again.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// What it is about.
    pub event: NoticeKind,
    /// How serious it is.
    pub severity: Severity,
    /// The task, if it is about one.
    pub task: Option<String>,
    /// The job, if it is about one.
    pub job: Option<JobId>,
    /// All of it, as JSON.
    pub body: String,
    /// Through which channels it is to go.
    pub channels: Vec<String>,
}

/// A notice that a channel has not got yet, and that is in none of its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenNotice {
    /// Its number: newer ones have larger ones.
    pub seq: i64,
    /// Its identity.
    pub id: String,
    /// How serious it is.
    pub severity: Severity,
    /// The job, if it is about one.
    pub job: Option<JobId>,
}

/// What a channel is to carry at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutMessage {
    /// Its number.
    pub seq: i64,
    /// Its identity, the same at every attempt.
    pub id: String,
    /// When it was put together.
    pub made_at: Timestamp,
    /// Not to be sent sooner.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// How an attempt to send a message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// It was taken.
    Sent,
    /// It is tried again.
    Refused {
        /// Why.
        error: String,
        /// Not sooner.
        at: Timestamp,
    },
    /// It is not tried any more.
    GivenUp {
        /// Why.
        error: String,
    },
}

/// What is known to have been told about a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Under which circumstances it need not be told again.
    pub state: String,
    /// When it was told.
    pub at: Timestamp,
    /// How often it happened since, this time included.
    pub times: u32,
}

/// What is to be known from now on about what was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Subjects, with their state, or nothing for those that are to be forgotten.
    pub subjects: Vec<(String, Option<Told>)>,
    /// Findings of a task that it has now.
    pub findings: Vec<(String, Vec<String>)>,
}

/// How a notice fares in one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The channel.
    pub channel: String,
    /// `waiting`, `sent` or `given-up`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it is tried again, while it waits.
    pub due_at: Option<Timestamp>,
    /// When it was taken, or given up.
    pub ended_at: Option<Timestamp>,
}

/// A notice with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Its number.
    pub seq: i64,
    /// All of it, as JSON.
    pub body: String,
    /// By channel.
    pub deliveries: Vec<Delivery>,
}

/// What waits in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The channel.
    pub channel: String,
    /// How many messages were tried and not taken.
    pub refused: u64,
    /// The oldest of them.
    pub since: Timestamp,
    /// Why the last attempt failed.
    pub error: String,
    /// How many were given up.
    pub given_up: u64,
}

impl Queue {
    /// Up to which event notices were made.
    pub fn noticed(&self) -> Result<i64, QueueError> {
        read_counter(self.conn(), Counter::Noticed)
    }

    /// Puts the notices of the events after number `from`, up to number `to`, into the outbox; `false` if somebody else
    /// did so meanwhile, and nothing was changed.
    pub fn post(
        &mut self,
        (from, to): (i64, i64),
        notices: &[NewNotice],
        memory: &Memory,
        now: Timestamp,
    ) -> Result<bool, QueueError> {
        self.write(Durability::Full, |tx| {
            if read_counter(tx, Counter::Noticed)? != from {
                return Ok(false);
            }
            for notice in notices {
                enter(tx, notice)?;
            }
            remember(tx, memory, now)?;
            write_counter(tx, Counter::Noticed, to)?;
            Ok(true)
        })
    }

    /// Puts a notice into the outbox that is about no event.
    pub fn post_one(&mut self, notice: &NewNotice) -> Result<(), QueueError> {
        self.write(Durability::Full, |tx| enter(tx, notice))
    }

    /// What was told about a subject.
    pub fn told_about(&self, subject: &str) -> Result<Option<Told>, QueueError> {
        let sql = "SELECT state, at, times FROM told WHERE subject = ?1";
        row::first(self.conn(), sql, [subject], |row| {
            let mut row = Cells::new(row);
            Ok(Told {
                state: row.next()?,
                at: row.time("at")?,
                times: row.next()?,
            })
        })
    }

    /// Which of these findings of a task were never there before, as far as is remembered.
    pub fn never_told<'a>(
        &self,
        task: &str,
        findings: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<usize>, QueueError> {
        let sql = "SELECT 1 FROM told_finding WHERE task = ?1 AND finding = ?2";
        let mut unknown = Vec::new();
        for (index, finding) in findings.enumerate() {
            let known = row::first(self.conn(), sql, [task, finding], |row| {
                Cells::new(row).next::<i64>()
            })?;
            if known.is_none() {
                unknown.push(index);
            }
        }
        Ok(unknown)
    }

    /// The channels for which something waits, in a message or not.
    pub fn channels_with_notices(&self) -> Result<Vec<String>, QueueError> {
        let sql = "SELECT channel FROM delivery WHERE message IS NULL
                   UNION SELECT channel FROM message WHERE state <> 'sent' AND state = 'waiting'";
        row::all(self.conn(), sql, [], |row| Cells::new(row).next())
    }

    /// What a channel has not got yet and is in none of its messages, oldest first.
    pub fn open_notices(&self, channel: &str) -> Result<Vec<OpenNotice>, QueueError> {
        let sql = "SELECT notice.seq, notice.id, notice.severity, notice.job FROM delivery
                   JOIN notice ON notice.seq = delivery.notice
                   WHERE delivery.channel = ?1 AND delivery.message IS NULL ORDER BY notice.seq";
        row::all(self.conn(), sql, [channel], |row| {
            let mut row = Cells::new(row);
            Ok(OpenNotice {
                seq: row.next()?,
                id: row.next()?,
                // A word that this version does not know stops nobody's notices.
                severity: row.next::<String>()?.parse().unwrap_or_default(),
                job: row.next::<Option<String>>()?.map(JobId),
            })
        })
    }

    /// Puts notices together into a message of a channel.
    pub fn put_together(
        &mut self,
        channel: &str,
        id: &str,
        notices: &[i64],
        now: Timestamp,
    ) -> Result<(), QueueError> {
        self.write(Durability::Normal, |tx| {
            let seq = row::first(
                tx,
                "INSERT INTO message (id, channel, state, made_at, due_at) VALUES (?1, ?2, 'waiting', ?3, ?3)
                 ON CONFLICT (channel, id) DO UPDATE SET due_at = message.due_at RETURNING seq",
                params![id, channel, ms(now)],
                |row| Cells::new(row).next::<i64>(),
            )?;
            for notice in notices {
                row::change(
                    tx,
                    "UPDATE delivery SET message = ?1 WHERE notice = ?2 AND channel = ?3 AND message IS NULL",
                    params![seq, notice, channel],
                )?;
            }
            Ok(())
        })
    }

    /// The messages of a channel that were not taken yet, oldest first.
    pub fn waiting_messages(&self, channel: &str) -> Result<Vec<OutMessage>, QueueError> {
        let sql = "SELECT seq, id, made_at, due_at, attempts, error FROM message
                   WHERE channel = ?1 AND state <> 'sent' AND state = 'waiting' ORDER BY seq";
        row::all(self.conn(), sql, [channel], |row| {
            let mut row = Cells::new(row);
            Ok(OutMessage {
                seq: row.next()?,
                id: row.next()?,
                made_at: row.time("made_at")?,
                due_at: row.time("due_at")?,
                attempts: row.next()?,
                error: row.next()?,
            })
        })
    }

    /// The notices of a message, as JSON, oldest first.
    pub fn notices_of(&self, message: i64) -> Result<Vec<String>, QueueError> {
        let sql = "SELECT notice.body FROM delivery JOIN notice ON notice.seq = delivery.notice
                   WHERE delivery.message = ?1 ORDER BY notice.seq";
        row::all(self.conn(), sql, [message], |row| Cells::new(row).next())
    }

    /// When a channel last took a message.
    pub fn last_sent(&self, channel: &str) -> Result<Option<Timestamp>, QueueError> {
        let sql = "SELECT max(ended_at) FROM message WHERE channel = ?1 AND state = 'sent'";
        let found = row::first(self.conn(), sql, [channel], |row| {
            Cells::new(row).optional_time("ended_at")
        })?;
        Ok(found.flatten())
    }

    /// Writes down that a message is being sent, and when that is tried again if nobody says how it ended.
    pub fn attempt(&mut self, message: i64, again: Timestamp) -> Result<(), QueueError> {
        self.write(Durability::Normal, |tx| {
            row::change(
                tx,
                "UPDATE message SET attempts = attempts + 1, due_at = ?1 WHERE seq = ?2",
                params![ms(again), message],
            )
            .map(drop)
        })
    }

    /// Writes down how an attempt ended. A message that was given up and is tried again by hand comes back to life.
    pub fn attempted(
        &mut self,
        message: i64,
        how: &Attempted,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        let (state, error) = match how {
            Attempted::Sent => ("sent", None),
            Attempted::Refused { error, .. } => ("waiting", Some(error)),
            Attempted::GivenUp { error } => ("given-up", Some(error)),
        };
        let ended_at = (state != "waiting").then(|| ms(now));
        let due_at = match how {
            Attempted::Refused { at, .. } => Some(ms(*at)),
            Attempted::Sent | Attempted::GivenUp { .. } => None,
        };
        self.write_with_ballast(Durability::Full, |tx| {
            row::change(
                tx,
                "UPDATE message SET state = ?1, error = ?2, ended_at = ?3, due_at = coalesce(?4, due_at) WHERE seq = ?5",
                params![state, error, ended_at, due_at, message],
            )
            .map(drop)
        })
    }

    /// Makes everything that waits or was given up due at once; returns how many messages that are.
    pub fn send_again(&mut self, now: Timestamp) -> Result<usize, QueueError> {
        self.write(Durability::Normal, |tx| {
            row::change(
                tx,
                "UPDATE message SET state = 'waiting', ended_at = NULL, due_at = ?1 WHERE state <> 'sent'",
                [ms(now)],
            )
        })
    }

    /// The newest notices and what became of them, oldest first; only those about which channels are not through if
    /// `open`.
    pub fn posted(&self, limit: usize, open: bool) -> Result<Vec<Posted>, QueueError> {
        let sql = "SELECT seq, body FROM notice
                   WHERE NOT ?2 OR EXISTS (
                       SELECT 1 FROM delivery LEFT JOIN message ON message.seq = delivery.message
                       WHERE delivery.notice = notice.seq AND coalesce(message.state, 'waiting') <> 'sent')
                   ORDER BY seq DESC LIMIT ?1";
        let mut found = row::all(self.conn(), sql, params![row::bound(limit), open], |row| {
            let mut row = Cells::new(row);
            Ok((row.next::<i64>()?, row.next::<String>()?))
        })?;
        found.reverse();
        found
            .into_iter()
            .map(|(seq, body)| {
                let deliveries = self.deliveries(seq)?;
                Ok(Posted {
                    seq,
                    body,
                    deliveries,
                })
            })
            .collect()
    }

    fn deliveries(&self, notice: i64) -> Result<Vec<Delivery>, QueueError> {
        let sql = "SELECT delivery.channel, coalesce(message.state, 'waiting'), coalesce(message.attempts, 0),
                          message.error, message.due_at, message.ended_at
                   FROM delivery LEFT JOIN message ON message.seq = delivery.message
                   WHERE delivery.notice = ?1 ORDER BY delivery.channel";
        row::all(self.conn(), sql, [notice], |row| {
            let mut row = Cells::new(row);
            Ok(Delivery {
                channel: row.next()?,
                state: row.next()?,
                attempts: row.next()?,
                error: row.next()?,
                due_at: row.optional_time("due_at")?,
                ended_at: row.optional_time("ended_at")?,
            })
        })
    }

    /// The channels that refused something and have not taken it since.
    pub fn backlog(&self) -> Result<Vec<Backlog>, QueueError> {
        // With an aggregate `max`, SQLite takes the other columns from the row that has it.
        let sql = "SELECT channel, sum(state = 'waiting'), min(made_at), error, sum(state = 'given-up'), max(seq)
                   FROM message WHERE state <> 'sent' AND error IS NOT NULL GROUP BY channel ORDER BY channel";
        row::all(self.conn(), sql, [], |row| {
            let mut row = Cells::new(row);
            Ok(Backlog {
                channel: row.next()?,
                refused: row.count()?,
                since: row.time("made_at")?,
                error: row.next()?,
                given_up: row.count()?,
            })
        })
    }
}

fn enter(conn: &Connection, notice: &NewNotice) -> Result<(), QueueError> {
    let seq = row::first(
        conn,
        "INSERT INTO notice (id, at, event, severity, task, job, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO NOTHING RETURNING seq",
        params![
            notice.id,
            ms(notice.at),
            notice.event.name(),
            notice.severity.name(),
            notice.task,
            notice.job.as_ref().map(|job| &job.0),
            notice.body
        ],
        |row| Cells::new(row).next::<i64>(),
    )?;
    let Some(seq) = seq else { return Ok(()) };
    for channel in &notice.channels {
        row::change(
            conn,
            "INSERT INTO delivery (notice, channel) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![seq, channel],
        )?;
    }
    Ok(())
}

fn remember(conn: &Connection, memory: &Memory, now: Timestamp) -> Result<(), QueueError> {
    for (subject, told) in &memory.subjects {
        match told {
            Some(told) => row::change(
                conn,
                "INSERT INTO told (subject, state, at, times) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (subject) DO UPDATE SET state = excluded.state, at = excluded.at, times = excluded.times",
                params![subject, told.state, ms(told.at), told.times],
            )?,
            None => row::change(conn, "DELETE FROM told WHERE subject = ?1", [subject])?,
        };
    }
    for (task, findings) in &memory.findings {
        for finding in findings {
            row::change(
                conn,
                "INSERT INTO told_finding (task, finding, seen_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (task, finding) DO UPDATE SET seen_at = excluded.seen_at",
                params![task, finding, ms(now)],
            )?;
        }
    }
    Ok(())
}

/// Forgets notices, the messages that nothing refers to any more, and what was told long ago.
pub(super) fn prune(
    conn: &Connection,
    before: i64,
    max_rows: usize,
) -> Result<[usize; 4], QueueError> {
    let prune = |table, key, at| prune_oldest(conn, (table, key, at), before, max_rows);
    Ok([
        prune("notice", "seq", "at")?,
        row::change(
            conn,
            "DELETE FROM message WHERE seq IN (
                 SELECT seq FROM message WHERE ended_at IS NOT NULL AND ended_at < ?1 AND NOT EXISTS (
                     SELECT 1 FROM delivery WHERE delivery.message = message.seq)
                 ORDER BY ended_at LIMIT ?2)",
            params![before, row::bound(max_rows)],
        )?,
        // One for each thing that is not as it should be: few.
        prune("told", "subject", "at")?,
        prune("told_finding", "task, finding", "seen_at")?,
    ])
}
