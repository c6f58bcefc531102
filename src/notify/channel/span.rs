//! Spans of time as refusals tell them.

use std::time::Duration;

/// Seconds, to the hundredth: what is left of a limit is never quite round.
pub(super) fn seconds(span: Duration) -> String {
    let hundredths = (span.as_secs_f64() * 100.0).round();
    format!("{} s", hundredths / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        for (micros, expected) in [(10_000_000, "10 s"), (749_981, "0.75 s"), (0, "0 s")] {
            assert_eq!(seconds(Duration::from_micros(micros)), expected);
        }
    }
}
