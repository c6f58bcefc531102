//! How durations go on from day to day.

use serde::{Deserialize, Serialize};

use super::Told;
use super::compare::{Comparison, SIGNIFICANT, Successes, compare, durations, successes};
use super::saved::Ran;
use crate::metrics::stats::{Sorted, as_f64};
use crate::metrics::trend::{mann_kendall, theil_sen};

/// A trend takes so many days on which something ran: two weeks, so that no weekend makes one.
pub const DAYS: usize = 14;
/// A trend looks so many days back at least: in a week there are never enough.
pub const TREND_DAYS: u16 = 30;

/// A day, in ms.
const DAY: i64 = 86_400_000;

/// How runs went in a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// How many days it has; the last one ends now.
    pub days: u16,
    /// When it began, in ms UTC.
    pub since: i64,
    /// Runs in it.
    pub runs: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// The median of the durations of those that succeeded, in ms.
    pub median_ms: Option<f64>,
    /// The same for each day, oldest first.
    pub series: Vec<Option<f64>>,
    /// How many days the trend looks back: the period, or [`TREND_DAYS`] if that is more.
    pub trend_days: u16,
    /// How it grows from day to day.
    pub trend: Told<Trend>,
    /// Durations in the first half of the period and in the second.
    pub halves: Told<Comparison>,
    /// Successes in both.
    pub successes: Told<Successes>,
}

impl Course {
    /// Of runs, oldest first, in the last so many days before `now` (ms UTC).
    pub fn of(runs: &[Ran], days: u16, now: i64) -> Self {
        let days = days.max(1);
        let length = i64::from(days) * DAY;
        let since = now.saturating_sub(length);
        let inside = runs
            .get(runs.partition_point(|run| run.at <= since)..)
            .unwrap_or_default();
        let middle = now.saturating_sub(length / 2);
        let (first, second) = inside.split_at(inside.partition_point(|run| run.at <= middle));
        let trend_days = days.max(TREND_DAYS);
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Self {
            days,
            since,
            runs: count(inside.len()),
            failed: count(inside.iter().filter(|run| !run.ok).count()),
            median_ms: durations(inside).into_iter().collect::<Sorted>().median(),
            series: series(runs, days, now),
            trend_days,
            trend: trend(&series(runs, trend_days, now)),
            halves: compare(&durations(first), &durations(second)),
            successes: successes(first, second),
        }
    }
}

/// How medians of days grow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// On how many days something ran.
    pub days: usize,
    /// By how many ms it grows a day: Theil and Sen's slope.
    pub slope_ms: f64,
    /// Between these the slope lies in 95 of 100 cases, in ms a day.
    pub interval_ms: Option<(f64, f64)>,
    /// By what share of the median of all days it grows a week; none where that is 0.
    pub a_week: Option<f64>,
    /// Kendall's τ, −1 to 1; 0 where all days are the same.
    pub tau: f64,
    /// How likely such an order of days is if there is no trend: Mann and Kendall's test; 1 where all days are the same.
    pub p: f64,
}

impl Trend {
    /// Whether there is a trend that chance does not explain.
    pub fn is_significant(&self) -> bool {
        self.p < SIGNIFICANT
    }
}

/// The medians of runs that succeeded, in ms, for each of so many days: the last one ends `now`, each is 24 hours long.
pub fn series(runs: &[Ran], days: u16, now: i64) -> Vec<Option<f64>> {
    let mut by_day: Vec<Vec<Ran>> = vec![Vec::new(); usize::from(days)];
    for run in runs {
        let ago = now.saturating_sub(run.at).max(0) / DAY;
        let place = i64::from(days) - 1 - ago;
        if let Some(day) = usize::try_from(place)
            .ok()
            .and_then(|it| by_day.get_mut(it))
        {
            day.push(*run);
        }
    }
    by_day
        .iter()
        .map(|day| durations(day).into_iter().collect::<Sorted>().median())
        .collect()
}

/// What a series of days says.
pub fn trend(series: &[Option<f64>]) -> Told<Trend> {
    let points: Vec<(f64, f64)> = series
        .iter()
        .enumerate()
        .filter_map(|(day, median)| Some((as_f64(day), (*median)?)))
        .collect();
    let medians: Vec<f64> = points.iter().map(|(_, median)| *median).collect();
    let found = theil_sen(&points).filter(|_| points.len() >= DAYS);
    let Some(line) = found else {
        return Told::Insufficient {
            have: points.len().min(DAYS - 1),
            need: DAYS,
        };
    };
    let usual = medians.iter().copied().collect::<Sorted>().median();
    let test = mann_kendall(&medians);
    Told::Enough(Trend {
        days: points.len(),
        slope_ms: line.slope,
        interval_ms: line.interval,
        a_week: usual
            .map(|usual| line.slope * 7.0 / usual)
            .filter(|it| it.is_finite()),
        tau: test.map_or(0.0, |it| it.tau),
        p: test.map_or(1.0, |it| it.p),
    })
}
