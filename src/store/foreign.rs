//! Databases of other programs: read, and never touched.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use super::damage::with_suffix;
use super::open::flags;
use crate::system::filesystem;

/// A copy that was written to meanwhile is made again so often.
const TRIES: usize = 3;
/// What may lie beside a database whose program runs: its log, or the journal of a transaction.
const COMPANIONS: [&str; 2] = ["-wal", "-journal"];

/// A database of another program, opened for reading.
#[derive(Debug)]
pub(crate) struct Foreign {
    conn: Connection,
    // Dropped after the connection: fields are dropped in order.
    _copy: Option<Copied>,
}

#[derive(Debug)]
struct Copied(PathBuf);

impl Drop for Copied {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Foreign {
    /// Opens it. Where its program is at work (a log or a journal lies beside it), a private copy is read instead:
    /// SQLite itself would make files beside the database, and take locks that its program may wait for.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        // A path that is none of a regular file is refused before SQLite tries to make something of it.
        filesystem::open_regular_linked(path).map_err(StoreError::io(path))?;
        let busy = COMPANIONS
            .iter()
            .any(|suffix| fs::metadata(with_suffix(path, suffix)).is_ok_and(|it| it.len() > 0));
        if busy {
            return Self::copied(path);
        }
        let uri = format!("file:{}?immutable=1", escaped(path));
        let access = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let conn = Connection::open_with_flags(uri, flags(access))?;
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(Self { conn, _copy: None })
    }

    fn copied(path: &Path) -> Result<Self, StoreError> {
        let folder =
            filesystem::private_temp_dir().map_err(StoreError::io("a temporary directory"))?;
        let copy = Copied(folder);
        let target = copy.0.join("copy.db");
        let mut before = states(path);
        for _ in 0..TRIES {
            for suffix in ["", "-wal", "-journal"] {
                let to = with_suffix(&target, suffix);
                copy_file(&with_suffix(path, suffix), &to).map_err(StoreError::io(&to))?;
            }
            let after = states(path);
            if after == before {
                break;
            }
            before = after;
        }
        let conn = Connection::open_with_flags(&target, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
        conn.busy_timeout(Duration::ZERO)?;
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(Self {
            conn,
            _copy: Some(copy),
        })
    }

    /// The connection, for reads.
    pub(crate) fn conn(&self) -> &Connection {
        &self.conn
    }
}

/// How the files of a database stand.
fn states(path: &Path) -> [Option<(u64, u64, i64, i64)>; 3] {
    ["", "-wal", "-journal"].map(|suffix| {
        let found = fs::metadata(with_suffix(path, suffix)).ok()?;
        Some((found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
    })
}

/// Copies a file for its owner alone; one that is not there is removed from the copy.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match fs::remove_file(to) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        Err(error) => return Err(error),
    };
    let mut target = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(to)?;
    io::copy(&mut source, &mut target).map(|_| ())
}

/// A path in a URI.
fn escaped(path: &Path) -> String {
    let mut uri = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02x}")),
        }
    }
    uri
}

/// A database of another program, made of its own statements; it stays open and in use as long as what is returned.
#[cfg(test)]
pub(crate) fn made(path: &Path, statements: &[&str]) -> Connection {
    #![allow(clippy::unwrap_used)]
    let conn = Connection::open(path).unwrap();
    for statement in statements {
        conn.execute_batch(statement).unwrap();
    }
    conn
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn count(path: &Path) -> i64 {
        let foreign = Foreign::open(path).unwrap();
        let count = "SELECT count(*) FROM t";
        foreign
            .conn()
            .query_row(count, [], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn a_database_at_rest_is_read_where_it_lies_and_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a b%?#.db");
        drop(made(
            &path,
            &["PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)"],
        ));
        let before = (fs::read(&path).unwrap(), names(dir.path()));
        assert_eq!(count(&path), 1);
        assert_eq!(before, (fs::read(&path).unwrap(), names(dir.path())));
    }

    #[test]
    fn what_still_stands_in_a_log_is_read_from_a_copy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let writer = made(
            &path,
            &["PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)"],
        );
        writer.execute_batch("INSERT INTO t VALUES (2)").unwrap();
        let before = (names(dir.path()), states(&path));
        assert_eq!(count(&path), 2);
        // A transaction that is not over is not seen, and not disturbed.
        writer
            .execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (3)")
            .unwrap();
        assert_eq!(count(&path), 2);
        writer.execute_batch("ROLLBACK").unwrap();
        assert_eq!(before, (names(dir.path()), states(&path)));
    }

    #[test]
    fn what_is_no_database_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        assert!(Foreign::open(&path).is_err());
        fs::write(
            &path,
            "this is no database at all, however long the text may be",
        )
        .unwrap();
        assert!(Foreign::open(&path).is_err());
        assert!(Foreign::open(dir.path()).is_err());
        assert_eq!(names(dir.path()), ["a.db"]);
    }
}
