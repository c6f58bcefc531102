//! What failures cost: steps that had succeeded and were done again because another one failed, and failures that come late.
//!
//! Runs for the same thing ([`StepRun::about`]) belong together. A run is a needless repeat if the step had succeeded for
//! the same thing, with the same input where that is known, and between then and now a step that does not come before it
//! failed: it would have been enough to run that one again.
//!
//! For failures that come late the failures that happened are replayed: in a schedule of the workflow, the first of the
//! steps that failed for a thing ends at a certain moment ([`super::early`] has what can be done about it).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bits::Matrix;
use super::cache::Caching;
use super::schedule::{Schedule, total};
use super::{Period, Step, StepRun};

/// Runs of a step that were not needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repeats {
    /// Its place.
    pub step: usize,
    /// How many.
    pub runs: usize,
    /// Their time, in ms.
    pub ms: f64,
    /// The same a week.
    pub per_week_ms: f64,
    /// The part of it, a week, that keeping results would not save.
    pub beyond_cache_per_week_ms: f64,
}

/// What failures that come late cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Late {
    /// For how many things something failed.
    pub failed: usize,
    /// How long it took until the first failure was known, all together, in ms.
    pub known_after_ms: f64,
    /// How long the steps take themselves of which it was: the least that it could have taken.
    pub least_ms: f64,
}

/// What failures cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Waste {
    /// Steps that were done again; those first that took the most time.
    pub repeats: Vec<Repeats>,
    /// Failures that came late.
    pub late: Late,
}

/// Runs by what they were for, oldest first: place of the step, place of the run, the run.
type Rounds<'a> = BTreeMap<&'a str, Vec<(usize, usize, &'a StepRun)>>;

fn rounds(steps: &[Step]) -> Rounds<'_> {
    let mut rounds: Rounds<'_> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        for (number, run) in step.runs.iter().enumerate() {
            if let Some(about) = run.about.as_deref() {
                rounds.entry(about).or_default().push((at, number, run));
            }
        }
    }
    for runs in rounds.values_mut() {
        runs.sort_by_key(|(at, number, run)| (run.began(), *at, *number));
    }
    rounds
}

/// Steps that were done again because another one failed. `before` has what comes before each step as it is stated. Time
/// O(runs²) of the runs for one thing at worst, O(runs·log runs) where things are seldom run more than a few times.
pub fn repeats(
    steps: &[Step],
    before: &Matrix,
    cached: &[Caching],
    period: &Period,
) -> Vec<Repeats> {
    let weeks = period.weeks(steps);
    let hits: BTreeSet<(usize, usize)> = cached
        .iter()
        .flat_map(|it| it.which.iter().map(|run| (it.step, *run)))
        .collect();
    let mut found: BTreeMap<usize, (usize, f64, f64)> = BTreeMap::new();
    for runs in rounds(steps).values() {
        let failures: Vec<(usize, &StepRun)> = runs
            .iter()
            .filter(|(_, _, run)| !run.ok)
            .map(|(at, _, run)| (*at, *run))
            .collect();
        if failures.is_empty() {
            continue;
        }
        let mut last: BTreeMap<usize, &StepRun> = BTreeMap::new();
        for (at, number, run) in runs {
            let earlier = last.insert(*at, run);
            let Some(earlier) = earlier.filter(|it| it.ok && it.at <= run.began()) else {
                continue;
            };
            let is_same =
                earlier.input.is_none() || run.input.is_none() || earlier.input == run.input;
            let because = failures.iter().any(|(other, failure)| {
                other != at
                    && earlier.began() < failure.at
                    && failure.at <= run.began()
                    && !before.has(*at, *other)
            });
            if is_same && because && period.has(run.at) {
                let (runs, ms, beyond) = found.entry(*at).or_default();
                *runs += 1;
                *ms += run.took();
                if !hits.contains(&(*at, *number)) {
                    *beyond += run.took();
                }
            }
        }
    }
    let found = found.into_iter().map(|(step, (runs, ms, beyond))| Repeats {
        step,
        runs,
        ms,
        per_week_ms: ms / weeks,
        beyond_cache_per_week_ms: beyond / weeks,
    });
    let mut found: Vec<Repeats> = found.collect();
    found.sort_by(|one, other| other.ms.total_cmp(&one.ms));
    found
}

/// Which steps failed, for each thing for which one did in the period.
pub fn failed(steps: &[Step], period: &Period) -> Vec<BTreeSet<usize>> {
    let rounds = rounds(steps);
    let rounds = rounds.values().map(|runs| {
        let failures = runs
            .iter()
            .filter(|(_, _, run)| !run.ok && period.has(run.at));
        failures.map(|(at, _, _)| *at).collect::<BTreeSet<usize>>()
    });
    rounds.filter(|failed| !failed.is_empty()).collect()
}

/// What failures cost if steps are scheduled so.
pub fn late(failed: &[BTreeSet<usize>], made: &Schedule, ms: &[f64]) -> Late {
    let first = failed.iter().filter_map(|steps| {
        let ends = steps.iter().filter_map(|at| {
            let slot = made.slots.get(*at)?;
            Some((slot.end_ms, ms.get(*at).copied().unwrap_or(0.0)))
        });
        ends.min_by(|one, other| one.0.total_cmp(&other.0))
    });
    let first: Vec<(f64, f64)> = first.collect();
    Late {
        failed: first.len(),
        known_after_ms: total(first.iter().map(|(end, _)| *end)),
        least_ms: total(first.iter().map(|(_, own)| *own)),
    }
}
