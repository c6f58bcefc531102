//! A damaged database: moved aside, never deleted, so that work can go on and somebody can look at it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::lock::{Mode, OpenLock};
use super::open::flags;
use super::{OpenOptions, Schema, Store, StoreError};
use crate::system::clock;

impl Store {
    /// Replaces a database that was found damaged while it was in use. The caller has closed it.
    ///
    /// A database that proves sound after all is opened as it is.
    pub fn replace_damaged(
        dir: &Path,
        schema: &'static Schema,
        options: &OpenOptions,
    ) -> Result<Self, StoreError> {
        let moved_to = set_aside(dir, schema, options, clock::now())?;
        let mut store = Self::open(dir, schema, options)?;
        if moved_to.is_some() {
            store.replaced = moved_to;
        }
        Ok(store)
    }
}

/// Moves a damaged database and its companions aside, while nobody has it open; `None` if it is sound, which means that
/// another process was faster.
pub(super) fn set_aside(
    dir: &Path,
    schema: &Schema,
    options: &OpenOptions,
    now: Timestamp,
) -> Result<Option<PathBuf>, StoreError> {
    let lock = dir.join(schema.lock);
    let damaged = || StoreError::Corrupt { moved_to: None };
    let _exclusive = match OpenLock::take(&lock, Mode::Exclusive, options.busy) {
        // Somebody works with it all the same; it cannot be taken away from under them.
        Err(StoreError::Busy) => return Err(damaged()),
        taken => taken?,
    };
    let database = dir.join(schema.file);
    if is_sound(&database) {
        return Ok(None);
    }
    let target = free_name(&database, now);
    for suffix in ["", "-wal", "-shm"] {
        let from = with_suffix(&database, suffix);
        match fs::rename(&from, with_suffix(&target, suffix)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::io(from)(error)),
        }
    }
    Ok(Some(target))
}

fn is_sound(database: &Path) -> bool {
    let check = || -> rusqlite::Result<String> {
        let conn = Connection::open_with_flags(database, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
        conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
    };
    match check() {
        Ok(answer) => answer == "ok",
        // A file that is missing or cannot be opened now is not thereby damaged.
        Err(error) => !matches!(StoreError::from(error), StoreError::Corrupt { .. }),
    }
}

fn free_name(database: &Path, now: Timestamp) -> PathBuf {
    let first = with_suffix(
        database,
        &format!(".corrupt-{}", now.strftime("%Y%m%dT%H%M%SZ")),
    );
    let mut name = first.clone();
    let mut number = 1_u32;
    while name.exists() {
        number = number.saturating_add(1);
        name = with_suffix(&first, &format!(".{number}"));
    }
    name
}

/// The path with something appended to its last component.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
