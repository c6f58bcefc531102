//! What can be written in `tend.toml`.

use serde::{Deserialize, Serialize};

/// Where a job runs.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
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
