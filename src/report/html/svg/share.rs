//! Parts of a whole.

use super::caption::{Caption, Role};
use super::number::{self, rounded, tenths};
use super::scale;
use super::tone::Tone;
use crate::metrics::stats::as_f64;
use crate::report::html::escape::Markup;

/// One part.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its colour.
    pub tone: Tone,
    /// How large it is, in any unit; parts of nothing or less are not drawn.
    pub amount: f64,
    /// What it tells when it is pointed at, such as `Rust 71.3 %`.
    pub title: &'a str,
}

/// Parts side by side that fill the width; their names are the page's (see [`super::legend()`]).
#[derive(Clone, Copy, Debug)]
pub struct Share<'a> {
    /// What it is called.
    pub caption: Caption<'a>,
    /// The parts from the left; those after the [`MOST`]th are drawn as one.
    pub parts: &'a [Part<'a>],
}

/// So many parts at most, that each can be wide enough to be seen.
pub const MOST: usize = 24;

/// No part is narrower than this, of 1: three pixels where the bar is 320 wide, of which the seams take one.
const NARROWEST: f64 = 0.01;

/// Draws the parts.
pub fn share(chart: &Share<'_>) -> Markup {
    let mut out = Markup::new();
    out.raw("<svg class=\"chart share\" width=\"100%\" height=\"14\"");
    chart.caption.attributes(Role::Picture, &mut out);
    out.raw(">");
    chart.caption.elements(&mut out);
    let parts = parts(chart.parts);
    let amounts: Vec<f64> = parts.iter().map(|part| part.amount).collect();
    let mut left = 0;
    let mut filled = 0.0;
    for (part, width) in parts.iter().zip(widths(&amounts)) {
        filled += width;
        // In tenths of a percent, each from where the last ended, so that nothing shows between.
        let right = rounded(filled * 1000.0);
        out.raw("<rect class=\"")
            .raw(part.tone.class())
            .raw("\" x=\"");
        out.text(tenths(number::float(left) / 10.0))
            .raw("%\" width=\"");
        let right = u64::try_from(right).unwrap_or_default().max(left);
        out.text(tenths(number::float(right - left) / 10.0))
            .raw("%\" height=\"100%\"");
        if part.title.is_empty() {
            out.raw("/>");
        } else {
            out.raw("><title>").text(part.title).raw("</title></rect>");
        }
        left = right;
    }
    out.raw("</svg>");
    out
}

/// The parts that are drawn, the last of them all that would be too many.
fn parts<'a>(all: &[Part<'a>]) -> Vec<Part<'a>> {
    let drawn = all.iter().filter_map(|part| {
        let amount = scale::drawn(part.amount).filter(|amount| *amount > 0.0)?;
        Some(Part { amount, ..*part })
    });
    let mut parts: Vec<Part<'_>> = drawn.collect();
    if parts.len() > MOST {
        let rest = parts.split_off(MOST - 1);
        parts.push(Part {
            tone: Tone::Quiet,
            amount: rest.iter().map(|part| part.amount).sum(),
            title: "",
        });
    }
    parts
}

/// The widths of parts, which add up to 1: what the narrow ones need is taken from the others.
fn widths(amounts: &[f64]) -> Vec<f64> {
    let sum: f64 = amounts.iter().sum();
    let narrow = |amount: f64| amount / sum < NARROWEST;
    let given = as_f64(amounts.iter().filter(|amount| narrow(**amount)).count()) * NARROWEST;
    let wide: f64 = amounts.iter().filter(|amount| !narrow(**amount)).sum();
    let width = |amount: &f64| {
        if narrow(*amount) {
            NARROWEST
        } else {
            (amount / wide * (1.0 - given)).max(NARROWEST)
        }
    };
    let widths: Vec<f64> = amounts.iter().map(width).collect();
    let total: f64 = widths.iter().sum();
    widths.iter().map(|width| width / total).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_parts_can_be_seen() {
        assert_eq!(widths(&[50.0, 50.0]), [0.5, 0.5]);
        assert_eq!(widths(&[1e9, 1.0, 1.0]), [0.98, 0.01, 0.01]);
        assert!(widths(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn parts_fill_the_bar(amounts in prop::collection::vec(1e-6..1e18, 1..MOST)) {
            let widths = widths(&amounts);
            prop_assert!((widths.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(widths.iter().all(|width| *width > NARROWEST * 0.8), "{widths:?}");
        }
    }
}
