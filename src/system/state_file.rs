//! A small JSON file of the user's: versioned, private, changed by one process at a time, and set aside when it is
//! damaged.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::filesystem;

/// A larger file is damaged.
const LARGEST: u64 = 16 << 20;

/// Why such a file cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// The file system refused.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A newer version of git-tend wrote the file.
    #[error("read {}: it was written by a newer version of git-tend (form {found}, this one knows {known})", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its form.
        found: u32,
        /// The newest form that this version knows.
        known: u32,
    },
}

/// Makes an error of the file system one of a file's.
pub fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StateFileError {
    let path = path.to_path_buf();
    move |source| StateFileError::Io {
        action,
        path,
        source,
    }
}

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<T> {
    /// There is none.
    Absent,
    /// This.
    Readable(T),
    /// Nothing that can be read. It stays where it is until something is changed, for reading takes no lock.
    Damaged,
}

impl<T> Content<T> {
    /// What can be read.
    pub fn readable(self) -> Option<T> {
        match self {
            Self::Readable(value) => Some(value),
            Self::Absent | Self::Damaged => None,
        }
    }
}

/// What decides how the rest is to be read: a newer form need not fit this version's types.
#[derive(Deserialize)]
struct Form {
    schema: u32,
}

/// The value with its form beside its own fields.
#[derive(Serialize)]
struct Formed<'a, T> {
    schema: u32,
    #[serde(flatten)]
    value: &'a T,
}

/// One file.
#[derive(Clone, Debug)]
pub struct StateFile {
    path: PathBuf,
    lock: PathBuf,
    schema: u32,
}

impl StateFile {
    /// The file at this path, of this form, changed under a lock beside it; several files may share one.
    pub fn new(path: PathBuf, lock: &str, schema: u32) -> Self {
        Self {
            lock: path.with_file_name(lock),
            path,
            schema,
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is moved when it is damaged.
    pub fn damaged_path(&self) -> PathBuf {
        self.path.with_extension("json.damaged")
    }

    /// Reads it.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Content<T>, StateFileError> {
        let file = match filesystem::open_regular(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::Absent),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                return Ok(Content::Damaged);
            }
            Err(error) => return Err(failed("read", &self.path)(error)),
        };
        let mut text = Vec::new();
        file.take(LARGEST + 1)
            .read_to_end(&mut text)
            .map_err(failed("read", &self.path))?;
        if text.len() as u64 > LARGEST {
            return Ok(Content::Damaged);
        }
        match serde_json::from_slice(&text) {
            Ok(Form { schema }) if schema > self.schema => Err(StateFileError::TooNew {
                path: self.path.clone(),
                found: schema,
                known: self.schema,
            }),
            Ok(Form { schema }) if schema == self.schema => {
                let read = serde_json::from_slice(&text);
                Ok(read.map_or(Content::Damaged, Content::Readable))
            }
            _ => Ok(Content::Damaged),
        }
    }

    /// Reads, changes and writes, while nobody else does. `change` returns what is to be written, if anything is; a
    /// damaged file is moved aside first, and is absent to it. Says whether one was.
    pub fn change<T: DeserializeOwned + Serialize>(
        &self,
        change: impl FnOnce(Option<T>) -> Option<T>,
    ) -> Result<bool, StateFileError> {
        let _lock = self.lock()?;
        let content = self.read()?;
        let damaged = matches!(content, Content::Damaged);
        if damaged {
            self.move_aside()?;
        }
        if let Some(value) = change(content.readable()) {
            self.write(&value)?;
        }
        Ok(damaged)
    }

    /// Moves a damaged file aside; says whether there was one.
    pub fn set_damaged_aside<T: DeserializeOwned>(&self) -> Result<bool, StateFileError> {
        let is_damaged = || Ok(matches!(self.read::<T>()?, Content::Damaged));
        if !is_damaged()? {
            return Ok(false);
        }
        let _lock = self.lock()?;
        // Another process may have done it meanwhile.
        let damaged = is_damaged()?;
        if damaged {
            self.move_aside()?;
        }
        Ok(damaged)
    }

    fn move_aside(&self) -> Result<(), StateFileError> {
        fs::rename(&self.path, self.damaged_path()).map_err(failed("move aside", &self.path))
    }

    fn lock(&self) -> Result<fs::File, StateFileError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        filesystem::private_dir(folder).map_err(failed("create", folder))?;
        // Never unlinked: whoever removes a lock file while another process waits for it lets two in.
        let lock = filesystem::lock_file(&self.lock).map_err(failed("open", &self.lock))?;
        fs4::FileExt::lock(&lock).map_err(failed("lock", &self.lock))?;
        Ok(lock)
    }

    fn write<T: Serialize>(&self, value: &T) -> Result<(), StateFileError> {
        let formed = Formed {
            schema: self.schema,
            value,
        };
        serde_json::to_vec_pretty(&formed)
            .map_err(io::Error::from)
            .and_then(|text| filesystem::replace(&self.path, &text, 0o600))
            .map_err(failed("write", &self.path))
    }
}
