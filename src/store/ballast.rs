//! Space kept in reserve, so that a full disk does not keep finished work from being recorded.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::Store;

/// Enough for the records of some dozens of jobs.
pub(super) const SIZE: usize = 128 * 1024;
/// The ballast is only laid down where it is not itself what fills the disk.
const SPARE: u64 = 16 * 1024 * 1024;

/// Lays the ballast down if it is missing and there is room. It is a precaution: failing to is no error.
pub(super) fn lay_down(path: &Path) {
    if fs::metadata(path).is_ok_and(|found| found.len() >= SIZE as u64) {
        return;
    }
    let roomy = path
        .parent()
        .is_some_and(|dir| fs4::available_space(dir).is_ok_and(|space| space >= SPARE));
    if roomy && write(path).is_err() {
        let _ = fs::remove_file(path);
    }
}

fn write(path: &Path) -> io::Result<()> {
    // Zeros would be compressed away, or left as a hole, on some file systems.
    let mut bytes = vec![0; SIZE];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(&bytes)
}

impl Store {
    /// Gives the ballast up after [`super::StoreError::Full`]; true if there was any to give.
    ///
    /// It is laid down again when the database is next opened and there is room.
    pub(crate) fn free_ballast(&self) -> bool {
        self.ballast
            .as_deref()
            .is_some_and(|path| fs::remove_file(path).is_ok())
    }
}
