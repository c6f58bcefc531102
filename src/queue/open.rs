//! The open queue, and the two ways of writing to it.

use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::QueueError;
use super::row::{self, Cells};
use crate::store::{Durability, OpenOptions, QUEUE, Store, StoreError};

/// An open queue: a repository's, or the user's own.
#[derive(Debug)]
pub struct Queue {
    store: Store,
}

impl Queue {
    /// Opens `queue.db` in a state directory.
    pub fn open(dir: &Path, options: &OpenOptions) -> Result<Self, QueueError> {
        let store = Store::open(dir, &QUEUE, options)?;
        Ok(Self { store })
    }

    /// Opens a new queue after [`StoreError::Corrupt`], moving the damaged files aside. The caller has dropped the old one.
    pub fn replace_damaged(dir: &Path, options: &OpenOptions) -> Result<Self, QueueError> {
        let store = Store::replace_damaged(dir, &QUEUE, options)?;
        Ok(Self { store })
    }

    /// Where a damaged database was moved when this one took its place: to be said loudly, and to be reconciled.
    pub fn replaced(&self) -> Option<&Path> {
        self.store.replaced()
    }

    /// The schema's version, if a newer git-tend wrote it and it was therefore opened read-only.
    pub fn newer(&self) -> Option<i64> {
        self.store.newer()
    }

    /// Whether this is a copy, because the queue lies on read-only media.
    pub fn is_copy(&self) -> bool {
        self.store.copy().is_some()
    }

    /// A number that changes whenever another process has changed the queue.
    pub fn changes_of_others(&self) -> Result<i64, QueueError> {
        let read = |row: &rusqlite::Row<'_>| Cells::new(row).next();
        let version = row::first(self.conn(), "PRAGMA data_version", [], read)?;
        Ok(version.unwrap_or(0))
    }

    /// The connection, for reads.
    pub(super) fn conn(&self) -> &Connection {
        self.store.conn()
    }

    /// One write transaction that fails when the disk is full.
    pub(super) fn write<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, QueueError>,
    ) -> Result<T, QueueError> {
        self.store.write(durability, work)
    }

    /// One write transaction that may use up the ballast: for recording what ended, never for taking on more.
    pub(super) fn write_with_ballast<T>(
        &mut self,
        durability: Durability,
        work: impl Fn(&Transaction<'_>) -> Result<T, QueueError>,
    ) -> Result<T, QueueError> {
        match self.store.write(durability, &work) {
            Err(QueueError::Store(StoreError::Full)) if self.store.free_ballast() => {
                self.store.write(durability, &work)
            }
            outcome => outcome,
        }
    }
}
