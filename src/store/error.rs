//! What can go wrong between a caller and a database, in words that do not depend on SQLite.

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::path::PathBuf;

/// Why a database could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer git-tend wrote it.
    #[error(
        "the database has schema {found}, this git-tend knows {known}: a newer version wrote it"
    )]
    TooNew {
        /// The schema found.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// There is no database yet, or it needs work that the fast way does not do.
    #[error("the database does not exist yet or is not ready")]
    NotReady,
    /// Write-ahead logs corrupt on such file systems.
    #[error("{path} is on a {fstype} file system, where SQLite's write-ahead log is not safe", path = .path.display())]
    NetworkFilesystem {
        /// The directory.
        path: PathBuf,
        /// The file system's usual name.
        fstype: &'static str,
    },
    /// No space is left on the device.
    #[error("no space is left for the database")]
    Full,
    /// The file is not a database any more.
    #[error("the database is damaged{}", moved(.moved_to.as_ref()))]
    Corrupt {
        /// Where the damaged files are, if they could be moved aside.
        moved_to: Option<PathBuf>,
    },
    /// Another process kept it locked for too long.
    #[error("the database is locked by another process")]
    Busy,
    /// It cannot be written.
    #[error("the database is read-only")]
    ReadOnly,
    /// The library that is linked has a bug that loses commits.
    #[error("SQLite {found} can lose commits, 3.51.3 or newer is needed")]
    OldSqlite {
        /// The version linked.
        found: &'static str,
    },
    /// It belongs to another program.
    #[error("{path} is not a database of git-tend's", path = .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A setting did not take.
    #[error("SQLite refused {pragma} and kept {kept}")]
    Setting {
        /// What was asked for.
        pragma: &'static str,
        /// What it is instead.
        kept: String,
    },
    /// A stored value makes no sense.
    #[error("column {column} holds a value that makes no sense: {value}")]
    Value {
        /// Which.
        column: &'static str,
        /// The value, shortened.
        value: String,
    },
    /// Anything else that SQLite reports.
    #[error("SQLite: {0}")]
    Sqlite(#[source] Box<dyn Error + Send + Sync>),
    /// The file system.
    #[error("{path}: {error}", path = .path.display())]
    Io {
        /// Which file or directory.
        path: PathBuf,
        /// What it said.
        #[source]
        error: io::Error,
    },
}

fn moved(path: Option<&PathBuf>) -> String {
    path.map_or_else(String::new, |path| {
        format!(" and was moved to {}", path.display())
    })
}

impl StoreError {
    /// Attaches the path to an error of the file system.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Io { path, error },
        }
    }

    /// A stored value that cannot be understood.
    pub(crate) fn value(column: &'static str, value: impl Display) -> Self {
        let value = value.to_string().chars().take(80).collect();
        Self::Value { column, value }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        // The index into the log could not be enlarged: SQLite has no better name for a full disk there.
        let extended = error.sqlite_error().map(|error| error.extended_code);
        if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
            return Self::Full;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { moved_to: None }
            }
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            _ => Self::Sqlite(Box::new(error)),
        }
    }
}
