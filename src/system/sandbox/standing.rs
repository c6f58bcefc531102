//! What can be said about a confined program, and whether it holds.

use serde::{Deserialize, Serialize};

/// Something that a confined program cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// Write outside its folders.
    Write,
    /// Read anything of the user's outside its folders.
    Read,
    /// Write to the repository's copy.
    Repository,
    /// Reach a network, this machine's own included.
    Network,
    /// Reach a socket of another process: agents, buses.
    Sockets,
    /// See, signal or trace processes other than its own.
    Processes,
    /// Execute a program that is not listed.
    Programs,
    /// Get rights: capabilities, mounts, namespaces, other identities, the clock.
    Privileges,
    /// Read from or write to the terminal.
    Terminal,
    /// Take more memory in one process.
    Memory,
    /// Take more memory in all its processes.
    TotalMemory,
    /// Take more CPU time in one process.
    Cpu,
    /// Write larger files.
    FileSize,
    /// Take more of the disk, or make more files.
    Disk,
    /// Start more processes at once.
    Count,
    /// Open more descriptors.
    Descriptors,
    /// Take longer.
    Time,
    /// Leave processes behind.
    Remains,
}

impl Claim {
    /// Every claim, in the order of reports.
    pub const ALL: [Self; 18] = [
        Self::Write,
        Self::Read,
        Self::Repository,
        Self::Network,
        Self::Sockets,
        Self::Processes,
        Self::Programs,
        Self::Privileges,
        Self::Terminal,
        Self::Memory,
        Self::TotalMemory,
        Self::Cpu,
        Self::FileSize,
        Self::Disk,
        Self::Count,
        Self::Descriptors,
        Self::Time,
        Self::Remains,
    ];

    /// What it says, as the end of "it cannot …".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Write => "write outside its folder",
            Self::Read => "read the user's files",
            Self::Repository => "change the repository's copy",
            Self::Network => "reach a network",
            Self::Sockets => "reach sockets of other processes",
            Self::Processes => "see or signal other processes",
            Self::Programs => "execute programs that are not listed",
            Self::Privileges => "gain rights",
            Self::Terminal => "use the terminal",
            Self::Memory => "exceed the memory of a process",
            Self::TotalMemory => "exceed the memory of all its processes",
            Self::Cpu => "exceed the CPU time of a process",
            Self::FileSize => "exceed the size of a file",
            Self::Disk => "exceed the disk space and the number of files",
            Self::Count => "exceed the number of processes",
            Self::Descriptors => "exceed the number of open files",
            Self::Time => "exceed its time",
            Self::Remains => "leave processes behind",
        }
    }
}

/// Whether a claim holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It was tried, or is a limit that was read back, and this keeps to it.
    Enforced(String),
    /// It does not hold, for this reason.
    NotEnforced(String),
}

/// A claim and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// What.
    pub claim: Claim,
    /// Whether.
    pub how: How,
}

impl Standing {
    /// It holds by this.
    pub fn enforced(claim: Claim, by: impl Into<String>) -> Self {
        Self {
            claim,
            how: How::Enforced(by.into()),
        }
    }

    /// It does not hold, because of this.
    pub fn not_enforced(claim: Claim, why: impl Into<String>) -> Self {
        Self {
            claim,
            how: How::NotEnforced(why.into()),
        }
    }

    /// Whether it holds.
    pub const fn holds(&self) -> bool {
        matches!(self.how, How::Enforced(_))
    }
}

/// Those of `wanted` that `standings` does not say to hold.
pub(super) fn missing(wanted: &[Claim], standings: &[Standing]) -> Vec<Claim> {
    wanted
        .iter()
        .copied()
        .filter(|claim| {
            !standings
                .iter()
                .any(|standing| standing.claim == *claim && standing.holds())
        })
        .collect()
}
