//! Durations that grow slowly, or have grown for good.

use super::{Figures, Kind, LEAST, LOOK_BACK, Seen, WORTH_MS, durations};
use crate::metrics::page_hinkley::{Change, changes};
use crate::metrics::stats::Sorted;
use crate::queue::MeasuredRun;

/// A growth of the median by less than this is certain perhaps, but nothing to look into.
const TIMES: f64 = 1.2;

/// Growths of one history. The test looks at logarithms: durations vary in proportion to what they are.
pub(super) fn find<'a>(runs: &[&'a MeasuredRun]) -> Vec<Seen<'a>> {
    let runs = durations(runs);
    let logs: Vec<f64> = runs.iter().map(|(_, ms)| ms.max(1.0).ln()).collect();
    let growths = growths(&changes(&logs));
    let median = |from: usize, to: usize| {
        let values = runs.iter().take(to).skip(from).map(|(_, ms)| *ms);
        values.collect::<Sorted>().median()
    };
    let mut found = Vec::new();
    let mut since = 0;
    for (number, growth) in growths.iter().enumerate() {
        let end = growths.get(number + 1).map_or(runs.len(), |it| it.began);
        let first = since.max(growth.began.saturating_sub(LOOK_BACK));
        since = growth.last_began;
        // What grew slowly has arrived at its end, not in its middle.
        let newest = end.saturating_sub(LEAST).max(growth.began);
        let (Some(before_ms), Some(after_ms)) = (median(first, growth.began), median(newest, end))
        else {
            continue;
        };
        let (Some((began, _)), Some((noticed, _))) =
            (runs.get(growth.began), runs.get(growth.certain))
        else {
            continue;
        };
        if growth.began - first < LEAST
            || after_ms < before_ms * TIMES
            || after_ms - before_ms < WORTH_MS
        {
            continue;
        }
        found.push(Seen {
            kind: Kind::Drift,
            began,
            noticed,
            ongoing: end == runs.len(),
            figures: Figures::Drift {
                before_ms,
                after_ms,
                runs: end - growth.began,
            },
        });
    }
    found
}

/// Changes of which each came before the last one could become usual.
struct Growth {
    began: usize,
    last_began: usize,
    certain: usize,
}

/// What grows slowly is found to have grown again and again: it is one growth until there were [`LEAST`] steady runs.
fn growths(changes: &[Change]) -> Vec<Growth> {
    let mut growths: Vec<Growth> = Vec::new();
    for change in changes {
        match growths.last_mut() {
            Some(last) if change.began < last.certain + LEAST => {
                last.last_began = change.began;
                last.certain = change.certain;
            }
            _ => growths.push(Growth {
                began: change.began,
                last_began: change.began,
                certain: change.certain,
            }),
        }
    }
    growths
}
