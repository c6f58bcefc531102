//! What a recipe is written out as.

use serde::{Deserialize, Serialize};

/// What a recipe is written out as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// An alias of git.
    GitAlias,
    /// A script of the POSIX shell.
    ShellScript,
    /// A target of a Makefile.
    MakeTarget,
    /// A recipe of a justfile.
    JustTarget,
    /// A task of git-tend.
    Task,
    /// An entry of a hook, and its task.
    Hook,
    /// A task with a schedule.
    Schedule,
    /// A script in Python.
    Python,
    /// A filter of jq and the script that applies it.
    Jq,
    /// A script in AppleScript, as text.
    AppleScript,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 10] = [
        Self::GitAlias,
        Self::ShellScript,
        Self::MakeTarget,
        Self::JustTarget,
        Self::Task,
        Self::Hook,
        Self::Schedule,
        Self::Python,
        Self::Jq,
        Self::AppleScript,
    ];

    /// The word in commands, database and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GitAlias => "git-alias",
            Self::ShellScript => "shell-script",
            Self::MakeTarget => "make-target",
            Self::JustTarget => "just-target",
            Self::Task => "task",
            Self::Hook => "hook",
            Self::Schedule => "schedule",
            Self::Python => "python",
            Self::Jq => "jq",
            Self::AppleScript => "apple-script",
        }
    }

    /// The form of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}
