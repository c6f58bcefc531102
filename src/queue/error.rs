//! What can go wrong with the queue.

use super::{JobId, StateKind};
use crate::store::StoreError;

/// Why an operation of the queue failed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No job has this id.
    #[error("no job {0}")]
    NoSuchJob(JobId),
    /// A job was to wait for one that does not exist.
    #[error("{task} needs {need}, which does not exist")]
    MissingNeed {
        /// The task of the job that waits.
        task: String,
        /// What it was to wait for.
        need: String,
    },
    /// Two jobs would wait for each other.
    #[error("{task} would wait for itself through job {through}")]
    NeedCycle {
        /// The task of the job that waits.
        task: String,
        /// One of the jobs in between.
        through: JobId,
    },
    /// The job's state does not allow it.
    #[error("a {from} job cannot {verb}")]
    Illegal {
        /// The state it is in.
        from: StateKind,
        /// What was to be done.
        verb: &'static str,
    },
}

impl From<rusqlite::Error> for QueueError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
