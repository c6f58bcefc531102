//! What can go wrong with a source.

use std::io;
use std::path::{Path, PathBuf};

use crate::git::GitError;
use crate::optimize::db::OptimizeError;
use crate::queue::QueueError;
use crate::store::StoreError;

/// Why a source could not be read, or what it told could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// A file.
    #[error("read {}: {error}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// Another program's database.
    #[error("read {}: {error}", .path.display())]
    Database {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        error: StoreError,
    },
    /// A database that has no history of atuin's.
    #[error("read {}: it has no table of atuin's with {missing}", .path.display())]
    NotAtuin {
        /// Which.
        path: PathBuf,
        /// What is missing.
        missing: &'static str,
    },
    /// The repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The queue.
    #[error("read the queue: {0}")]
    Queue(#[from] QueueError),
    /// Our own database.
    #[error("keep what was read: {0}")]
    Optimize(#[from] OptimizeError),
}

impl From<StoreError> for CollectError {
    fn from(error: StoreError) -> Self {
        Self::Optimize(error.into())
    }
}

impl CollectError {
    /// Attaches the path to an error of the file system.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self::Io { path, error }
    }
}
