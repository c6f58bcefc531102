//! What can go wrong with a repository.

use std::io;
use std::path::PathBuf;

use super::oid::NotAnOid;
use crate::system::git_command::GitCommandError;

/// Why a question about a repository has no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// Neither this folder nor any above it is a repository.
    #[error("find a git repository in {} or any folder above it", from.display())]
    NotARepository {
        /// Where the search began.
        from: PathBuf,
    },
    /// There is something that should be a repository and is not one.
    #[error("open the git repository {}: {reason}", path.display())]
    Invalid {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Somebody else owns it, and the user has not declared it safe.
    #[error(
        "open {}: it belongs to another user; if you trust it: git config --global --add safe.directory {}",
        path.display(),
        path.display()
    )]
    DubiousOwnership {
        /// Where.
        path: PathBuf,
    },
    /// A bare repository has no files.
    #[error("look at the files of {}: it is a bare repository", git_dir.display())]
    NoWorktree {
        /// Which.
        git_dir: PathBuf,
    },
    /// No such revision, commit or object.
    #[error("find {what} in this repository")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// Git's answer was not of the form it documents.
    #[error("understand git's answer to {question}")]
    Unreadable {
        /// What was asked.
        question: String,
    },
    /// Git could not be run, or failed.
    #[error(transparent)]
    Command(#[from] GitCommandError),
    /// A file of the repository could not be read.
    #[error("read {}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl From<NotAnOid> for GitError {
    fn from(error: NotAnOid) -> Self {
        Self::Unreadable {
            question: format!("an object id ({error})"),
        }
    }
}
