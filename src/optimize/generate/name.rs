//! What an automation is called where it is put.

use std::collections::BTreeSet;

use crate::optimize::automation::Form;

/// The longest name, in characters.
const LONGEST: usize = 40;

/// git's own commands: an alias of such a name is ignored. Those that are not for people are left out.
const GIT: &[&str] = &[
    "add",
    "am",
    "annotate",
    "apply",
    "archimport",
    "archive",
    "bisect",
    "blame",
    "branch",
    "bugreport",
    "bundle",
    "checkout",
    "cherry",
    "cherry-pick",
    "citool",
    "clean",
    "clone",
    "column",
    "commit",
    "commit-graph",
    "config",
    "credential",
    "daemon",
    "describe",
    "diagnose",
    "diff",
    "difftool",
    "fetch",
    "filter-branch",
    "for-each-ref",
    "for-each-repo",
    "format-patch",
    "fsck",
    "gc",
    "grep",
    "gui",
    "gitk",
    "hash-object",
    "help",
    "hook",
    "init",
    "instaweb",
    "interpret-trailers",
    "lfs",
    "log",
    "ls-files",
    "ls-remote",
    "ls-tree",
    "maintenance",
    "merge",
    "merge-base",
    "merge-file",
    "merge-tree",
    "mergetool",
    "mktag",
    "mktree",
    "mv",
    "name-rev",
    "notes",
    "pack-refs",
    "patch-id",
    "pickaxe",
    "prune",
    "pull",
    "push",
    "quiltimport",
    "range-diff",
    "read-tree",
    "rebase",
    "reflog",
    "refs",
    "remote",
    "repack",
    "replace",
    "replay",
    "request-pull",
    "rerere",
    "reset",
    "restore",
    "rev-list",
    "rev-parse",
    "revert",
    "rm",
    "send-email",
    "shell",
    "shortlog",
    "show",
    "show-branch",
    "show-index",
    "show-ref",
    "sparse-checkout",
    "stage",
    "stash",
    "status",
    "stripspace",
    "submodule",
    "subtree",
    "svn",
    "switch",
    "symbolic-ref",
    "tag",
    "tend",
    "update-index",
    "update-ref",
    "var",
    "verify-commit",
    "verify-pack",
    "verify-tag",
    "version",
    "web",
    "whatchanged",
    "worktree",
    "write-tree",
    "backfill",
    "history",
    "last-modified",
    "repo",
    "cvsserver",
];

/// git-tend's verbs: what is called like one would be taken for it when it is spoken of.
const VERBS: &[&str] = &[
    "baseline",
    "bisect",
    "cancel",
    "ci",
    "completions",
    "config",
    "digest",
    "doctor",
    "drain",
    "explain",
    "findings",
    "fix",
    "graph",
    "help",
    "hook",
    "hooks",
    "init",
    "insights",
    "install-cron",
    "install-hooks",
    "log",
    "man",
    "metrics",
    "nightly",
    "notify",
    "optimize",
    "pause",
    "profile",
    "prompt",
    "queue",
    "report",
    "results",
    "retry",
    "run",
    "run-all",
    "sbom",
    "sessions",
    "show",
    "status",
    "stop",
    "tick",
    "trust",
    "uninstall-cron",
    "uninstall-hooks",
    "wait",
];

/// Commands that a script of such a name would hide, were it in a folder of `PATH`, and targets that have a meaning.
const COMMON: &[&str] = &[
    "test", "all", "clean", "install", "default", "make", "just", "git", "sh", "bash", "python",
    "jq", "ls", "cd", "cp", "mv", "rm", "cat", "echo", "kill", "cargo", "npm", "docker", "sudo",
];

/// A name like the one that is wanted, and no other's: `commit` becomes `do-commit`, a second `lint` `lint-2`.
pub fn name(wanted: &str, form: Form, taken: &BTreeSet<String>) -> String {
    let is_reserved = |name: &str| {
        VERBS.contains(&name)
            || match form {
                Form::GitAlias => GIT.contains(&name),
                _ => COMMON.contains(&name) || GIT.contains(&name),
            }
    };
    // git's names and those of make's targets on some file systems do not tell cases apart.
    let is_taken = |name: &str| taken.iter().any(|it| it.eq_ignore_ascii_case(name));
    let mut base = wanted.to_owned();
    if is_reserved(&base) {
        base = format!("do-{base}");
    }
    cut(&mut base, LONGEST);
    if !is_taken(&base) && !is_reserved(&base) {
        return base;
    }
    let mut number = 2_u32;
    loop {
        let suffix = format!("-{number}");
        let mut name = base.clone();
        cut(&mut name, LONGEST - suffix.len());
        name.push_str(&suffix);
        if !is_taken(&name) && !is_reserved(&name) {
            return name;
        }
        number = number.saturating_add(1);
    }
}

/// Names are ASCII: they were checked.
fn cut(name: &mut String, longest: usize) {
    if name.len() > longest {
        *name = name.chars().take(longest).collect();
    }
    while name.ends_with('-') {
        name.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_hides_another() {
        let taken: BTreeSet<String> = ["sync", "Sync-2"].map(str::to_owned).into();
        assert_eq!(name("sync", Form::GitAlias, &taken), "sync-3");
        assert_eq!(name("commit", Form::GitAlias, &taken), "do-commit");
        assert_eq!(name("run-all", Form::Task, &taken), "do-run-all");
        assert_eq!(name("test", Form::MakeTarget, &taken), "do-test");
        let long = "a".repeat(60);
        assert_eq!(name(&long, Form::Task, &taken).len(), 40);
        let taken = [name(&long, Form::Task, &taken)].into();
        assert!(name(&long, Form::Task, &taken).ends_with("a-2"));
    }
}
