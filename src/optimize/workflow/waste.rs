//! What failures cost: steps that had succeeded and were done again because another one failed, and failures that come late.
//!
//! Runs for the same thing ([`StepRun::about`]) belong together. A run is a needless repeat if the step had succeeded for
//! the same thing, with the same input where that is known, and between then and now a step that does not come before it
//! failed: it would have been enough to run that one again.
//!
//! For failures that come late the failures that happened are replayed: in a schedule of the workflow, the first of the
//! steps that failed for a thing ends at a certain moment. In one that begins with what is cheap and often fails, it ends
//! earlier. What that saves is counted over the things for which something failed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bits::Matrix;
use super::cache::Caching;
use super::graph::Graph;
use super::schedule::{Schedule, count, ranks, schedule};
use super::{Period, Step, StepRun};

/// So many steps, those that fail most, are put first.
const MOST_EARLY: usize = 50;

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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
        known_after_ms: first.iter().map(|(end, _)| end).sum(),
        least_ms: first.iter().map(|(_, own)| own).sum(),
    }
}

/// An order that begins with what is cheap and often fails.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Early {
    /// The steps that it is about, the first of all first.
    pub steps: Vec<usize>,
    /// The schedule.
    pub made: Schedule,
    /// What failures then cost.
    pub late: Late,
}

/// Puts first what fails most often for its time, with what it needs (the ratio rule for tests in a row, Garey,
/// "Optimal Task Sequencing with Precedence Constraints", 1973; with an order between them a heuristic: each time the
/// group of a step and all that it still needs with the most failures in its time). Steps whose rank is left are as in
/// `rest`. Time O(50²·steps).
pub fn early(
    graph: &Graph,
    ms: &[f64],
    workers: usize,
    failed: &[BTreeSet<usize>],
    rest: &[usize],
) -> Early {
    let mut often: BTreeMap<usize, usize> = BTreeMap::new();
    for at in failed.iter().flatten() {
        *often.entry(*at).or_default() += 1;
    }
    let mut left: Vec<usize> = often.keys().copied().collect();
    left.sort_by_key(|at| std::cmp::Reverse(often.get(at).copied().unwrap_or(0)));
    left.truncate(MOST_EARLY);
    let closure = graph.closure();
    let takes = |at: &usize| ms.get(*at).copied().unwrap_or(0.0);
    let fails = |at: &usize| count(often.get(at).copied().unwrap_or(0));
    let mut list: Vec<usize> = Vec::with_capacity(graph.len());
    let mut placed = vec![false; graph.len()];
    let mut steps = Vec::new();
    while !left.is_empty() {
        let group = |at: usize| {
            let order = graph.order().iter().copied();
            let is_wanted = |it: &usize| *it == at || closure.has(at, *it);
            let is_left = |it: &usize| placed.get(*it).is_some_and(|placed| !placed);
            order
                .filter(is_left)
                .filter(is_wanted)
                .collect::<Vec<usize>>()
        };
        let worth = |group: &[usize]| {
            let fails: f64 = group.iter().map(fails).sum();
            fails / group.iter().map(takes).sum::<f64>().max(1e-3)
        };
        let groups = left.iter().map(|at| group(*at));
        let best = groups
            .map(|group| (worth(&group), group))
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let Some((_, group)) = best else { break };
        for at in group {
            if let Some(placed) = placed.get_mut(at) {
                *placed = true;
            }
            if left.contains(&at) {
                steps.push(at);
            }
            list.push(at);
        }
        left.retain(|at| placed.get(*at).is_some_and(|placed| !placed));
    }
    let mut others: Vec<usize> = (0..graph.len())
        .filter(|at| placed.get(*at).is_some_and(|placed| !placed))
        .collect();
    others.sort_by_key(|at| rest.get(*at).copied().unwrap_or(usize::MAX));
    list.extend(others);
    let made = schedule(graph, ms, workers, &ranks(&list));
    let late = late(failed, &made, ms);
    Early { steps, made, late }
}
