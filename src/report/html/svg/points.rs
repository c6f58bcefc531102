//! Points on an axis that goes from the oldest to the newest: commits, runs, days.

use super::number::tenths;
use crate::metrics::stats::as_f64;
use crate::report::html::escape::Markup;
use crate::system::plain::shortened;

/// What evenly spaced points are called.
#[derive(Clone, Copy, Debug, Default)]
pub struct Points<'a> {
    /// What stands below the first point, such as a date; left out where it is the same as the last.
    pub first: &'a str,
    /// What stands below the last point.
    pub last: &'a str,
    /// What a point tells while it is pointed at, such as `14 findings · 3f2a91c · 2026-11-02`, what matters first; those that
    /// are missing tell nothing. Of more than 60 points only some tell.
    pub titles: &'a [String],
}

/// So much of a title is told at once: what stands in a chart on a phone. The browser's hint tells the rest.
const TOLD: usize = 50;
/// So many points can be pointed at.
const TARGETS: usize = 60;

/// The points that can be pointed at, evenly spread, the first and the last among them.
pub(super) fn targets(count: usize) -> Vec<usize> {
    if count <= TARGETS {
        return (0..count).collect();
    }
    (0..TARGETS)
        .map(|at| at * (count - 1) / (TARGETS - 1))
        .collect()
}

/// Invisible bands that tell the points' titles, in a corner of the chart and at once: a browser's own hint waits, and never
/// comes on a touch screen. `x` is where a point lies, from 0 to 1; at `dots`, upwards from 0 to 1, it is marked meanwhile.
pub(super) fn tell(
    count: usize,
    titles: &[String],
    x: impl Fn(usize) -> f64,
    dots: impl Fn(usize) -> Vec<f64>,
    out: &mut Markup,
) {
    let targets = targets(count);
    let middle = |one: usize, other: usize| x(one).midpoint(x(other));
    let half = 0.5 / as_f64(targets.len().max(1));
    out.raw("<g class=\"tell\">");
    for (number, point) in targets.iter().copied().enumerate() {
        let Some(title) = titles.get(point).filter(|title| !title.is_empty()) else {
            continue;
        };
        let before = number.checked_sub(1).and_then(|at| targets.get(at));
        let after = targets.get(number + 1);
        let left = before.map_or(x(point) - half, |before| middle(*before, point));
        let right = after.map_or(x(point) + half, |after| middle(point, *after));
        let (left, right) = (left.max(0.0), right.min(1.0));
        let told = shortened(title, TOLD);
        out.raw("<g>");
        if told != title.as_str() {
            out.raw("<title>").text(title).raw("</title>");
        }
        out.raw("<rect x=\"").text(tenths(left * 100.0));
        out.raw("%\" width=\"").text(tenths((right - left) * 100.0));
        out.raw("%\" height=\"100%\"/>");
        for place in dots(point) {
            out.raw("<circle cx=\"").text(tenths(x(point) * 100.0));
            out.raw("%\" cy=\"").text(tenths((1.0 - place) * 100.0));
            out.raw("%\" r=\"4\"/>");
        }
        out.raw("<text class=\"end\" x=\"100%\" dx=\"48\" dy=\"-16\">");
        out.text(told).raw("</text></g>");
    }
    out.raw("</g>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_titles_are_told_in_full_by_the_hint() {
        let titles = ["3 findings".to_owned(), "x".repeat(80)];
        let mut out = Markup::new();
        tell(2, &titles, as_f64, |_| Vec::new(), &mut out);
        let out = out.to_string();
        assert!(out.contains(">3 findings</text>"), "{out}");
        assert!(
            out.contains(&format!("<title>{}</title>", "x".repeat(80))),
            "{out}"
        );
        assert!(
            out.contains(&format!(">{}…</text>", "x".repeat(49))),
            "{out}"
        );
        assert_eq!(out.matches("<title>").count(), 1);
    }

    #[test]
    fn some_of_many_can_be_pointed_at() {
        assert_eq!(targets(0), Vec::<usize>::new());
        assert_eq!(targets(3), [0, 1, 2]);
        let many = targets(10_000);
        assert_eq!(
            (many.len(), many.first(), many.last()),
            (60, Some(&0), Some(&9999))
        );
        assert!(many.is_sorted_by(|one, next| one < next));
        assert!(targets(61).is_sorted_by(|one, next| one < next));
    }
}
