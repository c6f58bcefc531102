//! How tasks and the queue have done: counts, success, durations, waiting, concurrency, and what is unusual about them.
//!
//! Everything here is a pure function of rows that the queue has read. [`measure`] makes the figures of a period, and
//! [`anomaly::find`] what should be looked at. Whether figures differ or grow is asked by [`rank_sum`], [`fisher`] and [`trend`].

pub mod anomaly;
pub mod binomial;
pub mod buckets;
pub mod fisher;
pub mod normal;
pub mod overall;
pub mod page_hinkley;
pub mod rank_sum;
pub mod span;
pub mod stats;
pub mod steps;
pub mod task;
pub mod trend;

pub use anomaly::Anomaly;
pub use buckets::Buckets;
pub use overall::{Drains, Level, Overall};
pub use task::{Bucket, Spread, TaskFigures};

use crate::queue::{Drained, Lookups, MeasuredRun, Queue, QueueError, WaitingChange};
use jiff::Timestamp;

/// What was read for a period.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Runs, in the order in which they were recorded; those before the period too, as far as retention holds them, for
    /// what is unusual is told from what was usual.
    pub runs: Vec<MeasuredRun>,
    /// When jobs began and ceased to wait in the period.
    pub waiting_changes: Vec<WaitingChange>,
    /// How many wait now.
    pub waiting: u64,
    /// The oldest event that is there.
    pub oldest_event: Option<i64>,
    /// Drains in the period that ran something.
    pub drains: Vec<Drained>,
    /// Lookups of verdicts since the queue was made.
    pub lookups: Lookups,
}

impl Read {
    /// Reads what there is to know about a period, as it is at one moment.
    pub fn of(queue: &Queue, since: Timestamp) -> Result<Self, QueueError> {
        queue.at_one_moment(|queue| {
            Ok(Self {
                runs: queue.measured_runs(Timestamp::UNIX_EPOCH)?,
                waiting_changes: queue.waiting_changes(since)?,
                waiting: queue.waiting()?,
                oldest_event: queue.oldest_event()?,
                drains: queue.drains(since)?,
                lookups: queue.lookups()?,
            })
        })
    }
}

/// The figures of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// The period and its parts.
    pub buckets: Buckets,
    /// All tasks together.
    pub overall: Overall,
    /// By task, those first that took most of the time.
    pub tasks: Vec<TaskFigures>,
    /// What is unusual, newest first, if it was noticed in the period.
    pub anomalies: Vec<Anomaly>,
}

/// Works out the figures of a period; of one task only, if one is named.
pub fn measure(read: &Read, buckets: Buckets, only: Option<&str>) -> Metrics {
    let wanted = |task: &str| only.is_none_or(|only| only == task);
    let runs: Vec<&MeasuredRun> = read
        .runs
        .iter()
        .filter(|run| run.finished_at >= buckets.since() && wanted(&run.task))
        .collect();
    let mut anomalies: Vec<Anomaly> = anomaly::find(&read.runs)
        .into_iter()
        .filter(|it| it.noticed.at >= buckets.since() && wanted(it.task()))
        .collect();
    anomalies.reverse();
    Metrics {
        overall: overall::overall(read, &runs, &buckets),
        tasks: task::tasks(&runs, &buckets),
        anomalies,
        buckets,
    }
}
