//! The built-in tasks, as data: a new one is a row.

use std::time::Duration;

use crate::config::check::TaskNames;
use crate::config::{Event, HookName, Priority, Workspace};

/// A built-in task and the values it has when the configuration says nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// Other names that mean it: short ones, and those of the seeds.
    pub aliases: &'static [&'static str],
    /// What it does, in one line.
    pub summary: &'static str,
    /// How soon it runs.
    pub priority: Priority,
    /// When it is stopped.
    pub timeout: Duration,
    /// Its first estimate.
    pub expect: Option<Duration>,
    /// The interval at which it is due.
    pub every: Option<Duration>,
    /// What starts it besides.
    pub on: &'static [Event],
    /// The task whose completion starts it.
    pub after: Option<&'static str>,
    /// Where it runs.
    pub workspace: Workspace,
    /// Ignored folders of the worktree that a commit workspace shows.
    pub link: &'static [&'static str],
    /// Whether it runs tools; otherwise it reads blobs in this program.
    pub tools: bool,
    /// How long files must be quiet before a change counts, if not for the usual time.
    pub debounce: Option<Duration>,
    /// Whether a budget may cut it.
    pub interruptible: bool,
    /// Whether its completion is told.
    pub notify_complete: bool,
    /// Whether its findings are told.
    pub notify_issues: bool,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Every built-in task.
pub const ALL: &[Builtin] = &[
    Builtin {
        name: "codebase_quick",
        aliases: &["codebase", "quick_codebase_scan"],
        summary: "languages, frameworks, dependencies and databases of the code",
        priority: Priority::Normal,
        timeout: Duration::from_secs(10 * MINUTE),
        every: Some(Duration::from_secs(HOUR)),
        ..QUIET
    },
    Builtin {
        name: "codebase_full",
        aliases: &["full_codebase_analysis"],
        summary: "the same in depth, with everything that the other analyses find",
        priority: Priority::Low,
        timeout: Duration::from_secs(HOUR),
        every: Some(Duration::from_secs(24 * HOUR)),
        ..QUIET
    },
    Builtin {
        name: "patterns",
        aliases: &["pattern", "deep_pattern_mining"],
        summary: "hot files, what changes together, ownership, hours of work, habits",
        priority: Priority::Deferred,
        timeout: Duration::from_secs(HOUR),
        every: Some(Duration::from_secs(7 * 24 * HOUR)),
        ..QUIET
    },
    Builtin {
        name: "steward",
        aliases: &[],
        summary: "your own profile, from your own commits and prompts: kept on this machine, about nobody else",
        priority: Priority::Low,
        ..QUIET
    },
    Builtin {
        name: "conversation",
        aliases: &["conversation_analysis"],
        summary: "what you and coding agents said in this repository: how much, about what, and what was decided",
        priority: Priority::Deferred,
        ..QUIET
    },
    Builtin {
        name: "performance_profile",
        aliases: &["complexity"],
        summary: "complex functions and large files, and what would help",
        timeout: Duration::from_secs(30 * MINUTE),
        after: Some("test_runner"),
        notify_complete: true,
        ..QUIET
    },
    Builtin {
        name: "technical_debt_tracker",
        aliases: &["technical_debt", "debt"],
        summary: "TODO and its like with their age, complex functions, large files",
        priority: Priority::Low,
        timeout: Duration::from_secs(10 * MINUTE),
        every: Some(Duration::from_secs(24 * HOUR)),
        notify_complete: true,
        notify_issues: false,
        ..QUIET
    },
    Builtin {
        name: "security_scan",
        aliases: &["security"],
        summary: "security scanners: bandit, npm audit, pip-audit, cargo audit and others, and secrets",
        priority: Priority::High,
        timeout: Duration::from_secs(10 * MINUTE),
        every: Some(Duration::from_secs(30 * MINUTE)),
        on: &[Event::Change],
        notify_complete: true,
        ..TOOLS
    },
    Builtin {
        name: "code_analysis",
        aliases: &["code"],
        summary: "linters: pylint, ruff, eslint, clippy",
        priority: Priority::Low,
        timeout: Duration::from_secs(15 * MINUTE),
        every: Some(Duration::from_secs(HOUR)),
        on: &[Event::Hook(HookName::PostCommit)],
        ..TOOLS
    },
    Builtin {
        name: "dependency_audit",
        aliases: &["dependencies"],
        summary: "known faults of what the project depends on",
        timeout: Duration::from_secs(5 * MINUTE),
        every: Some(Duration::from_secs(24 * HOUR)),
        on: &[Event::PackageChange],
        ..TOOLS
    },
    Builtin {
        name: "test_runner",
        aliases: &["tests"],
        summary: "the tests: pytest, unittest, npm test, cargo, go, Maven, Gradle",
        priority: Priority::High,
        timeout: Duration::from_secs(20 * MINUTE),
        on: &[Event::Change],
        debounce: Some(Duration::from_secs(10)),
        // They need what the project has installed and built.
        workspace: Workspace::Worktree,
        link: &[],
        ..TOOLS
    },
];

/// What the built-in tasks have in common that run tools: a clean checkout, with what the project has installed.
const TOOLS: Builtin = Builtin {
    workspace: Workspace::Commit,
    link: &["node_modules", ".venv", "venv"],
    tools: true,
    ..QUIET
};

/// What most built-in tasks have in common: they read blobs, and say something only when they find something.
const QUIET: Builtin = Builtin {
    name: "",
    aliases: &[],
    summary: "",
    priority: Priority::Normal,
    timeout: Duration::from_secs(10 * MINUTE),
    expect: None,
    every: None,
    on: &[],
    after: None,
    workspace: Workspace::None,
    link: &[],
    tools: false,
    debounce: None,
    interruptible: true,
    notify_complete: false,
    notify_issues: true,
};

/// What hooks run in a repository without a `tend.toml`. Names that are not built in are passed over.
pub const DEFAULT_HOOKS: &[(HookName, &[&str])] = &[
    (HookName::PreCommit, &["code_analysis"]),
    (HookName::PostCommit, &["security_scan"]),
    (HookName::PrePush, &["test_runner", "performance_profile"]),
];

/// The built-in task of this name or alias.
pub fn find(name: &str) -> Option<&'static Builtin> {
    ALL.iter()
        .find(|builtin| builtin.name == name || builtin.aliases.contains(&name))
}

/// The names, for the checks of the configuration.
pub const NAMES: TaskNames = TaskNames {
    canonical: |name| find(name).map(|builtin| builtin.name),
    all: || ALL.iter().map(|builtin| builtin.name).collect(),
    runs_tools: |name| find(name).is_some_and(|builtin| builtin.tools),
    tools: || {
        let own = crate::analyze::builtin::SECRETS;
        let others = crate::tools::table::all().map(|tool| tool.name);
        others.chain([own]).collect()
    },
    check_regex: crate::tools::readers::regex::check,
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_name_means_two_tasks() {
        let mut seen = BTreeSet::new();
        for builtin in ALL {
            for name in std::iter::once(&builtin.name).chain(builtin.aliases) {
                assert!(seen.insert(*name), "{name}");
            }
        }
        assert_eq!(
            find("quick_codebase_scan").map(|builtin| builtin.name),
            Some("codebase_quick")
        );
        assert!(find("codebase_qick").is_none());
    }
}
