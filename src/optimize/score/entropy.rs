//! How much what stands in the slots differs from one time to the next.

use std::collections::{BTreeMap, BTreeSet};

use crate::metrics::stats::as_f64;
use crate::optimize::event::Corpus;
use crate::optimize::mine::Pattern;

/// The entropy of values, 0 if all are the same to 1 if all differ: Shannon's, divided by that of as many different ones
/// (ln n).
pub fn normalised<T: Ord>(values: impl IntoIterator<Item = T>) -> f64 {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_insert(0) += 1;
    }
    let all = counts.values().sum::<usize>();
    if counts.len() < 2 {
        return 0.0;
    }
    let all = as_f64(all);
    let entropy: f64 = counts
        .values()
        .map(|count| as_f64(*count) / all)
        .map(|share| -share * share.ln())
        .sum();
    (entropy / all.ln()).clamp(0.0, 1.0)
}

/// How many slots a pattern has that are not always the same as another, and their mean entropy; 0 without slots. An
/// occurrence that lacks a slot that another one has is without a value there, which is a value of its own.
pub fn of_slots(corpus: &Corpus, pattern: &Pattern) -> (usize, f64) {
    let values = |event: &u32| {
        let event = corpus.events.get(*event as usize);
        event.map_or(&[][..], |event| &event.values)
    };
    let mut columns: BTreeSet<Vec<Option<u32>>> = BTreeSet::new();
    for step in 0..pattern.steps.len() {
        let events = || {
            pattern
                .occurrences()
                .filter_map(move |events| events.get(step))
        };
        let slots = events().map(|event| values(event).len()).max().unwrap_or(0);
        for slot in 0..slots {
            columns.insert(
                events()
                    .map(|event| values(event).get(slot).copied())
                    .collect(),
            );
        }
    }
    let count = columns.len();
    let sum: f64 = columns.into_iter().map(normalised).sum();
    (count, if count == 0 { 0.0 } else { sum / as_f64(count) })
}
