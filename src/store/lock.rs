//! The lock that says whether a database may be created or moved aside: openers hold it shared.

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use fs4::TryLockError;

use super::StoreError;
use crate::system::filesystem;

/// How often a lock that somebody else has is tried again.
const PAUSE: Duration = Duration::from_millis(2);

/// The open lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct OpenLock {
    _file: File,
}

/// Whether others may hold the lock as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Shared,
    Exclusive,
}

impl OpenLock {
    /// Takes the lock, waiting at most `wait`.
    pub(super) fn take(path: &Path, mode: Mode, wait: Duration) -> Result<Self, StoreError> {
        let file = filesystem::lock_file(path).map_err(StoreError::io(path))?;
        Self::take_file(file, path, mode, wait)
    }

    /// Takes the lock without creating its file, on media that may be read-only.
    pub(super) fn take_existing(path: &Path, wait: Duration) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io(path))?;
        Self::take_file(file, path, Mode::Shared, wait)
    }

    fn take_file(file: File, path: &Path, mode: Mode, wait: Duration) -> Result<Self, StoreError> {
        let start = Instant::now();
        loop {
            let tried = match mode {
                Mode::Shared => fs4::FileExt::try_lock_shared(&file),
                Mode::Exclusive => fs4::FileExt::try_lock(&file),
            };
            match tried {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if start.elapsed() < wait => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(StoreError::Busy),
                Err(TryLockError::Error(error)) => return Err(StoreError::io(path)(error)),
            }
        }
    }
}
