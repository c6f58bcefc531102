//! Bringing a database to the newest schema.

use rusqlite::{Connection, TransactionBehavior};

use super::{Schema, StoreError};

/// What a database's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) application_id: i32,
    pub(super) version: i64,
}

/// How a database stands to the schema this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing was ever put into it.
    Empty,
    /// Migrations are missing.
    Older,
    /// As known.
    Current,
    /// A newer program wrote it.
    Newer,
    /// Another program's.
    Foreign,
}

impl Header {
    pub(super) fn read(conn: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            application_id: conn.pragma_query_value(None, "application_id", |row| row.get(0))?,
            version: conn.pragma_query_value(None, "user_version", |row| row.get(0))?,
        })
    }

    pub(super) fn standing(self, schema: &Schema) -> Standing {
        match (self.application_id, self.version) {
            (0, 0) => Standing::Empty,
            (id, version) if id != schema.application_id || version < 1 => Standing::Foreign,
            (_, version) if version < schema.version() => Standing::Older,
            (_, version) if version > schema.version() => Standing::Newer,
            _ => Standing::Current,
        }
    }
}

/// Applies the migrations that are missing.
///
/// The version is read again inside the transaction: of several processes that found an old one, the first migrates and
/// the others find nothing left to do.
pub(super) fn migrate(conn: &mut Connection, schema: &Schema) -> Result<(), StoreError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let header = Header::read(&tx)?;
    match header.standing(schema) {
        Standing::Current | Standing::Newer | Standing::Foreign => return Ok(()),
        Standing::Empty | Standing::Older => {}
    }
    let applied = usize::try_from(header.version).unwrap_or(0);
    for step in schema.migrations.iter().skip(applied) {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", schema.application_id)?;
    tx.pragma_update(None, "user_version", schema.version())?;
    tx.commit()?;
    Ok(())
}
