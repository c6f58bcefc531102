//! Runs that took much longer than those before them.

use std::collections::VecDeque;

use super::{Figures, Kind, LEAST, LOOK_BACK, Seen, WORTH_MS, durations};
use crate::metrics::stats::Sorted;
use crate::queue::MeasuredRun;

/// Beyond so many robust standard deviations a value is an outlier (Iglewicz and Hoaglin).
const FAR: f64 = 3.5;
/// And it takes more than so many times the median.
const TIMES: f64 = 2.0;

/// Slow runs of one history; those in a row are one anomaly.
pub(super) fn find<'a>(runs: &[&'a MeasuredRun]) -> Vec<Seen<'a>> {
    let mut earlier = Window::default();
    let mut found: Vec<Seen<'a>> = Vec::new();
    let mut in_a_row = false;
    for (run, ms) in durations(runs) {
        match earlier.slow(ms) {
            None => in_a_row = false,
            Some(figures) => {
                match found.last_mut().filter(|_| in_a_row) {
                    Some(last) => {
                        last.noticed = run;
                        last.figures = slower(last.figures, figures);
                    }
                    None => found.push(Seen {
                        kind: Kind::Slow,
                        began: run,
                        noticed: run,
                        ongoing: false,
                        figures,
                    }),
                }
                in_a_row = true;
            }
        }
        earlier.push(ms);
    }
    if let Some(last) = found.last_mut() {
        last.ongoing = in_a_row;
    }
    found
}

/// What is told of several runs in a row: the slowest of them, and how many there were.
fn slower(one: Figures, other: Figures) -> Figures {
    let (Figures::Slow { ms, runs, .. }, Figures::Slow { ms: newer, .. }) = (one, other) else {
        return one;
    };
    let mut kept = if newer > ms { other } else { one };
    if let Figures::Slow { runs: count, .. } = &mut kept {
        *count = runs + 1;
    }
    kept
}

/// The durations before a run.
#[derive(Default)]
struct Window {
    in_order: VecDeque<f64>,
    sorted: Sorted,
}

impl Window {
    fn slow(&self, ms: f64) -> Option<Figures> {
        if self.sorted.len() < LEAST {
            return None;
        }
        let median_ms = self.sorted.median()?;
        // The median costs nothing, the deviation does: it is asked for last.
        if ms <= TIMES * median_ms || ms - median_ms < WORTH_MS {
            return None;
        }
        let robust_z = self.sorted.robust_z(ms);
        robust_z.is_none_or(|z| z > FAR).then_some(Figures::Slow {
            ms,
            median_ms,
            robust_z,
            earlier: self.sorted.len(),
            runs: 1,
        })
    }

    fn push(&mut self, ms: f64) {
        self.in_order.push_back(ms);
        self.sorted.insert(ms);
        if self.in_order.len() > LOOK_BACK
            && let Some(gone) = self.in_order.pop_front()
        {
            self.sorted.remove(gone);
        }
    }
}
