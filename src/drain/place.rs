//! Where a drain works: the folders of one repository's queue and everything fixed for the length of the process.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::workspace::Origin;
use crate::queue::JobId;
use crate::system::cgroup::Delegation;

/// The folders and fixed facts of one repository's queue.
#[derive(Clone, Debug)]
pub struct Place {
    /// `<git common dir>/tend/<uid>`.
    pub state: PathBuf,
    /// The user's own state folder, with the slots of the machine.
    pub machine_state: PathBuf,
    /// The workspaces of this repository, one folder per slot.
    pub workspaces: PathBuf,
    /// The git directory of the worktree the drain was started in.
    pub git_dir: PathBuf,
    /// What workspaces are made from.
    pub origin: Origin,
    /// This program.
    pub program: PathBuf,
    /// What a job inherits: this process's environment without git's and without a parent job's variables.
    pub environment: Vec<(OsString, OsString)>,
    /// The machine's name: durations are learned per task and host.
    pub host: String,
    /// What tells one boot from the next.
    pub boot_id: String,
    /// The control group below which jobs may have their own.
    pub cgroup: Option<Delegation>,
}

const LOGS: &str = "logs";

/// The folder of the runs' outputs.
pub fn logs(state: &Path) -> PathBuf {
    state.join(LOGS)
}

/// The output of one run of a job.
pub fn log_path(state: &Path, job: &JobId, fence: i64) -> PathBuf {
    logs(state).join(format!("{job}-{fence}.log"))
}

/// Where a built-in task leaves its result for the runner.
pub fn result_path(state: &Path, job: &JobId, fence: i64) -> PathBuf {
    logs(state).join(format!("{job}-{fence}.result.json"))
}

/// The list of the files that a command is called with by the process that reads its output.
pub fn files_path(state: &Path, job: &JobId, fence: i64) -> PathBuf {
    logs(state).join(format!("{job}-{fence}.files"))
}

/// Where the process that runs tools keeps their outputs.
pub fn scratch_path(result: &Path) -> PathBuf {
    result.with_extension("scratch")
}

/// A commit message that is judged.
pub fn message_path(state: &Path, digest: &str) -> PathBuf {
    logs(state).join(format!("message-{digest}"))
}

/// The list of changed files that a run may read, NUL-separated.
pub fn changed_files_path(state: &Path, job: &JobId, fence: i64) -> PathBuf {
    logs(state).join(format!("{job}-{fence}.changed"))
}
