//! The repository's tasks as a workflow.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::{Means, Source};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::config::Workspace;
use crate::gates::Inputs;
use crate::git::{Entry, Oid};
use crate::optimize::workflow::read::{Read, median};
use crate::optimize::workflow::{Origin, Step, StepRun, Touched, Workflow};
use crate::queue::{Came, RunAbout};
use crate::system::{frames::Frames, host};
use crate::tasks::spec::{Action, RunSpec};
use crate::tasks::task::{Task, Triggers};

/// So many runs are looked at, the newest.
const RUNS: usize = 5_000;
/// So many files of trees are looked at for what runs depended on: some 100 trees of a large repository.
const FILES: usize = 2_000_000;
/// So many of the newest successes make a duration, as in the drain's estimates: old ones describe another project.
const RING: usize = 19;

/// The tasks that something starts, and those that they need; none if there is nothing that ran and nothing that needs anything.
pub(super) fn tasks(means: &Means<'_>) -> Result<Option<Source>, CommandError> {
    let app = means.app;
    let all: BTreeMap<&str, &Task> = app
        .tasks()?
        .iter()
        .map(|task| (task.key.as_str(), task))
        .collect();
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    let mut ahead: Vec<&str> = all
        .values()
        .filter(|it| it.enabled)
        .map(|it| it.key.as_str())
        .collect();
    while let Some(key) = ahead.pop() {
        if let Some((key, task)) = all.get_key_value(key)
            && wanted.insert(key)
        {
            ahead.extend(task.needs.iter().map(String::as_str));
        }
    }
    let chosen: Vec<&Task> = app
        .tasks()?
        .iter()
        .filter(|it| wanted.contains(it.key.as_str()))
        .collect();
    let runs = runs(means, &all)?;
    if runs.is_empty() && chosen.iter().all(|task| task.needs.is_empty()) {
        return Ok(None);
    }
    let places: HashMap<&str, usize> = chosen
        .iter()
        .enumerate()
        .map(|(at, it)| (it.key.as_str(), at))
        .collect();
    let needed: BTreeSet<&str> = chosen
        .iter()
        .flat_map(|task| task.needs.iter().map(String::as_str))
        .collect();
    let mut notes = Vec::new();
    let mut steps = Vec::with_capacity(chosen.len());
    for task in &chosen {
        let needs = task
            .needs
            .iter()
            .filter_map(|need| places.get(need.as_str()).copied());
        let runs: Vec<StepRun> = runs.get(task.key.as_str()).cloned().unwrap_or_default();
        let good: Vec<f64> = runs
            .iter()
            .rev()
            .filter(|it| it.ok)
            .take(RING)
            .map(StepRun::took)
            .collect();
        let any: Vec<f64> = runs.iter().rev().take(RING).map(StepRun::took).collect();
        let (reads, writes) = touched(task);
        steps.push(Step {
            name: task.key.clone(),
            needs: needs.collect(),
            ms: median(&good).or_else(|| median(&any)),
            reads,
            writes,
            runs,
            gathers: gathers(task, &all, &needed),
        });
    }
    let silent = steps.iter().filter(|step| step.ms.is_none()).count();
    if silent > 0 {
        notes.push(format!(
            "{silent} of {} tasks have not run in this time",
            steps.len()
        ));
    }
    let none = || vec![Vec::new(); steps.len()];
    Ok(Some(Source {
        read: Read {
            commands: none(),
            titles: none(),
            workflow: Workflow {
                name: "tasks".to_owned(),
                origin: Origin::Tasks,
                workers: Some(slots(app)?),
                steps,
            },
        },
        notes,
        recipe: None,
    }))
}

/// Whether it is what starts tasks that nothing else starts: without its needs they would not run.
fn gathers(task: &Task, all: &BTreeMap<&str, &Task>, needed: &BTreeSet<&str>) -> bool {
    if task.triggers == Triggers::default() && needed.contains(task.key.as_str()) {
        return false;
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut ahead: Vec<&str> = task.needs.iter().map(String::as_str).collect();
    while let Some(key) = ahead.pop() {
        let Some(need) = all.get(key).filter(|_| seen.insert(key)) else {
            continue;
        };
        if need.triggers == Triggers::default() {
            return true;
        }
        ahead.extend(need.needs.iter().map(String::as_str));
    }
    false
}

fn slots(app: &App) -> Result<usize, CommandError> {
    let processors = crate::system::process::processors() as usize;
    Ok(app.loaded()?.config.queue.slots(processors) as usize)
}

/// What a job of a task touches that others see. In a workspace of its own that is what is linked into it, and what it finds
/// goes to the database; in the user's worktree a command may do anything.
fn touched(task: &Task) -> (Touched, Touched) {
    let own = matches!(
        task.workspace,
        Workspace::Commit | Workspace::Index | Workspace::None
    );
    let reads_only = matches!(task.action, Action::Builtin { .. });
    if !own && !reads_only {
        return (Touched::Unknown, Touched::Unknown);
    }
    let linked = Touched::Known(if own { task.link.clone() } else { Vec::new() });
    (linked.clone(), linked)
}

/// The runs of each task on this machine, oldest first.
fn runs<'t>(
    means: &Means<'_>,
    tasks: &BTreeMap<&'t str, &'t Task>,
) -> Result<HashMap<&'t str, Vec<StepRun>>, CommandError> {
    let app = means.app;
    let Some(queue) = app.existing_queue()? else {
        return Ok(HashMap::new());
    };
    let since = Timestamp::from_millisecond(means.period.since).unwrap_or(Timestamp::UNIX_EPOCH);
    let all = queue.runs_about(since, RUNS).context("read what ran")?;
    let host = host::name();
    let mut digests = Digests {
        app,
        entries: HashMap::new(),
        known: HashMap::new(),
        left: FILES,
    };
    let mut found: HashMap<&str, Vec<StepRun>> = HashMap::new();
    // The newest first: what cannot all be looked at is old.
    for run in all
        .iter()
        .rev()
        .filter(|run| run.host == host && !run.killed)
    {
        let Some((key, task)) = tasks.get_key_value(run.task.as_str()) else {
            continue;
        };
        let took = run.finished_at.saturating_sub(run.started_at);
        found.entry(key).or_default().push(StepRun {
            at: run.finished_at,
            ms: u64::try_from(took).unwrap_or(0),
            ok: run.came == Came::Succeeded,
            input: digests.of(task, run),
            about: run.commit.clone(),
        });
    }
    for runs in found.values_mut() {
        runs.reverse();
    }
    Ok(found)
}

/// Digests of what runs depended on.
struct Digests<'a> {
    app: &'a App,
    entries: HashMap<String, Option<Vec<Entry>>>,
    known: HashMap<(String, String, String), Option<String>>,
    left: usize,
}

impl Digests<'_> {
    /// The files that the task looks at and what it does, as one digest; none where files of a worktree were looked at, or only
    /// those that had changed.
    fn of(&mut self, task: &Task, run: &RunAbout) -> Option<String> {
        let spec: RunSpec = serde_json::from_str(run.spec.as_deref()?).ok()?;
        let in_worktree = spec.workspace == Workspace::Worktree;
        let some_files = matches!(spec.action, Action::Command { .. }) && spec.files.is_some();
        if in_worktree || some_files || spec.judges.as_ref().is_some_and(|it| it.message.is_some())
        {
            return None;
        }
        let tree = match &spec.staged {
            Some(staged) => staged.tree.clone(),
            None => run.commit.clone()?,
        };
        let definition = definition(&spec)?;
        let key = (task.key.clone(), tree.clone(), definition.clone());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let made = self.digest(task, &spec, &tree, &definition);
        self.known.insert(key, made.clone());
        made
    }

    fn digest(
        &mut self,
        task: &Task,
        spec: &RunSpec,
        tree: &str,
        definition: &str,
    ) -> Option<String> {
        if !self.entries.contains_key(tree) {
            let read = || -> Option<Vec<Entry>> {
                let oid = tree.parse::<Oid>().ok()?;
                self.app.repo().ok()?.entries(&oid).ok()
            };
            let entries = if self.left == 0 { None } else { read() };
            self.left = self
                .left
                .saturating_sub(entries.as_ref().map_or(0, Vec::len));
            self.entries.insert(tree.to_owned(), entries);
        }
        let entries = self.entries.get(tree)?.clone()?;
        let inputs = Inputs::among(entries, spec, &task.judges()).ok()?;
        Some(inputs.key(definition, inputs.selected.iter()))
    }
}

/// What is done, apart from the files.
fn definition(spec: &RunSpec) -> Option<String> {
    let mut frames = Frames::new("git-tend workflow definition v1");
    frames.text(&serde_json::to_string(&spec.action).ok()?);
    frames.text(&serde_json::to_string(&spec.env).ok()?);
    frames.text(&spec.root);
    Some(frames.hex())
}
