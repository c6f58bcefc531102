//! Before and after: durations, successes, and whether the work by hand is still what it was.

use serde::{Deserialize, Serialize};

use super::Told;
use super::saved::Ran;
use crate::metrics::fisher::fisher;
use crate::metrics::rank_sum::{Magnitude, rank_sum};
use crate::metrics::stats::{Sorted, as_f64};

/// On each side it takes so many values to say anything. With five and five the test can come to a p of 2/252 = 0.008,
/// with four and four to 0.03, and only if nothing overlaps; with three and three, to 0.1, it can say nothing at all.
pub const ENOUGH: usize = 5;
/// What is as unlikely by chance is called a difference.
pub const SIGNIFICANT: f64 = 0.05;

/// Durations on two sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How many there were before.
    pub before: usize,
    /// Their median, in ms.
    pub before_ms: f64,
    /// How many there are after.
    pub after: usize,
    /// Their median, in ms.
    pub after_ms: f64,
    /// How likely so great a difference is if there is none: Mann and Whitney's test, two-sided.
    pub p: f64,
    /// Cliff's δ: below 0 if it is faster after.
    pub delta: f64,
    /// How large that is.
    pub magnitude: Magnitude,
}

impl Comparison {
    /// Whether there is a difference that chance does not explain.
    pub fn is_significant(&self) -> bool {
        self.p < SIGNIFICANT
    }
}

/// Compares durations, in ms.
pub fn compare(before: &[f64], after: &[f64]) -> Told<Comparison> {
    let median = |values: &[f64]| values.iter().copied().collect::<Sorted>().median();
    // After first: δ grows with what it takes now.
    let found = rank_sum(after, before).zip(median(before).zip(median(after)));
    match found {
        Some((found, (before_ms, after_ms))) if before.len().min(after.len()) >= ENOUGH => {
            Told::Enough(Comparison {
                before: before.len(),
                before_ms,
                after: after.len(),
                after_ms,
                p: found.p,
                delta: found.delta,
                magnitude: found.magnitude(),
            })
        }
        _ => too_few(before.len(), after.len()),
    }
}

/// Successes on two sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Successes {
    /// How many runs there were before.
    pub before: u32,
    /// Of these, those that succeeded.
    pub before_ok: u32,
    /// How many runs there are after.
    pub after: u32,
    /// Of these, those that succeeded.
    pub after_ok: u32,
    /// How likely so great a difference is if there is none: Fisher's exact test, two-sided.
    pub p: f64,
}

impl Successes {
    /// The share before and after, 0 to 1.
    pub fn rates(&self) -> (f64, f64) {
        let rate = |ok: u32, all: u32| f64::from(ok) / f64::from(all.max(1));
        (
            rate(self.before_ok, self.before),
            rate(self.after_ok, self.after),
        )
    }
}

/// Compares how often runs succeeded.
pub fn successes(before: &[Ran], after: &[Ran]) -> Told<Successes> {
    if before.len().min(after.len()) < ENOUGH {
        return too_few(before.len(), after.len());
    }
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let ok = |runs: &[Ran]| count(runs.iter().filter(|it| it.ok).count());
    let (before_ok, after_ok) = (ok(before), ok(after));
    let (before, after) = (count(before.len()), count(after.len()));
    Told::Enough(Successes {
        before,
        before_ok,
        after,
        after_ok,
        p: fisher(before_ok, before - before_ok, after_ok, after - after_ok),
    })
}

/// Whether work that is still done by hand takes what it took when the baseline was taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// Then and since.
    pub durations: Comparison,
    /// Whether it has changed: chance does not explain it, and it is more than negligible.
    pub drifted: bool,
}

/// Compares what it took by hand when the baseline was taken with what it took since, in ms.
pub fn drift(then: &[f64], since: &[f64]) -> Told<Drift> {
    match compare(then, since) {
        Told::Enough(durations) => Told::Enough(Drift {
            durations,
            drifted: durations.is_significant() && durations.magnitude > Magnitude::Negligible,
        }),
        Told::Insufficient { have, need } => Told::Insufficient { have, need },
    }
}

fn too_few<T>(before: usize, after: usize) -> Told<T> {
    Told::Insufficient {
        have: before.min(after),
        need: ENOUGH,
    }
}

/// How much more or less it is, as a share: 0.2 for a fifth more; none where there was nothing.
pub(super) fn change(before: f64, after: f64) -> Option<f64> {
    Some(after / before - 1.0).filter(|it| it.is_finite())
}

/// Durations of runs that succeeded, in ms.
pub(super) fn durations<'a>(runs: impl IntoIterator<Item = &'a Ran>) -> Vec<f64> {
    let done = runs.into_iter().filter(|it| it.ok);
    done.map(|it| ms(it.ms)).collect()
}

/// See [`as_f64`].
pub(super) fn ms(ms: u64) -> f64 {
    as_f64(usize::try_from(ms).unwrap_or(usize::MAX))
}
