//! The open database.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::OptimizeError;
use crate::store::{Durability, OPTIMIZE, OpenOptions, Store, StoreError};
use crate::system::random;

/// How much of the database is held in memory, in KiB; below zero, or it would be in pages.
const CACHE_KIB: i64 = -32 * 1024;

/// The open database of a user.
#[derive(Debug)]
pub struct Optimize {
    store: Store,
    key: [u8; 32],
}

impl Optimize {
    /// Opens `optimize.db` in a folder: the user's data folder.
    pub fn open(dir: &Path, options: &OpenOptions) -> Result<Self, OptimizeError> {
        Self::of(Store::open(dir, &OPTIMIZE, options)?)
    }

    /// Opens a new database after [`crate::store::StoreError::Corrupt`], moving the damaged files aside. The caller has
    /// dropped the old one. What histories still hold is read again.
    pub fn replace_damaged(dir: &Path, options: &OpenOptions) -> Result<Self, OptimizeError> {
        Self::of(Store::replace_damaged(dir, &OPTIMIZE, options)?)
    }

    fn of(mut store: Store) -> Result<Self, OptimizeError> {
        store.conn().set_prepared_statement_cache_capacity(128);
        store.conn().pragma_update(None, "cache_size", CACHE_KIB)?;
        // What is forgotten is overwritten, and not left in pages that nothing uses.
        store.conn().pragma_update(None, "secure_delete", true)?;
        let key = match key(store.conn())? {
            Some(key) => key,
            None => {
                let fresh: [u8; 32] = random::bytes();
                store.write(Durability::Full, |tx| {
                    let sql =
                        "INSERT INTO digest_key (id, key) VALUES (1, ?1) ON CONFLICT DO NOTHING";
                    tx.execute(sql, params![fresh])?;
                    // Another process may have been faster.
                    key(tx)?.ok_or_else(|| OptimizeError::from(StoreError::value("key", "none")))
                })?
            }
        };
        Ok(Self { store, key })
    }

    /// Where a damaged database was moved when this one took its place: to be said loudly.
    pub fn replaced(&self) -> Option<&Path> {
        self.store.replaced()
    }

    /// The schema's version, if a newer git-tend wrote it and it was therefore opened read-only.
    pub fn newer(&self) -> Option<i64> {
        self.store.newer()
    }

    /// With what digests are keyed.
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The connection, for reads.
    pub(super) fn conn(&self) -> &Connection {
        self.store.conn()
    }

    /// One write transaction for what histories can tell again.
    pub(super) fn write<T, E: From<OptimizeError> + From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.store.write(Durability::Normal, work)
    }

    /// One write transaction for what nobody can tell again.
    pub(super) fn write_for_good<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, OptimizeError>,
    ) -> Result<T, OptimizeError> {
        self.store.write(Durability::Full, work)
    }
}

fn key(conn: &Connection) -> Result<Option<[u8; 32]>, OptimizeError> {
    let sql = "SELECT key FROM digest_key WHERE id = 1";
    Ok(conn.query_row(sql, [], |row| row.get(0)).optional()?)
}
