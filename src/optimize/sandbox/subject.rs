//! What is tried, and how freely.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::optimize::recipe::Parameter;
use crate::system::sandbox::Claim;

/// What runs a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interpreter {
    /// The POSIX shell.
    Sh,
    /// bash.
    Bash,
    /// Python 3.
    Python,
    /// A filter of jq: parameters are its `--arg`s, and files that exist its inputs.
    Jq,
    /// `AppleScript`, which only macOS runs.
    AppleScript,
}

impl Interpreter {
    /// The program that runs it.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Sh => "sh",
            Self::Bash => "bash",
            Self::Python => "python3",
            Self::Jq => "jq",
            Self::AppleScript => "osascript",
        }
    }

    /// The name of the script's file.
    pub(super) const fn file_name(self) -> &'static str {
        match self {
            Self::Sh | Self::Bash => "script.sh",
            Self::Python => "script.py",
            Self::Jq => "script.jq",
            Self::AppleScript => "script.applescript",
        }
    }
}

/// How much a script may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It reads the repository's copy, writes to its own folders, and executes listed programs only.
    Full,
    /// It may write to the copy, too, and execute whatever the system has.
    Partial,
    /// No isolation: limits and time only.
    Minimal,
}

impl Level {
    /// The word in options and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Minimal => "minimal",
        }
    }

    /// What the level promises.
    pub fn claims(self) -> Vec<Claim> {
        Claim::ALL
            .into_iter()
            .filter(|claim| match self {
                Self::Full => true,
                Self::Partial => !matches!(claim, Claim::Repository | Claim::Programs),
                Self::Minimal => matches!(
                    claim,
                    Claim::Memory | Claim::Cpu | Claim::FileSize | Claim::Descriptors
                ),
            })
            .collect()
    }
}

/// A script and what is known of it.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// What runs it.
    pub interpreter: Interpreter,
    /// The script itself.
    pub text: &'a str,
    /// Its options.
    pub parameters: &'a [Parameter],
    /// The repository that it is about, by its folder.
    pub repository: Option<&'a Path>,
    /// What it says it writes: globs, relative to the repository, or to its home folder if they begin with `~/`.
    pub declared: Vec<String>,
    /// The programs that it starts, by name or absolute path; its interpreter need not be among them.
    pub programs: Vec<String>,
}
