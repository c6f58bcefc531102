//! What could be changed, each with what it saves and what that was measured over.

use serde::{Deserialize, Serialize};

use super::order::Edge;

/// Savings of less than this share of what the workflow takes are noise, and left out.
pub const LEAST: f64 = 0.01;

/// A change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Change {
    /// Let so many steps be at work at once.
    RunAtOnce {
        /// How many.
        workers: usize,
    },
    /// Do not wait for steps with which there is nothing in common.
    Drop {
        /// What is not waited for any more.
        needs: Vec<Edge>,
        /// What is waited for in its place, where order went through what is dropped.
        instead: Vec<Edge>,
        /// So many steps then have to be at work at once.
        workers: usize,
    },
    /// Begin with these whenever there is a choice.
    PutFirst {
        /// Which, the most urgent first.
        steps: Vec<usize>,
    },
    /// Begin with what often fails for the time that it takes, so that failures are known early.
    FailEarly {
        /// Which, the first of all first.
        steps: Vec<usize>,
        /// What stands in the way and is not needed.
        needs: Vec<Edge>,
        /// What is waited for in its place.
        instead: Vec<Edge>,
    },
    /// Keep the step's results, and take them where its input is the same.
    Cache {
        /// Which.
        step: usize,
    },
    /// After a failure run again only what failed and what comes after it.
    KeepSucceeded {
        /// The steps that were done again.
        steps: Vec<usize>,
    },
    /// Divide the step into two that can run at once.
    Split {
        /// Which.
        step: usize,
    },
}

/// What is saved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Saving {
    /// Each time the workflow runs, in ms.
    PerRunMs(f64),
    /// At most so much each time: if the halves were equal.
    UpToPerRunMs(f64),
    /// In a week as those of the period, in ms.
    PerWeekMs(f64),
}

impl Saving {
    /// The milliseconds.
    pub const fn ms(self) -> f64 {
        match self {
            Self::PerRunMs(ms) | Self::UpToPerRunMs(ms) | Self::PerWeekMs(ms) => ms,
        }
    }
}

/// What a saving is known from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// Over how many runs it was measured: of each step where durations are meant, at least.
    pub runs: usize,
    /// How many durations somebody said and nobody measured.
    pub said: usize,
    /// How many durations nobody knows.
    pub unknown: usize,
}

/// A change and what it saves, on top of those before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// What to change.
    pub change: Change,
    /// What it saves.
    pub saving: Saving,
    /// What that is known from.
    pub basis: Basis,
}

impl Advice {
    /// Whether it gives up order that was stated.
    pub const fn drops(&self) -> bool {
        match &self.change {
            Change::Drop { needs, .. } | Change::FailEarly { needs, .. } => !needs.is_empty(),
            _ => false,
        }
    }
}
