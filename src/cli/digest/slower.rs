//! Tasks that got slower: plain medians, before and since.

use std::collections::BTreeMap;
use std::time::Duration;

/// So many runs are needed before, and since: one slow run may have had a busy machine.
const LEAST: (usize, usize) = (3, 2);
/// So much longer, at least.
const FACTOR: (u32, u32) = (3, 2);
/// And so much longer, at least.
const DIFFERENCE: Duration = Duration::from_secs(1);

/// A task that takes longer than it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slower {
    /// The task.
    pub task: String,
    /// What it took: half of the runs took no longer.
    pub before: Duration,
    /// What it takes.
    pub now: Duration,
    /// How many runs since.
    pub runs: usize,
}

/// The tasks whose median since is half as long again as before, and a second longer. Each run has its task, its
/// milliseconds, and whether it came since.
pub fn slower(runs: Vec<(String, u64, bool)>) -> Vec<Slower> {
    let mut by_task: BTreeMap<String, (Vec<u64>, Vec<u64>)> = BTreeMap::new();
    for (task, ms, is_since) in runs {
        let (before, since) = by_task.entry(task).or_default();
        if is_since { since } else { before }.push(ms);
    }
    let judged = by_task.into_iter().filter_map(|(task, (before, since))| {
        if before.len() < LEAST.0 || since.len() < LEAST.1 {
            return None;
        }
        let runs = since.len();
        let (before, now) = (median(before)?, median(since)?);
        let is_slower = now.saturating_mul(FACTOR.1) >= before.saturating_mul(FACTOR.0)
            && now.saturating_sub(before) >= DIFFERENCE;
        is_slower.then_some(Slower {
            task,
            before,
            now,
            runs,
        })
    });
    judged.collect()
}

/// The middle one; of two middle ones the mean.
fn median(mut ms: Vec<u64>) -> Option<Duration> {
    ms.sort_unstable();
    let middle = ms.len() / 2;
    let upper = *ms.get(middle)?;
    let median = if ms.len().is_multiple_of(2) {
        let lower = *ms.get(middle.checked_sub(1)?)?;
        lower + (upper - lower) / 2
    } else {
        upper
    };
    Some(Duration::from_millis(median))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(before: &[u64], since: &[u64]) -> Option<(u128, u128)> {
        let runs = before.iter().map(|ms| ("lint".to_owned(), *ms, false));
        let runs = runs.chain(since.iter().map(|ms| ("lint".to_owned(), *ms, true)));
        let found = slower(runs.collect());
        let first = found.first()?;
        Some((first.before.as_millis(), first.now.as_millis()))
    }

    #[test]
    fn slower_is_half_as_long_again_and_a_second() {
        assert_eq!(
            judged(&[2000, 2000, 2100], &[3000, 3000]),
            Some((2000, 3000))
        );
        assert_eq!(judged(&[2000, 2000, 2100], &[2990, 2999]), None);
        assert_eq!(judged(&[100, 100, 100], &[900, 900]), None, "a second");
        assert_eq!(judged(&[100, 100, 100], &[1100, 1100]), Some((100, 1100)));
        assert_eq!(judged(&[2000, 2000], &[9000, 9000]), None, "too few before");
        assert_eq!(judged(&[2000, 2000, 2000], &[9000]), None, "too few since");
        assert_eq!(
            judged(&[1000, 3000, 1000, 3000], &[4000, 4000]),
            Some((2000, 4000))
        );
        assert_eq!(
            judged(&[u64::MAX, u64::MAX, u64::MAX], &[u64::MAX, 0]),
            None
        );
    }
}
