//! From a claimed job to a process: its workspace, its program, its environment.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files::{self, FilesError};
use super::judging::JudgingError;
use super::place::{self, Place};
use super::protocol::{ExecSpec, GRACE, LOG_CAP};
use super::workspace::{Checkout, Origin, WorkspaceError};
use crate::config::Workspace;
use crate::config::output::Output;
use crate::config::task::MESSAGE;
use crate::gates::known::Judging;
use crate::queue::{Job, Lease, Paths, Trigger};
use crate::system::env as names;
use crate::system::resolve::{self, Unresolved};
use crate::tasks::arguments;
use crate::tasks::spec::{Action, RunSpec};
use crate::tools::fix::{self, FixOrder};
use crate::tools::order::{self, Order, What};

/// The verb under which this program runs its own tasks.
pub const TASK_VERB: &str = "__task";
/// The verb under which this program does work of the user's own queue.
pub const OWN_VERB: &str = "__own";
/// Where cargo builds.
const CARGO_TARGET: &str = "CARGO_TARGET_DIR";

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
    /// It needs files that are checked out.
    #[error("the repository has no worktree")]
    Bare,
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
    /// It cannot be told what its verdict would be about.
    #[error(transparent)]
    Judging(#[from] JudgingError),
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
    judging: Option<&Judging>,
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
    job_variables(
        &mut env,
        place,
        job,
        lease,
        (&top, &paths),
        spec.message(),
        &cookie,
    )?;
    for (name, value) in &spec.env {
        env.push((name.into(), value.into()));
    }
    let files = match (&spec.action, &spec.files) {
        (Action::Command { .. } | Action::Fix { .. }, Some(selection)) => {
            let files = match judging.and_then(|judging| judging.files.as_ref()) {
                Some(files) => files::arguments(files.iter().map(|(file, _)| file), &spec.root),
                None => files::changed(&paths, selection, &top, &spec.root)?,
            };
            let is_needed = matches!(spec.action, Action::Command { .. });
            if is_needed && files.is_empty() {
                return Err(LaunchError::NoFiles);
            }
            Some(files)
        }
        _ => None,
    };
    let mut launch = Launch {
        place,
        job,
        spec,
        lease,
        top: &top,
        folder: &folder,
        checkout: checkout.as_ref(),
        env,
    };
    let (program, args) = launch.command(files.as_deref())?;
    let env = last_wins(launch.env);
    // A program of our own calls the command itself, as often as it takes.
    let mut calls = match files.filter(|_| !spec.leaves_results()) {
        Some(files) => arguments::calls(&args, &files, arguments::room(&program, &env)),
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
    // What has changed is in no commit yet, and where there is no commit there is nothing else.
    let in_place = matches!(spec.action, Action::Tools { .. })
        && spec.staged.is_none()
        && (job.trigger == Trigger::Change || job.input.commit.is_none());
    let wanted = match spec.workspace {
        Workspace::Commit if in_place => Workspace::Worktree,
        wanted => wanted,
    };
    match wanted {
        Workspace::Commit | Workspace::Index | Workspace::None if spec.staged.is_some() => {
            let origin = origin_of(place, job);
            let staged = spec.staged.as_ref().ok_or(LaunchError::NoCommit)?;
            let shown = (staged.tree.as_str(), staged.parents.as_slice());
            let checkout = Checkout::export(&place.workspaces, slot, &origin, shown, &spec.link)?;
            Ok((checkout.folder().to_path_buf(), Some(checkout)))
        }
        Workspace::None => Ok((place.git_dir.clone(), None)),
        Workspace::Worktree => {
            let worktree = job
                .input
                .worktree
                .clone()
                .or_else(|| place.origin.worktree.clone());
            let worktree = match worktree {
                None if matches!(spec.action, Action::Tools { .. }) => {
                    return Err(LaunchError::Bare);
                }
                worktree => worktree.unwrap_or_else(|| place.git_dir.clone()),
            };
            if worktree.is_dir() {
                Ok((worktree, None))
            } else {
                Err(LaunchError::NoWorktree(worktree))
            }
        }
        Workspace::Commit | Workspace::Index => {
            let commit = job.input.commit.as_deref().ok_or(LaunchError::NoCommit)?;
            let origin = origin_of(place, job);
            let checkout = Checkout::prepare(&place.workspaces, slot, &origin, commit, &spec.link)?;
            Ok((checkout.folder().to_path_buf(), Some(checkout)))
        }
    }
}

/// What the job's workspace is made from: its own worktree has the folders that are linked.
fn origin_of(place: &Place, job: &Job) -> Origin {
    Origin {
        worktree: job.input.worktree.clone().or(place.origin.worktree.clone()),
        ..place.origin.clone()
    }
}

/// A job that is about to be started.
struct Launch<'a> {
    place: &'a Place,
    job: &'a Job,
    spec: &'a RunSpec,
    lease: &'a Lease,
    /// The top of its files.
    top: &'a Path,
    /// The folder it runs in.
    folder: &'a Path,
    /// Whether that is a checkout of its own.
    checkout: Option<&'a Checkout>,
    env: Vec<(OsString, OsString)>,
}

impl Launch<'_> {
    /// What is started, and with which arguments.
    fn command(
        &mut self,
        files: Option<&[OsString]>,
    ) -> Result<(PathBuf, Vec<OsString>), LaunchError> {
        if self.checkout.is_some() && !self.env.iter().any(|(name, _)| name == CARGO_TARGET) {
            // What is built once serves the next commit too; a checkout is emptied before each job.
            let target = self.place.workspaces.join("cargo-target");
            self.env.push((CARGO_TARGET.into(), target.into()));
        }
        match &self.spec.action {
            Action::Builtin { name } => {
                let mut args = self.own_args(TASK_VERB, name.into());
                args.extend(self.commit().map(OsString::from));
                Ok((self.place.program.clone(), args))
            }
            Action::Tools { name, only } => {
                let what = What::Tools {
                    name: name.clone(),
                    only: only.clone(),
                };
                Ok((self.place.program.clone(), self.order(what)))
            }
            Action::Own { work } => {
                // Plain values: nothing in here can fail to become JSON.
                let work = serde_json::to_string(work).unwrap_or_default();
                let mut args = self.own_args(OWN_VERB, work.into());
                args.push(self.job.id.0.clone().into());
                args.push(self.lease.run_id.clone().into());
                Ok((self.place.program.clone(), args))
            }
            Action::Fix { by } => {
                let order = FixOrder {
                    task: self.job.task.clone(),
                    by: by.clone(),
                    root: self.spec.root.clone(),
                    everything: matches!(self.job.input.paths, Paths::All),
                    links: self.spec.link.clone(),
                    timeout: self.job.timeout,
                };
                // Maps with string keys and plain values: nothing in here can fail to become JSON.
                let order = serde_json::to_string(&order).unwrap_or_default();
                let mut own = self.own_args(fix::VERB, order.into());
                own.push(self.top.into());
                own.push(self.list(files.unwrap_or_default())?.into());
                Ok((self.place.program.clone(), own))
            }
            Action::Command { argv } => {
                let (program, args) = self.resolved(argv)?;
                if self.spec.output == Output::None {
                    return Ok((program, args));
                }
                let mut own = self.order(What::Command {
                    output: self.spec.output.clone(),
                });
                own.push(match files {
                    Some(files) => self.list(files)?.into(),
                    None => OsString::new(),
                });
                own.push(program.into());
                own.extend(args);
                Ok((self.place.program.clone(), own))
            }
        }
    }

    /// The repository that has what is looked at: of a tree that is in no commit, the workspace alone has one.
    fn git_dir(&self) -> PathBuf {
        match self.checkout {
            Some(checkout) if self.spec.staged.is_some() => checkout.git_dir(),
            _ => self.place.git_dir.clone(),
        }
    }

    /// The commit that is looked at.
    fn commit(&self) -> Option<&str> {
        match self.checkout {
            Some(checkout) => Some(checkout.commit()),
            None => self.job.input.commit.as_deref(),
        }
    }

    /// What every process of our own is told.
    fn own_args(&mut self, verb: &str, name: OsString) -> Vec<OsString> {
        // It finds the repository and the clock as this process does.
        for variable in [names::NOW, names::REPO_STATE, names::THREADS] {
            if let Some(value) = names::raw(variable) {
                self.env.push((variable.into(), value));
            }
        }
        let place = self.place;
        let result = place::result_path(&place.state, &self.job.id, self.lease.fence);
        vec![
            verb.into(),
            name,
            self.git_dir().into(),
            place.state.clone().into(),
            result.into(),
        ]
    }

    fn order(&mut self, what: What) -> Vec<OsString> {
        let order = Order {
            task: self.job.task.clone(),
            what,
            root: self.spec.root.clone(),
            selection: self.spec.files.clone().unwrap_or_default(),
            commit: self.commit().map(str::to_owned),
            checkout: self.checkout.is_some(),
            timeout: self.job.timeout,
        };
        // Maps with string keys and plain values: nothing in here can fail to become JSON.
        let order = serde_json::to_string(&order).unwrap_or_default();
        let mut args = self.own_args(order::VERB, order.into());
        args.push(self.top.into());
        let worktree = self.job.input.worktree.as_ref();
        let worktree = worktree.or(self.place.origin.worktree.as_ref());
        args.push(worktree.cloned().unwrap_or_default().into());
        args
    }

    /// Writes the files that a command is called with for the process that calls it.
    fn list(&self, files: &[OsString]) -> Result<PathBuf, LaunchError> {
        let path = place::files_path(&self.place.state, &self.job.id, self.lease.fence);
        let mut list = Vec::new();
        for file in files {
            list.extend_from_slice(file.as_bytes());
            list.push(0);
        }
        fs::write(&path, list).map_err(|source| LaunchError::Io {
            path: path.clone(),
            source,
        })?;
        Ok(path)
    }

    fn resolved(&self, argv: &[String]) -> Result<(PathBuf, Vec<OsString>), LaunchError> {
        let (name, rest) = argv.split_first().ok_or(LaunchError::NoCommand)?;
        let path = self
            .env
            .iter()
            .rev()
            .find(|(name, _)| name == "PATH")
            .map(|(_, value)| value.clone());
        let folders = resolve::folders(&[self.folder, self.top], &path.unwrap_or_default());
        let program = resolve::resolve(name.as_ref(), self.folder, &folders, resolve::look)
            .map_err(|error| match error {
                Unresolved::Missing(_) => LaunchError::MissingTool(name.clone()),
                other @ Unresolved::NotExecutable(_) => LaunchError::NotExecutable(other),
            })?;
        let message = self.spec.message();
        let message = message.map(|digest| place::message_path(&self.place.state, digest));
        let argument = |word: &String| match &message {
            Some(path) if word == MESSAGE => path.into(),
            _ => OsString::from(word),
        };
        Ok((program, rest.iter().map(argument).collect()))
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
    message: Option<&str>,
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
    if let Some(message) = message {
        set(
            "TEND_MESSAGE",
            place::message_path(&place.state, message).into(),
        );
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
