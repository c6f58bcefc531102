//! Tables that fit a width: columns give way in an order that whoever makes the table decides.

use super::text::Text;
use crate::cli::ui::Role;

/// Blanks between two columns.
const GAP: usize = 2;

/// How a column gives way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Give {
    /// It is cut, to this many columns at least.
    Shrink(usize),
    /// Its cells are replaced by their short forms.
    Short,
    /// It is left out.
    Leave,
}

/// A cell: what it says, and what it says where there is less room.
struct Cell {
    text: Text,
    short: Option<Text>,
}

/// A table without lines.
pub struct Grid {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    right: Vec<usize>,
    gives: Vec<(usize, Give)>,
}

impl Grid {
    /// A table with these headings. With none that says anything, they are not shown.
    pub fn new(headings: &[&'static str]) -> Self {
        Self {
            headings: headings.to_vec(),
            rows: Vec::new(),
            right: Vec::new(),
            gives: Vec::new(),
        }
    }

    /// In which order columns, counted from 0, give way.
    #[must_use]
    pub fn gives(mut self, gives: &[(usize, Give)]) -> Self {
        self.gives = gives.to_vec();
        self
    }

    /// Columns of numbers, which end in line.
    #[must_use]
    pub fn right(mut self, columns: &[usize]) -> Self {
        self.right = columns.to_vec();
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Text>) {
        let cells = cells.into_iter();
        self.rows
            .push(cells.map(|text| Cell { text, short: None }).collect());
    }

    /// Gives a cell of the newest row a short form.
    pub fn short(&mut self, column: usize, text: Text) {
        let row = self.rows.last_mut();
        if let Some(cell) = row.and_then(|row| row.get_mut(column)) {
            cell.short = Some(text);
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, none wider than `width`, without blanks at their ends; none where there are no rows.
    pub fn lines(&self, width: usize) -> Vec<Text> {
        self.lines_at_least(width, &[]).0
    }

    /// The same with columns that would be at least so wide if there is room, and how wide they would be.
    pub fn lines_at_least(&self, width: usize, least: &[usize]) -> (Vec<Text>, Vec<usize>) {
        if self.is_empty() {
            return (Vec::new(), least.to_vec());
        }
        let layout = Layout::of(self, width, least);
        let mut lines = Vec::with_capacity(self.rows.len() + 1);
        if self.headings.iter().any(|heading| !heading.is_empty()) {
            lines.push(self.line(&layout, width, |column| {
                let is_short = layout.is_short(column);
                let heading = self.headings.get(column).copied().unwrap_or_default();
                Text::of(Role::Heading, if is_short { "" } else { heading })
            }));
        }
        for row in &self.rows {
            lines.push(self.line(&layout, width, |column| {
                let cell = row.get(column);
                cell.map(|cell| cell.shown(layout.is_short(column)).clone())
                    .unwrap_or_default()
            }));
        }
        (lines, layout.wanted)
    }

    fn line(&self, layout: &Layout, width: usize, cell: impl Fn(usize) -> Text) -> Text {
        let mut line = Text::default();
        let mut at = 0;
        let mut used = 0;
        for (column, wide) in layout.shown() {
            let text = cell(column).cut(wide);
            let before = if self.right.contains(&column) {
                wide.saturating_sub(text.columns())
            } else {
                0
            };
            if !text.is_empty() {
                // Blanks are written once something follows them.
                line = line.and(" ".repeat((at + before).saturating_sub(used)));
                used = at + before + text.columns();
                line = line.then(text);
            }
            at += wide + GAP;
        }
        line.cut(width)
    }
}

impl Cell {
    fn shown(&self, short: bool) -> &Text {
        self.short.as_ref().filter(|_| short).unwrap_or(&self.text)
    }
}

/// How wide each column is; `None` is left out.
struct Layout {
    widths: Vec<Option<usize>>,
    short: Vec<bool>,
    /// How wide each would be with room for all.
    wanted: Vec<usize>,
}

impl Layout {
    fn of(grid: &Grid, width: usize, least: &[usize]) -> Self {
        let columns = grid.headings.len();
        let mut layout = Self {
            widths: Vec::with_capacity(columns),
            short: vec![false; columns],
            wanted: Vec::with_capacity(columns),
        };
        for column in 0..columns {
            let (said, wide) = natural(grid, column, false);
            let least = least.get(column).copied().unwrap_or(0);
            // A column in which nothing is said needs no place.
            let is_shown = said > 0 || least > 0;
            layout.widths.push(is_shown.then_some(wide.max(least)));
            layout
                .wanted
                .push(if is_shown { wide.max(least) } else { 0 });
        }
        let natural_widths = layout.widths.clone();
        for (column, give) in &grid.gives {
            let excess = layout.total().saturating_sub(width);
            if excess == 0 {
                break;
            }
            layout.give(grid, *column, *give, excess);
        }
        layout.squeeze(width);
        layout.spread(grid, &natural_widths, width);
        layout
    }

    fn give(&mut self, grid: &Grid, column: usize, give: Give, excess: usize) {
        let Some(wide) = self.widths.get_mut(column) else {
            return;
        };
        let Some(now) = *wide else { return };
        match give {
            Give::Leave => *wide = None,
            Give::Shrink(least) => {
                *wide = Some(now.saturating_sub(excess).max(least.min(now)));
            }
            Give::Short => {
                *wide = Some(natural(grid, column, true).1.min(now));
                if let Some(short) = self.short.get_mut(column) {
                    *short = true;
                }
            }
        }
    }

    /// The widest columns lose what is still too much.
    fn squeeze(&mut self, width: usize) {
        while self.total() > width {
            let widest = self.widths.iter_mut().flatten().max_by_key(|wide| **wide);
            match widest {
                Some(wide) if *wide > 1 => *wide -= 1,
                _ => break,
            }
        }
    }

    /// Room that is left goes to the columns that were cut, the last to give way first.
    fn spread(&mut self, grid: &Grid, natural_widths: &[Option<usize>], width: usize) {
        let mut room = width.saturating_sub(self.total());
        for (column, give) in grid.gives.iter().rev() {
            let (Give::Shrink(_), false) = (give, self.is_short(*column)) else {
                continue;
            };
            let wanted = natural_widths.get(*column).copied().flatten();
            if let (Some(Some(wide)), Some(wanted)) = (self.widths.get_mut(*column), wanted) {
                let more = wanted.saturating_sub(*wide).min(room);
                *wide += more;
                room -= more;
            }
        }
    }

    fn is_short(&self, column: usize) -> bool {
        self.short.get(column).copied().unwrap_or(false)
    }

    fn shown(&self) -> impl Iterator<Item = (usize, usize)> {
        let widths = self.widths.iter().enumerate();
        widths.filter_map(|(column, wide)| Some((column, (*wide)?)))
    }

    fn total(&self) -> usize {
        let (count, sum) = self
            .shown()
            .fold((0, 0), |(count, sum), (_, wide)| (count + 1, sum + wide));
        sum + GAP * usize::saturating_sub(count, 1)
    }
}

/// The columns that the cells of a column take, and those with its heading.
fn natural(grid: &Grid, column: usize, short: bool) -> (usize, usize) {
    let cells = grid.rows.iter().filter_map(|row| row.get(column));
    let widest = cells
        .map(|cell| cell.shown(short).columns())
        .max()
        .unwrap_or(0);
    let heading = grid.headings.get(column).map_or(0, |heading| heading.len());
    // A short column has no heading.
    (widest, if short { widest } else { widest.max(heading) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(&["ID", "STATE", "TASK", "MS", "NONE", "WHY"])
            .right(&[3])
            .gives(&[
                (5, Give::Shrink(8)),
                (3, Give::Leave),
                (1, Give::Short),
                (5, Give::Leave),
                (2, Give::Shrink(4)),
            ]);
        for (id, task, ms, why) in [
            (
                "aaaa",
                "a long name of a task",
                "5",
                "it was cancelled by hand",
            ),
            ("bbbb", "日本語", "12345", ""),
        ] {
            grid.row([id, "running", task, ms, "", why].map(Text::from));
            grid.short(1, Text::new("▶"));
        }
        grid
    }

    fn shown(width: usize) -> String {
        let lines: Vec<String> = grid().lines(width).iter().map(Text::bare).collect();
        format!("\n{}\n", lines.join("\n"))
    }

    #[test]
    fn columns_give_way_in_their_order() {
        insta::assert_snapshot!(shown(200), @r"
        ID    STATE    TASK                      MS  WHY
        aaaa  running  a long name of a task      5  it was cancelled by hand
        bbbb  running  日本語                 12345
        ");
        insta::assert_snapshot!(shown(60), @r#"
        ID    STATE    TASK                      MS  WHY
        aaaa  running  a long name of a task      5  it was cancell…
        bbbb  running  日本語                 12345
        "#);
        insta::assert_snapshot!(shown(46), @r#"
        ID    STATE    TASK                   WHY
        aaaa  running  a long name of a task  it was…
        bbbb  running  日本語
        "#);
        insta::assert_snapshot!(shown(40), @r#"
        ID       TASK                   WHY
        aaaa  ▶  a long name of a task  it was…
        bbbb  ▶  日本語
        "#);
        insta::assert_snapshot!(shown(20), @r#"
        ID       TASK
        aaaa  ▶  a long nam…
        bbbb  ▶  日本語
        "#);
        insta::assert_snapshot!(shown(9), @r#"
        ID     T…
        a…  ▶  a…
        b…  ▶  …
        "#);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_table_may_be(
            rows in prop::collection::vec(prop::array::uniform4(any::<String>()), 0..6), width in 0_usize..120
        ) {
            let mut grid = Grid::new(&["ONE", "TWO", "THREE", "FOUR"])
                .gives(&[(3, Give::Shrink(4)), (0, Give::Leave), (1, Give::Short), (2, Give::Shrink(1))]);
            for row in rows {
                grid.row(row.map(Text::from));
                grid.short(1, Text::new("x"));
            }
            for line in grid.lines(width) {
                prop_assert!(line.columns() <= width, "{:?}", line.bare());
            }
        }
    }
}
