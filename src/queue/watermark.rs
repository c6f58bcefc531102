//! Up to which commit each ref has been seen.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::enqueue::{batch, durability};
use super::row::{self, Cells, ms};
use super::{Enqueued, How, NewJob, Queue, QueueError};
use crate::store::Durability;

/// Up to where a ref (or a worktree's detached HEAD) has been seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// The newest commit seen.
    pub commit: String,
    /// When it was set.
    pub at: Timestamp,
}

impl Queue {
    /// The watermark of a ref; the name is the caller's (`refs/heads/main`, or one for a detached worktree).
    pub fn watermark(&self, name: &str) -> Result<Option<Watermark>, QueueError> {
        let sql = "SELECT commit_id, at FROM watermark WHERE name = ?1";
        row::first(self.conn(), sql, [name], |row| {
            let mut row = Cells::new(row);
            Ok(Watermark {
                commit: row.next()?,
                at: row.time("at")?,
            })
        })
    }

    /// Sets the watermarks of these names without jobs.
    pub fn set_watermark(
        &mut self,
        names: &[&str],
        commit: &str,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        self.write(Durability::Normal, |tx| set(tx, names, commit, now))
    }

    /// Enters the jobs of the commits in between and sets the watermarks of these names, in one transaction.
    ///
    /// The watermarks stay where they are if a job was refused, so that the commits are noticed again. Nothing happens, and
    /// `None` is returned, if the first of them is not at `seen` any more: somebody else has looked in between, and the
    /// jobs of the same commits would run twice.
    pub fn advance_watermark(
        &mut self,
        names: &[&str],
        seen: Option<&str>,
        commit: &str,
        jobs: &[NewJob],
        limit: usize,
        now: Timestamp,
    ) -> Result<Option<Vec<Enqueued>>, QueueError> {
        self.write(durability(jobs), |tx| {
            let sql = "SELECT commit_id FROM watermark WHERE name = ?1";
            let found = row::first(tx, sql, [names.first()], |row| {
                Cells::new(row).next::<String>()
            })?;
            if found.as_deref() != seen {
                return Ok(None);
            }
            let entered = batch(tx, jobs, limit, now)?;
            if entered.iter().all(|job| job.how != How::Refused) {
                set(tx, names, commit, now)?;
            }
            Ok(Some(entered))
        })
    }

    /// Forgets the watermark of a ref that is gone.
    pub fn forget_watermark(&mut self, name: &str) -> Result<(), QueueError> {
        self.write(Durability::Normal, |tx| {
            row::change(tx, "DELETE FROM watermark WHERE name = ?1", [name])?;
            Ok(())
        })
    }
}

fn set(conn: &Connection, names: &[&str], commit: &str, now: Timestamp) -> Result<(), QueueError> {
    for name in names {
        row::change(
            conn,
            "INSERT INTO watermark (name, commit_id, at) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET commit_id = excluded.commit_id, at = excluded.at",
            params![name, commit, ms(now)],
        )?;
    }
    Ok(())
}
