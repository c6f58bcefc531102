//! The open graph.

use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::GraphError;
use crate::store::{Durability, GRAPH, OpenOptions, Store};

/// How much of the database is held in memory, in KiB; below zero, or it would be in pages.
const CACHE_KIB: i64 = -32 * 1024;

/// The open graph of a user.
#[derive(Debug)]
pub struct Graph {
    store: Store,
}

impl Graph {
    /// Opens `graph.db` in a folder: the user's data folder.
    pub fn open(dir: &Path, options: &OpenOptions) -> Result<Self, GraphError> {
        let store = Store::open(dir, &GRAPH, options)?;
        Self::of(store)
    }

    /// Opens a new graph after [`crate::store::StoreError::Corrupt`], moving the damaged files aside. The caller has dropped
    /// the old one. What sessions say is read again, for the new graph knows of no file; what persons wrote is lost.
    pub fn replace_damaged(dir: &Path, options: &OpenOptions) -> Result<Self, GraphError> {
        let store = Store::replace_damaged(dir, &GRAPH, options)?;
        Self::of(store)
    }

    fn of(store: Store) -> Result<Self, GraphError> {
        // A scan writes much at once; the house's default of 64 statements is less than it uses.
        store.conn().set_prepared_statement_cache_capacity(128);
        // A node changes pages all over the file: with the 2 MB that SQLite takes of itself most would be read again.
        store.conn().pragma_update(None, "cache_size", CACHE_KIB)?;
        Ok(Self { store })
    }

    /// Where a damaged database was moved when this one took its place: to be said loudly.
    pub fn replaced(&self) -> Option<&Path> {
        self.store.replaced()
    }

    /// The schema's version, if a newer git-tend wrote it and it was therefore opened read-only.
    pub fn newer(&self) -> Option<i64> {
        self.store.newer()
    }

    /// The connection, for reads.
    pub(super) fn conn(&self) -> &Connection {
        self.store.conn()
    }

    /// One write transaction for what the sessions' files can tell again.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, GraphError>,
    ) -> Result<T, GraphError> {
        self.store.write(Durability::Normal, work)
    }

    /// One write transaction for what nobody can tell again.
    pub(super) fn write_for_good<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, GraphError>,
    ) -> Result<T, GraphError> {
        self.store.write(Durability::Full, work)
    }
}
