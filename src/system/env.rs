//! The environment: every variable that git-tend reads has its name here, and nothing else reads the environment.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// `0` switches everything that hooks would do off.
pub const TEND: &str = "TEND";
/// Comma-separated tasks to leave out.
pub const SKIP: &str = "TEND_SKIP";
/// `always`, `never` or `auto`: colours, before `NO_COLOR`.
pub const COLOR: &str = "TEND_COLOR";
/// Level of the trace on standard error: `error`, `warn`, `info`, `debug`, `trace`.
pub const LOG: &str = "TEND_LOG";
/// Test seam: the wall clock starts here (RFC 3339).
pub const NOW: &str = "TEND_NOW";
/// Test seam: replaces `<git common dir>/tend/<uid>`.
pub const REPO_STATE: &str = "TEND_REPO_STATE";
/// Test seam: replaces the boot's identity, so that a reboot can be played.
pub const BOOT_ID: &str = "TEND_BOOT_ID";
/// Test seam: what the load gate sees, `cpu,memory` in percent.
pub const PRESSURE: &str = "TEND_PRESSURE";
/// Test seam: the program that stands for `crontab`.
pub const CRONTAB: &str = "TEND_CRONTAB";
/// Test seam: the file that lists the names of the running processes, one a line.
pub const PROCESSES: &str = "TEND_PROCESSES";
/// Set in every job, so that what a job does cannot start jobs.
pub const JOB_ID: &str = "TEND_JOB_ID";
/// Names one run; processes that escape their session are found by it.
pub const RUN: &str = "TEND_RUN";
/// Set for a program that gets a notice: its identity.
pub const NOTICE_ID: &str = "TEND_NOTICE_ID";
/// Set for a program that gets a notice: what it is about, such as `task_failed`.
pub const EVENT: &str = "TEND_EVENT";
/// Set for a program that gets a notice: `info`, `warning`, `error` or `critical`.
pub const SEVERITY: &str = "TEND_SEVERITY";
/// Set for our own jobs: the configuration that `--config` named.
pub const CONFIG_FILE: &str = "TEND_CONFIG_FILE";
/// How many threads the built-in analysers use; as many as there are processors if it is not set.
pub const THREADS: &str = "TEND_THREADS";
/// The user's home folder.
pub const HOME: &str = "HOME";
/// Replaces `~/.config`.
pub const XDG_CONFIG_HOME: &str = "XDG_CONFIG_HOME";
/// Replaces `~/.local/state`.
pub const XDG_STATE_HOME: &str = "XDG_STATE_HOME";
/// Replaces `~/.cache`.
pub const XDG_CACHE_HOME: &str = "XDG_CACHE_HOME";
/// Replaces `~/.local/share`.
pub const XDG_DATA_HOME: &str = "XDG_DATA_HOME";
/// What lives as long as the user is logged in: sockets.
pub const XDG_RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
/// Where the bus of the user's desktop is.
pub const DBUS_SESSION_BUS_ADDRESS: &str = "DBUS_SESSION_BUS_ADDRESS";
/// Where the repository is, for git and for whatever a hook starts.
pub const GIT_DIR: &str = "GIT_DIR";
/// Where a linked worktree's shared part is.
pub const GIT_COMMON_DIR: &str = "GIT_COMMON_DIR";
/// Where the files are.
pub const GIT_WORK_TREE: &str = "GIT_WORK_TREE";
/// The index that git is about to commit, which a hook reads.
pub const GIT_INDEX_FILE: &str = "GIT_INDEX_FILE";
/// The command that moves HEAD, in the words of the reflog.
pub const GIT_REFLOG_ACTION: &str = "GIT_REFLOG_ACTION";
/// What `git merge` names the commits that it merges: this and their ids.
const GITHEAD: &str = "GITHEAD_";
/// Folders above which no repository is looked for.
pub const GIT_CEILING_DIRECTORIES: &str = "GIT_CEILING_DIRECTORIES";
/// Whether a repository may be looked for beyond a mount point.
pub const GIT_DISCOVERY_ACROSS_FILESYSTEM: &str = "GIT_DISCOVERY_ACROSS_FILESYSTEM";
/// Where programs are looked for.
pub const PATH: &str = "PATH";
/// The time zone.
pub const TZ: &str = "TZ";
/// How many columns output has, for whoever wants others than those of the terminal.
pub const COLUMNS: &str = "COLUMNS";
/// Set by most CI systems: drains are not detached there.
pub const CI: &str = "CI";

/// Set by pi for what its shell runs: the session's id.
pub const PI_SESSION_ID: &str = "PI_SESSION_ID";
/// Set by pi for what its shell runs: the session's file, if there is one.
pub const PI_SESSION_FILE: &str = "PI_SESSION_FILE";
/// Set by Claude Code for what its tools run: the session's id.
pub const CLAUDE_CODE_SESSION_ID: &str = "CLAUDE_CODE_SESSION_ID";
/// Set by Codex for what its tools run: the id of the thread, which is what it calls a session's file by.
pub const CODEX_THREAD_ID: &str = "CODEX_THREAD_ID";

/// Set by GitHub Actions: what is printed in its form becomes annotations.
pub const GITHUB_ACTIONS: &str = "GITHUB_ACTIONS";

/// The raw value of a variable.
pub fn raw(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The value of a variable if it is set, not empty, and UTF-8.
pub fn text(name: &str) -> Option<String> {
    raw(name)
        .and_then(|value| value.into_string().ok())
        .filter(|value| !value.is_empty())
}

/// Whether a variable is set to anything but the empty string.
pub fn is_set(name: &str) -> bool {
    raw(name).is_some_and(|value| !value.is_empty())
}

/// The ids of the commits that the `git merge` around this hook merges.
pub fn merged_heads() -> impl Iterator<Item = String> {
    all().filter_map(|(name, _)| name.to_str()?.strip_prefix(GITHEAD).map(str::to_owned))
}

/// All of this process's variables.
pub fn all() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

/// The folders of a variable such as `PATH`.
pub fn folders(name: &str) -> Vec<PathBuf> {
    raw(name)
        .map(|value| std::env::split_paths(&value).collect())
        .unwrap_or_default()
}

/// Whether a coding agent, not a person, types the commands.
pub fn agent_is_typing() -> bool {
    ["AI_AGENT", "PI_CODING_AGENT", "CLAUDECODE"]
        .into_iter()
        .any(is_set)
}

/// Whether a variable of git's may reach a job.
///
/// A leaked `GIT_DIR` or `GIT_INDEX_FILE` writes into the wrong repository, `GIT_AUTHOR_*` forges commits; transport
/// and configuration settings are the user's own and stay.
fn git_variable_is_kept(name: &str) -> bool {
    name.starts_with("GIT_SSL_")
        || name.starts_with("GIT_SSH")
        || ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_COUNT"].contains(&name)
        || name.starts_with("GIT_CONFIG_KEY_")
        || name.starts_with("GIT_CONFIG_VALUE_")
}

/// The environment of a child: `vars` without git's own variables and without a parent job's `TEND_*`.
pub fn scrubbed<I>(vars: I) -> Vec<(OsString, OsString)>
where
    I: IntoIterator<Item = (OsString, OsString)>,
{
    vars.into_iter()
        .filter(|(name, _)| may_pass(name))
        .collect()
}

/// The environment of a detached drain: `vars` without what git told the hook that starts it, about this one command.
pub fn without_git<I>(vars: I) -> impl Iterator<Item = (OsString, OsString)>
where
    I: IntoIterator<Item = (OsString, OsString)>,
{
    vars.into_iter().filter(|(name, _)| {
        name.to_str()
            .is_none_or(|name| !name.starts_with("GIT_") || git_variable_is_kept(name))
    })
}

/// The environment of a git-tend that works in another repository: `vars` without what would lead it back to this one.
pub fn for_another_repository<I>(vars: I) -> Vec<(OsString, OsString)>
where
    I: IntoIterator<Item = (OsString, OsString)>,
{
    without_git(vars)
        .filter(|(name, _)| name != REPO_STATE)
        .collect()
}

fn may_pass(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else {
        return true;
    };
    if name.starts_with("GIT_") {
        return git_variable_is_kept(name);
    }
    !name.starts_with("TEND_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_plumbing_variables_are_removed_and_transport_settings_stay() {
        let vars = [
            "GIT_DIR",
            "GIT_INDEX_FILE",
            "GIT_AUTHOR_NAME",
            "GIT_SSL_CAINFO",
            "GIT_SSH_COMMAND",
            "GIT_CONFIG_GLOBAL",
            "GIT_CONFIG_KEY_0",
            "GIT_CONFIG_PARAMETERS",
            "TEND_JOB_ID",
            "PATH",
        ];
        let kept = scrubbed(vars.map(|name| (OsString::from(name), OsString::from("x"))));
        let kept: Vec<_> = kept.iter().filter_map(|(name, _)| name.to_str()).collect();
        assert_eq!(
            kept,
            [
                "GIT_SSL_CAINFO",
                "GIT_SSH_COMMAND",
                "GIT_CONFIG_GLOBAL",
                "GIT_CONFIG_KEY_0",
                "PATH"
            ]
        );
    }
}
