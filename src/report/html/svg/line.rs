//! Lines over a sequence of points.

use super::caption::Caption;
use super::number::short;
use super::plot;
use super::points::{self, Points};
use super::scale::Even;
use super::series::{Drawn, place_of};
use super::tone::Tone;
use crate::report::html::escape::Markup;

/// Where the axis of the values begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// At zero, or at the smallest value if that is below.
    #[default]
    Zero,
    /// At the last tick below the smallest value: small changes of large values show.
    Nice,
}

/// One line.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// Its colour.
    pub tone: Tone,
    /// A value for each point, oldest first; the line has a gap where there is none.
    pub values: &'a [Option<f64>],
}

/// One or several lines over the same points. With more than one, give a [`super::legend()`] beside it.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// What it is called.
    pub caption: Caption<'a>,
    /// What the values are, to stand above the axis; may be empty.
    pub unit: &'a str,
    /// Where the axis begins.
    pub base: Base,
    /// The lines, the most important first.
    pub series: &'a [Series<'a>],
    /// What the points are.
    pub points: Points<'a>,
}

/// Draws the lines, with the value of the last point of each.
pub fn line(chart: &Line<'_>) -> Markup {
    let series: Vec<Drawn> = chart.series.iter().map(Drawn::of).collect();
    let count = series.iter().map(|one| one.values.len()).max().unwrap_or(0);
    let values = || {
        series
            .iter()
            .flat_map(|one| one.values.iter().flatten().copied())
    };
    let lowest = values().reduce(f64::min);
    let (low, high) = (
        lowest.unwrap_or(0.0),
        values().fold(lowest.unwrap_or(0.0), f64::max),
    );
    let whole = values().all(|value| value.fract() == 0.0);
    let axis = match chart.base {
        Base::Zero => Even::new(low.min(0.0), high.max(0.0), whole),
        Base::Nice => Even::new(low, high, whole),
    };
    let x = |point: usize| place_of(point, count);

    let mut out = plot::open(&chart.caption, chart.unit, &axis, &chart.points);
    let has_ground = chart.base == Base::Zero && series.len() == 1;
    let ground = has_ground.then(|| plot::down(axis.place(0.0)));
    // The most important line is drawn last, upon the others.
    for one in series.iter().rev() {
        one.draw(&axis, x, ground, &mut out);
    }
    out.raw("</svg>");
    if lowest.is_none() {
        plot::nothing(&mut out);
    }
    let last = series.iter().filter_map(Drawn::last);
    for (place, value) in apart(last.map(|(_, value)| (axis.place(value), value)).collect()) {
        plot::value_at_end(place, &short(value), &mut out);
    }
    points::tell(
        if lowest.is_some() { count } else { 0 },
        chart.points.titles,
        x,
        |point| {
            let at = |one: &Drawn| one.values.get(point).copied().flatten();
            let drawn = series.iter().filter_map(at);
            drawn.map(|value| axis.place(value)).collect()
        },
        &mut out,
    );
    out.raw("</svg>");
    out
}

/// More labels than this would fill the margin.
const LABELS: usize = 6;
/// How far apart the middles of labels lie: a line of text in the height of the chart.
const APART: f64 = 0.1;

/// Places of labels so that none lies upon another, as near as can be to where they belong.
fn apart(mut labels: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    labels.truncate(LABELS);
    labels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut floor = f64::NEG_INFINITY;
    for label in &mut labels {
        label.0 = label.0.max(floor);
        floor = label.0 + APART;
    }
    let mut ceiling = 1.0_f64;
    for label in labels.iter_mut().rev() {
        label.0 = label.0.min(ceiling);
        ceiling = label.0 - APART;
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_make_room_for_each_other() {
        let places = |labels: &[f64]| -> Vec<i64> {
            let labels = labels.iter().map(|place| (*place, 0.0)).collect();
            apart(labels)
                .iter()
                .map(|(place, _)| crate::report::html::svg::number::rounded(place * 1000.0))
                .collect()
        };
        assert_eq!(places(&[0.1, 0.5]), [100, 500]);
        assert_eq!(places(&[0.5, 0.5]), [500, 600]);
        assert_eq!(places(&[1.0, 1.0]), [900, 1000]);
        assert!(places(&[]).is_empty());
    }
}
