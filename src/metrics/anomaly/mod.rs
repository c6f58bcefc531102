//! What is unusual: slow runs, series of failures, and durations that grow.
//!
//! Each is told from what was usual *before* it: a run never counts among those that it is compared with. Runs count that
//! ended by themselves; durations are learned for each host by itself, as the drain's estimates are, and failures likewise.
//! What was found has a name made of the run at which it began, so that it can be told once.

mod drift;
mod failures;
mod slow;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use crate::queue::MeasuredRun;

/// How many earlier runs there must be before anything is unusual.
pub const LEAST: usize = 10;
/// How many earlier runs are looked at: older ones describe another project.
pub const LOOK_BACK: usize = 100;
/// Less than this many milliseconds are not worth anybody's attention, however unusual they are.
pub const WORTH_MS: f64 = 500.0;

/// What kind of anomaly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Runs took much longer than usual.
    Slow,
    /// It failed more often than usual.
    Failures,
    /// It takes longer and longer.
    Drift,
}

impl Kind {
    /// The name stored and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Failures => "failures",
            Self::Drift => "drift",
        }
    }
}

/// A run that something is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its job.
    pub job: String,
    /// Which claim of the job it was: both together name a run.
    pub fence: i64,
    /// When it ended, in milliseconds since the epoch.
    pub at: i64,
}

impl Mark {
    fn of(run: &MeasuredRun) -> Self {
        Self {
            job: run.job.clone(),
            fence: run.fence,
            at: run.finished_at,
        }
    }
}

/// What an anomaly rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figures {
    /// One run, or several in a row, that took more than twice the median of the earlier ones, and are 3.5 robust standard
    /// deviations from it or more.
    Slow {
        /// How long the slowest took, in milliseconds.
        ms: f64,
        /// The median of the runs before it.
        median_ms: f64,
        /// Its distance in robust standard deviations; nothing where half of the earlier runs took exactly the same.
        robust_z: Option<f64>,
        /// How many runs it was compared with.
        earlier: usize,
        /// How many runs in a row were slow.
        runs: usize,
    },
    /// So many of the last runs failed that at the earlier rate it would happen once in a hundred times or less.
    Failures {
        /// How many failed.
        failed: usize,
        /// Of how many.
        of: usize,
        /// The earlier rate of failures, by Laplace's rule of succession: (failed + 1)/(runs + 2).
        rate: f64,
        /// How many earlier runs it rests on.
        earlier: usize,
        /// The probability of so many failures, or more, at that rate.
        p: f64,
    },
    /// Durations have begun to grow, by Page and Hinkley's test on their logarithms.
    Drift {
        /// The median before, in milliseconds.
        before_ms: f64,
        /// The median of the newest ten runs of it.
        after_ms: f64,
        /// How many runs there were since.
        runs: usize,
    },
}

/// Something unusual.
#[derive(Clone, Debug, PartialEq)]
pub struct Anomaly {
    /// What kind.
    pub kind: Kind,
    /// Under which name the task's durations are learned: the task, or `task:variant`.
    pub history: String,
    /// The machine.
    pub host: String,
    /// The run at which it began.
    pub began: Mark,
    /// The run that was the last to show it.
    pub noticed: Mark,
    /// Whether the newest run of the task shows it still.
    pub ongoing: bool,
    /// What it rests on.
    pub figures: Figures,
}

impl Anomaly {
    /// The task.
    pub fn task(&self) -> &str {
        self.history.split(':').next().unwrap_or_default()
    }

    /// What names it, whenever it is looked for: kind, task, host and the run at which it began.
    pub fn key(&self) -> String {
        let (job, fence) = (&self.began.job, self.began.fence);
        format!(
            "{}/{}/{}/{job}.{fence}",
            self.kind.name(),
            self.history,
            self.host
        )
    }

    /// Whether it is the one that was told as `earlier`.
    ///
    /// Its beginning is told from all runs that retention holds. When the oldest of them go, a growth that began slowly may
    /// be seen to begin some runs sooner or later: what began before the other was last seen is the same.
    pub fn is_same_as(&self, earlier: &Self) -> bool {
        self.kind == earlier.kind
            && self.history == earlier.history
            && self.host == earlier.host
            && (self.began == earlier.began
                || (self.began.at <= earlier.noticed.at && earlier.began.at <= self.noticed.at))
    }

    /// What is unusual, in a sentence without the task's name.
    pub fn sentence(&self) -> String {
        words::sentence(&self.figures)
    }
}

/// Everything unusual in these runs, which are in the order in which they were recorded; that last noticed comes last.
pub fn find(runs: &[MeasuredRun]) -> Vec<Anomaly> {
    let mut by_history: BTreeMap<(&str, &str), Vec<&MeasuredRun>> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.came.is_some()) {
        let history = (run.history.as_str(), run.host.as_str());
        by_history.entry(history).or_default().push(run);
    }
    let mut found = Vec::new();
    for ((history, host), runs) in by_history {
        let anomalies = slow::find(&runs)
            .into_iter()
            .chain(failures::find(&runs))
            .chain(drift::find(&runs));
        found.extend(anomalies.map(|seen| Anomaly {
            kind: seen.kind,
            history: history.to_owned(),
            host: host.to_owned(),
            began: Mark::of(seen.began),
            noticed: Mark::of(seen.noticed),
            ongoing: seen.ongoing,
            figures: seen.figures,
        }));
    }
    found.sort_by_key(|anomaly| (anomaly.noticed.at, anomaly.kind));
    found
}

/// An anomaly of one history.
struct Seen<'a> {
    kind: Kind,
    began: &'a MeasuredRun,
    noticed: &'a MeasuredRun,
    ongoing: bool,
    figures: Figures,
}

/// Those that did their work and tell how long it takes, with that duration.
fn durations<'a>(runs: &[&'a MeasuredRun]) -> Vec<(&'a MeasuredRun, f64)> {
    runs.iter()
        .filter(|run| run.came == Some(crate::queue::Came::Succeeded))
        .filter_map(|run| Some((*run, super::stats::ms_as_f64(run.duration_ms()?))))
        .collect()
}
