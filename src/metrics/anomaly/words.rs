//! Anomalies as a person reads them.

use super::Figures;
use crate::metrics::span::span;
use crate::metrics::stats::as_f64;

/// In a sentence that begins in lower case, for it follows the task's name.
pub(super) fn sentence(figures: &Figures) -> String {
    match *figures {
        Figures::Slow {
            ms,
            median_ms,
            earlier,
            runs,
            ..
        } => {
            let times = factor(ms, median_ms);
            let usual = span(median_ms);
            let took = span(ms);
            if runs == 1 {
                format!(
                    "took {took}, {times} the usual {usual} (median of the {earlier} runs before)"
                )
            } else {
                format!(
                    "{runs} runs in a row were slow: up to {took}, {times} the usual {usual} (median of {earlier} earlier runs)"
                )
            }
        }
        Figures::Failures {
            failed,
            of,
            rate,
            earlier,
            p,
        } => {
            let so_often = if p < 0.000_1 {
                "less than once in 10,000 times".to_owned()
            } else {
                format!("once in {:.0} times", 1.0 / p)
            };
            // What was seen, not what the rule makes of it.
            let seen = (rate * as_f64(earlier + 2) - 1.0).round();
            format!(
                "failed {failed} of the last {of} times, after {seen:.0} of {earlier}: at that rate it would happen {so_often}"
            )
        }
        Figures::Drift {
            before_ms,
            after_ms,
            runs,
        } => {
            let more = (after_ms / before_ms - 1.0) * 100.0;
            format!(
                "has become slower: {} instead of {} (+{more:.0} %), over the last {runs} runs",
                span(after_ms),
                span(before_ms)
            )
        }
    }
}

/// How many times as much.
fn factor(value: f64, usual: f64) -> String {
    if usual > 0.0 {
        format!("{:.1} times", value / usual)
    } else {
        "far beyond".to_owned()
    }
}
