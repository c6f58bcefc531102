//! The queue as a whole: how many jobs waited and ran at once, and how drains kept to their budgets.

use std::time::Duration;

use super::Read;
use super::buckets::Buckets;
use super::stats::{Sorted, as_f64};
use super::steps::Steps;
use super::task::{Spread, rate};
use crate::drain::Budget;
use crate::queue::{Came, Drained, Lookups, MeasuredRun};

/// How many there were at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Level {
    /// The mean over time; of what runs, over the time in which something did.
    pub mean: Option<f64>,
    /// For nineteen twentieths of that time there were no more.
    pub p95: Option<i64>,
    /// The most.
    pub max: i64,
    /// The most in each part of the period.
    pub by_bucket: Vec<i64>,
}

/// How drains kept to their budgets. Counted are those that ran something.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drains {
    /// How many there were.
    pub count: usize,
    /// Of these, those with a budget.
    pub budgeted: usize,
    /// Of these, those that took longer.
    pub over_budget: usize,
    /// Of these, those that took longer than budget and grace together, which none should.
    pub over_grace: usize,
    /// How long the others were past their budget, in milliseconds; of all that have one, zero for those within it.
    pub overrun: Option<Spread>,
}

/// The figures of all tasks together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overall {
    /// Runs that ended.
    pub runs: u64,
    /// Those that did their work.
    pub succeeded: u64,
    /// Those that did not, through no doing of ours.
    pub failed: u64,
    /// How long their jobs had waited.
    pub waited: Option<Spread>,
    /// Jobs that waited at once: for others, for approval, for their time or a slot.
    pub waiting: Level,
    /// How many wait now.
    pub waiting_now: u64,
    /// Runs at once.
    pub running: Level,
    /// For how long something ran, in milliseconds.
    pub busy_ms: i64,
    /// Drains.
    pub drains: Drains,
    /// Lookups of verdicts, since the queue was made.
    pub lookups: Lookups,
}

impl Overall {
    /// The share of runs that did their work, of those that say something about their task.
    pub fn success_rate(&self) -> Option<f64> {
        rate(self.succeeded, self.failed)
    }
}

/// Of the runs of a period.
pub fn overall(read: &Read, runs: &[&MeasuredRun], buckets: &Buckets) -> Overall {
    let came = |came| {
        let count = runs.iter().filter(|run| run.came == Some(came)).count();
        count as u64
    };
    let waited: Sorted = runs.iter().map(|run| ms(run.queue_ms.max(0))).collect();
    let waiting = waiting(read, buckets);
    let running = running(runs, buckets);
    Overall {
        runs: runs.len() as u64,
        succeeded: came(Came::Succeeded),
        failed: came(Came::Failed),
        waited: Spread::of(&waited),
        waiting: level(&waiting, buckets, |_| true),
        waiting_now: read.waiting,
        busy_ms: running.time(|at_once| at_once > 0),
        running: level(&running, buckets, |at_once| at_once > 0),
        drains: drains(&read.drains),
        lookups: read.lookups,
    }
}

fn ms(span: i64) -> f64 {
    super::stats::ms_as_f64(span)
}

fn level(steps: &Steps, buckets: &Buckets, counts: impl Fn(i64) -> bool + Copy) -> Level {
    Level {
        mean: steps.mean(counts),
        p95: steps.quantile_where(0.95, counts),
        max: steps.max(),
        by_bucket: steps.max_by(buckets),
    }
}

/// How many waited at the beginning follows from how many wait now and what has changed since: events that were pruned are
/// not needed for it.
fn waiting(read: &Read, buckets: &Buckets) -> Steps {
    let now = i64::try_from(read.waiting).unwrap_or(i64::MAX);
    let grown_by: i64 = read.waiting_changes.iter().map(|change| change.by).sum();
    // Before the first event there was no queue, and the time before it says nothing about one.
    let since = read.oldest_event.unwrap_or(buckets.until());
    let since = since.clamp(buckets.since(), buckets.until());
    let changes = read
        .waiting_changes
        .iter()
        .map(|change| (change.at, change.by));
    Steps::new(
        since,
        buckets.until(),
        now.saturating_sub(grown_by),
        changes,
    )
}

fn running(runs: &[&MeasuredRun], buckets: &Buckets) -> Steps {
    let mut changes: Vec<(i64, i64)> = runs
        .iter()
        .flat_map(|run| {
            let end = run.finished_at.max(run.started_at);
            [(run.started_at, 1), (end, -1)]
        })
        .collect();
    // At one moment, what ends makes room for what begins.
    changes.sort_unstable();
    let first = changes.first().map_or(buckets.since(), |(at, _)| *at);
    Steps::new(first.min(buckets.since()), buckets.until(), 0, changes)
}

fn drains(drains: &[Drained]) -> Drains {
    let mut found = Drains {
        count: drains.len(),
        ..Drains::default()
    };
    let mut overruns = Vec::new();
    for drain in drains {
        let Some(budget) = drain.budget_ms else {
            continue;
        };
        found.budgeted += 1;
        let overrun = drain.wall_ms.saturating_sub(budget);
        found.over_budget += usize::from(overrun > 0);
        let grace = Budget::of(Duration::from_millis(budget)).grace();
        let grace = grace.unwrap_or_default() + crate::drain::budget::MARGIN;
        found.over_grace += usize::from(u128::from(overrun) > grace.as_millis());
        overruns.push(as_f64(usize::try_from(overrun).unwrap_or(usize::MAX)));
    }
    found.overrun = Spread::of(&overruns.into_iter().collect());
    found
}
