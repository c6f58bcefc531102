//! The throw-away folders, and how many there may be at once.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::drain::slots::{Slot, Slots};
use crate::system::dirs::Dirs;
use crate::system::process::{self, KillSignal};
use crate::system::{env, process_tree, sandbox, user};

/// How many sandboxes a user may have at once (the original's number).
pub const AT_ONCE: u32 = 3;

/// Numbers that belong to nobody (systemd's list of user ids calls 1879048192 to 2147352575 unused).
const FIRST_STAND_IN: u32 = 2_000_000_000;

/// Where throw-away folders are made: in the user's cache; for root where the stand-in can get to it.
pub fn default_folder(dirs: &Dirs) -> PathBuf {
    if user::effective_uid() == 0 {
        PathBuf::from("/var/cache/git-tend/sandbox")
    } else {
        dirs.cache.join("sandbox")
    }
}

/// A throw-away folder. It is removed when this is dropped; if that never happens, by the next run.
#[derive(Debug)]
pub(super) struct Place {
    top: PathBuf,
    folder: PathBuf,
    slot: Slot,
}

impl Place {
    /// Takes a free one in `folder`, waiting for it no longer than `wait`; nothing if all are taken.
    pub(super) fn take(folder: &Path, wait: Duration) -> io::Result<Option<Self>> {
        make_folder(folder)?;
        let folder = folder.canonicalize()?;
        let slots = Slots::new(folder.join("slots"), AT_ONCE);
        let began = Instant::now();
        let slot = loop {
            if let Some(slot) = slots.try_acquire()? {
                break slot;
            }
            if began.elapsed() >= wait {
                return Ok(None);
            }
            process::pause(Duration::from_millis(50));
        };
        let place = Self {
            top: folder.join(format!("{:02}", slot.number())),
            folder,
            slot,
        };
        place.clear()?;
        let mut builder = fs::DirBuilder::new();
        builder.mode(0o700);
        builder.create(&place.top)?;
        for folder in [
            place.home(),
            place.tmp(),
            place.shm(),
            place.script_folder(),
        ] {
            builder.create(folder)?;
        }
        Ok(Some(place))
    }

    /// Ends and removes what a run left that was killed.
    fn clear(&self) -> io::Result<()> {
        let cookie = format!("{}={}", env::RUN, self.cookie());
        let is_left = self.top.exists();
        for process in process_tree::table() {
            if is_left && process_tree::has_variable(process.pid, cookie.as_bytes()) {
                process_tree::signal(&process, KillSignal::Kill);
            }
        }
        sandbox::remove(&self.top)?;
        for left in self.beside() {
            sandbox::remove(&left)?;
        }
        Ok(())
    }

    /// What the supervisor keeps beside it.
    pub(super) fn beside(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.file_stem() == self.top.file_name() && *path != self.top)
            .collect()
    }

    /// What its processes carry as `TEND_RUN`.
    pub(super) fn cookie(&self) -> String {
        format!("sandbox:{}", self.top.display())
    }

    /// Whose identity a script gets here if the user is root.
    pub(super) const fn stand_in(&self) -> u32 {
        FIRST_STAND_IN + self.slot.number()
    }

    pub(super) fn top(&self) -> &Path {
        &self.top
    }

    /// The copy that a script works in.
    pub(super) fn tree(&self) -> PathBuf {
        self.top.join("tree")
    }

    /// The copy that other copies are made of.
    pub(super) fn origin(&self) -> PathBuf {
        self.top.join("origin")
    }

    pub(super) fn home(&self) -> PathBuf {
        self.top.join("home")
    }

    pub(super) fn tmp(&self) -> PathBuf {
        self.top.join("tmp")
    }

    pub(super) fn shm(&self) -> PathBuf {
        self.top.join("shm")
    }

    pub(super) fn script_folder(&self) -> PathBuf {
        self.top.join("script")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left is removed by the next run.
        let _ = sandbox::remove(&self.top);
    }
}

/// Makes the folder that holds them. For root, everybody may pass through it, and nobody else may own it.
fn make_folder(folder: &Path) -> io::Result<()> {
    let is_root = user::effective_uid() == 0;
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    let mode = if is_root { 0o711 } else { 0o700 };
    match fs::DirBuilder::new().mode(mode).create(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(folder)?;
            if !found.is_dir() || found.uid() != user::effective_uid() {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "it is not a folder of this user",
                ));
            }
        }
        Err(error) => return Err(error),
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(mode))?;
    fs::create_dir_all(folder.join("slots"))
}
