//! A row of small bars, for a cell of a table.

use std::fmt::Write as _;

use super::caption::{self, Caption};
use super::number::tenths;
use super::scale;
use crate::metrics::stats::as_f64;
use crate::report::html::escape::Markup;

/// One bar.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// Its height, from zero.
    pub value: f64,
    /// How much of the value failed, drawn from the ground in another colour; 0 for none, the value for all.
    pub failed: f64,
}

/// Bars of the same scale, oldest first. More than [`MOST`] are merged: each is then the largest of its neighbours.
#[derive(Clone, Copy, Debug)]
pub struct Bars<'a> {
    /// What it is called; nothing where the table tells the same in numbers, and then screen readers pass it by.
    pub caption: Option<Caption<'a>>,
    /// The bars; a dot on the ground where there is none.
    pub bars: &'a [Option<Bar>],
    /// What each bar tells when it is pointed at; may be empty or shorter.
    pub titles: &'a [String],
}

/// So many bars at most, of two pixels each.
pub const MOST: usize = 60;

/// The picture, in pixels.
const WIDTH: f64 = 120.0;
/// See [`WIDTH`].
const HEIGHT: f64 = 24.0;
/// From one bar to the next: as wide as there is room for.
const PITCHES: [u8; 5] = [8, 6, 4, 3, 2];

/// Draws the bars.
pub fn bars(chart: &Bars<'_>) -> Markup {
    let mut out = Markup::new();
    out.raw("<svg class=\"chart bars\" viewBox=\"0 0 120 24\" width=\"120\" height=\"24\"");
    caption::optional(chart.caption.as_ref(), &mut out);
    let merged = merged(chart.bars);
    let most = merged
        .iter()
        .filter_map(|(_, bar)| Some((*bar)?.value))
        .fold(0.0, f64::max);
    let wide = |pitch: &u8| as_f64(merged.len()) * f64::from(*pitch) <= WIDTH;
    let pitch = f64::from(PITCHES.into_iter().find(wide).unwrap_or(2));
    let mut plain = Pieces::default();
    // The newest stands at the right edge.
    let start = WIDTH - as_f64(merged.len()) * pitch;
    for (number, (point, bar)) in merged.iter().enumerate() {
        let x = start + as_f64(number) * pitch;
        let Some(title) = chart.titles.get(*point).filter(|title| !title.is_empty()) else {
            plain.add(x, pitch, *bar, most);
            continue;
        };
        let mut one = Pieces::default();
        one.add(x, pitch, *bar, most);
        out.raw("<g><title>")
            .text(title)
            .raw("</title><rect x=\"")
            .text(tenths(x));
        out.raw("\" width=\"")
            .text(tenths(pitch))
            .raw("\" height=\"24\"/>");
        one.write(&mut out);
        out.raw("</g>");
    }
    plain.write(&mut out);
    out.raw("</svg>");
    out
}

/// Paths of what looks the same.
#[derive(Default)]
struct Pieces {
    passed: String,
    failed: String,
    gaps: String,
}

impl Pieces {
    fn add(&mut self, x: f64, pitch: f64, bar: Option<Bar>, most: f64) {
        let width = match pitch {
            pitch if pitch > 3.0 => pitch - 2.0,
            pitch if pitch > 2.0 => pitch - 1.0,
            pitch => pitch - 0.6,
        };
        let Some(bar) = bar else {
            let middle = tenths(x + width / 2.0);
            // A String takes everything.
            let _ = write!(self.gaps, "M{middle} {}h0", HEIGHT - 1.0);
            return;
        };
        let share = if most > 0.0 { bar.value / most } else { 0.0 };
        // What is there shows, be it nothing: it differs from a gap.
        let height = (share * HEIGHT).max(1.0);
        let failed = match bar.failed / bar.value {
            part if part > 0.0 => (part.min(1.0) * height).max(1.0),
            _ => 0.0,
        };
        if failed > 0.0 {
            upright(&mut self.failed, x, width, HEIGHT, failed);
        }
        if height > failed {
            upright(&mut self.passed, x, width, HEIGHT - failed, height - failed);
        }
    }

    fn write(&self, out: &mut Markup) {
        if !self.passed.is_empty() {
            out.raw("<path d=\"").text(&self.passed).raw("\"/>");
        }
        if !self.failed.is_empty() {
            out.raw("<path class=\"failed\" d=\"")
                .text(&self.failed)
                .raw("\"/>");
        }
        if !self.gaps.is_empty() {
            out.raw("<path class=\"gap\" d=\"")
                .text(&self.gaps)
                .raw("\"/>");
        }
    }
}

/// A rectangle that stands on `ground`.
fn upright(path: &mut String, x: f64, width: f64, ground: f64, height: f64) {
    let (x, width, ground, height) = (tenths(x), tenths(width), tenths(ground), tenths(height));
    // A String takes everything.
    let _ = write!(path, "M{x} {ground}v-{height}h{width}v{height}z");
}

/// The bars that are drawn, each with the number of the one whose title it has.
fn merged(bars: &[Option<Bar>]) -> Vec<(usize, Option<Bar>)> {
    let bars: Vec<(usize, Option<Bar>)> = bars
        .iter()
        .map(|bar| bar.and_then(drawn))
        .enumerate()
        .collect();
    let size = bars.len().div_ceil(MOST).max(1);
    let value = |bar: &(usize, Option<Bar>)| bar.1.map_or(-1.0, |bar| bar.value);
    let largest = |group: &[(usize, Option<Bar>)]| {
        group
            .iter()
            .copied()
            .max_by(|one, other| value(one).total_cmp(&value(other)))
    };
    bars.chunks(size).filter_map(largest).collect()
}

/// The bar with values that can be drawn.
fn drawn(bar: Bar) -> Option<Bar> {
    Some(Bar {
        value: scale::drawn(bar.value)?.max(0.0),
        failed: scale::drawn(bar.failed).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_stands_on_the_ground() {
        let mut pieces = Pieces::default();
        let bar = Bar {
            value: 4.0,
            failed: 1.0,
        };
        pieces.add(0.0, 6.0, Some(bar), 4.0);
        assert_eq!(pieces.failed, "M0 24v-6h4v6z");
        assert_eq!(pieces.passed, "M0 18v-18h4v18z");
    }

    #[test]
    fn nothing_is_not_a_gap() {
        let mut pieces = Pieces::default();
        pieces.add(
            0.0,
            6.0,
            Some(Bar {
                value: 0.0,
                failed: 0.0,
            }),
            0.0,
        );
        pieces.add(6.0, 6.0, None, 0.0);
        assert_eq!(
            (pieces.passed.as_str(), pieces.gaps.as_str()),
            ("M0 24v-1h4v1z", "M8 23h0")
        );
    }

    #[test]
    fn of_many_the_largest_are_drawn() {
        let bar = |value| Some(Bar { value, failed: 0.0 });
        let mut many = vec![bar(1.0); 1000];
        many[500] = bar(9.0);
        let merged = merged(&many);
        assert!(merged.len() <= MOST);
        assert!(
            merged
                .iter()
                .any(|(point, bar)| *point == 500 && bar.is_some_and(|bar| bar.value > 8.0))
        );
    }
}
