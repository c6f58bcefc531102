//! What can be written in `tend.toml`, its local overrides and the user's file.
//!
//! The doc comments are the descriptions of the JSON Schema. Every section of the documented format is here, so that a
//! file which is valid today stays valid.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event::HookName;
use super::metrics::Metrics;
use super::notify::Notify;
use super::optimize::Optimize;
use super::pattern::Pattern;
use super::suppress::Suppress;
use super::task::{Limits, Task, TaskName};
use super::units::{Percent, Period};
use super::user::{Agent, Nightly, Sessions, Trust, Verdicts};

/// The default of what is on unless it is switched off.
pub(super) const fn yes() -> bool {
    true
}

/// Configuration of git-tend.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "tend.toml")]
pub struct Config {
    /// The queue and how much of the machine its jobs may use.
    pub queue: Queue,
    /// Values for every task that has none of its own.
    pub defaults: Defaults,
    /// What each hook of git runs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub hooks: BTreeMap<HookName, Hook>,
    /// The tasks: built-in ones by name, and the user's own.
    #[serde(rename = "task", skip_serializing_if = "BTreeMap::is_empty")]
    pub tasks: BTreeMap<TaskName, Task>,
    /// Findings that do not count, under names of your own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub suppress: BTreeMap<TaskName, Suppress>,
    /// Which changed files start tasks that have `on = ["change"]`.
    pub file_watch: FileWatch,
    /// How long results and metrics are kept.
    pub retention: Retention,
    /// What may run without being asked about again. User configuration only.
    pub trust: Trust,
    /// Whose verdicts count that were made on another machine. User configuration only.
    pub verdicts: Verdicts,
    /// Where figures go. User configuration only.
    pub metrics: Metrics,
    /// Who is told what happens. User configuration only.
    pub notify: Notify,
    /// Where sessions of coding agents are found. User configuration only.
    pub sessions: Sessions,
    /// The coding agent that analyses sessions. User configuration only.
    pub agent: Agent,
    /// The nightly work on the knowledge graph. User configuration only.
    pub nightly: Nightly,
    /// How repeated work is found and automated. User configuration only.
    pub optimize: Optimize,
}

/// Sections that only the user's own file may have: a repository must not choose where a user's notifications, money
/// and trust go.
pub const USER_ONLY: [&str; 8] = [
    "trust", "verdicts", "metrics", "notify", "sessions", "agent", "nightly", "optimize",
];

/// The queue and how much of the machine its jobs may use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// How many live jobs the queue holds.
    pub max_jobs: NonZeroU32,
    /// How many jobs of this repository run at once, over all processes; by default the number of processors, at most
    /// four.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slots: Option<NonZeroU32>,
    /// Share of the machine that all jobs together may use: a control group where one is delegated, else niceness only.
    pub cpu_percent: Percent,
    /// Whether a busy machine holds all but critical jobs back.
    pub load_gate: bool,
    /// What happens to low and deferred jobs while the machine runs on its battery.
    pub on_battery: OnBattery,
    /// Keep the queue on a network file system all the same, with an exclusive rollback journal: slower, and one
    /// process at a time.
    pub network_filesystem: bool,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            max_jobs: NonZeroU32::MIN.saturating_add(999),
            slots: None,
            cpu_percent: Percent::HALF,
            load_gate: true,
            on_battery: OnBattery::Defer,
            network_filesystem: false,
        }
    }
}

impl Queue {
    /// The number of slots on a machine with so many processors.
    pub fn slots(&self, processors: usize) -> u32 {
        let automatic = u32::try_from(processors.clamp(1, 4)).unwrap_or(1);
        self.slots.map_or(automatic, NonZeroU32::get)
    }
}

/// What low and deferred jobs do while the machine runs on its battery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnBattery {
    /// They wait for the mains.
    #[default]
    Defer,
    /// They run.
    Run,
}

/// Values for every task that has none of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Defaults {
    /// Whether built-in tasks are on that have no table `[task.NAME]` here.
    pub builtin: bool,
    /// When a job is stopped. Without it, a task with a command of its own has 10 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Period>,
    /// How often a job is tried again after a failure that may pass.
    pub retries: u32,
    /// The wait before the first retry; it doubles each time, up to an hour.
    pub retry_delay: Period,
    /// Limits of a job.
    #[serde(skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            builtin: true,
            timeout: None,
            retries: 3,
            retry_delay: Period::seconds(10),
            limits: Limits::default(),
        }
    }
}

/// What a hook of git runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hook {
    /// Whether the hook does anything.
    pub enabled: bool,
    /// Deferred tasks: enqueued, never waited for.
    pub tasks: Vec<TaskName>,
    /// Gates: they run now, and a failing one stops git.
    pub gates: Vec<TaskName>,
    /// What the gates may take together before they become pending; 10 seconds for pre-push, else 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Period>,
    /// What the detached drain may take.
    pub drain: Period,
    /// Whether the drain runs detached; else in the foreground, within its budget, before the hook exits.
    pub detach: bool,
}

impl Default for Hook {
    fn default() -> Self {
        Self {
            enabled: true,
            tasks: Vec::new(),
            gates: Vec::new(),
            budget: None,
            drain: Period::seconds(60),
            detach: true,
        }
    }
}

impl Hook {
    /// What the gates of this hook may take together.
    pub fn budget(&self, name: HookName) -> std::time::Duration {
        let default = match name {
            HookName::PrePush => Period::seconds(10),
            _ => Period::seconds(2),
        };
        self.budget.unwrap_or(default).get()
    }
}

/// Which changed files start tasks that have `on = ["change"]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FileWatch {
    /// Whether changed files start anything.
    pub enabled: bool,
    /// The files that are looked at.
    pub paths: Vec<Pattern>,
    /// Those that are not.
    pub exclude: Vec<Pattern>,
}

impl Default for FileWatch {
    fn default() -> Self {
        let patterns = |texts: &[&'static str]| {
            let texts = texts.iter().copied();
            texts.map(Pattern::literal).collect()
        };
        Self {
            enabled: true,
            paths: patterns(&["**"]),
            exclude: patterns(&[
                "**/node_modules/**",
                "**/.venv/**",
                "**/venv/**",
                "**/dist/**",
                "**/build/**",
                "**/target/**",
            ]),
        }
    }
}

/// How long results and metrics are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Finished jobs, their logs and results.
    pub results: Period,
    /// Metrics.
    pub metrics: Period,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            results: Period::days(7),
            metrics: Period::days(30),
        }
    }
}
