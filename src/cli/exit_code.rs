//! The exit codes that scripts rely on.

use std::process::ExitCode;

/// How an invocation ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exit {
    /// 0: fine.
    #[default]
    Fine,
    /// 1: a job failed, or a gate found something.
    Failed,
    /// 2: wrong usage or configuration.
    Usage,
    /// 3: refused: not trusted, queue full, unsafe file system.
    Refused,
    /// 130: interrupted by the user.
    Interrupted,
    /// That of the hook which was there before ours.
    Chained(u8),
}

impl Exit {
    /// Of two, the one that went wrong; the first if both did.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::Fine { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Refused => 3,
            Exit::Interrupted => 130,
            Exit::Chained(code) => code,
        })
    }
}
