//! What the runs of a period say about their tasks.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::buckets::Buckets;
use super::stats::{Sorted, as_f64, ms_as_f64};
use crate::queue::{Came, MeasuredRun};

/// How values are spread; times in milliseconds, memory in KiB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// Half of them are no larger.
    pub p50: f64,
    /// Nineteen of twenty are no larger.
    pub p95: f64,
    /// The arithmetic mean.
    pub mean: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of these values; nothing without any.
    pub fn of(values: &Sorted) -> Option<Self> {
        Some(Self {
            count: values.len(),
            p50: values.median()?,
            p95: values.quantile(0.95)?,
            mean: values.mean()?,
            max: values.max()?,
        })
    }
}

/// A part of the period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bucket {
    /// Runs that ended in it.
    pub runs: u64,
    /// Of these, those that said that the task failed.
    pub failed: u64,
    /// The median of the durations that they tell, in milliseconds.
    pub p50: Option<f64>,
    /// Nineteen of twenty took no longer.
    pub p95: Option<f64>,
    /// The CPU time of all of them, as far as it is known, in milliseconds.
    pub cpu_ms: i64,
    /// The largest resident memory that any of them had, in KiB, if it is known.
    pub peak_rss_kib: Option<i64>,
}

/// The figures of a task in a period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskFigures {
    /// Its name.
    pub task: String,
    /// Runs that ended.
    pub runs: u64,
    /// By what they came to, in a word.
    pub outcomes: BTreeMap<String, u64>,
    /// Those that did their work.
    pub succeeded: u64,
    /// Those that did not, through no doing of ours.
    pub failed: u64,
    /// How long the work took, in runs that ended by themselves.
    pub took: Option<Spread>,
    /// How long all runs took together, in milliseconds.
    pub wall_ms: i64,
    /// Their CPU time, as far as it is known, in milliseconds.
    pub cpu_ms: i64,
    /// The largest resident memory of each, in KiB, as far as it is known.
    pub peak_rss_kib: Option<Spread>,
    /// How long their jobs had waited.
    pub waited: Option<Spread>,
    /// The parts of the period, oldest first.
    pub buckets: Vec<Bucket>,
}

impl TaskFigures {
    /// The share of runs that did their work, of those that say something about the task.
    pub fn success_rate(&self) -> Option<f64> {
        rate(self.succeeded, self.failed)
    }
}

/// The share of the successful.
pub fn rate(succeeded: u64, failed: u64) -> Option<f64> {
    let count = |count: u64| as_f64(usize::try_from(count).unwrap_or(usize::MAX));
    let total = succeeded.saturating_add(failed);
    (total > 0).then(|| count(succeeded) / count(total))
}

/// The figures of each task that ran, those first that took most of the time.
pub fn tasks(runs: &[&MeasuredRun], buckets: &Buckets) -> Vec<TaskFigures> {
    let mut by_task: BTreeMap<&str, Vec<&MeasuredRun>> = BTreeMap::new();
    for run in runs {
        by_task.entry(&run.task).or_default().push(run);
    }
    let mut all: Vec<TaskFigures> = by_task
        .into_iter()
        .map(|(task, runs)| figures(task, &runs, buckets))
        .collect();
    all.sort_by_key(|figures| Reverse(figures.wall_ms));
    all
}

/// The figures of these runs, all of them zero without any.
pub fn figures(task: &str, runs: &[&MeasuredRun], buckets: &Buckets) -> TaskFigures {
    let mut figures = TaskFigures {
        task: task.to_owned(),
        ..TaskFigures::default()
    };
    let mut parts = vec![(Bucket::default(), Vec::new()); buckets.count()];
    for run in runs {
        figures.runs += 1;
        match figures.outcomes.get_mut(&run.outcome) {
            Some(count) => *count += 1,
            None => {
                figures.outcomes.insert(run.outcome.clone(), 1);
            }
        }
        figures.succeeded += u64::from(run.came == Some(Came::Succeeded));
        figures.failed += u64::from(run.came == Some(Came::Failed));
        figures.wall_ms = figures.wall_ms.saturating_add(run.wall_ms());
        let cpu = run.cpu_ms.unwrap_or(0).max(0);
        figures.cpu_ms = figures.cpu_ms.saturating_add(cpu);
        if let Some((bucket, durations)) = parts.get_mut(buckets.place(run.finished_at)) {
            bucket.runs += 1;
            bucket.failed += u64::from(run.came == Some(Came::Failed));
            bucket.cpu_ms = bucket.cpu_ms.saturating_add(cpu);
            bucket.peak_rss_kib = bucket.peak_rss_kib.max(run.peak_rss_kib);
            durations.extend(run.duration_ms().map(ms_as_f64));
        }
    }
    let spread = |value: fn(&MeasuredRun) -> Option<i64>| {
        let values = runs.iter().filter_map(|run| value(run));
        Spread::of(&values.map(|value| ms_as_f64(value.max(0))).collect())
    };
    figures.took = spread(MeasuredRun::duration_ms);
    figures.peak_rss_kib = spread(|run| run.peak_rss_kib);
    figures.waited = spread(|run| Some(run.queue_ms));
    figures.buckets = parts
        .into_iter()
        .map(|(bucket, durations)| {
            let durations: Sorted = durations.into_iter().collect();
            Bucket {
                p50: durations.median(),
                p95: durations.quantile(0.95),
                ..bucket
            }
        })
        .collect();
    figures
}
