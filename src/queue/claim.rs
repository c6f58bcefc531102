//! How a runner takes a job: one fenced statement, after cheap reads that touch waiting rows only.

use jiff::Timestamp;
use rusqlite::params;
use serde_json::json;

use super::events::{Entry, log};
use super::row::{self, Cells, Stored, columns, ms};
use super::state::{Move, after};
use super::{Job, JobId, Queue, QueueError, StateKind};
use crate::store::Durability;

/// The right to run a job and to write its end back, until somebody reclaims or cancels it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Which job.
    pub job: JobId,
    /// The drain's own random identity.
    pub run_id: String,
    /// The fence of this run.
    pub fence: i64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The slot whose lock the runner holds.
    pub slot: u32,
}

impl Queue {
    /// The jobs that may start now, in stored order: priority, then age.
    pub fn ready(&self, now: Timestamp) -> Result<Vec<Job>, QueueError> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM job INDEXED BY job_queued
              WHERE state = 'queued' AND run_at <= ?1 AND (deadline IS NULL OR deadline > ?1)
              ORDER BY priority, queued_at, seq"
        );
        row::all(self.conn(), sql, [ms(now)], |row| {
            Stored::read(row).map(|stored| stored.job)
        })
    }

    /// Whether a drain would find something: a job that may start, or a schedule that is due.
    pub fn has_work(&self, now: Timestamp) -> Result<bool, QueueError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM job WHERE state = 'queued' AND run_at <= ?1)
                       OR EXISTS (SELECT 1 FROM schedule WHERE next_fire <= ?1)";
        let found = row::first(self.conn(), sql, [ms(now)], |row| Cells::new(row).next())?;
        Ok(found.unwrap_or(false))
    }

    /// The number of the newest job; 0 if there was none yet.
    pub fn newest(&self) -> Result<i64, QueueError> {
        let sql = "SELECT coalesce(max(seq), 0) FROM job";
        let found = row::first(self.conn(), sql, [], |row| Cells::new(row).next())?;
        Ok(found.unwrap_or(0))
    }

    /// Whether a job that entered after number `seq` may start.
    pub fn has_ready_since(&self, seq: i64, now: Timestamp) -> Result<bool, QueueError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM job WHERE state = 'queued' AND run_at <= ?1 AND seq > ?2)";
        let params = rusqlite::params![ms(now), seq];
        let found = row::first(self.conn(), sql, params, |row| Cells::new(row).next())?;
        Ok(found.unwrap_or(false))
    }

    /// When the next queued job that is not ready yet becomes ready.
    pub fn next_run_at(&self, now: Timestamp) -> Result<Option<Timestamp>, QueueError> {
        let sql = "SELECT min(run_at) FROM job INDEXED BY job_queued WHERE state = 'queued' AND run_at > ?1";
        let next = row::first(self.conn(), sql, [ms(now)], |row| {
            Cells::new(row).optional_time("run_at")
        })?;
        Ok(next.flatten())
    }

    /// A number that changes whenever another process wrote.
    pub fn data_version(&self) -> Result<i64, QueueError> {
        let sql = "PRAGMA data_version";
        let version = row::first(self.conn(), sql, [], |row| Cells::new(row).next())?;
        Ok(version.unwrap_or_default())
    }

    /// Takes a job; `None` if somebody else has it, or it may not run any more.
    ///
    /// Read the job again with [`Queue::job`] *after* the claim: until then a newer commit may have been coalesced
    /// into it. From then on its input is fixed.
    pub fn claim(
        &mut self,
        id: &JobId,
        run_id: &str,
        slot: u32,
        now: Timestamp,
    ) -> Result<Option<Lease>, QueueError> {
        let running = after(StateKind::Queued, Move::Claim)?;
        self.write(Durability::Normal, |tx| {
            let claimed = row::first(
                tx,
                "UPDATE job SET state = ?1, fence = fence + 1, attempt = attempt + 1, run_id = ?2, slot = ?3,
                                started_at = ?4
                 WHERE id = ?5 AND state = 'queued' AND run_at <= ?4 AND (deadline IS NULL OR deadline > ?4)
                 RETURNING task, fence, attempt",
                params![running.name(), run_id, slot, ms(now), id.0],
                |row| {
                    let mut row = Cells::new(row);
                    Ok((row.next::<String>()?, row.next()?, row.next()?))
                },
            )?;
            let Some((task, fence, attempt)) = claimed else {
                return Ok(None);
            };
            let entry = Entry {
                job: id,
                task: &task,
                kind: "claimed",
                from: Some(StateKind::Queued),
                to: Some(running),
                data: json!({ "run": run_id, "slot": slot, "fence": fence, "attempt": attempt }),
            };
            log(tx, &entry, now)?;
            Ok(Some(Lease {
                job: id.clone(),
                run_id: run_id.to_owned(),
                fence,
                attempt,
                slot,
            }))
        })
    }

    /// Whether the lease still holds: false after a cancel or a reclaim.
    pub fn still_mine(&self, lease: &Lease) -> Result<bool, QueueError> {
        let held = row::first(
            self.conn(),
            "SELECT 1 FROM job WHERE id = ?1 AND state = 'running' AND run_id = ?2 AND fence = ?3",
            params![lease.job.0, lease.run_id, lease.fence],
            |_| Ok(()),
        )?;
        Ok(held.is_some())
    }
}
