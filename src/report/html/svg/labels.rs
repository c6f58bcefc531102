//! Where names stand among circles.

use unicode_width::UnicodeWidthStr;

use super::number::tenths;
use crate::metrics::stats::as_f64;
use crate::report::html::escape::Markup;

/// A circle: its middle as parts of the room from the left and from the top, its radius in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circle {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) radius: f64,
}

/// How large the room is, in pixels, which part of their radius circles have in it, and the longest name, in columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) longest: usize,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) scale: f64,
}

/// Where a name stands as seen from its circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Right,
    Left,
    Above,
    Below,
}

/// A name with its place.
#[derive(Clone, Debug)]
pub(super) struct Label {
    name: String,
    circle: Circle,
    radius: f64,
    side: Side,
}

/// A long name without its middle.
fn shortened(name: &str, longest: usize) -> String {
    if name.width() <= longest {
        return name.to_owned();
    }
    let half = longest.saturating_sub(1) / 2;
    let taken = |chars: &mut dyn Iterator<Item = char>| -> String {
        let mut room = half;
        let fits = |c: &char| {
            let width = UnicodeWidthStr::width(c.encode_utf8(&mut [0; 4]) as &str);
            let left = room.checked_sub(width);
            room = left.unwrap_or_default();
            left.is_some()
        };
        chars.take(longest).take_while(fits).collect()
    };
    let head = taken(&mut name.chars());
    let tail: String = taken(&mut name.chars().rev());
    format!("{head}…{}", tail.chars().rev().collect::<String>())
}

/// More circles than this may not be hidden behind a name.
const HIDDEN: usize = 3;

/// Finds a place for each name beside the circle of the same number: right, left, above or below, where no other name stands,
/// no circle with a name lies, and as few of the others as can be. A name without such a place is left out.
pub(super) fn laid_out(names: &[&str], circles: &[Circle], room: &Room) -> Vec<Label> {
    let mut taken: Vec<Area> = Vec::new();
    let mut labels = Vec::new();
    let (with_name, others) = circles
        .split_at_checked(names.len())
        .unwrap_or((circles, &[]));
    for (name, circle) in names.iter().zip(with_name) {
        let name = shortened(name, room.longest);
        let radius = circle.radius * room.scale;
        let places = [Side::Right, Side::Left, Side::Above, Side::Below]
            .into_iter()
            .filter_map(|side| {
                let label = Label {
                    name: name.clone(),
                    circle: *circle,
                    radius,
                    side,
                };
                let area = label.area(room);
                let meets = |circle: &&Circle| area.meets_circle(circle, room);
                let free = area.is_within(room)
                    && !taken.iter().any(|other| area.meets(other))
                    && !with_name.iter().any(|circle| meets(&circle));
                let hidden = others.iter().filter(meets).count();
                (free && hidden <= HIDDEN).then_some((hidden, label, area))
            });
        if let Some((_, label, area)) = places.min_by_key(|(hidden, _, _)| *hidden) {
            taken.push(area);
            labels.push(label);
        }
    }
    labels
}

/// What a column and a line of text take, in pixels.
const COLUMN: f64 = 6.4;
const LINE: f64 = 14.0;
/// Between a circle and its name.
const SPACE: f64 = 4.0;

impl Label {
    fn area(&self, room: &Room) -> Area {
        let (width, away) = (as_f64(self.name.width()) * COLUMN, self.radius + SPACE);
        let (x, y) = (self.circle.x * room.width, self.circle.y * room.height);
        let (left, top) = match self.side {
            Side::Right => (x + away, y - LINE / 2.0),
            Side::Left => (x - away - width, y - LINE / 2.0),
            Side::Above => (x - width / 2.0, y - away - LINE),
            Side::Below => (x - width / 2.0, y + away),
        };
        Area {
            left,
            top,
            right: left + width,
            bottom: top + LINE,
        }
    }

    /// The name as `<text>`.
    pub(super) fn write(&self, out: &mut Markup) {
        let away = self.radius + SPACE;
        let (class, dx, dy) = match self.side {
            Side::Right => ("<text x=\"", away, 4.0),
            Side::Left => ("<text class=\"end\" x=\"", -away, 4.0),
            Side::Above => ("<text class=\"middle\" x=\"", 0.0, -away),
            Side::Below => ("<text class=\"middle\" x=\"", 0.0, away + 9.0),
        };
        out.raw(class).text(tenths(self.circle.x * 100.0));
        out.raw("%\" y=\"")
            .text(tenths(self.circle.y * 100.0))
            .raw("%\" dx=\"")
            .text(tenths(dx));
        out.raw("\" dy=\"")
            .text(tenths(dy))
            .raw("\">")
            .text(&self.name)
            .raw("</text>");
    }
}

/// A rectangle, in pixels.
#[derive(Clone, Copy, Debug)]
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Area {
    /// A little of the margin belongs to the room, but not where a circle tells about itself.
    fn is_within(&self, room: &Room) -> bool {
        self.left >= -4.0
            && self.top >= -6.0
            && self.right <= room.width + 18.0
            && self.bottom <= room.height
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn meets_circle(&self, circle: &Circle, room: &Room) -> bool {
        let (x, y) = (circle.x * room.width, circle.y * room.height);
        let (near_x, near_y) = (
            x.clamp(self.left, self.right),
            y.clamp(self.top, self.bottom),
        );
        (x - near_x).hypot(y - near_y) < circle.radius * room.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room {
        longest: 28,
        width: 500.0,
        height: 300.0,
        scale: 1.0,
    };

    fn sides(circles: &[(f64, f64)], named: usize) -> Vec<Side> {
        let circles: Vec<Circle> = circles
            .iter()
            .map(|(x, y)| Circle {
                x: *x,
                y: *y,
                radius: 10.0,
            })
            .collect();
        let labels = laid_out(&vec!["a_file.rs"; named], &circles, &ROOM);
        labels.iter().map(|label| label.side).collect()
    }

    #[test]
    fn names_stand_where_there_is_room() {
        assert_eq!(sides(&[(0.5, 0.5)], 1), [Side::Right]);
        assert_eq!(sides(&[(1.0, 0.5)], 1), [Side::Left]);
        let neighbours = [(0.5, 0.5), (0.53, 0.5)];
        assert_eq!(sides(&neighbours, 2), [Side::Left, Side::Right]);
        assert_eq!(
            sides(&[(0.5, 0.5); 8], 8),
            [Side::Right, Side::Left, Side::Above, Side::Below]
        );
    }

    #[test]
    fn names_hide_few_circles() {
        let near = [(0.5, 0.5), (0.58, 0.5), (0.4, 0.5), (0.5, 0.45)];
        assert_eq!(sides(&near, 1), [Side::Below]);
        let heap = vec![(0.5, 0.5); 9];
        assert!(sides(&heap, 1).len() <= 1);
        let mut crowd = vec![(0.5, 0.5)];
        for side in [(0.57, 0.5), (0.43, 0.5), (0.5, 0.44), (0.5, 0.56)] {
            crowd.extend([side; 4]);
        }
        assert!(sides(&crowd, 1).is_empty());
    }

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(shortened("parser.rs", 28), "parser.rs");
        assert_eq!(
            shortened("a_very_long_name_of_a_file_that_goes_on.rs", 28),
            "a_very_long_n…at_goes_on.rs"
        );
        assert!(shortened(&"漢".repeat(100), 28).width() <= 28);
        assert_eq!(shortened("abc", 0), "…");
    }
}
