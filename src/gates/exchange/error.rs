//! What can go wrong with the exchange itself. A verdict that does not count is no error.

use std::io;

use super::line::NotAVerdict;
use crate::git::{GitError, Oid};
use crate::system::git_command::GitCommandError;

/// Why verdicts could not be published or looked for.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// A verdict cannot be published as it is.
    #[error("publish the verdict of {task}: {source}")]
    Verdict {
        /// Whose.
        task: String,
        /// What is wrong with it.
        source: NotAVerdict,
    },
    /// Git made no signature: there is no key, or it cannot be used.
    #[error("sign the verdicts about {commit}: {message}")]
    NotSigned {
        /// About which commit.
        commit: Oid,
        /// What git said.
        message: String,
    },
    /// The note about a commit is larger than notes of this kind ever get.
    #[error("add to the note about {commit}: it has more than {limit} bytes")]
    NoteTooLarge {
        /// About which commit.
        commit: Oid,
        /// What is read at most.
        limit: u64,
    },
    /// Other processes moved the ref each time.
    #[error("move {reference}: it changed {attempts} times meanwhile")]
    Contended {
        /// Which ref.
        reference: &'static str,
        /// How often it was tried.
        attempts: usize,
    },
    /// The ref is not one of notes.
    #[error("read {reference}: it is a {kind}, not a commit of notes")]
    NotNotes {
        /// Which ref.
        reference: &'static str,
        /// What it points to.
        kind: String,
    },
    /// There is no place for git's temporary files.
    #[error("make a temporary folder: {0}")]
    Folder(#[source] io::Error),
    /// The repository does not answer.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl From<GitCommandError> for ExchangeError {
    fn from(error: GitCommandError) -> Self {
        Self::Git(error.into())
    }
}
