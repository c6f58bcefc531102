//! Opening a database: the fast way of hooks, the careful way that creates and migrates, and the way that changes nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::damage::{set_aside, with_suffix};
use super::lock::{Mode, OpenLock};
use super::migrate::{Header, Standing, migrate};
use super::{Schema, StoreError, ballast};
use crate::system::{clock, filesystem};

/// Before this version two connections that checkpoint and write at once could lose a commit, and that is what many
/// short processes do all day.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How a database is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Creates and migrates it where needed.
    ReadWrite,
    /// For hooks: only a database that is ready is opened, anything else is [`StoreError::NotReady`].
    Fast,
    /// Changes nothing, also on read-only media.
    ReadOnly,
}

/// What the opener wants.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// Which way.
    pub access: Access,
    /// How long to wait for other processes.
    pub busy: Duration,
    /// Open on a network file system all the same, with an exclusive rollback journal.
    pub allow_network_fs: bool,
}

impl OpenOptions {
    /// Everything but hooks: five seconds, no network file systems.
    pub const fn new(access: Access) -> Self {
        Self {
            access,
            busy: Duration::from_secs(5),
            allow_network_fs: false,
        }
    }

    /// For hooks: the database must be ready, and nobody waits longer than this.
    pub const fn hook(busy: Duration) -> Self {
        Self {
            access: Access::Fast,
            busy,
            allow_network_fs: false,
        }
    }
}

/// An open database.
#[derive(Debug)]
pub struct Store {
    pub(super) conn: Connection,
    pub(super) wal: PathBuf,
    pub(super) ballast: Option<PathBuf>,
    pub(super) busy: Duration,
    pub(super) read_only: bool,
    pub(super) rollback_journal: bool,
    pub(super) replaced: Option<PathBuf>,
    newer: Option<i64>,
    // Dropped after the connection: fields are dropped in order.
    copy: Option<Duplicate>,
    _lock: Option<OpenLock>,
}

/// A copy of a database that lies on read-only media; gone with the store.
#[derive(Debug)]
struct Duplicate(PathBuf);

impl Drop for Duplicate {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Store {
    /// Opens the database of this schema in a state directory.
    pub fn open(
        dir: &Path,
        schema: &'static Schema,
        options: &OpenOptions,
    ) -> Result<Self, StoreError> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(StoreError::OldSqlite {
                found: rusqlite::version(),
            });
        }
        let rollback_journal = is_shared(dir)?;
        if let Some(fstype) = rollback_journal
            && !options.allow_network_fs
        {
            return Err(StoreError::NetworkFilesystem {
                path: dir.to_owned(),
                fstype,
            });
        }
        let opener = Opener {
            dir,
            schema,
            options,
            database: dir.join(schema.file),
            rollback_journal: rollback_journal.is_some(),
        };
        match options.access {
            Access::Fast => opener.fast(),
            Access::ReadOnly => opener.read_only(),
            Access::ReadWrite => opener.read_write_with_ballast(),
        }
    }

    /// Where a damaged database was moved when this one took its place.
    pub fn replaced(&self) -> Option<&Path> {
        self.replaced.as_deref()
    }

    /// The schema's version, if a newer program wrote it and it was therefore opened read-only.
    pub fn newer(&self) -> Option<i64> {
        self.newer
    }

    /// Opens a copy, as is done on read-only media.
    #[cfg(test)]
    pub(crate) fn open_copy(dir: &Path, schema: &'static Schema) -> Result<Self, StoreError> {
        let options = OpenOptions::new(Access::ReadOnly);
        let opener = Opener {
            dir,
            schema,
            options: &options,
            database: dir.join(schema.file),
            rollback_journal: false,
        };
        let (conn, copy) = opener.copied()?;
        Ok(opener.store(conn, None, Some(copy)))
    }

    /// The directory of the copy that was opened in place of a database on read-only media.
    pub fn copy(&self) -> Option<&Path> {
        self.copy.as_ref().map(|copy| copy.0.as_path())
    }

    /// The connection, for reads.
    pub(crate) fn conn(&self) -> &Connection {
        &self.conn
    }
}

/// Asks for the nearest directory that exists: the state directory itself may still have to be made.
fn is_shared(dir: &Path) -> Result<Option<&'static str>, StoreError> {
    for ancestor in dir.ancestors() {
        match filesystem::shared_filesystem(ancestor) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            answer => return answer.map_err(StoreError::io(ancestor)),
        }
    }
    Ok(None)
}

/// The flags of every connection. A connection is never shared between threads.
pub(super) fn flags(access: OpenFlags) -> OpenFlags {
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

struct Opener<'a> {
    dir: &'a Path,
    schema: &'static Schema,
    options: &'a OpenOptions,
    database: PathBuf,
    rollback_journal: bool,
}

impl Opener<'_> {
    fn fast(&self) -> Result<Store, StoreError> {
        let lock = match OpenLock::take_existing(&self.lock_path(), Duration::ZERO) {
            Ok(lock) => lock,
            // Missing, or somebody creates or replaces the database at this moment.
            Err(StoreError::Io { .. } | StoreError::Busy) => return Err(StoreError::NotReady),
            Err(error) => return Err(error),
        };
        let conn = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let ready = self
            .configure(&conn)
            .and_then(|()| Header::read(&conn).map_err(not_there));
        let header = match ready {
            Err(StoreError::Corrupt { .. }) => return Err(StoreError::NotReady),
            ready => ready?,
        };
        match header.standing(self.schema) {
            Standing::Current => Ok(self.store(conn, Some(lock), None)),
            Standing::Empty | Standing::Older => Err(StoreError::NotReady),
            other => Err(self.refusal(other, header)),
        }
    }

    /// A full disk may have no room even for what opening needs: an index into the log, in shared memory.
    fn read_write_with_ballast(&self) -> Result<Store, StoreError> {
        match (self.read_write(), self.schema.ballast) {
            (Err(StoreError::Full), Some(name)) if fs::remove_file(self.dir.join(name)).is_ok() => {
                self.read_write()
            }
            (opened, _) => opened,
        }
    }

    fn read_write(&self) -> Result<Store, StoreError> {
        filesystem::private_dir(self.dir).map_err(StoreError::io(self.dir))?;
        let mut replaced = None;
        let mut store = match self.existing() {
            Err(StoreError::NotReady) => {
                self.create()?;
                self.existing()?
            }
            Err(StoreError::Corrupt { .. }) => {
                replaced = set_aside(self.dir, self.schema, self.options, clock::now())?;
                self.create()?;
                self.existing()?
            }
            opened => opened?,
        };
        store.replaced = replaced;
        if let Some(path) = &store.ballast {
            ballast::lay_down(path);
        }
        Ok(store)
    }

    /// Opens a database that is there, migrating it if it is older.
    fn existing(&self) -> Result<Store, StoreError> {
        let lock = OpenLock::take(&self.lock_path(), Mode::Shared, self.options.busy)?;
        let mut conn = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        self.configure(&conn)?;
        let mut header = Header::read(&conn)?;
        if header.standing(self.schema) == Standing::Older {
            migrate(&mut conn, self.schema)?;
            header = Header::read(&conn)?;
        }
        match header.standing(self.schema) {
            Standing::Current => {
                self.set_journal(&conn)?;
                // Reads the whole schema: a header alone does not prove that the rest is there.
                conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
                Ok(self.store(conn, Some(lock), None))
            }
            Standing::Empty => Err(StoreError::NotReady),
            other => Err(self.refusal(other, header)),
        }
    }

    /// Creates the database while nobody else has it open: racing creations leave some with "no such table".
    fn create(&self) -> Result<(), StoreError> {
        let _exclusive = OpenLock::take(&self.lock_path(), Mode::Exclusive, self.options.busy)?;
        // SQLite would make it as wide as the umask allows; its companions take over the mode.
        filesystem::private_file(&self.database).map_err(StoreError::io(&self.database))?;
        let mut conn = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        self.configure(&conn)?;
        self.set_journal(&conn)?;
        migrate(&mut conn, self.schema)?;
        if !self.rollback_journal {
            // The tables' pages take their place in the file while there is room: copying a log back into a file that has
            // yet to grow by all of them would eat the ballast on a full disk.
            conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(())
    }

    fn read_only(&self) -> Result<Store, StoreError> {
        if !self.database.exists() {
            return Err(StoreError::NotReady);
        }
        // On read-only media the lock file may be missing, and nobody can create or move anything either.
        let lock = match OpenLock::take_existing(&self.lock_path(), self.options.busy) {
            Err(StoreError::Busy) => return Err(StoreError::Busy),
            taken => taken.ok(),
        };
        let direct = self
            .connect(OpenFlags::SQLITE_OPEN_READ_ONLY)
            .and_then(|conn| Ok((Header::read(&conn).map_err(not_there)?, conn)));
        let (header, conn, copy) = match direct {
            Ok((header, conn)) => (header, conn, None),
            // A log without its shared memory cannot be read where none can be made.
            Err(StoreError::ReadOnly | StoreError::NotReady) => {
                let (conn, copy) = self.copied()?;
                (Header::read(&conn)?, conn, Some(copy))
            }
            Err(error) => return Err(error),
        };
        match header.standing(self.schema) {
            Standing::Current | Standing::Newer => {}
            Standing::Empty | Standing::Older => return Err(StoreError::NotReady),
            Standing::Foreign => return Err(self.refusal(Standing::Foreign, header)),
        }
        conn.pragma_update(None, "query_only", true)?;
        let mut store = self.store(conn, lock, copy);
        store.read_only = true;
        store.newer = (header.version > self.schema.version()).then_some(header.version);
        Ok(store)
    }

    fn copied(&self) -> Result<(Connection, Duplicate), StoreError> {
        let dir =
            filesystem::private_temp_dir().map_err(StoreError::io("a temporary directory"))?;
        let copy = Duplicate(dir);
        let target = copy.0.join(self.schema.file);
        for suffix in ["", "-wal"] {
            let from = with_suffix(&self.database, suffix);
            if from.exists() {
                let to = with_suffix(&target, suffix);
                // Not `fs::copy`, which would copy the mode of a read-only file.
                let bytes = fs::read(&from).map_err(StoreError::io(&from))?;
                fs::write(&to, bytes).map_err(StoreError::io(&to))?;
            }
        }
        let conn = Connection::open_with_flags(&target, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
        Ok((conn, copy))
    }

    fn connect(&self, access: OpenFlags) -> Result<Connection, StoreError> {
        let conn = Connection::open_with_flags(&self.database, flags(access)).map_err(not_there)?;
        conn.busy_timeout(self.options.busy)?;
        Ok(conn)
    }

    /// What holds for one connection only and must be said on each.
    fn configure(&self, conn: &Connection) -> Result<(), StoreError> {
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        if self.rollback_journal {
            set(conn, "locking_mode", "EXCLUSIVE", "exclusive")?;
        } else {
            set(conn, "wal_autocheckpoint", 0, "0")?;
            set(conn, "synchronous", "NORMAL", "1")?;
        }
        set(conn, "foreign_keys", true, "1")
    }

    /// What is written into the database and lasts.
    fn set_journal(&self, conn: &Connection) -> Result<(), StoreError> {
        if self.rollback_journal {
            set(conn, "journal_mode", "TRUNCATE", "truncate")
        } else {
            set(conn, "journal_mode", "WAL", "wal")
        }
    }

    fn store(&self, conn: Connection, lock: Option<OpenLock>, copy: Option<Duplicate>) -> Store {
        conn.set_prepared_statement_cache_capacity(64);
        Store {
            conn,
            wal: with_suffix(&self.database, "-wal"),
            ballast: self.schema.ballast.map(|name| self.dir.join(name)),
            busy: self.options.busy,
            read_only: false,
            rollback_journal: self.rollback_journal,
            replaced: None,
            newer: None,
            copy,
            _lock: lock,
        }
    }

    fn refusal(&self, standing: Standing, header: Header) -> StoreError {
        match standing {
            Standing::Newer => StoreError::TooNew {
                found: header.version,
                known: self.schema.version(),
            },
            Standing::Foreign => StoreError::Foreign {
                path: self.database.clone(),
            },
            Standing::Empty | Standing::Older | Standing::Current => StoreError::NotReady,
        }
    }

    fn lock_path(&self) -> PathBuf {
        self.dir.join(self.schema.lock)
    }
}

/// A database that cannot be opened without creating it is one that is not there.
fn not_there(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) => StoreError::NotReady,
        _ => StoreError::from(error),
    }
}

/// Sets a pragma and reads it back: SQLite answers a setting that it cannot follow with silence.
fn set(
    conn: &Connection,
    pragma: &'static str,
    value: impl rusqlite::ToSql,
    expected: &str,
) -> Result<(), StoreError> {
    conn.pragma_update(None, pragma, value)?;
    let kept: String = conn.pragma_query_value(None, pragma, |row| {
        Ok(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            other => format!("{other:?}"),
        })
    })?;
    if kept == expected {
        Ok(())
    } else {
        Err(StoreError::Setting { pragma, kept })
    }
}
