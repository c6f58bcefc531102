//! What reconciliation has to say to the user: one sentence each.

use std::fmt;

/// Something a person should know about what was noticed, and what was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Commits are watched from here on; none before it got a job.
    Adopted {
        /// The branch, or the worktree of a detached HEAD.
        place: String,
        /// The abbreviated commit.
        commit: String,
        /// Why no job was made.
        why: Adoption,
    },
    /// More commits arrived than are looked at one by one.
    LeftOut {
        /// The branch, or the worktree of a detached HEAD.
        place: String,
        /// How many of the newest were taken.
        taken: usize,
    },
    /// The worktree's files were recorded for the first time; nothing is known to have changed.
    Recorded {
        /// How many files.
        files: usize,
    },
    /// Fires of a schedule were missed.
    Missed {
        /// The task.
        task: String,
        /// How many.
        fires: u32,
        /// Whether a job was made for them.
        caught_up: bool,
    },
    /// The queue is full: this waits until there is room.
    Refused {
        /// The task.
        task: String,
    },
    /// Jobs were taken out because their commits are gone or were replaced.
    Superseded {
        /// How many.
        jobs: usize,
    },
    /// Jobs were taken out because their deadline passed.
    Expired {
        /// How many.
        jobs: usize,
    },
    /// One of the sources could not be looked at; the others were.
    Failed {
        /// Which: `commits`, `files`, `schedules`, `jobs`.
        source: &'static str,
        /// The error, with its causes.
        error: String,
    },
}

/// Why a watermark was set without jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// There was none.
    New,
    /// The commit it named is not in the repository any more.
    Gone,
    /// The commit it named is not behind HEAD, and HEAD's was not made here.
    Elsewhere,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adopted { place, commit, why } => {
                let why = match why {
                    Adoption::New => "it is seen for the first time",
                    Adoption::Gone => "the commit seen last is gone",
                    Adoption::Elsewhere => "it was moved",
                };
                write!(
                    f,
                    "{place}: watching from {commit} on, without jobs for it ({why})"
                )
            }
            Self::LeftOut { place, taken } => write!(
                f,
                "{place}: more commits arrived than are looked at; the newest {taken} were taken"
            ),
            Self::Recorded { files } => {
                write!(
                    f,
                    "recorded {files} files; changes are noticed from here on"
                )
            }
            Self::Missed {
                task,
                fires,
                caught_up: true,
            } => write!(f, "{task}: one job stands for {fires} missed fires as well"),
            Self::Missed { task, fires, .. } => write!(f, "{task}: skipped {fires} missed fires"),
            Self::Refused { task } => write!(f, "{task}: the queue is full; noticed again later"),
            Self::Superseded { jobs: 1 } => {
                f.write_str("1 job dropped: its commit is gone or was replaced")
            }
            Self::Superseded { jobs } => {
                write!(
                    f,
                    "{jobs} jobs dropped: their commits are gone or were replaced"
                )
            }
            Self::Expired { jobs: 1 } => f.write_str("1 job expired"),
            Self::Expired { jobs } => write!(f, "{jobs} jobs expired"),
            Self::Failed { source, error } => write!(f, "could not look at {source}: {error}"),
        }
    }
}
