//! A place with a copy of the repository, in which scripts run one after the other.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::changes::{Snapshot, snapshot};
use super::copy::{self, Copied};
use super::means::{Start, choose, io_at, start_in, survey_in, take_place};
use super::options::{Options, TrialError};
use super::place::Place;
use super::subject::Interpreter;
use super::subject::Level;
use crate::system::sandbox::{self, Means, Outcome};

/// What is started.
pub(super) struct Call {
    pub(super) program: PathBuf,
    pub(super) args: Vec<String>,
    /// What may be executed at level full.
    pub(super) executable: Vec<PathBuf>,
    /// Whether nothing of the copy may be written.
    pub(super) frozen: bool,
}

/// A throw-away folder with what scripts need, and how they are confined.
pub(super) struct Stage<'a> {
    pub(super) options: &'a Options,
    pub(super) place: Place,
    pub(super) means: Means,
    pub(super) copied: Copied,
    repository: Option<&'a Path>,
}

impl<'a> Stage<'a> {
    /// Takes a place, sees what isolation there is, and copies the repository.
    pub(super) fn open(
        repository: Option<&'a Path>,
        options: &'a Options,
    ) -> Result<Self, TrialError> {
        if options.level == Level::Minimal && !options.consent {
            return Err(TrialError::Consent);
        }
        let place = take_place(options)?;
        let means = choose(&survey_in(&place, options, repository)?, options)?;
        let origin = place.origin();
        fs::create_dir(&origin).map_err(io_at(&origin))?;
        let copied = match repository {
            Some(repository) => copy::copy(repository, &origin)?,
            None => Copied::default(),
        };
        Ok(Self {
            options,
            place,
            means,
            copied,
            repository,
        })
    }

    /// Keeps a script where it can be read and nothing else; its path.
    pub(super) fn keep(&self, interpreter: Interpreter, text: &str) -> Result<PathBuf, TrialError> {
        let script = self.place.script_folder().join(interpreter.file_name());
        let write = || -> io::Result<()> {
            if let Err(error) = fs::remove_file(&script)
                && error.kind() != io::ErrorKind::NotFound
            {
                return Err(error);
            }
            fs::write(&script, text)?;
            fs::set_permissions(&script, fs::Permissions::from_mode(0o500))
        };
        write().map_err(io_at(&script))?;
        Ok(script)
    }

    /// Makes the copy anew, and the home and the temporary folders empty.
    pub(super) fn begin_anew(&self) -> Result<(), TrialError> {
        let tree = self.place.tree();
        let make = || -> io::Result<()> {
            for folder in [self.place.home(), self.place.tmp(), self.place.shm()] {
                sandbox::remove(&folder)?;
                fs::create_dir(&folder)?;
                fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
            }
            fs::write(self.place.home().join(".gitconfig"), copy::GIT_CONFIG)?;
            sandbox::remove(&tree)?;
            copy::duplicate(&self.place.origin(), &tree)
        };
        make().map_err(io_at(&tree))
    }

    /// What the copy and the home folder hold.
    pub(super) fn look(&self) -> Result<Snapshot, TrialError> {
        look_at(&[(self.place.tree(), ""), (self.place.home(), "~/")])
    }

    /// What the copy and all folders hold that a script can write to.
    pub(super) fn look_everywhere(&self) -> Result<Snapshot, TrialError> {
        look_at(&[
            (self.place.tree(), ""),
            (self.place.home(), "~/"),
            (self.place.tmp(), "/tmp/"),
            (self.place.shm(), "/dev/shm/"),
        ])
    }

    /// Runs something, confined.
    pub(super) fn run(&self, call: Call) -> Result<Outcome, TrialError> {
        let start = Start {
            means: self.means,
            program: call.program,
            args: call.args,
            executable: call.executable,
            frozen: call.frozen,
            repository: self.repository,
            require: if self.options.require {
                self.options.level.claims()
            } else {
                Vec::new()
            },
        };
        start_in(&self.place, self.options, start)
    }
}

/// What these folders hold, each path with what is said before it.
fn look_at(folders: &[(PathBuf, &str)]) -> Result<Snapshot, TrialError> {
    let mut found = Snapshot::default();
    for (folder, prefix) in folders {
        snapshot(folder, prefix, &mut found).map_err(io_at(folder))?;
    }
    Ok(found)
}
