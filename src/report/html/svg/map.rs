//! Files by how often they change and how complicated they are.

use super::caption::{Caption, Role};
use super::labels::{self, Circle, Room};
use super::number::{self, tenths};
use super::plot;
use super::scale::{self, Root};
use crate::report::html::escape::Markup;

/// One circle, linked to where its file is told about.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    /// What may stand beside it: the file's name, or its path if that is short.
    pub label: &'a str,
    /// What it tells while it is pointed at or has the focus, and to screen readers: the path and the figures.
    pub title: &'a str,
    /// The identifier in the page that it leads to, without `#`.
    pub target: &'a str,
    /// To the right: how often it changed.
    pub changes: f64,
    /// Upwards: how complicated it is.
    pub complexity: f64,
    /// Its size: the area of the circle, within bounds.
    pub lines: u64,
    /// What decides which circles have a label, and which are drawn at all if there are too many; the larger the worse.
    pub score: f64,
}

/// Files as circles: the upper right is where they are changed often and hard to change.
#[derive(Clone, Copy, Debug)]
pub struct Map<'a> {
    /// What it is called.
    pub caption: Caption<'a>,
    /// What lies to the right, such as `changes in a year`.
    pub changes: &'a str,
    /// What lies upwards, such as `complexity`.
    pub complexity: &'a str,
    /// The files, in any order; the [`MOST`] of the highest score are drawn.
    pub spots: &'a [Spot<'a>],
}

/// So many circles at most: more cannot be told apart, and each is a stop of the tabulator key.
pub const MOST: usize = 150;

/// So many files have a label, and stand out.
const NAMED: usize = 8;
/// The radius of a circle, in pixels, from the smallest file to the largest.
const RADIUS: (f64, f64) = (4.0, 22.0);
/// The lines of a file whose circle is the largest, unless there is a longer one: where all files are short, all circles are
/// small, and do not cover each other.
const LONG: f64 = 2000.0;

/// Where zero and the highest value lie from left to right: circles at the edges touch no letters.
const ACROSS: (f64, f64) = (0.035, 0.975);
/// And from bottom to top.
const UP: (f64, f64) = (0.07, 0.94);

/// The rooms that labels are laid out for, each the least of what its style sheet's class is shown in, with the part of the
/// radius that circles have there.
const ROOMS: [(&str, Room); 3] = [
    (
        "<g class=\"name name-narrow\">",
        Room {
            longest: 16,
            width: 236.0,
            height: 268.0,
            scale: 0.6,
        },
    ),
    (
        "<g class=\"name name-middle\">",
        Room {
            longest: 22,
            width: 540.0,
            height: 328.0,
            scale: 1.0,
        },
    ),
    (
        "<g class=\"name name-wide\">",
        Room {
            longest: 22,
            width: 860.0,
            height: 328.0,
            scale: 1.0,
        },
    ),
];

/// Draws the files.
pub fn map(chart: &Map<'_>) -> Markup {
    let spots = worst(chart.spots);
    let most = |of: fn(&Spot<'_>) -> f64| spots.iter().map(of).fold(0.0, f64::max);
    let across = Root::new(most(|spot| spot.changes), ACROSS);
    let up = Root::new(most(|spot| spot.complexity), UP);
    let lines = most(|spot| number::float(spot.lines)).max(LONG);
    let circles: Vec<Circle> = spots
        .iter()
        .map(|spot| Circle {
            x: across.place(spot.changes),
            y: 1.0 - up.place(spot.complexity),
            radius: (RADIUS.1 * (number::float(spot.lines) / lines).sqrt())
                .clamp(RADIUS.0, RADIUS.1),
        })
        .collect();

    let mut out = Markup::new();
    open(chart, &across, &up, &mut out);
    for (number, (spot, circle)) in spots.iter().zip(&circles).enumerate() {
        out.raw("<a href=\"#")
            .text(spot.target)
            .raw("\" aria-label=\"")
            .text(spot.title);
        out.raw(if number < NAMED {
            "\" class=\"hot\"><circle cx=\""
        } else {
            "\"><circle cx=\""
        });
        out.text(tenths(circle.x * 100.0))
            .raw("%\" cy=\"")
            .text(tenths(circle.y * 100.0));
        out.raw("%\" r=\"")
            .text(tenths(circle.radius))
            .raw("\"/><text class=\"end\" x=\"100%\" dx=\"16\" dy=\"-16\">");
        out.text(spot.title).raw("</text></a>");
    }
    if spots.is_empty() {
        plot::nothing(&mut out);
    }
    let names: Vec<&str> = spots.iter().take(NAMED).map(|spot| spot.label).collect();
    for (group, room) in ROOMS {
        out.raw(group);
        for label in labels::laid_out(&names, &circles, &room) {
            label.write(&mut out);
        }
        out.raw("</g>");
    }
    out.raw("</svg></div>");
    out
}

/// Those that can be drawn, the highest score first: the smaller ones then lie upon them, and the keyboard reaches the worst
/// at once.
fn worst<'a>(spots: &[Spot<'a>]) -> Vec<Spot<'a>> {
    let drawn = spots.iter().filter_map(|spot| {
        Some(Spot {
            changes: scale::drawn(spot.changes)?,
            complexity: scale::drawn(spot.complexity)?,
            score: scale::drawn(spot.score).unwrap_or(f64::MIN),
            ..*spot
        })
    });
    let mut drawn: Vec<Spot<'_>> = drawn.collect();
    drawn.sort_by(|one, other| {
        other
            .score
            .total_cmp(&one.score)
            .then_with(|| one.title.cmp(other.title))
    });
    drawn.truncate(MOST);
    drawn
}

/// Begins the chart: names, the shade at the upper right, grid and axes.
fn open(chart: &Map<'_>, across: &Root, up: &Root, out: &mut Markup) {
    out.raw("<div class=\"chart-room\"><svg class=\"chart map\" width=\"100%\" height=\"400\"");
    chart.caption.attributes(Role::Group, out);
    out.raw(">");
    chart.caption.elements(out);
    let id = chart.caption.safe_id();
    out.raw("<defs><radialGradient cx=\"1\" cy=\"0\" r=\"1\" id=\"")
        .text(&id);
    out.raw(
        "-g\"><stop offset=\"0\"/><stop class=\"faint\" offset=\"1\"/></radialGradient></defs>",
    );
    out.raw("<rect width=\"100%\" height=\"100%\" fill=\"url(#")
        .text(&id)
        .raw("-g)\"/>");
    let (rows, columns) = (up.ticks(0.13), across.ticks(0.13));
    plot::stretch(&rows, &columns, out);
    out.raw("</svg>");
    plot::upright_texts(chart.complexity, &rows, out);
    out.raw("<g class=\"x\" transform=\"translate(0 20)\">");
    for (place, text) in columns {
        out.raw("<text y=\"100%\" x=\"")
            .text(tenths(place * 100.0))
            .raw("%\">")
            .text(text)
            .raw("</text>");
    }
    out.raw("</g><text class=\"end\" x=\"100%\" y=\"100%\" dy=\"38\">");
    out.text(chart.changes).raw("</text>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_are_drawn() {
        let spot = |score, changes| Spot {
            label: "a.rs",
            title: "a.rs",
            target: "a",
            changes,
            complexity: 1.0,
            lines: 1,
            score,
        };
        let mut spots = vec![spot(f64::NAN, 1.0), spot(5.0, f64::INFINITY)];
        spots.extend((0_u8..200).map(|score| spot(f64::from(score), 1.0)));
        let worst = worst(&spots);
        assert_eq!(worst.len(), MOST);
        assert_eq!(super::super::number::rounded(worst[0].score), 199);
    }
}
