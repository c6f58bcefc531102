//! What the child process of a job is told that runs tools.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::output::Output;
use crate::tasks::Selection;

/// The verb of that process: `__tools ORDER GIT_DIR STATE RESULT TOP WORKTREE [FILES PROGRAM ARGUMENT…]`.
///
/// `ORDER` is an [`Order`] as JSON. What may not be UTF-8 are arguments of their own: the program of a command, and the
/// file that lists the files it is called with, NUL-separated, empty if there is none. `WORKTREE` is the user's, whose
/// configuration holds; empty in a bare repository.
pub const VERB: &str = "__tools";

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The job's task.
    pub task: String,
    /// What of.
    pub what: What,
    /// The folder it runs in, below the top; empty for the top.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// Which files tools look at.
    #[serde(default)]
    pub selection: Selection,
    /// The job's commit.
    pub commit: Option<String>,
    /// Whether the folder is a clean checkout of that commit; otherwise it is the user's worktree.
    pub checkout: bool,
    /// How long it may take altogether.
    pub timeout: Duration,
}

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum What {
    /// The tools of a built-in task.
    Tools {
        /// Its name.
        name: String,
        /// Which of them; those that the repository has something for if none is named.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        only: Vec<String>,
    },
    /// A command of the user's own.
    Command {
        /// How its output is read.
        output: Output,
    },
}
