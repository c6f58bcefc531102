//! How much values differ.

use std::collections::HashMap;
use std::hash::Hash;

/// Shannon's entropy of what was seen, divided by the most it could be for so many occurrences, ln n: 0 if the value is
/// always the same (or was seen once, or never), 1 if it never is.
pub fn entropy<T: Eq + Hash>(values: impl IntoIterator<Item = T>) -> f64 {
    let mut counts: HashMap<T, u32> = HashMap::new();
    let mut total = 0_u32;
    for value in values {
        *counts.entry(value).or_default() += 1;
        total += 1;
    }
    if total < 2 || counts.len() < 2 {
        return 0.0;
    }
    let total = f64::from(total);
    // Summed in one order, so that the same occurrences always give the same bits.
    let mut counts: Vec<u32> = counts.into_values().collect();
    counts.sort_unstable();
    let entropy: f64 = counts
        .into_iter()
        .map(|count| {
            let share = f64::from(count) / total;
            -share * libm::log(share)
        })
        .sum();
    (entropy / libm::log(total)).clamp(0.0, 1.0)
}
