//! Which hooks are installed: those that tasks are on, and what these need besides.

use std::collections::BTreeSet;

use crate::config::HookName;
use crate::tasks::Task;

/// Hooks through which every new commit is noticed: `git merge` and `git am` fire no post-commit.
const COMMITS: [HookName; 4] = [
    HookName::PostCommit,
    HookName::PostApplypatch,
    HookName::PostMerge,
    HookName::PostRewrite,
];

/// The hooks that these tasks call for. Without any on a hook, those of new commits if there is work that is due by
/// itself: commits are when it gets done.
pub fn wanted(tasks: &[Task]) -> BTreeSet<HookName> {
    let mut wanted = BTreeSet::new();
    for task in tasks.iter().filter(|task| task.enabled) {
        for hook in &task.triggers.hooks {
            match hook {
                // What they defer is enqueued when the commit is there.
                HookName::PreCommit | HookName::CommitMsg | HookName::PostCommit => {
                    wanted.extend(COMMITS);
                }
                HookName::PreMergeCommit => {
                    wanted.insert(HookName::PostMerge);
                }
                other => {
                    wanted.insert(*other);
                }
            }
        }
        if !task.triggers.gates.is_empty() {
            wanted.extend(&task.triggers.gates);
            // What bypasses the others is judged there, and before that when the commit is there.
            wanted.insert(HookName::PrePush);
            wanted.extend(COMMITS);
        }
        if is_due_by_itself(task) {
            wanted.extend(COMMITS);
        }
    }
    wanted
}

/// Whether drains enqueue a task without a hook of its own.
pub fn is_due_by_itself(task: &Task) -> bool {
    let triggers = &task.triggers;
    triggers.every.is_some()
        || triggers.schedule.is_some()
        || triggers.change
        || triggers.package_change
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::config::diagnostic::Document;
    use crate::config::layers::LayerFile;
    use crate::config::{Config, Layer};
    use crate::tasks::resolve;

    fn of(text: &str) -> Vec<&'static str> {
        let document = Document {
            path: "tend.toml".into(),
            text: format!("[defaults]\nbuiltin = false\n{text}"),
        };
        let file = LayerFile {
            layer: Layer::Project,
            document: document.into(),
        };
        let tasks = resolve(&Config::from_layers(vec![file]).unwrap()).unwrap();
        wanted(&tasks).into_iter().map(HookName::name).collect()
    }

    #[test]
    fn only_what_tasks_are_on_and_what_that_needs() {
        assert_eq!(of(""), [""; 0]);
        let commits = [
            "post-commit",
            "post-applypatch",
            "post-merge",
            "post-rewrite",
        ];
        for on in ["post-commit", "pre-commit", "commit-msg"] {
            let task = format!("[task.a]\nrun = [\"x\"]\non = [\"{on}\"]");
            assert_eq!(of(&task), commits, "{on}");
        }
        assert_eq!(
            of("[task.a]\nrun = [\"x\"]\non = [\"pre-push\"]"),
            ["pre-push"]
        );
        assert_eq!(
            of("[task.a]\nrun = [\"x\"]\non = [\"post-checkout\"]"),
            ["post-checkout"]
        );
        assert_eq!(
            of("[task.a]\nrun = [\"x\"]\non = [\"pre-merge-commit\"]"),
            ["post-merge"]
        );
        assert_eq!(
            of("[task.a]\nrun = [\"x\"]\nenabled = false\non = [\"pre-push\"]"),
            [""; 0]
        );
        assert_eq!(of("[task.a]\nrun = [\"x\"]\nevery = \"1h\""), commits);
        let gate = "[hooks.pre-commit]\ngates = [\"a\"]\n[task.a]\nrun = [\"x\"]";
        let all = [&["pre-commit"], &commits[..], &["pre-push"]].concat();
        assert_eq!(of(gate), all);
    }
}
