//! The files of a worktree, as [`super::changes`] wants to know them.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice};

use super::changes::{ContentHash, Contents, Stat};
use crate::system::filesystem::open_regular;

/// Larger files are told apart by their stat alone: reading a model or a disk image takes longer than the job.
const LARGEST_READ: u64 = 256 << 20;

/// The files below the top of a worktree.
pub(super) struct Disk<'a> {
    top: &'a Path,
    buffer: Vec<u8>,
}

impl<'a> Disk<'a> {
    pub(super) fn new(top: &'a Path) -> Self {
        Self {
            top,
            buffer: vec![0; 64 * 1024],
        }
    }

    fn path(&self, path: &BStr) -> PathBuf {
        self.top.join(OsStr::from_bytes(path))
    }

    /// Of a regular file or a symbolic link; anything else is as good as absent.
    pub(super) fn stat(&self, path: &BStr) -> Option<Stat> {
        let found = fs::symlink_metadata(self.path(path)).ok()?;
        (found.is_file() || found.is_symlink()).then(|| Stat {
            size: found.len(),
            mtime_ns: nanoseconds(found.mtime(), found.mtime_nsec()),
            ctime_ns: nanoseconds(found.ctime(), found.ctime_nsec()),
            inode: found.ino(),
        })
    }

    fn read(&mut self, path: &Path) -> io::Result<ContentHash> {
        let mut hasher = blake3::Hasher::new();
        if fs::symlink_metadata(path)?.is_symlink() {
            // A link to `x` is not a file that contains `x`.
            hasher.update(b"link\0");
            hasher.update(fs::read_link(path)?.as_os_str().as_bytes());
            return Ok(*hasher.finalize().as_bytes());
        }
        let mut file = open_regular(path)?;
        loop {
            match file.read(&mut self.buffer) {
                Ok(0) => return Ok(*hasher.finalize().as_bytes()),
                Ok(count) => {
                    hasher.update(self.buffer.get(..count).unwrap_or_default());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Contents for Disk<'_> {
    fn hash(&mut self, path: &BString, stat: &Stat) -> Option<ContentHash> {
        let path = self.path(path.as_bstr());
        if stat.size > LARGEST_READ {
            return Some(by_stat(stat));
        }
        match self.read(&path) {
            Ok(hash) => Some(hash),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            // What may not be read cannot be said every few minutes either: its stat has to do.
            Err(_) => Some(by_stat(stat)),
        }
    }
}

/// What stands for a content that is not read.
fn by_stat(stat: &Stat) -> ContentHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"stat\0");
    for part in [
        stat.size,
        stat.mtime_ns.cast_unsigned(),
        stat.ctime_ns.cast_unsigned(),
        stat.inode,
    ] {
        hasher.update(&part.to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}

fn nanoseconds(seconds: i64, nanoseconds: i64) -> i64 {
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(nanoseconds)
}
