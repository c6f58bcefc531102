//! The files that automations are run from: `automations/<id>/<name>` in the user's data folder.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::optimize::automation::{Automation, digest};
use crate::system::filesystem;

/// A larger text was not generated here.
const LARGEST: u64 = 4 << 20;

/// Why an automation's file is not run.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It is gone.
    #[error("{} is not there; generate the automation again", .0.display())]
    Missing(PathBuf),
    /// Somebody edited it.
    #[error(
        "{} is not what was tested; take the change in and test it again, or generate the automation again",
        .0.display()
    )]
    Changed(PathBuf),
    /// The file system refused.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ScriptError {
    let path = path.to_path_buf();
    move |source| ScriptError::Io {
        action,
        path,
        source,
    }
}

/// Where the file of an automation is.
pub fn path(data: &Path, automation: &Automation) -> PathBuf {
    folder(data, &automation.id).join(&automation.name)
}

fn folder(data: &Path, id: &str) -> PathBuf {
    data.join("automations").join(id)
}

/// Writes the file of an automation in one step; its owner alone may read and run it.
pub fn write(data: &Path, automation: &Automation) -> Result<PathBuf, ScriptError> {
    let path = path(data, automation);
    let folder = folder(data, &automation.id);
    for it in [&data.join("automations"), &folder] {
        filesystem::private_dir(it).map_err(failed("make", it))?;
    }
    filesystem::replace_exactly(&path, automation.text.as_bytes(), 0o700)
        .map_err(failed("write", &path))?;
    Ok(path)
}

/// The text of an automation's file as it is now, for who wants to take a change in.
pub fn read(data: &Path, automation: &Automation) -> Result<Vec<u8>, ScriptError> {
    let path = path(data, automation);
    let file = match filesystem::open_regular(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ScriptError::Missing(path));
        }
        Err(error) => return Err(failed("open", &path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST)
        .read_to_end(&mut bytes)
        .map_err(failed("read", &path))?;
    Ok(bytes)
}

/// The file of an automation, if it is what was registered: to be asked before each run.
pub fn checked(data: &Path, automation: &Automation) -> Result<PathBuf, ScriptError> {
    let path = path(data, automation);
    if digest(&read(data, automation)?) == automation.digest {
        Ok(path)
    } else {
        Err(ScriptError::Changed(path))
    }
}

/// Removes the files of an automation; nothing is done if there are none.
pub fn remove(data: &Path, id: &str) -> Result<(), ScriptError> {
    let folder = folder(data, id);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failed("remove", &folder)(error))
        }
        _ => Ok(()),
    }
}
