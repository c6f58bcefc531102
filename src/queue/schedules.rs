//! Schedules: when each fires next, and the proof that it fired.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::enqueue::{batch, durability};
use super::events;
use super::row::{self, Cells, ms};
use super::{Enqueued, How, NewJob, Queue, QueueError};
use crate::store::Durability;

/// A schedule as the queue knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its name, usually the task's.
    pub name: String,
    /// The expression it was computed from; a changed one is computed anew.
    pub expression: String,
    /// When it is due.
    pub next_fire: Option<Timestamp>,
    /// The moment it has fired for last; none fires twice.
    pub last_fire: Option<Timestamp>,
}

/// What [`Queue::fire`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fired {
    /// It fired, and this became of its jobs.
    Now(Vec<Enqueued>),
    /// Another process fired it, or the clock was set back.
    Already,
}

impl Queue {
    /// Every schedule, by name.
    pub fn schedules(&self) -> Result<Vec<Schedule>, QueueError> {
        let sql = "SELECT name, expression, next_fire, last_fire FROM schedule ORDER BY name";
        row::all(self.conn(), sql, [], |row| {
            let mut row = Cells::new(row);
            Ok(Schedule {
                name: row.next()?,
                expression: row.next()?,
                next_fire: row.optional_time("next_fire")?,
                last_fire: row.optional_time("last_fire")?,
            })
        })
    }

    /// Stores a schedule; what it has fired for stays.
    pub fn set_schedule(
        &mut self,
        name: &str,
        expression: &str,
        next: Option<Timestamp>,
    ) -> Result<(), QueueError> {
        self.write(Durability::Normal, |tx| {
            row::change(
                tx,
                "INSERT INTO schedule (name, expression, next_fire) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET expression = excluded.expression, next_fire = excluded.next_fire",
                params![name, expression, next.map(ms)],
            )?;
            Ok(())
        })
    }

    /// Forgets the schedules that are not among these names; returns how many.
    ///
    /// Their fires stay for a while: a schedule that comes back does not fire again for the same moment.
    pub fn retain_schedules(&mut self, names: &[&str]) -> Result<usize, QueueError> {
        let gone: Vec<String> = self
            .schedules()?
            .into_iter()
            .map(|schedule| schedule.name)
            .filter(|name| !names.contains(&name.as_str()))
            .collect();
        if gone.is_empty() {
            return Ok(0);
        }
        self.write(Durability::Normal, |tx| {
            for name in &gone {
                row::change(tx, "DELETE FROM schedule WHERE name = ?1", [name])?;
            }
            Ok(gone.len())
        })
    }

    /// Fires: the proof, the jobs and the next time, in one transaction.
    ///
    /// A schedule fires once for a moment, however the clock is set and however many processes find it due. Earlier
    /// moments than the last are not refused: a clock that ran years ahead for a minute must not stop a schedule for years.
    ///
    /// If a job was refused the schedule stays due.
    pub fn fire(
        &mut self,
        name: &str,
        scheduled_for: Timestamp,
        next: Option<Timestamp>,
        jobs: &[NewJob],
        limit: usize,
        now: Timestamp,
    ) -> Result<Fired, QueueError> {
        self.write(durability(jobs), |tx| {
            if has_fired(tx, name, scheduled_for)? {
                // Whoever fired has set the next time, unless the clock was set back since.
                row::change(
                    tx,
                    "UPDATE schedule SET next_fire = ?2 WHERE name = ?1 AND next_fire <= ?3",
                    params![name, next.map(ms), ms(scheduled_for)],
                )?;
                return Ok(Fired::Already);
            }
            let entered = batch(tx, jobs, limit, now)?;
            if entered.iter().any(|job| job.how == How::Refused) {
                return Ok(Fired::Now(entered));
            }
            row::change(
                tx,
                "INSERT INTO fire (schedule, scheduled_for, fired_at) VALUES (?1, ?2, ?3)",
                params![name, ms(scheduled_for), ms(now)],
            )?;
            row::change(
                tx,
                "UPDATE schedule SET next_fire = ?2, last_fire = ?3 WHERE name = ?1",
                params![name, next.map(ms), ms(scheduled_for)],
            )?;
            let data =
                json!({ "schedule": name, "for": scheduled_for, "next": next, "jobs": jobs.len() });
            events::log_general(tx, "fired", &data, now)?;
            Ok(Fired::Now(entered))
        })
    }
}

fn has_fired(conn: &Connection, name: &str, scheduled_for: Timestamp) -> Result<bool, QueueError> {
    let sql = "SELECT 1 FROM fire WHERE schedule = ?1 AND scheduled_for = ?2";
    let found = row::first(conn, sql, params![name, ms(scheduled_for)], |_| Ok(()))?;
    Ok(found.is_some())
}
