//! From what is written to what holds: configuration and built-in tasks become the list of tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::Duration;

use bstr::BStr;
use globset::{Candidate, GlobSet};

use super::builtin::{self, Builtin};
use super::spec::{Action, Limits, RunSpec};
use crate::config::event::HookName;
use crate::config::output::Output;
use crate::config::pattern::Pattern;
use crate::config::schedule::Cron;
use crate::config::task::{CatchUp, Coalesce, FailOn, Nice, OnBudget, Task as Written};
use crate::config::units::Size;
use crate::config::{Config, ConfigError, Event, Loaded, Priority, Workspace, check};
use crate::trust::{Definition, Fingerprint};

/// The time-out of a task with a command of its own (S1).
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// The memory of a job that says nothing else (S1).
const MEMORY: Size = Size::gibibytes(2);
/// How long files must be quiet before a change counts.
const DEBOUNCE: Duration = Duration::from_secs(1);

/// In which folders a task runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// In one, relative to the repository's top; empty for the top itself.
    One(String),
    /// One job for each folder that matches.
    Each(Pattern),
}

/// What starts a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triggers {
    /// Hooks that enqueue it.
    pub hooks: BTreeSet<HookName>,
    /// Hooks that run it as a gate.
    pub gates: BTreeSet<HookName>,
    /// Changed files of the worktree.
    pub change: bool,
    /// Changed dependency manifests or lock files.
    pub package_change: bool,
    /// Tasks whose completion starts it.
    pub after: Vec<String>,
    /// A cron expression in local time, unless it is switched off.
    pub schedule: Option<Cron>,
    /// An interval.
    pub every: Option<Duration>,
}

/// The files that a task is about. The globs are compiled when the first path is asked about: a hook that enqueues
/// nothing pays nothing.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    files: Vec<Pattern>,
    exclude: Vec<Pattern>,
    compiled: OnceLock<Result<(GlobSet, GlobSet), globset::Error>>,
}

impl Selection {
    fn new(files: Vec<Pattern>, exclude: Vec<Pattern>) -> Self {
        Self {
            files,
            exclude,
            compiled: OnceLock::new(),
        }
    }

    /// The globs of files; none means all.
    pub fn files(&self) -> &[Pattern] {
        &self.files
    }

    /// The globs of what is left out.
    pub fn exclude(&self) -> &[Pattern] {
        &self.exclude
    }

    /// Whether the task is about every file.
    pub const fn is_everything(&self) -> bool {
        self.files.is_empty() && self.exclude.is_empty()
    }

    /// Whether the task is about a path, relative to the repository's top.
    pub fn contains(&self, path: &BStr) -> Result<bool, globset::Error> {
        if self.is_everything() {
            return Ok(true);
        }
        let compiled = self.compiled.get_or_init(|| {
            Ok((
                Pattern::compile(&self.files)?,
                Pattern::compile(&self.exclude)?,
            ))
        });
        let (files, exclude) = compiled.as_ref().map_err(Clone::clone)?;
        let path = Candidate::from_bytes(path);
        Ok((files.is_empty() || files.is_match_candidate(&path))
            && !exclude.is_match_candidate(&path))
    }
}

/// What is told about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notices {
    /// That it completed.
    pub complete: bool,
    /// What it found.
    pub issues: bool,
}

/// A task with all its values.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name: the key of its jobs.
    pub key: String,
    /// Whether anything starts it.
    pub enabled: bool,
    /// What it executes.
    pub action: Action,
    /// Where.
    pub workspace: Workspace,
    /// In which folders.
    pub root: Root,
    /// The files that it is about.
    pub selection: Selection,
    /// What starts it.
    pub triggers: Triggers,
    /// How long files must be quiet before a change counts.
    pub debounce: Duration,
    /// Tasks that must be done first.
    pub needs: Vec<String>,
    /// How soon it runs.
    pub priority: Priority,
    /// When a job is stopped.
    pub timeout: Duration,
    /// How often a job is tried again.
    pub retries: u32,
    /// The wait before the first retry.
    pub retry_delay: Duration,
    /// Limits of a job.
    pub limits: Limits,
    /// The first estimate.
    pub expect: Option<Duration>,
    /// Whether a new job replaces the waiting one.
    pub coalesce: Coalesce,
    /// Whether a budget may cut it.
    pub interruptible: bool,
    /// Ignored folders that a commit workspace shows.
    pub link: Vec<String>,
    /// Variables added to its environment.
    pub env: BTreeMap<String, String>,
    /// Exit codes that are tried again.
    pub retry_on: Vec<i32>,
    /// What happens to schedules that were missed.
    pub catch_up: CatchUp,
    /// What a gate does when the hook's budget ends before it.
    pub on_budget: OnBudget,
    /// Which findings fail it as a gate.
    pub fail_on: FailOn,
    /// How its output is read.
    pub output: Output,
    /// What is told about it.
    pub notify: Notices,
}

impl Task {
    /// What decides what runs, for approval; `None` for built-in analysers, which need none.
    pub fn definition(&self) -> Option<Definition> {
        let Action::Command { argv } = &self.action else {
            return None;
        };
        let (root, for_each) = match &self.root {
            Root::One(folder) => (folder.clone(), false),
            Root::Each(pattern) => (pattern.as_str().to_owned(), true),
        };
        Some(Definition {
            argv: argv.clone(),
            env: self.env.clone(),
            workspace: self.workspace,
            root,
            for_each,
            link: self.link.iter().cloned().collect(),
        })
    }

    /// The identity of [`Self::definition`].
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.definition().map(|definition| definition.fingerprint())
    }

    /// What a drain needs to run a job of this task, in its folder or, for a task with one job a folder, at the top.
    pub fn run_spec(&self) -> RunSpec {
        match &self.root {
            Root::One(folder) => self.run_spec_in(folder),
            Root::Each(_) => self.run_spec_in(""),
        }
    }

    /// What a drain needs to run a job of this task in one of its folders.
    pub fn run_spec_in(&self, folder: &str) -> RunSpec {
        RunSpec {
            action: self.action.clone(),
            workspace: self.workspace,
            root: folder.to_owned(),
            env: self.env.clone(),
            link: self.link.clone(),
            limits: self.limits,
            retry_on: self.retry_on.clone(),
            interruptible: self.interruptible,
            expect: self.expect,
            fingerprint: self
                .fingerprint()
                .map(|fingerprint| fingerprint.as_str().to_owned()),
        }
    }
}

/// The tasks of a configuration, by name, switched-off ones included.
///
/// What no file says comes from the built-in task, then from `[defaults]`, then from here.
pub fn resolve(loaded: &Loaded) -> Result<Vec<Task>, ConfigError> {
    if let Some(error) = ConfigError::of(check::check(loaded, builtin::NAMES)) {
        return Err(error);
    }
    let config = &loaded.config;
    let mut tasks: BTreeMap<&str, Task> = BTreeMap::new();
    for builtin in builtin::ALL {
        let task = one(builtin.name, Some(builtin), &Written::default(), config);
        tasks.insert(builtin.name, task);
    }
    for (name, written) in &config.tasks {
        let name = canonical(name.as_str());
        tasks.insert(name, one(name, builtin::find(name), written, config));
    }
    for (hook, of_hook) in config.hooks.iter().filter(|(_, it)| it.enabled) {
        for name in &of_hook.tasks {
            if let Some(task) = tasks.get_mut(canonical(name.as_str())) {
                task.triggers.hooks.insert(*hook);
            }
        }
        for name in &of_hook.gates {
            if let Some(task) = tasks.get_mut(canonical(name.as_str())) {
                task.triggers.gates.insert(*hook);
            }
        }
    }
    if !loaded.has_project_file() {
        // The user's own file may say something about a hook; then that holds.
        for (hook, names) in builtin::DEFAULT_HOOKS
            .iter()
            .filter(|(hook, _)| !config.hooks.contains_key(hook))
        {
            for name in *names {
                if let Some(task) = tasks.get_mut(name) {
                    task.triggers.hooks.insert(*hook);
                }
            }
        }
    }
    Ok(tasks.into_values().collect())
}

/// What a command that is typed has of a task: the defaults of one with a command of its own.
pub fn ad_hoc(config: &Config) -> Task {
    let written = Written {
        run: Some(Vec::new()),
        workspace: Some(Workspace::Worktree),
        ..Written::default()
    };
    one("adhoc", None, &written, config)
}

/// The built-in task's own name for one of its aliases.
fn canonical(name: &str) -> &str {
    builtin::find(name).map_or(name, |builtin| builtin.name)
}

fn triggers(builtin: Option<&Builtin>, written: &Written, config: &Config) -> Triggers {
    let mut triggers = Triggers {
        schedule: written
            .schedule
            .as_ref()
            .filter(|schedule| schedule.enabled)
            .map(|schedule| schedule.cron.clone()),
        every: written
            .every
            .map(Into::into)
            .or_else(|| builtin.and_then(|builtin| builtin.every)),
        ..Triggers::default()
    };
    let events = written
        .on
        .as_deref()
        .or_else(|| builtin.map(|builtin| builtin.on))
        .unwrap_or_default();
    for event in events {
        match event {
            Event::Hook(hook) => {
                // A hook that is switched off starts nothing, whoever asks for it.
                if config.hooks.get(hook).is_none_or(|hook| hook.enabled) {
                    triggers.hooks.insert(*hook);
                }
            }
            Event::Change => triggers.change = config.file_watch.enabled,
            Event::PackageChange => triggers.package_change = config.file_watch.enabled,
            Event::After(task) => triggers.after.push(canonical(task).to_owned()),
        }
    }
    triggers
}

fn limits(written: &Written, config: &Config) -> Limits {
    let (own, general) = (written.limits, config.defaults.limits);
    Limits {
        memory: Some(own.memory.or(general.memory).unwrap_or(MEMORY).bytes()),
        cpu_seconds: own
            .cpu
            .or(general.cpu)
            // A part of a second still is some time.
            .map(|cpu| cpu.get().as_millis().div_ceil(1000))
            .map(|seconds| u64::try_from(seconds).unwrap_or(u64::MAX)),
        file_size: own.file_size.or(general.file_size).map(Size::bytes),
        nice: Some(own.nice.or(general.nice).unwrap_or(Nice::DEFAULT).get()),
        cpu_percent: Some(config.queue.cpu_percent.get()),
    }
}

fn one(name: &str, builtin: Option<&Builtin>, written: &Written, config: &Config) -> Task {
    // A command under a built-in task's name replaces it altogether.
    let builtin = builtin.filter(|_| written.run.is_none());
    let action = match &written.run {
        Some(argv) => Action::Command { argv: argv.clone() },
        None => Action::Builtin {
            name: name.to_owned(),
        },
    };
    Task {
        key: name.to_owned(),
        enabled: written.enabled,
        action,
        workspace: written
            .workspace
            .or(builtin.map(|builtin| builtin.workspace))
            .unwrap_or_default(),
        root: match (&written.for_each, &written.root) {
            (Some(pattern), _) => Root::Each(pattern.clone()),
            (None, folder) => Root::One(
                folder
                    .as_ref()
                    .map_or_else(String::new, |it| it.as_str().to_owned()),
            ),
        },
        selection: Selection::new(
            written.files.clone().unwrap_or_default(),
            written.exclude.clone().unwrap_or_default(),
        ),
        triggers: triggers(builtin, written, config),
        debounce: written.debounce.map_or(DEBOUNCE, Into::into),
        needs: written
            .needs
            .iter()
            .flatten()
            .map(|name| canonical(name.as_str()).to_owned())
            .collect(),
        priority: written
            .priority
            .or(builtin.map(|builtin| builtin.priority))
            .unwrap_or_default(),
        timeout: written
            .timeout
            .map(Into::into)
            .or(builtin.map(|builtin| builtin.timeout))
            .or(config.defaults.timeout.map(Into::into))
            .unwrap_or(COMMAND_TIMEOUT),
        retries: written.retries.unwrap_or(config.defaults.retries),
        retry_delay: written
            .retry_delay
            .unwrap_or(config.defaults.retry_delay)
            .get(),
        limits: limits(written, config),
        expect: written
            .expect
            .map(Into::into)
            .or_else(|| builtin.and_then(|builtin| builtin.expect)),
        coalesce: written.coalesce.unwrap_or_default(),
        interruptible: written
            .interruptible
            .or(builtin.map(|builtin| builtin.interruptible))
            .unwrap_or(true),
        link: written
            .link
            .iter()
            .flatten()
            .map(|folder| folder.as_str().to_owned())
            .collect(),
        env: written.env.clone().unwrap_or_default(),
        retry_on: written
            .retry_on
            .iter()
            .flatten()
            .map(|code| i32::from(*code))
            .collect(),
        catch_up: written.catch_up.unwrap_or_default(),
        on_budget: written.on_budget.unwrap_or_default(),
        fail_on: written.fail_on.unwrap_or_default(),
        output: written.output.clone().unwrap_or_default(),
        notify: Notices {
            complete: written
                .notify
                .complete
                .or(builtin.map(|builtin| builtin.notify_complete))
                .unwrap_or(false),
            issues: written
                .notify
                .issues
                .or(builtin.map(|builtin| builtin.notify_issues))
                .unwrap_or(true),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::sync::Arc;

    use super::*;
    use crate::config::Layer;
    use crate::config::diagnostic::Document;
    use crate::config::layers::LayerFile;

    fn loaded(layer: Layer, text: &str) -> Loaded {
        let document = Arc::new(Document {
            path: "tend.toml".into(),
            text: text.to_owned(),
        });
        Config::from_layers(vec![LayerFile { layer, document }]).unwrap()
    }

    fn task(text: &str, key: &str) -> Task {
        let tasks = resolve(&loaded(Layer::Project, text)).unwrap();
        tasks.into_iter().find(|task| task.key == key).unwrap()
    }

    #[test]
    fn without_any_file_the_built_in_tasks_are_there() {
        let tasks = resolve(&Loaded::default()).unwrap();
        let [task] = tasks.as_slice() else {
            panic!("{tasks:?}")
        };
        assert_eq!(task.key, "codebase_quick");
        assert!(task.enabled);
        assert_eq!(task.workspace, Workspace::None);
        assert_eq!(task.timeout, Duration::from_secs(600));
        assert_eq!(task.triggers.every, Some(Duration::from_secs(3600)));
        assert_eq!(task.fingerprint(), None);
        assert_eq!(task.limits.memory, Some(2 << 30));
        assert_eq!((task.retries, task.retry_delay.as_secs()), (3, 10));
    }

    #[test]
    fn a_built_in_task_keeps_what_is_not_written_under_any_of_its_names() {
        for name in ["codebase_quick", "codebase", "quick_codebase_scan"] {
            let text = format!(
                "[task.{name}]\npriority = \"low\"\n[hooks.post-commit]\ntasks = [\"codebase\"]\n"
            );
            let task = task(&text, "codebase_quick");
            assert_eq!(task.priority, Priority::Low);
            assert_eq!(task.triggers.every, Some(Duration::from_secs(3600)));
            assert!(task.triggers.hooks.contains(&HookName::PostCommit));
        }
    }

    #[test]
    fn own_values_come_before_the_defaults_and_those_before_ours() {
        let text = "[task.a]\nrun = [\"a\"]\n";
        assert_eq!(task(text, "a").timeout, Duration::from_secs(600));
        assert_eq!(task(text, "a").priority, Priority::Normal);
        let text = "[defaults]\ntimeout = \"1h\"\nlimits = { memory = \"1GiB\" }\n[task.a]\nrun = [\"a\"]\nlimits = { nice = 0 }\n[task.b]\nrun = [\"b\"]\ntimeout = \"5s\"\n";
        assert_eq!(task(text, "a").timeout, Duration::from_secs(3600));
        assert_eq!(task(text, "b").timeout, Duration::from_secs(5));
        assert_eq!(
            task(text, "codebase_quick").timeout,
            Duration::from_secs(600)
        );
        let limits = task(text, "a").limits;
        assert_eq!((limits.memory, limits.nice), (Some(1 << 30), Some(0)));
    }

    #[test]
    fn hooks_and_events_meet_in_the_triggers() {
        let text = "[hooks.pre-push]\ngates = [\"a\"]\n[hooks.post-merge]\nenabled = false\ntasks = [\"a\"]\n[task.a]\nrun = [\"a\"]\non = [\"post-commit\", \"post-merge\", \"change\", \"after:codebase\"]\nschedule = { cron = \"0 2 * * *\", enabled = false }\n";
        let triggers = task(text, "a").triggers;
        assert_eq!(triggers.hooks, BTreeSet::from([HookName::PostCommit]));
        assert_eq!(triggers.gates, BTreeSet::from([HookName::PrePush]));
        assert!(triggers.change && !triggers.package_change);
        assert_eq!(triggers.after, ["codebase_quick"]);
        assert_eq!(triggers.schedule, None);
    }

    #[test]
    fn a_selection_is_what_files_name_without_what_is_excluded() {
        let text = "[task.a]\nrun = [\"a\"]\nfiles = [\"docs/**\"]\nexclude = [\"docs/old/**\"]\n";
        let selection = task(text, "a").selection;
        let contains = |path: &[u8]| selection.contains(BStr::new(path)).unwrap();
        assert!(contains(b"docs/a.md"));
        assert!(contains(b"docs/\xff.md"));
        assert!(!contains(b"docs/old/a.md"));
        assert!(!contains(b"src/a.rs"));
        let text = "[task.a]\nrun = [\"a\"]\nexclude = [\"*.lock\"]\n";
        let selection = task(text, "a").selection;
        assert!(selection.contains(BStr::new("src/a.rs")).unwrap());
        assert!(!selection.contains(BStr::new("Cargo.lock")).unwrap());
    }

    #[test]
    fn spelling_comments_and_timing_ask_nothing_again() {
        let one = "[task.a]\nrun = [\"make\", \"test\"]\nlink = [\"x\", \"y\"]\nroot = \"web\"\n";
        let other = "# why\n[task]\na = { timeout = \"5m\", priority = 50, root = \"./web/\", link = [\"y/\", 'x'], run = ['make', \n \"te\\u0073t\"], env = {} }\n[defaults]\nretries = 0\n";
        assert_eq!(task(one, "a").fingerprint(), task(other, "a").fingerprint());
        let worktree = one.replace("root = \"web\"", "root = \"web\"\nworkspace = \"worktree\"");
        assert_ne!(
            task(one, "a").fingerprint(),
            task(&worktree, "a").fingerprint()
        );
    }

    #[test]
    fn one_job_for_each_folder_has_one_approval() {
        let text = "[task.a]\nrun = [\"a\"]\nfor_each = \"packages/*\"\n";
        let task = task(text, "a");
        let (one, two) = (
            task.run_spec_in("packages/a"),
            task.run_spec_in("packages/b"),
        );
        assert_eq!(one.root, "packages/a");
        assert_eq!(one.fingerprint, two.fingerprint);
        assert!(one.fingerprint.is_some());
    }

    #[test]
    fn a_configuration_that_makes_no_sense_gives_no_tasks() {
        let error =
            resolve(&loaded(Layer::Project, "[task.nope]\npriority = \"low\"\n")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "tend.toml:1:7: `nope` is not a built-in task, and it has no `run`"
        );
    }
}
