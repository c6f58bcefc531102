//! What can start a task: git's hooks, changed files, another task.

use std::fmt;

use super::text::{FromText, Invalid, listed, nearest, text_schema, text_value};

/// The hooks of git that git-tend installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HookName {
    /// Before a commit is made.
    PreCommit,
    /// Before a merge commit is made.
    PreMergeCommit,
    /// After the message was written.
    CommitMsg,
    /// After a commit was made.
    PostCommit,
    /// After `git am` applied a patch.
    PostApplypatch,
    /// After a merge or a pull.
    PostMerge,
    /// After a checkout or a switch.
    PostCheckout,
    /// After a rebase or an amend.
    PostRewrite,
    /// Before a push.
    PrePush,
}

impl HookName {
    /// Every hook, in the order of a commit's life.
    pub const ALL: [Self; 9] = [
        Self::PreCommit,
        Self::PreMergeCommit,
        Self::CommitMsg,
        Self::PostCommit,
        Self::PostApplypatch,
        Self::PostMerge,
        Self::PostCheckout,
        Self::PostRewrite,
        Self::PrePush,
    ];

    /// git's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PreMergeCommit => "pre-merge-commit",
            Self::CommitMsg => "commit-msg",
            Self::PostCommit => "post-commit",
            Self::PostApplypatch => "post-applypatch",
            Self::PostMerge => "post-merge",
            Self::PostCheckout => "post-checkout",
            Self::PostRewrite => "post-rewrite",
            Self::PrePush => "pre-push",
        }
    }

    /// Whether its exit code can stop git, so that a gate makes sense there.
    pub const fn can_gate(self) -> bool {
        matches!(
            self,
            Self::PreCommit | Self::PreMergeCommit | Self::CommitMsg | Self::PrePush
        )
    }
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromText for HookName {
    const EXPECTED: &'static str = "the name of a hook";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        if let Some(hook) = Self::ALL.into_iter().find(|hook| hook.name() == text) {
            return Ok(hook);
        }
        let names = Self::ALL.map(Self::name);
        let invalid = Invalid::new(format!("`{text}` is not a hook that git-tend installs"));
        // S1 writes hooks with underscores.
        let dashed = text.replace('_', "-");
        Err(match nearest(&dashed, names) {
            Some(name) => invalid.hint(format!("did you mean `{name}`?")),
            None => invalid.hint(format!("the hooks are {}", listed(names))),
        })
    }
}

text_value!(HookName);
text_schema!(HookName, "HookName", {
    "type": "string",
    "description": "A hook of git.",
    "enum": [
        "pre-commit", "pre-merge-commit", "commit-msg", "post-commit", "post-applypatch",
        "post-merge", "post-checkout", "post-rewrite", "pre-push",
    ],
});

/// What starts a task, as written in `on`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// `"post-commit"`: a hook of git.
    Hook(HookName),
    /// `"change"`: files of the worktree changed.
    Change,
    /// `"package-change"`: a dependency manifest or lock file changed.
    PackageChange,
    /// `"after:TASK"`: another task's job is done.
    After(String),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hook(hook) => f.write_str(hook.name()),
            Self::Change => f.write_str("change"),
            Self::PackageChange => f.write_str("package-change"),
            Self::After(task) => write!(f, "after:{task}"),
        }
    }
}

impl FromText for Event {
    const EXPECTED: &'static str = "an event such as \"post-commit\" or \"change\"";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        if let Some(task) = text.strip_prefix("after:") {
            return if task.is_empty() {
                Err(Invalid::new("`after:` names no task").hint("write \"after:TASK\""))
            } else {
                Ok(Self::After(task.to_owned()))
            };
        }
        match text {
            "change" => return Ok(Self::Change),
            "package-change" => return Ok(Self::PackageChange),
            _ => {}
        }
        if let Ok(hook) = HookName::from_text(text) {
            return Ok(Self::Hook(hook));
        }
        let names = ["change", "package-change"]
            .into_iter()
            .chain(HookName::ALL.map(HookName::name));
        let invalid = Invalid::new(format!("`{text}` is not an event"));
        Err(match nearest(&text.replace('_', "-"), names) {
            Some(name) => invalid.hint(format!("did you mean `{name}`?")),
            None => invalid.hint(
                "events are `change`, `package-change`, `after:TASK` and the names of git's hooks",
            ),
        })
    }
}

text_value!(Event);
text_schema!(Event, "Event", {
    "description": "What starts a task: a hook of git, `change`, `package-change` or `after:TASK`.",
    "anyOf": [
        { "type": "string", "enum": [
            "change", "package-change",
            "pre-commit", "pre-merge-commit", "commit-msg", "post-commit", "post-applypatch",
            "post-merge", "post-checkout", "post-rewrite", "pre-push",
        ] },
        { "type": "string", "pattern": "^after:.+$" },
    ],
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn every_event_is_read_back_as_it_is_printed() {
        let hooks = HookName::ALL.map(Event::Hook);
        for event in hooks.into_iter().chain([
            Event::Change,
            Event::PackageChange,
            Event::After("lint".to_owned()),
        ]) {
            assert_eq!(event.to_string().parse(), Ok(event));
        }
    }

    #[test]
    fn the_underscores_of_the_framework_are_understood_as_a_slip() {
        let error = "pre_commit".parse::<HookName>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`pre_commit` is not a hook that git-tend installs\nhint: did you mean `pre-commit`?"
        );
        assert!("after:".parse::<Event>().is_err());
    }
}
