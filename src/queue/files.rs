//! What the files of a worktree looked like when they were last seen.

use std::path::Path;

use bstr::BString;
use rusqlite::params;

use super::row::{self, Cells, path_bytes};
use super::{Queue, QueueError};
use crate::store::{Durability, StoreError};

/// A file as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStat {
    /// Relative to the worktree's top.
    pub path: BString,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in nanoseconds since the epoch.
    pub mtime_ns: i64,
    /// Change time in nanoseconds since the epoch.
    pub ctime_ns: i64,
    /// Inode number.
    pub inode: u64,
    /// Hash of the content, where it was read.
    pub hash: Option<[u8; 32]>,
    /// It was modified so shortly before it was looked at that an equal stat proves nothing.
    pub racy: bool,
}

impl Queue {
    /// Everything known of a worktree's files, ordered by path.
    pub fn files(&self, worktree: &Path) -> Result<Vec<FileStat>, QueueError> {
        let sql = "SELECT path, size, mtime_ns, ctime_ns, inode, hash, racy FROM file WHERE worktree = ?1 ORDER BY path";
        row::all(self.conn(), sql, [path_bytes(worktree)], |row| {
            let mut row = Cells::new(row);
            Ok(FileStat {
                path: BString::from(row.next::<Vec<u8>>()?),
                size: row.next::<i64>()?.cast_unsigned(),
                mtime_ns: row.next()?,
                ctime_ns: row.next()?,
                inode: row.next::<i64>()?.cast_unsigned(),
                hash: hash(row.next()?)?,
                racy: row.next()?,
            })
        })
    }

    /// Stores what was seen and forgets what is gone, in one transaction.
    pub fn update_files(
        &mut self,
        worktree: &Path,
        seen: &[FileStat],
        gone: &[BString],
    ) -> Result<(), QueueError> {
        if seen.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let worktree = path_bytes(worktree);
        self.write(Durability::Normal, |tx| {
            for path in gone {
                row::change(
                    tx,
                    "DELETE FROM file WHERE worktree = ?1 AND path = ?2",
                    params![worktree, path.as_slice()],
                )?;
            }
            for file in seen {
                row::change(
                    tx,
                    "INSERT INTO file (worktree, path, size, mtime_ns, ctime_ns, inode, hash, racy)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                     ON CONFLICT (worktree, path) DO UPDATE SET
                         size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, inode = excluded.inode,
                         hash = excluded.hash, racy = excluded.racy",
                    params![
                        worktree,
                        file.path.as_slice(),
                        file.size.cast_signed(),
                        file.mtime_ns,
                        file.ctime_ns,
                        file.inode.cast_signed(),
                        file.hash,
                        file.racy
                    ],
                )?;
            }
            Ok(())
        })
    }

    /// Forgets a worktree.
    pub fn forget_files(&mut self, worktree: &Path) -> Result<(), QueueError> {
        self.write(Durability::Normal, |tx| {
            row::change(
                tx,
                "DELETE FROM file WHERE worktree = ?1",
                [path_bytes(worktree)],
            )?;
            Ok(())
        })
    }
}

fn hash(bytes: Option<Vec<u8>>) -> Result<Option<[u8; 32]>, StoreError> {
    bytes
        .map(|bytes| {
            <[u8; 32]>::try_from(bytes)
                .map_err(|bytes| StoreError::value("hash", format!("{} bytes", bytes.len())))
        })
        .transpose()
}
