//! Where a job runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a job runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Workspace {
    /// A checkout of the job's commit, reused per slot.
    #[default]
    Commit,
    /// In place, in the user's worktree.
    Worktree,
    /// A gate's export of the index.
    Index,
    /// None: the task reads the object database.
    None,
}

impl Workspace {
    /// The name used in configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Worktree => "worktree",
            Self::Index => "index",
            Self::None => "none",
        }
    }
}
