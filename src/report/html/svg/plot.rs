//! The ground that lines and areas are drawn on: the `<svg>`, its grid, and the pen.

use std::fmt::Write as _;

use super::caption::{Caption, Role};
use super::number::{rounded, tenths};
use super::points::Points;
use super::scale::Even;
use crate::report::html::escape::Markup;

/// The units of the stretched part from left to right: fine enough that whole ones do.
pub(super) const WIDTH: f64 = 10_000.0;
/// And from top to bottom.
pub(super) const HEIGHT: f64 = 1000.0;

/// Begins a chart over points: names and the axes' texts. What is stretched is drawn after [`stretch`].
pub(super) fn open(caption: &Caption<'_>, unit: &str, axis: &Even, points: &Points<'_>) -> Markup {
    let mut out = Markup::new();
    out.raw("<svg class=\"chart over-points\" width=\"100%\" height=\"220\"");
    caption.attributes(Role::Picture, &mut out);
    out.raw(">");
    caption.elements(&mut out);
    let ticks = axis.ticks();
    upright_texts(unit, &ticks, &mut out);
    out.raw("<g transform=\"translate(0 20)\">");
    if points.first != points.last {
        out.raw("<text y=\"100%\">")
            .text(points.first)
            .raw("</text>");
    }
    out.raw("<text class=\"end\" x=\"100%\" y=\"100%\">")
        .text(points.last)
        .raw("</text></g>");
    stretch(&ticks, &[], &mut out);
    out
}

/// What stands left of an upright axis, and above it.
pub(super) fn upright_texts(unit: &str, ticks: &[(f64, String)], out: &mut Markup) {
    if !unit.is_empty() {
        out.raw("<text class=\"unit\" x=\"0\" y=\"0\" dx=\"-40\" dy=\"-16\">")
            .text(unit)
            .raw("</text>");
    }
    out.raw("<g class=\"y\" transform=\"translate(-8 4)\">");
    for (place, text) in ticks {
        out.raw("<text y=\"")
            .text(from_top(*place))
            .raw("%\">")
            .text(text)
            .raw("</text>");
    }
    out.raw("</g>");
}

/// Begins the part that is stretched, with its grid.
pub(super) fn stretch(rows: &[(f64, String)], columns: &[(f64, String)], out: &mut Markup) {
    out.raw("<svg viewBox=\"0 0 10000 1000\" preserveAspectRatio=\"none\" width=\"100%\" height=\"100%\">");
    let mut grid = String::new();
    // A String takes everything.
    for (place, _) in rows {
        let _ = write!(grid, "M0 {}h10000", down(*place));
    }
    for (place, _) in columns {
        let _ = write!(grid, "M{} 0v1000", across(*place));
    }
    out.raw("<path class=\"grid\" d=\"").text(grid).raw("\"/>");
}

/// Says that there is nothing to draw.
pub(super) fn nothing(out: &mut Markup) {
    out.raw("<text class=\"nothing\" x=\"50%\" y=\"50%\">nothing recorded yet</text>");
}

/// A value at the right end of the chart.
pub(super) fn value_at_end(place: f64, text: &str, out: &mut Markup) {
    out.raw("<text class=\"value\" x=\"100%\" dx=\"9\" dy=\"4\" y=\"");
    out.text(from_top(place))
        .raw("%\">")
        .text(text)
        .raw("</text>");
}

/// Percent from the top.
fn from_top(place: f64) -> impl std::fmt::Display {
    tenths((1.0 - place) * 100.0)
}

/// Units from the left.
pub(super) fn across(place: f64) -> i64 {
    rounded(place * WIDTH)
}

/// Units from the top.
pub(super) fn down(place: f64) -> i64 {
    rounded((1.0 - place) * HEIGHT)
}

/// Writes the `d` of a path, each point relative to the one before, which takes the fewest bytes.
#[derive(Debug, Default)]
pub(super) struct Pen {
    path: String,
    at: (i64, i64),
    drawing: bool,
}

impl Pen {
    /// To a place without a line.
    pub(super) fn jump(&mut self, x: i64, y: i64) {
        // A String takes everything.
        let _ = write!(self.path, "M{x} {y}");
        (self.at, self.drawing) = ((x, y), false);
    }

    /// To a place with a line.
    pub(super) fn line(&mut self, x: i64, y: i64) {
        let (dx, dy) = (x - self.at.0, y - self.at.1);
        let lead = match (self.drawing, dx < 0) {
            (false, _) => "l",
            (true, false) => " ",
            (true, true) => "",
        };
        let between = if dy < 0 { "" } else { " " };
        let _ = write!(self.path, "{lead}{dx}{between}{dy}");
        (self.at, self.drawing) = ((x, y), true);
    }

    /// To the right or left with a level line.
    pub(super) fn level(&mut self, x: i64) {
        let _ = write!(self.path, "h{}", x - self.at.0);
        (self.at.0, self.drawing) = (x, false);
    }

    /// Up or down with an upright line.
    pub(super) fn upright(&mut self, y: i64) {
        let _ = write!(self.path, "v{}", y - self.at.1);
        (self.at.1, self.drawing) = (y, false);
    }

    /// Back to the last jump.
    pub(super) fn shut(&mut self) {
        self.path.push('z');
        self.drawing = false;
    }

    /// A dot where it is: a line of no length with round ends, which no stretching distorts.
    pub(super) fn dot(&mut self, x: i64, y: i64) {
        self.jump(x, y);
        self.path.push_str("h0");
    }

    /// What has been written.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}
