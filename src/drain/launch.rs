//! From a claimed job to a process: its workspace, its program, its environment.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files::{self, FilesError};
use super::place::{self, Place};
use super::protocol::{ExecSpec, GRACE, LOG_CAP};
use super::workspace::{Checkout, WorkspaceError};
use crate::config::Workspace;
use crate::queue::{Job, Lease, Paths};
use crate::system::env as names;
use crate::system::resolve::{self, Unresolved};
use crate::tasks::spec::{Action, RunSpec};

/// The verb under which this program runs its own tasks.
pub const TASK_VERB: &str = "__task";

/// A job that is ready to start, and what must live as long as it runs.
#[derive(Debug)]
pub struct Ready {
    /// For the supervisor.
    pub exec: ExecSpec,
    /// The checkout it works in, if it has one of its own.
    pub checkout: Option<Checkout>,
    /// The top of the files it works in.
    pub top: PathBuf,
}

/// Why a claimed job could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The job needs a commit and has none.
    #[error("the repository has no commit yet")]
    NoCommit,
    /// The worktree it belongs to is gone.
    #[error("worktree {} is gone", .0.display())]
    NoWorktree(PathBuf),
    /// The folder it runs in does not exist in this commit.
    #[error("{0} does not exist here")]
    NoRoot(String),
    /// There is no such program.
    #[error("{0} is not installed: not in .venv/bin, node_modules/.bin or PATH")]
    MissingTool(String),
    /// The task's command is empty.
    #[error("the task has no command")]
    NoCommand,
    /// None of the files that it is to be called with is here.
    #[error("none of the changed files it is about exists here")]
    NoFiles,
    /// They could not be listed.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The program is there and cannot be executed.
    #[error("failed to {0}")]
    NotExecutable(Unresolved),
    /// The checkout failed.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// A file of ours could not be written.
    #[error("write {}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What marks the processes of one run: `TEND_RUN` in their environment. A drain has many jobs, and each counts its own
/// fences: only all three name one run.
fn cookie(lease: &Lease) -> String {
    format!("{}-{}-{}", lease.run_id, lease.job, lease.fence)
}

/// Makes everything ready that the supervisor needs to start the job.
pub fn prepare(
    place: &Place,
    job: &Job,
    spec: &RunSpec,
    lease: &Lease,
    slot_lock: &Path,
) -> Result<Ready, LaunchError> {
    let (top, checkout) = workspace(place, job, spec, lease.slot)?;
    let folder = if spec.root.is_empty() {
        top.clone()
    } else {
        top.join(&spec.root)
    };
    if !folder.is_dir() {
        return Err(LaunchError::NoRoot(spec.root.clone()));
    }
    let mut env = place.environment.clone();
    let cookie = cookie(lease);
    let paths = files::listed(&job.input.paths, &place.git_dir);
    job_variables(&mut env, place, job, lease, (&top, &paths), &cookie)?;
    for (name, value) in &spec.env {
        env.push((name.into(), value.into()));
    }
    let (program, args) = command(place, job, spec, lease, (&top, &folder), &mut env)?;
    let env = last_wins(env);
    let mut calls = match &spec.files {
        Some(selection) => {
            let files = files::changed(&paths, selection, &top, &spec.root)?;
            if files.is_empty() {
                return Err(LaunchError::NoFiles);
            }
            files::calls(&args, &files, files::room(&program, &env))
        }
        None => vec![args],
    }
    .into_iter();
    Ok(Ready {
        exec: ExecSpec {
            job: job.id.to_string(),
            fence: lease.fence,
            cookie,
            program: program.into(),
            args: calls.next().unwrap_or_default(),
            then: calls.collect(),
            cwd: folder.into(),
            env,
            log: place::log_path(&place.state, &job.id, lease.fence),
            log_cap: LOG_CAP,
            timeout_ms: millis(job.timeout),
            grace_ms: millis(GRACE),
            limits: spec.limits,
            slot_lock: Some(slot_lock.into()),
            cgroup: place.cgroup.clone(),
            boot_id: place.boot_id.clone(),
        },
        checkout,
        top,
    })
}

fn workspace(
    place: &Place,
    job: &Job,
    spec: &RunSpec,
    slot: u32,
) -> Result<(PathBuf, Option<Checkout>), LaunchError> {
    match spec.workspace {
        Workspace::None => Ok((place.git_dir.clone(), None)),
        // An index workspace belongs to gates, which are not drained.
        Workspace::Worktree | Workspace::Index => {
            let worktree = job
                .input
                .worktree
                .clone()
                .or_else(|| place.origin.worktree.clone())
                .unwrap_or_else(|| place.git_dir.clone());
            if worktree.is_dir() {
                Ok((worktree, None))
            } else {
                Err(LaunchError::NoWorktree(worktree))
            }
        }
        Workspace::Commit => {
            let commit = job.input.commit.as_deref().ok_or(LaunchError::NoCommit)?;
            let mut origin = place.origin.clone();
            if let Some(worktree) = &job.input.worktree {
                origin.worktree = Some(worktree.clone());
            }
            let checkout = Checkout::prepare(&place.workspaces, slot, &origin, commit, &spec.link)?;
            Ok((checkout.folder().to_path_buf(), Some(checkout)))
        }
    }
}

fn command(
    place: &Place,
    job: &Job,
    spec: &RunSpec,
    lease: &Lease,
    (top, folder): (&Path, &Path),
    env: &mut Vec<(OsString, OsString)>,
) -> Result<(PathBuf, Vec<OsString>), LaunchError> {
    match &spec.action {
        Action::Builtin { name } => {
            // Built-in tasks find the repository and the clock as this process does.
            for variable in [names::NOW, names::REPO_STATE, names::THREADS] {
                if let Some(value) = names::raw(variable) {
                    env.push((variable.into(), value));
                }
            }
            let mut args: Vec<OsString> = vec![
                TASK_VERB.into(),
                name.into(),
                place.git_dir.clone().into(),
                place.state.clone().into(),
            ];
            args.push(place::result_path(&place.state, &job.id, lease.fence).into());
            args.extend(job.input.commit.iter().map(OsString::from));
            Ok((place.program.clone(), args))
        }
        Action::Command { argv } => {
            let (name, args) = argv.split_first().ok_or(LaunchError::NoCommand)?;
            let path = env
                .iter()
                .rev()
                .find(|(name, _)| name == "PATH")
                .map(|(_, value)| value.clone());
            let folders = resolve::folders(&[folder, top], &path.unwrap_or_default());
            let program = resolve::resolve(name.as_ref(), folder, &folders, resolve::look)
                .map_err(|error| match error {
                    Unresolved::Missing(_) => LaunchError::MissingTool(name.clone()),
                    other @ Unresolved::NotExecutable(_) => LaunchError::NotExecutable(other),
                })?;
            Ok((program, args.iter().map(OsString::from).collect()))
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn job_variables(
    env: &mut Vec<(OsString, OsString)>,
    place: &Place,
    job: &Job,
    lease: &Lease,
    (top, paths): (&Path, &Paths),
    cookie: &str,
) -> Result<(), LaunchError> {
    let mut set = |name: &str, value: OsString| env.push((name.into(), value));
    set(names::JOB_ID, job.id.to_string().into());
    set("TEND_TASK", job.task.clone().into());
    set("TEND_ATTEMPT", lease.attempt.to_string().into());
    set("TEND_TRIGGER", job.trigger.name().into());
    set("TEND_WORKSPACE", top.into());
    set(names::RUN, cookie.into());
    if let Some(commit) = &job.input.commit {
        set("TEND_COMMIT", commit.into());
    }
    if let Some(base) = &job.input.base {
        set("TEND_BASE", base.into());
    }
    if let Paths::Some(paths) = paths {
        let path = place::changed_files_path(&place.state, &job.id, lease.fence);
        let mut list = Vec::new();
        for changed in paths {
            list.extend_from_slice(changed);
            list.push(0);
        }
        fs::write(&path, list).map_err(|source| LaunchError::Io {
            path: path.clone(),
            source,
        })?;
        set("TEND_CHANGED_FILES", path.into());
    }
    Ok(())
}

/// One value per name, the last one given.
fn last_wins(env: Vec<(OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let mut unique: std::collections::BTreeMap<OsString, OsString> =
        std::collections::BTreeMap::new();
    for (name, value) in env {
        // A name that no process can have would make the start fail.
        if !name.is_empty() && !name.as_bytes().contains(&b'=') && !value.as_bytes().contains(&0) {
            unique.insert(name, value);
        }
    }
    unique.into_iter().collect()
}
