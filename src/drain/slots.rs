//! Slots: lock files whose number is the number of jobs that may run at once, over all processes.
//!
//! A runner holds a slot's lock for as long as it runs a job. The kernel drops the lock when the runner dies, however it
//! dies, so whoever acquires slot `k` knows that any job still recorded as running in it has lost its runner: no process
//! numbers, no time-outs, immune to sleep and to clocks.
//!
//! Locks are only ever tried. The files are never unlinked, since a waiter would then hold a lock on a file that nobody
//! else can see; and a lock is released by closing it, never by `LOCK_UN`, which would release it for every duplicate.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::system::filesystem::lock_file;
use crate::system::process::ProcessIdentity;

/// The length of an occupant's record: one line, padded, so that one write replaces whatever was there.
const RECORD: usize = 512;

/// The lock file of a repository's slot, for whoever wants to know whether it is held.
pub fn lock_path(state_dir: &Path, number: u32) -> PathBuf {
    state_dir.join("slots").join(file_name(number))
}

/// The lock file of the drain that hooks hand their jobs to.
pub fn background_lock_path(state_dir: &Path) -> PathBuf {
    state_dir.join(BACKGROUND)
}

fn file_name(number: u32) -> String {
    format!("{number:02}.lock")
}

/// Held while a drain runs that hooks hand their jobs to.
const BACKGROUND: &str = "background.lock";

/// A folder of slots: `slots/` of a repository's state, or of the user's for the whole machine.
#[derive(Clone, Debug)]
pub struct Slots {
    dir: PathBuf,
    first: u32,
    count: u32,
}

impl Slots {
    /// The slots `1` to `count` in `dir`, which is created when the first one is acquired.
    pub fn new(dir: impl Into<PathBuf>, count: u32) -> Self {
        Self::from(1, dir, count)
    }

    /// As many slots from number `first` on.
    pub fn from(first: u32, dir: impl Into<PathBuf>, count: u32) -> Self {
        Self {
            dir: dir.into(),
            first,
            count,
        }
    }

    /// How many there are.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The lowest free slot.
    pub fn try_acquire(&self) -> io::Result<Option<Slot>> {
        for number in (self.first..).take(self.count as usize) {
            if let Some(slot) = self.try_acquire_numbered(number)? {
                return Ok(Some(slot));
            }
        }
        Ok(None)
    }

    /// This very slot, if it is free. It may lie above the count: there may have been more slots when a job was started.
    pub fn try_acquire_numbered(&self, number: u32) -> io::Result<Option<Slot>> {
        let path = self.dir.join(file_name(number));
        let lock = try_lock(&path)?;
        Ok(lock.map(|file| Slot { number, path, file }))
    }
}

/// A slot that this process holds; dropping it releases it.
#[derive(Debug)]
pub struct Slot {
    number: u32,
    path: PathBuf,
    file: File,
}

impl Slot {
    /// Its number.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Its file, in which a supervisor leaves its identity.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The supervisor that was started in it last, if any.
    pub fn occupant(&self) -> io::Result<Option<Occupant>> {
        Occupant::read(&self.file)
    }
}

/// The supervisor of a slot's newest run.
///
/// It writes this itself, *then* makes sure that its runner still lives, and only then starts the job. So whoever
/// acquires the slot after a runner's death finds here the supervisor of any job that may still be running; a supervisor
/// that is not recorded yet will see that its runner is gone and start nothing. Recovery needs no row of the database
/// for this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occupant {
    /// The supervisor's process.
    #[serde(flatten)]
    pub process: ProcessIdentity,
    /// The job it runs.
    pub job: String,
    /// Under which claim.
    pub fence: i64,
    /// What its processes carry as `TEND_RUN`.
    pub cookie: String,
}

impl Occupant {
    /// Records it in a slot's file, which exists.
    pub fn record(&self, slot_lock: &Path) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        if line.len() >= RECORD {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        line.resize(RECORD - 1, b' ');
        line.push(b'\n');
        let file = OpenOptions::new().write(true).open(slot_lock)?;
        file.write_all_at(&line, 0)
    }

    fn read(file: &File) -> io::Result<Option<Self>> {
        let mut record = [0_u8; RECORD];
        let length = file.read_at(&mut record, 0)?;
        // What is not a record was cut short by a crash of the machine, and nothing from before that runs any more.
        Ok(serde_json::from_slice(record.get(..length).unwrap_or_default()).ok())
    }
}

/// The lock that serialises recovery and the detached spawning of drains in one state directory.
#[derive(Debug)]
pub struct DrainLock {
    _file: File,
}

impl DrainLock {
    /// Takes it if it is free.
    pub fn try_acquire(state_dir: &Path) -> io::Result<Option<Self>> {
        Self::try_named(state_dir, "drain.lock")
    }

    /// The same for the drain that runs one job which no window holds: there is one at a time.
    pub fn try_dedicated(state_dir: &Path) -> io::Result<Option<Self>> {
        Self::try_named(state_dir, "dedicated.lock")
    }

    /// The same for the drain that hooks hand their jobs to: while it is held, whatever they enqueue is seen.
    pub fn try_background(state_dir: &Path) -> io::Result<Option<Self>> {
        Self::try_named(state_dir, BACKGROUND)
    }

    /// The same for whoever sends messages: nobody else sends the same ones meanwhile.
    pub fn try_messenger(state_dir: &Path) -> io::Result<Option<Self>> {
        Self::try_named(state_dir, "notify.lock")
    }

    fn try_named(state_dir: &Path, name: &str) -> io::Result<Option<Self>> {
        let lock = try_lock(&state_dir.join(name))?;
        Ok(lock.map(|file| Self { _file: file }))
    }
}

fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = match lock_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(dir) = path.parent() {
                fs::DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(dir)?;
            }
            lock_file(path)?
        }
        other => other?,
    };
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(Some(file)),
        Err(fs4::TryLockError::WouldBlock) => Ok(None),
        Err(fs4::TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn occupant(job: &str) -> Occupant {
        Occupant {
            process: ProcessIdentity {
                boot_id: "b".into(),
                pid: 7,
                start_time: 11,
            },
            job: job.into(),
            fence: 3,
            cookie: "c".into(),
        }
    }

    #[test]
    fn the_lowest_free_slot_is_taken_until_none_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let slots = Slots::new(dir.path().join("slots"), 3);
        let first = slots.try_acquire().unwrap().unwrap();
        let second = slots.try_acquire().unwrap().unwrap();
        let third = slots.try_acquire().unwrap().unwrap();
        assert_eq!([first.number(), second.number(), third.number()], [1, 2, 3]);
        assert!(slots.try_acquire().unwrap().is_none());
        assert!(slots.try_acquire_numbered(2).unwrap().is_none());
        assert!(slots.try_acquire_numbered(9).unwrap().is_some());
        drop(second);
        assert_eq!(slots.try_acquire().unwrap().unwrap().number(), 2);
    }

    #[test]
    fn files_are_private_and_stay() {
        let dir = tempfile::tempdir().unwrap();
        let slots = Slots::new(dir.path().join("slots"), 1);
        let path = slots.try_acquire().unwrap().unwrap().path().to_owned();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(path, dir.path().join("slots/01.lock"));
    }

    #[test]
    fn an_occupant_is_replaced_whole() {
        let dir = tempfile::tempdir().unwrap();
        let slot = Slots::new(dir.path(), 1).try_acquire().unwrap().unwrap();
        assert_eq!(slot.occupant().unwrap(), None);
        for job in ["a-long-name-of-a-job", "b"] {
            occupant(job).record(slot.path()).unwrap();
            assert_eq!(slot.occupant().unwrap(), Some(occupant(job)));
        }
        assert_eq!(fs::metadata(slot.path()).unwrap().len(), RECORD as u64);
    }

    #[test]
    fn a_record_that_was_cut_short_is_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let slot = Slots::new(dir.path(), 1).try_acquire().unwrap().unwrap();
        fs::write(slot.path(), b"{\"boot_id\":\"b\",\"pid\":").unwrap();
        assert_eq!(slot.occupant().unwrap(), None);
    }

    #[test]
    fn the_drain_lock_is_exclusive_until_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let held = DrainLock::try_acquire(dir.path()).unwrap().unwrap();
        assert!(DrainLock::try_acquire(dir.path()).unwrap().is_none());
        drop(held);
        assert!(DrainLock::try_acquire(dir.path()).unwrap().is_some());
    }
}
