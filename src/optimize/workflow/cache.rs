//! Work that was done again although nothing that it depends on had changed.
//!
//! A run is a hit if an earlier run of the step with the same input had succeeded before it began: a cache would have had
//! the result. What a step would have saved is the time of its hits, counted where one input came again three times or more.
//! What looking it up takes is not deducted: it depends on the cache. Time O(runs·log runs).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Period, Step};

/// So often the same input has to come again.
pub const AGAIN: usize = 3;

/// A step whose results could be kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Caching {
    /// Its place.
    pub step: usize,
    /// How often it was run again with an input that had succeeded before.
    pub hits: usize,
    /// How many of these runs failed all the same: it depends on more than its input says.
    pub failed: usize,
    /// How many different inputs these runs had.
    pub inputs: usize,
    /// How many runs of the step have a known input in the period.
    pub runs: usize,
    /// The time of the hits, in ms.
    pub ms: f64,
    /// The same a week.
    pub per_week_ms: f64,
    /// Which of the step's runs they are.
    #[serde(skip)]
    pub which: Vec<usize>,
}

/// What keeping results would have saved in a period; the most first.
pub fn caching(steps: &[Step], period: &Period) -> Vec<Caching> {
    let weeks = period.weeks(steps);
    let found = steps.iter().enumerate();
    let mut found: Vec<Caching> = found
        .filter_map(|(at, it)| of(at, it, period, weeks))
        .collect();
    found.sort_by(|one, other| other.ms.total_cmp(&one.ms));
    found
}

fn of(place: usize, step: &Step, period: &Period, weeks: f64) -> Option<Caching> {
    // The moment of the first success of each input, over all time: what was kept before the period is there in it.
    let mut succeeded: HashMap<&str, i64> = HashMap::new();
    for run in step.runs.iter().filter(|run| run.ok) {
        if let Some(input) = run.input.as_deref() {
            let first = succeeded.entry(input).or_insert(run.at);
            *first = run.at.min(*first);
        }
    }
    let mut hits: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut runs = 0;
    for (at, run) in step.runs.iter().enumerate() {
        let (Some(input), true) = (run.input.as_deref(), period.has(run.at)) else {
            continue;
        };
        runs += 1;
        if succeeded
            .get(input)
            .is_some_and(|first| *first <= run.began())
        {
            hits.entry(input).or_default().push(at);
        }
    }
    hits.retain(|_, runs| runs.len() >= AGAIN);
    let mut which: Vec<usize> = hits.values().flatten().copied().collect();
    which.sort_unstable();
    let those = || which.iter().filter_map(|at| step.runs.get(*at));
    let ms: f64 = those().map(super::StepRun::took).sum();
    (!which.is_empty()).then(|| Caching {
        step: place,
        hits: which.len(),
        failed: those().filter(|run| !run.ok).count(),
        inputs: hits.len(),
        runs,
        ms,
        per_week_ms: ms / weeks,
        which: which.clone(),
    })
}
