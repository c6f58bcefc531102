//! Patches that jobs leave: made one after the other, each on top of the one before.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize as _;

use super::app::App;
use super::commands::run;
use super::draining;
use super::error::{CommandError, Context};
use super::exit_code::Exit;
use super::ui::{Role, paint, plain};
use crate::git::patch;
use crate::git::staged_tree;
use crate::queue::{Job, NewJob, Paths, Queue, State, StateKind, StoredResult};
use crate::tasks::Task;
use crate::tasks::jobs::{self, Occasion};
use crate::tasks::spec::Staged;
use crate::tasks::task::Root;
use crate::tools::fix::{KIND, SCHEMA, StoredPatch};
use crate::tools::fixers;

/// What is to be mended.
pub struct Wanted<'a> {
    /// The files of this commit; of the index if there is none.
    pub commit: Option<&'a str>,
    /// Whether all files are, and not only those that are changed.
    pub all: bool,
    /// The index.
    pub index: PathBuf,
    /// Whether the tasks were asked for by name: then a fixer that is not installed is a failure.
    pub named: bool,
}

/// What jobs left.
#[derive(Default)]
pub struct Left {
    /// The jobs that left a patch, and the patch.
    pub patches: Vec<(Job, StoredPatch)>,
    /// The jobs that left none.
    pub others: Vec<Job>,
    /// All patches, one after the other.
    pub bytes: Vec<u8>,
    /// Whether a job failed.
    pub failed: bool,
    /// How it ends if it was broken off.
    pub interrupted: Option<Exit>,
}

impl Left {
    /// Adds a job's patch.
    pub fn add(&mut self, job: Job, patch: StoredPatch) -> Result<(), CommandError> {
        let bytes = patch
            .bytes()
            .filter(|_| patch.schema == SCHEMA)
            .ok_or_else(|| {
                CommandError::failed(format!("the patch of {} cannot be read", job.id))
            })?;
        self.bytes.extend_from_slice(&bytes);
        self.patches.push((job, patch));
        Ok(())
    }
}

/// The patch that a job has left.
pub fn of_job(queue: &Queue, job: &Job) -> Result<Option<StoredPatch>, CommandError> {
    let entries = queue
        .results_of_job(&job.id)
        .context("read the job's results")?;
    let Some(entry) = entries.iter().rev().find(|entry| entry.kind == KIND) else {
        return Ok(None);
    };
    let text = queue.result_text(entry.id).context("read the patch")?;
    let patch = text.map(|text| serde_json::from_str(&text)).transpose();
    patch.context("read the patch")
}

/// The patch, as a person reads it or as it is.
pub fn show(app: &App, patch: &[u8]) -> Result<(), CommandError> {
    if !app.ui.data_is_read_by_a_person() {
        return app.ui.bytes_out(patch);
    }
    let mut text = String::new();
    for line in String::from_utf8_lossy(patch).lines() {
        let line = plain(line);
        let role = match line.chars().next() {
            Some('+') if !line.starts_with("+++ ") => Role::Good,
            Some('-') if !line.starts_with("--- ") => Role::Bad,
            Some('@') => Role::Name,
            Some(' ') => {
                text.push_str(&line);
                text.push('\n');
                continue;
            }
            _ => Role::Heading,
        };
        text.push_str(&paint(role, line));
        text.push('\n');
    }
    app.ui.write_out(&text)
}

/// The patch's bytes, if a result is one.
pub fn of_result(result: &StoredResult) -> Option<Vec<u8>> {
    let patch = (result.kind == KIND).then(|| StoredPatch::deserialize(&result.body))?;
    patch.ok()?.bytes()
}

/// What the jobs are about.
struct Ground {
    occasion: Occasion,
    tree: String,
    parents: Vec<String>,
}

/// Runs the fixers of tasks, one task after the other: what the first has mended the second finds mended.
pub fn make(app: &App, tasks: &[&Task], wanted: &Wanted<'_>) -> Result<Left, CommandError> {
    let mut ground = ground(app, wanted)?;
    let mut queue = app.queue()?;
    let mut left = Left::default();
    for task in tasks {
        let Some(by) = fixers::of_task(task) else {
            continue;
        };
        let folders = match &task.root {
            Root::One(folder) => vec![folder.clone()],
            Root::Each(pattern) => run::folders(app, pattern),
        };
        for folder in folders {
            let staged = Staged {
                tree: ground.tree.clone(),
                parents: ground.parents.clone(),
            };
            let job = jobs::fixing(task, &folder, by.clone(), Some(staged), &ground.occasion);
            let before = left.bytes.len();
            one(app, &mut queue, &job, wanted.named, &mut left)?;
            if left.interrupted.is_some() {
                return Ok(left);
            }
            if let Some(patch) = left.bytes.get(before..).filter(|it| !it.is_empty()) {
                let made =
                    patch::patched_tree(app.located()?, &ground.tree, patch, app.state_dir()?);
                made.context("put the patches together")?
                    .as_str()
                    .clone_into(&mut ground.tree);
            }
        }
    }
    Ok(left)
}

fn ground(app: &App, wanted: &Wanted<'_>) -> Result<Ground, CommandError> {
    let located = app.located()?;
    let (tree, parents, commit) = if let Some(rev) = wanted.commit {
        let found = |rev: &str| app.repo()?.resolve(rev).context("read the commit");
        let commit = app.commit(rev)?.as_str().to_owned();
        let tree = found(&format!("{commit}^{{tree}}"))?.as_str().to_owned();
        let parent = found(&format!("{commit}^1"))
            .ok()
            .map(|it| it.as_str().to_owned());
        (tree, parent, Some(commit))
    } else {
        if located.worktree.is_none() {
            return Err(CommandError::usage(
                "the repository has no worktree, and so nothing is staged",
            )
            .hint("git tend fix --commit REV"));
        }
        // The folder exists only once there was a queue.
        drop(app.queue()?);
        let tree =
            staged_tree(located, &wanted.index, app.state_dir()?).context("read what is staged")?;
        let head = app.head_commit()?;
        (tree.as_str().to_owned(), head.clone(), head)
    };
    let mut occasion = run::occasion(app, commit, false)?;
    if !wanted.all {
        let changed = patch::changed_paths(located, parents.as_deref(), &tree);
        let changed = changed.context("find what is changed")?;
        occasion.input.paths = changed.map_or(Paths::All, Paths::Some);
    }
    Ok(Ground {
        occasion,
        tree,
        parents: parents.into_iter().collect(),
    })
}

fn one(
    app: &App,
    queue: &mut Queue,
    job: &NewJob,
    named: bool,
    left: &mut Left,
) -> Result<(), CommandError> {
    let limit = app.loaded()?.config.queue.max_jobs.get() as usize;
    let name = job.name.clone().unwrap_or_else(|| job.task.clone());
    let enqueued = queue
        .enqueue(std::slice::from_ref(job), limit, app.now())
        .map_err(|error| draining::enqueue_error(&error))?;
    let refused = draining::report_enqueued(app, std::slice::from_ref(&name), &enqueued);
    let Some(id) = enqueued.into_iter().find_map(|one| one.id) else {
        left.interrupted = Some(refused);
        return Ok(());
    };
    let request = draining::Request {
        only: Some(BTreeSet::from([id.clone()])),
        user: true,
        ..draining::Request::default()
    };
    let summary = draining::drain(app, queue, request)?;
    let job = queue.job(&id).context("read the job")?;
    let job = job.ok_or_else(|| CommandError::failed(format!("the job {id} is gone")))?;
    if summary.stopped.is_some() {
        left.interrupted = Some(draining::conclude(app, &summary));
        left.others.push(job);
        return Ok(());
    }
    match (job.state.kind(), of_job(queue, &job)?) {
        (StateKind::Done, Some(patch)) => return left.add(job, patch),
        (StateKind::Failed, _) => left.failed = true,
        // Nobody told why: its fixer is missing, or it has to wait.
        (kind, _) => {
            left.failed |= named || kind != StateKind::Skipped;
            let why = match &job.state {
                State::Held { reason } | State::Ended { reason, .. } => reason.clone(),
                _ => format!("it waits · git tend explain {id}"),
            };
            app.ui.say(format!(
                "{} {} · {}",
                paint(Role::Bad, "✗"),
                plain(&name),
                plain(&why)
            ));
        }
    }
    left.others.push(job);
    Ok(())
}
