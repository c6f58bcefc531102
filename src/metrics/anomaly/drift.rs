//! Durations that grow slowly, or have grown for good.

use super::{Figures, Kind, LEAST, LOOK_BACK, Seen, WORTH_MS, durations};
use crate::metrics::page_hinkley::changes;
use crate::metrics::stats::Sorted;
use crate::queue::MeasuredRun;

/// A growth of the median by less than this is certain perhaps, but nothing to look into.
const TIMES: f64 = 1.2;

/// Growths of one history. The test looks at logarithms: durations vary in proportion to what they are.
pub(super) fn find<'a>(runs: &[&'a MeasuredRun]) -> Vec<Seen<'a>> {
    let runs = durations(runs);
    let logs: Vec<f64> = runs.iter().map(|(_, ms)| ms.max(1.0).ln()).collect();
    let changes = changes(&logs);
    let median = |from: usize, to: usize| {
        let values = runs.iter().take(to).skip(from).map(|(_, ms)| *ms);
        values.collect::<Sorted>().median()
    };
    let mut found = Vec::new();
    let mut since = 0;
    for (number, change) in changes.iter().enumerate() {
        let next = changes.get(number + 1).map_or(runs.len(), |it| it.began);
        let first = since.max(change.began.saturating_sub(LOOK_BACK));
        since = change.began;
        let (Some(before_ms), Some(after_ms)) =
            (median(first, change.began), median(change.began, next))
        else {
            continue;
        };
        let is_worth = |ms: f64| ms >= before_ms * TIMES && ms - before_ms >= WORTH_MS;
        let (Some((began, _)), Some((noticed, _))) =
            (runs.get(change.began), runs.get(change.certain))
        else {
            continue;
        };
        if change.began - first < LEAST || !is_worth(after_ms) {
            continue;
        }
        let newest = median(runs.len().saturating_sub(LEAST), runs.len());
        found.push(Seen {
            kind: Kind::Drift,
            began,
            noticed,
            ongoing: next == runs.len() && newest.is_some_and(is_worth),
            figures: Figures::Drift {
                before_ms,
                after_ms,
                runs: next - change.began,
            },
        });
    }
    found
}
