//! What became of a confined script.

use serde::{Deserialize, Serialize};

use super::standing::{Claim, Standing};

/// How a script ended, or why it was not started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// By itself, with this code.
    Exited(i32),
    /// By a signal of its own or of a limit.
    Signalled(i32),
    /// It took longer than it may.
    TimedOut,
    /// Its processes took more memory than they may.
    OverMemory,
    /// It started more processes than it may.
    OverProcesses,
    /// It took more of the disk, or made more files, than it may.
    OverDisk,
    /// It was not started: these do not hold and were demanded.
    Refused(Vec<Claim>),
    /// It was not started, because this failed.
    Failed(String),
    /// Whoever started it is gone, or asked for its end.
    Stopped,
}

/// The end of what was written to an output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    /// The last bytes; what is no UTF-8 is U+FFFD. It is as the script wrote it: not screened.
    pub text: String,
    /// How many bytes there were in all.
    pub bytes: u64,
}

/// What became of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// What held.
    pub standings: Vec<Standing>,
    /// From the start of its confinement to its end, in ms.
    pub wall_ms: u64,
    /// CPU time of its processes that were waited for, in ms; that of the confinement included.
    pub cpu_ms: u64,
    /// The most resident memory that was seen, of all its processes, or of any one that had ended, in bytes; what the
    /// confinement itself takes is the least.
    pub peak_resident: u64,
    /// The most processes and threads that were seen at once; 0 if it ended before anybody looked.
    pub peak_count: u64,
    /// How many processes it left behind, which were ended.
    pub left_behind: u64,
    /// What it wrote to its standard output.
    pub stdout: Tail,
    /// What it wrote to its standard error.
    pub stderr: Tail,
}

impl Outcome {
    /// Of a script that was not started, because this failed.
    pub(super) fn failed(message: String) -> Self {
        Self {
            end: End::Failed(message),
            standings: Vec::new(),
            wall_ms: 0,
            cpu_ms: 0,
            peak_resident: 0,
            peak_count: 0,
            left_behind: 0,
            stdout: Tail::default(),
            stderr: Tail::default(),
        }
    }
}
