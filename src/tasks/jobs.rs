//! From tasks and an occasion to the jobs that are enqueued.

use std::collections::BTreeMap;

use bstr::ByteSlice;
use globset::Candidate;
use jiff::Timestamp;
use serde_json::Value;

use super::spec::{Action, Fixers, RunSpec, Staged};
use super::task::{Root, Task};
use crate::config::output::Output;
use crate::config::pattern::Pattern;
use crate::config::task::Coalesce;
use crate::config::{Priority, Workspace};
use crate::queue::{Input, Lane, Need, NewJob, Trigger, unique_key};

/// Why jobs are made, and what they are about.
#[derive(Clone, Debug)]
pub struct Occasion {
    /// What made them exist.
    pub trigger: Trigger,
    /// Detail of the trigger.
    pub trigger_data: Value,
    /// What they are about.
    pub input: Input,
    /// Whether a person asked for them.
    pub user_triggered: bool,
    /// Not before.
    pub run_at: Timestamp,
    /// Whether the caller promises that they run.
    pub acknowledged: bool,
}

/// The jobs of `wanted` and of what they need, parents first. A task with one job a folder has one for each of
/// `folders`; `held` says why a task must wait for approval.
pub fn jobs_for(
    tasks: &[Task],
    wanted: &[&str],
    occasion: &Occasion,
    held: &dyn Fn(&Task, &Input) -> Option<String>,
    folders: &dyn Fn(&Pattern) -> Vec<String>,
) -> Vec<NewJob> {
    let by_key: BTreeMap<&str, &Task> =
        tasks.iter().map(|task| (task.key.as_str(), task)).collect();
    let mut batch = Batch {
        tasks: by_key,
        occasion,
        held,
        folders,
        jobs: Vec::new(),
        made: BTreeMap::new(),
    };
    for key in wanted {
        batch.add(key);
    }
    batch.jobs
}

struct Batch<'a> {
    tasks: BTreeMap<&'a str, &'a Task>,
    occasion: &'a Occasion,
    held: &'a dyn Fn(&Task, &Input) -> Option<String>,
    folders: &'a dyn Fn(&Pattern) -> Vec<String>,
    jobs: Vec<NewJob>,
    made: BTreeMap<&'a str, Vec<usize>>,
}

impl Batch<'_> {
    /// The indexes of a task's jobs. The configuration was checked: needs exist and have no cycle.
    fn add(&mut self, key: &str) -> Vec<usize> {
        if let Some(made) = self.made.get(key) {
            return made.clone();
        }
        let Some((&key, &task)) = self.tasks.get_key_value(key) else {
            return Vec::new();
        };
        let needs: Vec<Need> = task
            .needs
            .iter()
            .flat_map(|need| self.add(need))
            .map(Need::Batch)
            .collect();
        let folders = match &task.root {
            Root::One(folder) => vec![folder.clone()],
            Root::Each(pattern) => (self.folders)(pattern),
        };
        let several = matches!(task.root, Root::Each(_));
        let mut indexes = Vec::new();
        for folder in folders {
            let mut job = new_job(task, &folder, self.occasion);
            job.name = several.then(|| format!("{key} ({folder})"));
            job.held = (self.held)(task, &self.occasion.input);
            job.needs.clone_from(&needs);
            indexes.push(self.jobs.len());
            self.jobs.push(job);
        }
        self.made.insert(key, indexes.clone());
        indexes
    }
}

/// One job of a task, in one folder.
fn new_job(task: &Task, folder: &str, occasion: &Occasion) -> NewJob {
    NewJob {
        task: task.key.clone(),
        name: None,
        lane: Lane::Local,
        priority: task.priority,
        user_triggered: occasion.user_triggered,
        trigger: occasion.trigger,
        trigger_data: occasion.trigger_data.clone(),
        unique_key: Some(scope(task, folder, &occasion.input)),
        input: occasion.input.clone(),
        input_key: None,
        spec: task.run_spec_in(folder).payload(),
        run_at: occasion.run_at,
        deadline: None,
        timeout: task.timeout,
        max_retries: task.retries,
        retry_delay: task.retry_delay,
        acknowledged: occasion.acknowledged,
        held: None,
        needs: Vec::new(),
    }
}

/// The job that judges a tree, or a message, for a task in one folder. `what` names it: twins judge the same.
pub fn judging(
    task: &Task,
    folder: &str,
    title: &str,
    occasion: &Occasion,
    (spec, what): (&RunSpec, &str),
) -> NewJob {
    let twins: [&[u8]; 3] = [b"judges", folder.as_bytes(), what.as_bytes()];
    NewJob {
        name: (title != task.key).then(|| title.to_owned()),
        priority: Priority::Critical,
        unique_key: Some(unique_key(&task.key, &twins)),
        input_key: Some(what.to_owned()),
        spec: spec.payload(),
        ..new_job(task, folder, occasion)
    }
}

/// What twins share: the task and folder, the worktree where the task looks at it, the commit where each has its own job.
fn scope(task: &Task, folder: &str, input: &Input) -> String {
    let worktree = match task.workspace {
        Workspace::Worktree | Workspace::Index => input.worktree.as_deref(),
        Workspace::Commit | Workspace::None => None,
    };
    let commit = match task.coalesce {
        Coalesce::Each => input.commit.as_deref(),
        Coalesce::Latest => None,
    };
    unique_key(
        &task.key,
        &[
            folder.as_bytes(),
            worktree.map_or(&b""[..], |path| path.as_os_str().as_encoded_bytes()),
            commit.unwrap_or_default().as_bytes(),
        ],
    )
}

/// A command that was typed: a job of its own kind, with the limits and time-out of an own task.
pub fn ad_hoc(argv: &[String], folder: &str, defaults: &Task, occasion: &Occasion) -> NewJob {
    let mut job = new_job(defaults, folder, occasion);
    job.name = Some(super::spec::quoted(argv));
    // Typed twice is wanted twice.
    job.unique_key = None;
    job.priority = Priority::Normal;
    let mut spec = defaults.run_spec_in(folder);
    spec.action = Action::Command {
        argv: argv.to_vec(),
    };
    spec.workspace = Workspace::Worktree;
    // Whoever typed it has seen it.
    spec.fingerprint = None;
    job.spec = spec.payload();
    job
}

/// A job that mends, in one of a task's folders, what the task finds: in the files of `staged`, or of the occasion's
/// commit. Its approval is the task's.
pub fn fixing(
    task: &Task,
    folder: &str,
    by: Fixers,
    staged: Option<Staged>,
    occasion: &Occasion,
) -> NewJob {
    let mut job = new_job(task, folder, occasion);
    let place = if folder.is_empty() {
        String::new()
    } else {
        format!(" ({folder})")
    };
    job.name = Some(format!("fix {}{place}", task.key));
    // Typed twice is wanted twice.
    job.unique_key = None;
    job.max_retries = 0;
    let mut spec = task.run_spec_in(folder);
    spec.action = Action::Fix { by };
    spec.workspace = Workspace::Commit;
    spec.staged = staged;
    // It judges nothing.
    spec.judges = None;
    spec.files = Some(task.selection.clone());
    spec.output = Output::None;
    spec.retry_on = Vec::new();
    job.spec = spec.payload();
    job
}

/// The folders of the tree with these paths that a pattern matches, sorted.
pub fn matching_folders<'p>(
    pattern: &Pattern,
    paths: impl Iterator<Item = &'p [u8]>,
) -> Vec<String> {
    let Ok(globs) = Pattern::compile(std::slice::from_ref(pattern)) else {
        return Vec::new();
    };
    let mut found = std::collections::BTreeSet::new();
    for path in paths {
        for (end, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let Some(folder) = path.get(..end).and_then(|folder| folder.to_str().ok()) else {
                continue;
            };
            if !found.contains(folder) && globs.is_match_candidate(&Candidate::new(folder)) {
                found.insert(folder.to_owned());
            }
        }
    }
    found.into_iter().collect()
}
