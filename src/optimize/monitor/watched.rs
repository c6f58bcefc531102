//! The figures of an automation in a period.

use super::measured::{ended_at, measured};
use crate::metrics::task::figures;
use crate::metrics::{Anomaly, Buckets, TaskFigures, anomaly};
use crate::optimize::automation::{Run, RunKind, Statistics, Summed};
use crate::queue::MeasuredRun;

/// How an automation did in a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    /// Its id.
    pub id: String,
    /// Counts, percentiles, memory and the series, under its name.
    pub figures: TaskFigures,
    /// What its failed runs said, and how often: five at most, the most frequent first.
    pub errors: Vec<(String, u64)>,
    /// What is unusual, newest first, if it was noticed in the period. Their task is the id.
    pub anomalies: Vec<Anomaly>,
    /// The original design's [`rank`]; none without runs, or where nobody knows what it saves.
    pub rank: Option<f64>,
}

/// Works out the figures of a period from the runs that are kept, which are in the order in which they were noted. What it
/// saved in the period is given in hours, where it is known.
pub fn watch(
    id: &str,
    name: &str,
    runs: &[Run],
    buckets: &Buckets,
    saved_hours: Option<f64>,
) -> Watched {
    let all = measured(id, runs);
    let lately: Vec<&MeasuredRun> = all
        .iter()
        .filter(|run| run.finished_at >= buckets.since())
        .collect();
    let mut figures = figures(name, &lately, buckets);
    // There is no queue in which it would have waited.
    figures.waited = None;
    let mut anomalies = anomaly::find(&all);
    anomalies.retain(|it| it.noticed.at >= buckets.since());
    anomalies.reverse();
    let told = runs
        .iter()
        .filter(|run| run.kind == RunKind::Live && ended_at(run) >= buckets.since());
    Watched {
        id: id.to_owned(),
        errors: Statistics::of(Summed::default(), told).errors,
        anomalies,
        rank: figures
            .success_rate()
            .zip(saved_hours)
            .map(|(rate, hours)| rank(rate, hours)),
        figures,
    }
}

/// The original design's rank, 0 to 100: 50 for success (a share of 1), and a point for each hour saved, at most 50.
pub fn rank(success_rate: f64, saved_hours: f64) -> f64 {
    50.0 * success_rate.clamp(0.0, 1.0) + saved_hours.clamp(0.0, 50.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400_000;

    fn run(at: i64, ms: u64, ok: bool) -> Run {
        Run {
            at,
            kind: RunKind::Live,
            case: None,
            ok,
            exit: Some(i32::from(!ok)),
            ms,
            cpu_ms: Some(ms / 2),
            peak_rss_kib: Some(1000 + ms),
            error: (!ok).then(|| "it failed".to_owned()),
        }
    }

    #[test]
    fn the_figures_of_a_week() {
        let buckets = Buckets::last_days(7, 100 * DAY);
        let mut runs = vec![run(80 * DAY, 50, false)];
        runs.extend((94..98).map(|day| run(day * DAY, 1000 + u64::try_from(day).unwrap(), true)));
        runs.push(run(98 * DAY, 3000, false));
        let mut tried = run(99 * DAY, 90_000, false);
        tried.kind = RunKind::Sandbox;
        runs.push(tried);
        let of = watch("0123456789ab", "tidy", &runs, &buckets, Some(2.5));
        let figures = &of.figures;
        assert_eq!((figures.task.as_str(), figures.runs), ("tidy", 5));
        assert_eq!((figures.succeeded, figures.failed), (4, 1));
        assert_eq!(figures.took.unwrap().p50, 1096.0);
        assert_eq!(figures.peak_rss_kib.unwrap().max, 4000.0);
        assert_eq!(figures.waited, None);
        assert_eq!(figures.buckets[5].p95, Some(3000.0));
        assert_eq!(figures.buckets[5].peak_rss_kib, Some(4000));
        assert_eq!(figures.cpu_ms, 547 + 547 + 548 + 548 + 1500);
        let series: Vec<_> = figures
            .buckets
            .iter()
            .map(|it| (it.runs, it.failed, it.p50))
            .collect();
        assert_eq!(series[0], (0, 0, None));
        assert_eq!(
            (series[1], series[5]),
            ((1, 0, Some(1094.0)), (1, 1, Some(3000.0)))
        );
        assert_eq!(of.errors, [("it failed".to_owned(), 1)]);
        assert_eq!(of.rank, Some(42.5));
        assert_eq!(
            watch("0123456789ab", "tidy", &runs, &buckets, None).rank,
            None
        );
        let nothing = watch("0123456789ab", "tidy", &[], &buckets, Some(1.0));
        assert_eq!((nothing.figures.buckets.len(), nothing.rank), (7, None));
    }

    #[test]
    fn the_rank_is_that_of_the_original() {
        assert_eq!(rank(1.0, 80.0), 100.0);
        assert_eq!(rank(0.5, -3.0), 25.0);
    }

    proptest! {
        #[test]
        fn any_runs_have_figures(
            runs in prop::collection::vec((any::<i64>(), any::<u64>(), any::<bool>()), 0..60), now in any::<i64>()
        ) {
            let runs: Vec<Run> = runs
                .into_iter()
                .map(|(at, ms, ok)| Run { peak_rss_kib: None, ..run(at, ms, ok) })
                .collect();
            let buckets = Buckets::last_days(7, now);
            let of = watch("id", "name", &runs, &buckets, Some(f64::NAN));
            prop_assert_eq!(of.figures.buckets.iter().map(|it| it.runs).sum::<u64>(), of.figures.runs);
            prop_assert!(of.figures.runs <= runs.len() as u64);
        }
    }
}
