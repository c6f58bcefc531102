//! Writing: one kind of transaction, and a write-ahead log that stays small.

use std::fs;
use std::time::Duration;

use rusqlite::{Transaction, TransactionBehavior};

use super::{Store, StoreError};

/// Past this the write-ahead log is copied back and truncated by whoever notices.
///
/// `PASSIVE` checkpoints, and SQLite's own at any setting, let the log grow to 8–16 MB under concurrent readers; with
/// `TRUNCATE` at this size it stays below twice it.
pub(super) const WAL_LIMIT: u64 = 256 * 1024;

/// What must survive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// What reconciliation can make again: the commit may be lost, the database stays whole.
    Normal,
    /// What was promised to somebody.
    Full,
}

impl Store {
    /// Runs `work` in one immediate transaction, which is rolled back if it fails.
    pub(crate) fn write<T, E: From<StoreError>>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.read_only {
            return Err(StoreError::ReadOnly.into());
        }
        let full = durability == Durability::Full;
        if full {
            // The pragma is ignored inside a transaction.
            self.set_synchronous("FULL")?;
        }
        let outcome = self.transact(work);
        if full {
            self.set_synchronous("NORMAL")?;
        }
        self.tidy_wal();
        outcome
    }

    fn transact<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let value = work(&tx)?;
        tx.commit().map_err(StoreError::from)?;
        Ok(value)
    }

    fn set_synchronous(&self, level: &str) -> Result<(), StoreError> {
        if self.rollback_journal {
            return Ok(());
        }
        Ok(self.conn.pragma_update(None, "synchronous", level)?)
    }

    /// Copies a large write-ahead log back into the database and truncates it, without waiting for anybody.
    ///
    /// Whether it succeeds does not matter: the next writer tries again.
    pub(crate) fn tidy_wal(&self) {
        if self.read_only || self.rollback_journal {
            return;
        }
        if fs::metadata(&self.wal).is_ok_and(|wal| wal.len() >= WAL_LIMIT) {
            let _ = self.conn.busy_timeout(Duration::ZERO);
            let _ = self
                .conn
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            let _ = self.conn.busy_timeout(self.busy);
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.tidy_wal();
    }
}
