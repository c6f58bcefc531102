//! The time over which runs are counted.

use serde::{Deserialize, Serialize};

use super::schedule::count;
use super::{Step, StepRun};

/// A week, in ms.
const WEEK: i64 = 7 * 86_400_000;

/// From one moment to another, in ms UTC; both belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Its beginning.
    pub since: i64,
    /// Its end.
    pub until: i64,
}

impl Period {
    /// Whether a moment is in it.
    pub const fn has(&self, at: i64) -> bool {
        self.since <= at && at <= self.until
    }

    /// How many weeks of it there are runs for: from the first run in it on, at least one, so that what happened in a day
    /// is never taken for a seventh of a week's.
    pub fn weeks(&self, steps: &[Step]) -> f64 {
        let runs = steps.iter().flat_map(|step| &step.runs);
        let first = runs.map(|run| run.at).filter(|at| self.has(*at)).min();
        let span = self.until.saturating_sub(first.unwrap_or(self.since));
        (ms_of(span) / ms_of(WEEK)).max(1.0)
    }
}

#[allow(clippy::cast_precision_loss)] // milliseconds between two moments
const fn ms_of(span: i64) -> f64 {
    span as f64
}

impl StepRun {
    /// When it began, in ms UTC.
    pub fn began(&self) -> i64 {
        let ms = i64::try_from(self.ms).unwrap_or(i64::MAX);
        self.at.saturating_sub(ms)
    }

    /// How long it took, in ms.
    pub fn took(&self) -> f64 {
        count(usize::try_from(self.ms).unwrap_or(usize::MAX))
    }
}
