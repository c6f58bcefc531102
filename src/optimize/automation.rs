//! What an automation is: its form, its identity and how far it is trusted.

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

/// How far an automation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was written, and never tried.
    Generated,
    /// It passed in the sandbox.
    Tested,
    /// A person enabled it, and it has run fewer than five times since.
    Enabled,
    /// It succeeds at least nine times in ten.
    Stable,
    /// It succeeds at least seven times in ten.
    Testing,
    /// It succeeds less often.
    Unstable,
    /// It was removed; what it did is remembered.
    Retired,
}
