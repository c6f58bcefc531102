//! Everything that can be said about what an automation saves.

use serde::{Deserialize, Serialize};

use super::compare::{compare, drift, durations, ms};
use super::returns::Account;
use super::saved::{Entry, entries, most_a_week};
use super::{Baseline, Comparison, Course, Done, Drift, Origin, Ran, Returns, Savings, Told};
use crate::config::costs::Costs;
use crate::metrics::stats::Sorted;
use crate::optimize::automation::Summed;

/// What is known of an automation.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Its runs where it is used, in any order.
    pub runs: &'a [Ran],
    /// Those before them that are no longer kept one by one.
    pub older: Summed,
    /// When it was made, in ms UTC.
    pub made_at: i64,
    /// What it took by hand, by origin: what somebody said goes before what histories tell.
    pub baselines: &'a [Baseline],
    /// When it was done by hand since the baseline of histories was taken.
    pub since: &'a [Done],
    /// Of how many days the period is told.
    pub days: u16,
}

/// What it took by hand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ByHand {
    /// Where that is from.
    pub origin: Origin,
    /// When it was taken, in ms UTC.
    pub at: i64,
    /// The median, in ms.
    pub ms: f64,
    /// Of how many times.
    pub times: usize,
    /// How often it was done a week, if that is known.
    pub per_week: Option<f64>,
}

/// What an automation saves, and how it goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Efficiency {
    /// How runs went in the period.
    #[serde(flatten)]
    pub course: Course,
    /// Runs ever.
    pub runs_ever: u64,
    /// What it took by hand.
    pub baseline: Option<ByHand>,
    /// What histories told of that, if somebody said something else.
    pub overruled: Option<ByHand>,
    /// What was saved in the period; none without a baseline.
    pub saved: Option<Savings>,
    /// What was saved since the automation was made; none without a baseline.
    pub saved_ever: Option<Savings>,
    /// What came back of what it cost; none without a baseline.
    pub returns: Option<Returns>,
    /// The same if no more runs a week are counted than were done by hand; none where nobody knows how many that were.
    pub returns_counted: Option<Returns>,
    /// What it took by hand, as histories told it, and what it took in the period.
    pub automated: Told<Comparison>,
    /// How often it was done by hand since the baseline was taken, as far as times are known.
    pub still_by_hand: usize,
    /// Whether that took what it took before.
    pub drift: Told<Drift>,
}

/// Works out what an automation saves. `now` is in ms UTC.
pub fn efficiency(input: &Input<'_>, costs: &Costs, now: i64) -> Efficiency {
    let mut runs = input.runs.to_vec();
    runs.sort_by_key(|run| run.at);
    let course = Course::of(&runs, input.days, now);
    let of = |origin: Origin| input.baselines.iter().find(|it| it.origin == origin);
    let seen = of(Origin::History);
    let by_hand = |baseline: &Baseline| ByHand::of(baseline, seen);
    let said = of(Origin::Said).and_then(by_hand);
    let told = seen.and_then(by_hand);
    let baseline = said.or(told);
    let usual: Vec<f64> = seen.map_or_else(Vec::new, |seen| {
        seen.durations.iter().map(|it| ms(*it)).collect()
    });
    let newer: Vec<f64> = input
        .since
        .iter()
        .filter(|it| seen.is_none_or(|seen| it.at > seen.at))
        .map(|it| ms(it.ms))
        .collect();
    let inside = runs.get(runs.partition_point(|run| run.at <= course.since)..);
    let automated = compare(&usual, &durations(inside.unwrap_or_default()));
    let kept = u64::try_from(runs.len()).unwrap_or(u64::MAX);
    let mut all = Efficiency {
        runs_ever: kept.saturating_add(input.older.count),
        course,
        baseline,
        overruled: told.filter(|_| said.is_some()),
        saved: None,
        saved_ever: None,
        returns: None,
        returns_counted: None,
        automated,
        still_by_hand: newer.len(),
        drift: drift(&usual, &newer),
    };
    if let Some(baseline) = baseline {
        reckon(&mut all, &baseline, &runs, input, costs, now);
    }
    all
}

fn reckon(
    all: &mut Efficiency,
    baseline: &ByHand,
    runs: &[Ran],
    input: &Input<'_>,
    costs: &Costs,
    now: i64,
) {
    let baseline_ms = baseline.whole_ms();
    let most = most_a_week(baseline.per_week);
    let entries = entries(runs, baseline_ms, most);
    let first = entries.first().map_or(now, |first| first.at);
    let since = all.course.since;
    let mut saved = Savings::of(entries.iter().filter(|it| it.at > since), most);
    saved.at_least = input.older.count > 0 && first > since;
    let kept = Savings::of(&entries, most);
    let ever = kept.with(
        &input.older,
        baseline_ms,
        first.saturating_sub(input.made_at),
    );
    let account = |older: u64| Account {
        costs,
        made_at: input.made_at,
        now,
        older: (older, ever.lost_ms - kept.lost_ms),
    };
    all.returns = Some(account(ever.gained_ms - kept.gained_ms).returns(&entries, |_| true));
    all.returns_counted = ever.counted.zip(kept.counted).map(|(ever, kept)| {
        account(ever.gained_ms - kept.gained_ms).returns(&entries, |it: &Entry| it.counts)
    });
    all.saved = Some(saved);
    all.saved_ever = Some(ever);
}

impl ByHand {
    /// Of a baseline; how often it was done is what histories tell, unless it was said.
    fn of(baseline: &Baseline, seen: Option<&Baseline>) -> Option<Self> {
        let times: Sorted = baseline.durations.iter().map(|it| ms(*it)).collect();
        let is_rate = |rate: &f64| rate.is_finite() && *rate > 0.0;
        Some(Self {
            origin: baseline.origin,
            at: baseline.at,
            ms: times.median()?,
            times: times.len(),
            per_week: baseline
                .per_week
                .filter(is_rate)
                .or_else(|| seen?.per_week.filter(is_rate)),
        })
    }

    fn whole_ms(&self) -> u64 {
        // A median of times is not below 0, and what is beyond is as large as it gets.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let whole = self.ms.round() as u64;
        whole
    }
}
