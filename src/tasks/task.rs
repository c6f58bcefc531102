//! A task with all its values.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::selection::Selection;
use super::spec::{Action, Judges, Limits, RunSpec};
use crate::config::event::HookName;
use crate::config::output::Output;
use crate::config::pattern::Pattern;
use crate::config::schedule::Cron;
use crate::config::task::{CatchUp, Coalesce, FILES, FailOn, OnBudget};
use crate::config::{Priority, Workspace};
use crate::trust::{Definition, Fingerprint};

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

/// What is told about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notices {
    /// That it started.
    pub start: bool,
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
    /// The command that mends what it finds, where one is written.
    pub fix: Option<Vec<String>>,
    /// What is told about it.
    pub notify: Notices,
}

impl Task {
    /// What decides what runs, for approval; `None` for built-in analysers, which need none.
    pub fn definition(&self) -> Option<Definition> {
        let argv = match &self.action {
            // No task is a fixer: it has one.
            Action::Builtin { .. } | Action::Fix { .. } | Action::Own { .. } => return None,
            Action::Command { argv } => argv.clone(),
            // Tools run the repository's own code: tests, plugins, build scripts.
            Action::Tools { name, only } => ["git", "tend", "run", name]
                .into_iter()
                .map(str::to_owned)
                .chain(only.iter().cloned())
                .collect(),
        };
        let (root, for_each) = match &self.root {
            Root::One(folder) => (folder.clone(), false),
            Root::Each(pattern) => (pattern.as_str().to_owned(), true),
        };
        Some(Definition {
            argv,
            env: self.env.clone(),
            workspace: self.workspace,
            root,
            for_each,
            link: self.link.iter().cloned().collect(),
            fix: self.fix.clone().unwrap_or_default(),
        })
    }

    /// The identity of [`Self::definition`].
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.definition().map(|definition| definition.fingerprint())
    }

    /// Whether its command is called with the changed files.
    pub fn takes_files(&self) -> bool {
        matches!(&self.action, Action::Command { argv } if argv.iter().any(|it| it == FILES))
    }

    /// Whether its files are chosen when it runs.
    fn reads_selection(&self) -> bool {
        match &self.action {
            Action::Builtin { .. } | Action::Fix { .. } | Action::Own { .. } => false,
            Action::Tools { .. } => !self.selection.is_everything(),
            Action::Command { .. } => self.takes_files(),
        }
    }

    /// Whether a hook of git asks whether it is content.
    pub fn is_gate(&self) -> bool {
        !self.triggers.gates.is_empty()
    }

    /// What its verdicts are about.
    pub fn judges(&self) -> Judges {
        Judges {
            files: self.selection.clone(),
            fail_on: self.fail_on,
            message: None,
            base_of: None,
        }
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
            staged: None,
            judges: self.is_gate().then(|| self.judges()),
            root: folder.to_owned(),
            files: self.reads_selection().then(|| self.selection.clone()),
            output: self.output.clone(),
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
