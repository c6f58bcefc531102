//! How much of the most it is, as one bar below a number in a cell of a table.

use super::number::tenths;
use super::scale;
use crate::report::html::escape::Markup;

/// Draws the bar as wide as its cell: the share of `value` in `most`, what is below zero in another colour. Screen readers
/// pass it by, for the number tells the same; nothing where there is no share.
pub fn meter(value: f64, most: f64) -> Markup {
    let mut out = Markup::new();
    let (Some(value), Some(most)) = (scale::drawn(value), scale::drawn(most)) else {
        return out;
    };
    if most <= 0.0 {
        return out;
    }
    let share = (value.abs() / most).clamp(0.0, 1.0) * 100.0;
    out.raw("<svg class=\"chart meter\" width=\"100%\" height=\"4\" aria-hidden=\"true\">");
    out.raw("<rect class=\"rail\" width=\"100%\" height=\"4\"/>");
    if value != 0.0 {
        out.raw("<rect class=\"");
        out.raw(if value < 0.0 { "t-bad" } else { "t-accent" });
        // What is there shows.
        out.raw("\" width=\"").text(tenths(share.max(1.0)));
        out.raw("%\" height=\"4\"/>");
    }
    out.raw("</svg>");
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_the_share_of_the_most() {
        let text = |value, most| meter(value, most).to_string();
        assert!(text(30.0, 120.0).contains("t-accent\" width=\"25%\""));
        assert!(text(-60.0, 120.0).contains("t-bad\" width=\"50%\""));
        assert!(text(0.01, 120.0).contains("width=\"1%\""));
        assert!(!text(0.0, 120.0).contains("t-accent"));
        assert_eq!(text(5.0, 0.0), "");
        assert_eq!(text(f64::NAN, 1.0), "");
    }

    /// Whatever is a number, and what can be told apart.
    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![any::<f64>(), -1e6..1e6]
    }

    proptest! {
        #[test]
        fn it_never_sticks_out(value in number(), most in number()) {
            let text = meter(value, most).to_string();
            prop_assert!(!text.contains("NaN") && !text.contains("inf"));
            for width in text.split("width=\"").skip(1) {
                let width: f64 = width.split('%').next().unwrap_or_default().parse().unwrap_or(f64::NAN);
                prop_assert!((0.0..=100.0).contains(&width), "{text}");
            }
        }
    }
}
