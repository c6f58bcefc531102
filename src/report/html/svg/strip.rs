//! How a test fared in each run, as a row of marks.

use super::caption::{self, Caption};
use crate::report::html::escape::Markup;

/// How it went, told by shape as well as by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A filled square.
    Passed,
    /// A square with a cross.
    Failed,
    /// A triangle with an exclamation mark: it could not be run to its end.
    Error,
    /// A flat bar.
    Skipped,
    /// A square cut in two along its diagonal: it passed and failed.
    Flaky,
    /// A dot: the run did not have it.
    Absent,
}

/// One run.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// How it went.
    pub mark: Mark,
    /// What it tells when it is pointed at; may be empty.
    pub title: &'a str,
}

/// The runs of a test, oldest first. Where there is too little room, the oldest are cut off at the left.
#[derive(Clone, Copy, Debug)]
pub struct Strip<'a> {
    /// What it is called; nothing where the table tells the same in words, and then screen readers pass it by.
    pub caption: Option<Caption<'a>>,
    /// The runs; the newest [`MOST`] are drawn.
    pub cells: &'a [Cell<'a>],
}

/// So many runs at most.
pub const MOST: usize = 100;

/// From one mark to the next, in pixels; a mark is 12 wide and high.
const PITCH: usize = 15;

/// Draws the runs.
pub fn strip(chart: &Strip<'_>) -> Markup {
    let skipped = chart.cells.len().saturating_sub(MOST);
    let cells = chart.cells.get(skipped..).unwrap_or_default();
    let width = (cells.len() * PITCH).saturating_sub(3).max(1);
    let mut out = Markup::new();
    // Where it is narrower than its marks, it keeps their size and its right end.
    out.raw(
        "<svg class=\"chart strip\" preserveAspectRatio=\"xMaxYMid slice\" height=\"12\" width=\"",
    );
    out.text(width)
        .raw("\" viewBox=\"0 0 ")
        .text(width)
        .raw(" 12\"");
    caption::optional(chart.caption.as_ref(), &mut out);
    for (number, cell) in cells.iter().enumerate() {
        cell.mark.draw(number * PITCH, cell.title, &mut out);
    }
    out.raw("</svg>");
    out
}

/// A list of marks with what they mean.
pub fn marks(names: &[(Mark, &str)]) -> Markup {
    let mut out = Markup::new();
    out.raw("<ul class=\"legend\">");
    for (mark, name) in names {
        out.raw("<li><svg class=\"chart strip\" viewBox=\"0 0 12 12\" width=\"12\" height=\"12\" aria-hidden=\"true\">");
        mark.draw(0, "", &mut out);
        out.raw("</svg>").text(name).raw("</li>");
    }
    out.raw("</ul>");
    out
}

impl Mark {
    const fn class(self) -> &'static str {
        match self {
            Self::Passed => "m-passed",
            Self::Failed => "m-failed",
            Self::Error => "m-error",
            Self::Skipped => "m-skipped",
            Self::Flaky => "m-flaky",
            Self::Absent => "m-absent",
        }
    }

    /// The shape in a square of 12, from its upper left corner on.
    const fn shape(self) -> &'static str {
        match self {
            Self::Passed | Self::Failed => "m1.5 1.5h9v9h-9z",
            Self::Error => "m6 1.5 4.8 9h-9.6z",
            Self::Skipped => "m2 6h8",
            // What both parts cover stays empty.
            Self::Flaky => "m1.5 1.5h9v9h-9zm0 9v-9h9z",
            Self::Absent => "m6 6h0",
        }
    }

    /// What is drawn upon the shape.
    const fn sign(self) -> Option<&'static str> {
        match self {
            Self::Failed => Some("m3.8 3.8 4.4 4.4m0-4.4-4.4 4.4"),
            Self::Error => Some("m6 4.5v2.7m0 1.8h0"),
            Self::Passed | Self::Skipped | Self::Flaky | Self::Absent => None,
        }
    }

    fn draw(self, x: usize, title: &str, out: &mut Markup) {
        let path = |shape: &'static str, out: &mut Markup| {
            out.raw(" d=\"M").text(x).raw(" 0").raw(shape).raw("\"");
        };
        let Some(sign) = self.sign() else {
            out.raw("<path class=\"").raw(self.class()).raw("\"");
            path(self.shape(), out);
            told(title, out);
            return;
        };
        out.raw("<g class=\"").raw(self.class()).raw("\"><path");
        path(self.shape(), out);
        out.raw("/><path class=\"sign\"");
        path(sign, out);
        out.raw("/>");
        if !title.is_empty() {
            out.raw("<title>").text(title).raw("</title>");
        }
        out.raw("</g>");
    }
}

/// Ends a path that has nothing but a title.
fn told(title: &str, out: &mut Markup) {
    if title.is_empty() {
        out.raw("/>");
    } else {
        out.raw("><title>").text(title).raw("</title></path>");
    }
}
