//! Numbers as charts write them: short for people, compact in attributes.

use std::fmt;

/// A number with at most one digit after the point, and none that says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tenths(i64);

/// Rounds to tenths. What is not a number is zero.
pub(super) fn tenths(value: f64) -> Tenths {
    Tenths(rounded(value * 10.0))
}

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, tenth) = (self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10);
        if self.0 < 0 {
            f.write_str("-")?;
        }
        if whole > 0 || tenth == 0 {
            write!(f, "{whole}")?;
        }
        if tenth > 0 {
            write!(f, ".{tenth}")?;
        }
        Ok(())
    }
}

/// The nearest whole number within ±10¹⁵, zero for what is not a number.
pub(super) fn rounded(value: f64) -> i64 {
    // Within these bounds it fits, and NaN becomes zero.
    #[allow(clippy::cast_possible_truncation)]
    let whole = value.clamp(-1e15, 1e15).round() as i64;
    whole
}

/// A count as it is reckoned with: beyond 2⁵³ the last digits do not show anyway.
#[allow(clippy::cast_precision_loss)]
pub(in crate::report::html) const fn float(count: u64) -> f64 {
    count as f64
}

/// From thousand to trillion billions.
const UNITS: [&str; 6] = ["k", "M", "G", "T", "P", "E"];

/// Three digits that matter, such as `0.25`, `14`, `1.23k` or `45.7M`.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    let finest = if size > 0.0 {
        10_f64.powf(size.log10().floor() - 2.0)
    } else {
        1.0
    };
    spaced(value, finest)
}

/// With as many digits as tell it from what lies `step` away, such as `10.25k` with a step of 10.
pub(super) fn spaced(value: f64, step: f64) -> String {
    let mut size = value.abs();
    // What would be written as 1000 of a unit is 1 of the next.
    let rounds_up = |size: f64, step: f64| size + step / 2.0 >= 1000.0 && size >= 999.0;
    let (mut step, mut unit) = (step, "");
    for next in UNITS {
        if size < 1000.0 && !rounds_up(size, step) {
            break;
        }
        (size, step, unit) = (size / 1000.0, step / 1000.0, next);
    }
    let digits = (0..12)
        .find(|digits| step * 10_f64.powi(*digits) > 0.999)
        .and_then(|digits| usize::try_from(digits).ok())
        .unwrap_or(12);
    let written = format!("{size:.digits$}");
    let written = if written.contains('.') {
        written.trim_end_matches('0').trim_end_matches('.')
    } else {
        &written
    };
    let sign = if value < 0.0 && written != "0" {
        "−"
    } else {
        ""
    };
    format!("{sign}{written}{unit}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn attributes_are_compact() {
        let written = |value: f64| tenths(value).to_string();
        assert_eq!(written(12.34), "12.3");
        assert_eq!(written(12.0), "12");
        assert_eq!(written(0.04), "0");
        assert_eq!(written(-0.04), "0");
        assert_eq!(written(0.5), ".5");
        assert_eq!(written(-0.5), "-.5");
        assert_eq!(written(f64::NAN), "0");
    }

    #[test]
    fn people_read_three_digits() {
        let cases = [
            (0.0, "0"),
            (0.25, "0.25"),
            (0.000_123_4, "0.000123"),
            (14.0, "14"),
            (14.26, "14.3"),
            (999.0, "999"),
            (999.7, "1k"),
            (1234.0, "1.23k"),
            (-45_678_900.0, "−45.7M"),
            (999_999.0, "1M"),
            (1e18, "1E"),
        ];
        for (value, written) in cases {
            assert_eq!(short(value), written);
        }
        assert_eq!(spaced(10_250.0, 10.0), "10.25k");
        assert_eq!(spaced(500.0, 500.0), "500");
        assert_eq!(spaced(1000.0, 500.0), "1k");
        assert_eq!(spaced(1500.0, 500.0), "1.5k");
        assert_eq!(spaced(0.1 + 0.2, 0.1), "0.3");
    }

    proptest! {
        #[test]
        fn numbers_stay_short(value in -1e18..1e18) {
            prop_assert!(short(value).chars().count() <= 6, "{}", short(value));
        }
    }
}
