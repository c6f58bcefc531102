//! Series of failures that the earlier rate does not explain.
//!
//! At each failure the last [`WINDOW`] runs, or as many as leave [`LEAST`] earlier ones, are compared with the runs before
//! them, at most [`LOOK_BACK`]. Windows that overlap show one anomaly.

use super::{Figures, Kind, LEAST, LOOK_BACK, Seen};
use crate::metrics::binomial::upper_tail;
use crate::metrics::stats::as_f64;
use crate::queue::{Came, MeasuredRun};

/// How many of the last runs are looked at.
const WINDOW: usize = 10;
/// How improbable so many failures must be.
const IMPROBABLE: f64 = 0.01;

/// Series of failures of one history.
pub(super) fn find<'a>(runs: &[&'a MeasuredRun]) -> Vec<Seen<'a>> {
    let failed: Vec<bool> = runs
        .iter()
        .map(|run| run.came == Some(Came::Failed))
        .collect();
    // How many of the first runs failed: sums of stretches are differences.
    let mut sums = vec![0_usize];
    for failed in &failed {
        sums.push(sums.last().unwrap_or(&0) + usize::from(*failed));
    }
    let failures = |from: usize, to: usize| {
        let sum = |at: usize| sums.get(at).copied().unwrap_or_default();
        sum(to).saturating_sub(sum(from))
    };
    let mut found: Vec<Seen<'a>> = Vec::new();
    let mut last_shown = None;
    for (at, run) in runs.iter().enumerate() {
        let end = at + 1;
        let of = WINDOW.min(end.saturating_sub(LEAST));
        if of == 0 || failed.get(at) != Some(&true) {
            continue;
        }
        let window = end - of;
        let first = window.saturating_sub(LOOK_BACK);
        let earlier = window - first;
        let rate = as_f64(failures(first, window) + 1) / as_f64(earlier + 2);
        let count = failures(window, end);
        let p = upper_tail(count, of, rate);
        if p >= IMPROBABLE {
            continue;
        }
        let figures = Figures::Failures {
            failed: count,
            of,
            rate,
            earlier,
            p,
        };
        let same = last_shown.is_some_and(|last: usize| at - last < WINDOW);
        last_shown = Some(at);
        match found.last_mut().filter(|_| same) {
            Some(last) => {
                last.noticed = run;
                last.figures = figures;
            }
            None => {
                let to_first = failed.iter().skip(window).position(|failed| *failed);
                found.push(Seen {
                    kind: Kind::Failures,
                    began: to_first.and_then(|it| runs.get(window + it)).unwrap_or(run),
                    noticed: run,
                    ongoing: false,
                    figures,
                });
            }
        }
    }
    let newest_shows = last_shown.is_some_and(|last| last + 1 == runs.len());
    if let Some(last) = found.last_mut() {
        last.ongoing = newest_shows;
    }
    found
}
