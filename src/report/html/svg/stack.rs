//! Counts that add up, as areas upon each other.

use super::caption::Caption;
use super::number::{self, short};
use super::plot::{self, Pen};
use super::points::{self, Points};
use super::scale::{self, Even};
use super::tone::Tone;
use crate::metrics::stats::as_f64;
use crate::report::html::escape::Markup;

/// One area.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// Its colour.
    pub tone: Tone,
    /// A count for each point, oldest first.
    pub counts: &'a [u64],
}

/// Areas in steps over the same points. Give a [`super::legend()`] beside it.
#[derive(Clone, Copy, Debug)]
pub struct Stack<'a> {
    /// What it is called.
    pub caption: Caption<'a>,
    /// What is counted, to stand above the axis; may be empty.
    pub unit: &'a str,
    /// The areas, the lowest first: what matters most stands on the ground, where its height is read best.
    pub layers: &'a [Layer<'a>],
    /// What the points are.
    pub points: Points<'a>,
}

/// Draws the areas, with the sum at the last point.
pub fn stack(chart: &Stack<'_>) -> Markup {
    let count = chart
        .layers
        .iter()
        .map(|layer| layer.counts.len())
        .max()
        .unwrap_or(0);
    let sums = sums(chart.layers, count);
    let totals = sums.last().map(Vec::as_slice).unwrap_or_default();
    let high = totals.iter().copied().fold(0.0, f64::max);
    let axis = Even::new(0.0, high, true);

    let mut out = plot::open(&chart.caption, chart.unit, &axis, &chart.points);
    let columns = columns(totals);
    // An area reaches to the ground, and the lower ones are drawn upon it.
    for (layer, sums) in chart.layers.iter().zip(&sums).rev() {
        if sums.iter().any(|sum| *sum > 0.0) {
            out.raw("<path class=\"area ")
                .raw(layer.tone.class())
                .raw("\" d=\"");
            out.text(steps(sums, &columns, &axis).path()).raw("\"/>");
        }
    }
    out.raw("</svg>");
    match totals.last() {
        Some(total) => plot::value_at_end(axis.place(*total), &short(*total), &mut out),
        None => plot::nothing(&mut out),
    }
    points::tell(
        totals.len(),
        chart.points.titles,
        |point| (as_f64(point) + 0.5) / as_f64(count.max(1)),
        |_| Vec::new(),
        &mut out,
    );
    out.raw("</svg>");
    out
}

/// For each layer, the sums of it and of those below, at each point.
fn sums(layers: &[Layer<'_>], count: usize) -> Vec<Vec<f64>> {
    let mut below = vec![0.0; count];
    let mut sums = Vec::with_capacity(layers.len());
    for layer in layers {
        for (sum, more) in below.iter_mut().zip(layer.counts) {
            *sum = scale::drawn(*sum + number::float(*more)).unwrap_or_default();
        }
        sums.push(below.clone());
    }
    sums
}

/// More columns than this cannot be told apart.
const COLUMNS: usize = 500;

/// The points that are drawn: of many, the highest of each group of neighbours.
fn columns(totals: &[f64]) -> Vec<usize> {
    let points: Vec<(usize, f64)> = totals.iter().copied().enumerate().collect();
    let size = points.len().div_ceil(COLUMNS).max(1);
    let highest = |group: &[(usize, f64)]| {
        group
            .iter()
            .copied()
            .max_by(|one, other| one.1.total_cmp(&other.1))
    };
    points
        .chunks(size)
        .filter_map(highest)
        .map(|(point, _)| point)
        .collect()
}

/// The outline of an area, level in each column.
fn steps(sums: &[f64], columns: &[usize], axis: &Even) -> Pen {
    let mut pen = Pen::default();
    let ground = plot::down(0.0);
    pen.jump(0, ground);
    let mut height = ground;
    for (number, point) in columns.iter().enumerate() {
        let top = plot::down(axis.place(sums.get(*point).copied().unwrap_or_default()));
        if top != height {
            let left = plot::across(as_f64(number) / as_f64(columns.len()));
            if left > 0 {
                pen.level(left);
            }
            pen.upright(top);
            height = top;
        }
    }
    pen.level(plot::across(1.0));
    pen.upright(ground);
    pen.shut();
    pen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_level_and_changes_are_upright() {
        let sums = [0.0, 2.0, 2.0, 4.0];
        let pen = steps(&sums, &columns(&sums), &Even::new(0.0, 4.0, true));
        assert_eq!(pen.path(), "M0 1000h2500v-500h5000v-500h2500v1000z");
    }

    #[test]
    fn of_many_points_the_peaks_are_drawn() {
        let mut totals = vec![1.0; 10_000];
        totals[4242] = 7.0;
        let columns = columns(&totals);
        assert!(columns.len() <= COLUMNS && columns.contains(&4242));
    }

    #[test]
    fn shorter_layers_end_early_and_huge_ones_stay_finite() {
        let layer = |counts| Layer {
            tone: Tone::Accent,
            counts,
        };
        let sums = sums(&[layer(&[1, 2]), layer(&[u64::MAX])], 2);
        assert_eq!(sums, [[1.0, 2.0], [1e18, 2.0]]);
    }
}
