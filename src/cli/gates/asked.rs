//! Which gates are asked.

use super::gate::Gate;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::hook::skipped;
use crate::config::HookName;
use crate::git::Oid;
use crate::tasks::Task;
use crate::tasks::jobs::matching_folders;
use crate::tasks::task::Root;

/// The hooks whose gates a pushed commit has to have passed.
pub const OF_A_PUSH: [HookName; 3] = [
    HookName::PreCommit,
    HookName::PreMergeCommit,
    HookName::PrePush,
];

/// The tasks that are gates of one of these hooks, and not left out.
pub fn gates_of<'a>(app: &'a App, hooks: &[HookName]) -> Result<Vec<&'a Task>, CommandError> {
    let skipped = skipped(app);
    let is_gate = |task: &&Task| {
        task.enabled
            && hooks.iter().any(|hook| task.triggers.gates.contains(hook))
            && !skipped.contains(&task.key)
    };
    Ok(app.tasks()?.iter().filter(is_gate).collect())
}

/// The gates of tasks about a tree, in whose folders those run that have one job for each.
pub fn gates<'t>(
    app: &App,
    tasks: &[&'t Task],
    tree: Option<&Oid>,
) -> Result<Vec<Gate<'t>>, CommandError> {
    let mut gates = Vec::new();
    for &task in tasks {
        match (&task.root, tree) {
            (Root::Each(pattern), Some(tree)) => {
                let entries = app.repo()?.entries(tree).context("list what is judged")?;
                let paths = entries.iter().map(|entry| entry.path.as_slice());
                gates.extend(Gate::in_folders(task, matching_folders(pattern, paths)));
            }
            _ => gates.push(Gate::of(task)),
        }
    }
    Ok(gates)
}
