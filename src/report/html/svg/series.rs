//! One line of a chart: its values, its gaps, and how it is drawn.

use super::line::Series;
use super::plot::{self, Pen};
use super::scale::{self, Even};
use super::tone::Tone;
use crate::metrics::stats::as_f64;
use crate::report::html::escape::Markup;

/// A series with values that can be drawn.
pub(super) struct Drawn {
    tone: Tone,
    pub(super) values: Vec<Option<f64>>,
}

impl Drawn {
    /// The series without what is not a number.
    pub(super) fn of(series: &Series<'_>) -> Self {
        let values = series.values.iter();
        Self {
            tone: series.tone,
            values: values.map(|value| value.and_then(scale::drawn)).collect(),
        }
    }

    /// The last point that has a value.
    pub(super) fn last(&self) -> Option<(usize, f64)> {
        let mut values = self.values.iter().enumerate();
        values
            .rfind(|(_, value)| value.is_some())
            .and_then(|(point, value)| Some((point, (*value)?)))
    }

    /// The line, its dot at the end and, where there is a ground, the area between.
    pub(super) fn draw(
        &self,
        axis: &Even,
        x: impl Fn(usize) -> f64,
        ground: Option<i64>,
        out: &mut Markup,
    ) {
        let Some((last, value)) = self.last() else {
            return;
        };
        let (mut line, mut area, mut dots) = (Pen::default(), Pen::default(), Pen::default());
        for run in runs(&self.values) {
            let place = |(point, value): &(usize, f64)| {
                (plot::across(x(*point)), plot::down(axis.place(*value)))
            };
            let Some((first_x, first_y)) = run.first().map(place) else {
                continue;
            };
            if run.len() == 1 {
                dots.dot(first_x, first_y);
                continue;
            }
            line.jump(first_x, first_y);
            if let Some(ground) = ground {
                area.jump(first_x, ground);
                area.upright(first_y);
            }
            for (x, y) in run.iter().skip(1).map(place) {
                line.line(x, y);
                if ground.is_some() {
                    area.line(x, y);
                }
            }
            if let Some(ground) = ground {
                area.upright(ground);
                area.shut();
            }
        }
        let mut end = Pen::default();
        end.dot(plot::across(x(last)), plot::down(axis.place(value)));
        out.raw("<g class=\"").raw(self.tone.class()).raw("\">");
        let paths = [
            ("<path class=\"area\" d=\"", &area),
            ("<path class=\"line\" d=\"", &line),
            ("<path class=\"lone\" d=\"", &dots),
            ("<path class=\"dot\" d=\"", &end),
        ];
        for (start, pen) in paths {
            if !pen.path().is_empty() {
                out.raw(start).text(pen.path()).raw("\"/>");
            }
        }
        out.raw("</g>");
    }
}

/// Where a point lies from left to right; a single one is the newest.
pub(super) fn place_of(point: usize, count: usize) -> f64 {
    match count {
        0 | 1 => 1.0,
        count => as_f64(point) / as_f64(count - 1),
    }
}

/// More points than this cannot be told apart.
const POINTS: usize = 600;

/// The points between gaps. Of many, the lowest and the highest of each group of neighbours: what sticks out stays.
fn runs(values: &[Option<f64>]) -> Vec<Vec<(usize, f64)>> {
    let points: Vec<(usize, Option<f64>)> = values.iter().copied().enumerate().collect();
    let size = (2 * points.len()).div_ceil(POINTS).max(1);
    let mut runs = vec![Vec::new()];
    for group in points.chunks(if size > 2 { size } else { 1 }) {
        let known = || {
            group
                .iter()
                .filter_map(|(point, value)| Some((*point, (*value)?)))
        };
        let lowest = known().min_by(|one, other| one.1.total_cmp(&other.1));
        let highest = known().max_by(|one, other| one.1.total_cmp(&other.1));
        match (lowest, highest, runs.last_mut()) {
            (Some(lowest), Some(highest), Some(run)) => {
                let first = if lowest.0 <= highest.0 {
                    lowest
                } else {
                    highest
                };
                let second = if lowest.0 <= highest.0 {
                    highest
                } else {
                    lowest
                };
                run.push(first);
                if second.0 != first.0 {
                    run.push(second);
                }
            }
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_part_a_line_and_peaks_stay() {
        let values = [Some(1.0), Some(2.0), None, Some(3.0)];
        assert_eq!(runs(&values), [vec![(0, 1.0), (1, 2.0)], vec![(3, 3.0)]]);
        let mut many = vec![Some(5.0); 10_000];
        many[7777] = Some(99.0);
        let drawn: Vec<_> = runs(&many).into_iter().flatten().collect();
        assert!(drawn.len() <= POINTS, "{}", drawn.len());
        assert!(drawn.contains(&(7777, 99.0)));
        assert!(drawn.is_sorted_by(|one, next| one.0 < next.0));
    }
}
