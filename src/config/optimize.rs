//! What is read to find work that is repeated, and what may come of it.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::costs::Costs;
use super::schedule::{Cron, Schedule};
use super::units::{Percent, Period, Size};

/// Where lines of histories are read from. Each is read only if [`Optimize::sources`] names it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The repository's reflog, its commits, and the hooks that fired.
    Git,
    /// bash's history file.
    Bash,
    /// zsh's history file.
    Zsh,
    /// fish's history file.
    Fish,
    /// atuin's database.
    Atuin,
    /// The journal of `git tend optimize shell-init`.
    Shell,
    /// Commands that coding agents ran.
    Agents,
    /// Jobs of the repository's own queue.
    Jobs,
}

impl Source {
    /// Every source, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Git,
        Self::Bash,
        Self::Zsh,
        Self::Fish,
        Self::Atuin,
        Self::Shell,
        Self::Agents,
        Self::Jobs,
    ];

    /// The word in configuration, database and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Atuin => "atuin",
            Self::Shell => "shell",
            Self::Agents => "agents",
            Self::Jobs => "jobs",
        }
    }

    /// The source of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// How repeated work is found and automated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Optimize {
    /// What is read: any of `git`, `bash`, `zsh`, `fish`, `atuin`, `shell`, `agents`, `jobs`. Nothing unless it is named.
    pub sources: Vec<Source>,
    /// How far back is looked.
    pub look_back: Period,
    /// How long what was read is kept.
    pub keep: Period,
    /// So often something must have been done to count as repeated.
    pub min_support: NonZeroU32,
    /// From which potential on, of 100, something is proposed.
    pub threshold: Percent,
    /// How many automations there may be.
    pub max_automations: u32,
    /// Whether an automation that passed every case in the sandbox enables itself.
    pub auto_enable: bool,
    /// When the optimiser's cycle is due, as a cron expression in local time; only where there are sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle: Option<Schedule>,
    /// Whether the cycle disables an automation that fails again and again.
    pub auto_disable: bool,
    /// When a case in the sandbox is stopped.
    pub timeout: Period,
    /// How much memory a case in the sandbox may use.
    pub memory: Size,
    /// What time is worth, and what an automation costs: for what came back of it.
    pub costs: Costs,
}

impl Default for Optimize {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            look_back: Period::days(30),
            keep: Period::days(180),
            min_support: NonZeroU32::MIN.saturating_add(2),
            threshold: Percent::SEVENTY,
            max_automations: 100,
            auto_enable: false,
            cycle: Some(Schedule::from(Cron::literal("0 4 * * 0"))),
            auto_disable: true,
            timeout: Period::seconds(30),
            memory: Size::mebibytes(512),
            costs: Costs::default(),
        }
    }
}
