//! What runs saved, one by one and together.
//!
//! A run that succeeded saves what it took by hand less what it took; nothing if it took longer. One that failed costs what
//! it took, for whoever waited for it did so for nothing.
//!
//! That an automation runs more often than anybody ever did the work by hand is no saving of anybody's time. So there is a
//! second figure: in each week no more runs are counted than were done by hand in a week, rounded up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metrics::stats::ms_as_f64;
use crate::optimize::automation::{Run, Summed};

/// A week, in ms.
pub(super) const WEEK: i64 = 7 * 86_400_000;
/// The epoch was a Thursday; weeks begin on Monday, in UTC.
const MONDAY: i64 = 3 * 86_400_000;

/// A run as it is reckoned with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    /// When it began, in ms UTC.
    pub at: i64,
    /// Whether it succeeded.
    pub ok: bool,
    /// How long it took, in ms.
    pub ms: u64,
}

impl From<&Run> for Ran {
    fn from(run: &Run) -> Self {
        Self {
            at: run.at,
            ok: run.ok,
            ms: run.ms,
        }
    }
}

/// What runs saved together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Savings {
    /// How many runs there were.
    pub runs: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// What it took by hand less what runs took, of those that succeeded, in ms.
    pub gained_ms: u64,
    /// What those took that failed, in ms.
    pub lost_ms: u64,
    /// What was gained less what was lost, in ms.
    pub saved_ms: i64,
    /// The same if no more runs a week are counted than were done by hand; nothing where nobody knows how many that were.
    pub counted: Option<Counted>,
    /// Whether runs are among them that are no longer known one by one: it is at least as much then.
    pub at_least: bool,
}

/// What is left where no more runs a week are counted than were done by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// At most so many runs a week.
    pub most_a_week: u64,
    /// How many runs that succeeded are counted.
    pub runs: u64,
    /// What they gained, in ms.
    pub gained_ms: u64,
    /// What they gained less what was lost, in ms.
    pub saved_ms: i64,
}

/// What one run saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub at: i64,
    pub ok: bool,
    pub gained_ms: u64,
    pub lost_ms: u64,
    /// Whether it is among as many in its week as were done by hand.
    pub counts: bool,
}

/// How many runs a week count.
pub(super) fn most_a_week(per_week: Option<f64>) -> Option<u64> {
    let most = per_week.filter(|it| it.is_finite() && *it > 0.0)?.ceil();
    // What is more is as many as there can be.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Some(most as u64)
}

/// What each run saved, in their order.
pub(super) fn entries(runs: &[Ran], baseline_ms: u64, most: Option<u64>) -> Vec<Entry> {
    let mut weeks: BTreeMap<i64, u64> = BTreeMap::new();
    let entry = |run: &Ran| {
        let counts = run.ok && {
            let week = run.at.saturating_add(MONDAY).div_euclid(WEEK);
            let done = weeks.entry(week).or_default();
            *done += 1;
            most.is_none_or(|most| *done <= most)
        };
        Entry {
            at: run.at,
            ok: run.ok,
            gained_ms: if run.ok {
                baseline_ms.saturating_sub(run.ms)
            } else {
                0
            },
            lost_ms: if run.ok { 0 } else { run.ms },
            counts,
        }
    };
    runs.iter().map(entry).collect()
}

impl Savings {
    pub(super) fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>, most: Option<u64>) -> Self {
        let mut all = Self::default();
        let mut counted = Counted::default();
        for entry in entries {
            all.runs += 1;
            all.failed += u64::from(!entry.ok);
            all.gained_ms = all.gained_ms.saturating_add(entry.gained_ms);
            all.lost_ms = all.lost_ms.saturating_add(entry.lost_ms);
            if entry.counts {
                counted.runs += 1;
                counted.gained_ms = counted.gained_ms.saturating_add(entry.gained_ms);
            }
        }
        all.saved_ms = less(all.gained_ms, all.lost_ms);
        counted.saved_ms = less(counted.gained_ms, all.lost_ms);
        all.counted = most.map(|most_a_week| Counted {
            most_a_week,
            ..counted
        });
        all
    }

    /// With runs before them of which only the sums are known, and that ran within so many ms: nobody knows which of
    /// them took how long, so they saved at least what as many would have taken by hand less all that they took.
    #[must_use]
    pub(super) fn with(self, older: &Summed, baseline_ms: u64, within_ms: i64) -> Self {
        if older.count == 0 {
            return self;
        }
        let gained = older.ok.saturating_mul(baseline_ms);
        let gained = gained.saturating_sub(older.total_ms);
        // Where even that is a loss, failures alone may have lost all that time.
        let lost = if gained == 0 && older.ok < older.count {
            older.total_ms
        } else {
            0
        };
        let mut all = self;
        all.at_least = true;
        all.runs += older.count;
        all.failed += older.count.saturating_sub(older.ok);
        all.gained_ms = all.gained_ms.saturating_add(gained);
        all.lost_ms = all.lost_ms.saturating_add(lost);
        all.saved_ms = less(all.gained_ms, all.lost_ms);
        all.counted = self.counted.map(|counted| {
            let weeks = u64::try_from(within_ms.max(0) / WEEK).unwrap_or(0) + 1;
            let runs = older.ok.min(weeks.saturating_mul(counted.most_a_week));
            let share = if older.ok == 0 {
                0.0
            } else {
                as_f64(runs) / as_f64(older.ok)
            };
            let gained_ms = counted.gained_ms.saturating_add(part(gained, share));
            Counted {
                runs: counted.runs + runs,
                gained_ms,
                saved_ms: less(gained_ms, all.lost_ms),
                ..counted
            }
        });
        all
    }
}

fn less(gained: u64, lost: u64) -> i64 {
    let difference = i128::from(gained) - i128::from(lost);
    i64::try_from(difference).unwrap_or(if difference > 0 { i64::MAX } else { i64::MIN })
}

pub(super) fn as_f64(count: u64) -> f64 {
    ms_as_f64(i64::try_from(count).unwrap_or(i64::MAX))
}

fn part(ms: u64, share: f64) -> u64 {
    // A share is at most 1, and no value goes below 0.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let part = (as_f64(ms) * share) as u64;
    part.min(ms)
}
