//! Tasks and automations as rows of a table whose columns go as the terminal gets narrower.

use comfy_table::CellAlignment;
use unicode_width::UnicodeWidthStr as _;

use crate::cli::format::{self, memory, milliseconds as span, percent};
use crate::cli::tables::{render, table};
use crate::cli::ui::{Role, paint, plain};
use crate::metrics::TaskFigures;
use crate::metrics::stats::ms_as_f64;

/// The widest name of a task.
const NAME: usize = 32;
/// A line of bars is worth its place from so many columns on.
const LEAST_BARS: usize = 7;
/// What separates columns.
const GAP: usize = 2;

/// A row.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// What it is called.
    pub name: String,
    /// What it is, where there are different ones.
    pub kind: Option<&'static str>,
    /// Its figures.
    pub figures: &'a TaskFigures,
    /// What the original design ranks it by, 0 to 100.
    pub rank: Option<f64>,
}

impl<'a> Row<'a> {
    /// A task among tasks.
    pub fn of_task(figures: &'a TaskFigures) -> Self {
        Self {
            name: figures.task.clone(),
            kind: None,
            figures,
            rank: None,
        }
    }
}

/// A column of a table that may have to go.
struct Column {
    heading: &'static str,
    /// Those with the highest number go first.
    rank: u8,
    cells: Vec<(Option<Role>, String)>,
}

impl Column {
    fn new(heading: &'static str, rank: u8) -> Self {
        Self {
            heading,
            rank,
            cells: Vec::new(),
        }
    }

    fn width(&self) -> usize {
        let widths = self.cells.iter().map(|(_, text)| text.width());
        widths.max().unwrap_or(0).max(self.heading.width())
    }
}

/// The table.
pub fn rows(rows: &[Row], width: usize) -> String {
    let mut columns = columns(rows);
    let count = rows.first().map_or(0, |row| row.figures.buckets.len());
    let bars = fit(&mut columns, width, count);
    let mut headings: Vec<&str> = columns.iter().map(|column| column.heading).collect();
    if bars.is_some() {
        headings.push("P50 OVER TIME");
    }
    let mut shown = table(&headings);
    for (number, row) in rows.iter().enumerate() {
        let cells = columns.iter().filter_map(|column| column.cells.get(number));
        let mut cells: Vec<String> = cells
            .map(|(role, text)| role.map_or_else(|| text.clone(), |role| paint(role, text)))
            .collect();
        if let Some(bars) = bars {
            let buckets = row.figures.buckets.iter();
            let values: Vec<_> = buckets.map(|bucket| bucket.p50).collect();
            cells.push(line(&values, bars));
        }
        shown.add_row(cells);
    }
    let words = 1 + usize::from(has_kinds(rows));
    align(&mut shown, words..columns.len());
    render(&shown)
}

fn has_kinds(rows: &[Row]) -> bool {
    rows.iter().any(|row| row.kind.is_some())
}

/// Every column that says something.
fn columns(rows: &[Row]) -> Vec<Column> {
    let has_kinds = has_kinds(rows);
    let mut columns = vec![
        Column::new(if has_kinds { "NAME" } else { "TASK" }, 0),
        Column::new("KIND", 0),
        Column::new("RUNS", 2),
        Column::new("OK", 1),
        Column::new("P50", 1),
        Column::new("P95", 3),
        Column::new("TOTAL", 5),
        Column::new("CPU", 7),
        Column::new("MEMORY", 6),
        Column::new("WAIT P95", 8),
        Column::new("RANK", 4),
    ];
    for row in rows {
        let task = row.figures;
        let rate = task.success_rate();
        let spread = |spread: Option<f64>| (None, spread.map_or_else(none, span));
        let rank = row.rank.map_or_else(none, |rank| format!("{rank:.0}"));
        let cells = [
            (Some(Role::Name), format::shortened(&plain(&row.name), NAME)),
            (None, row.kind.unwrap_or_default().to_owned()),
            (None, task.runs.to_string()),
            (rate.map(role_of), rate.map_or_else(none, percent)),
            spread(task.took.map(|it| it.p50)),
            spread(task.took.map(|it| it.p95)),
            (None, span(ms_as_f64(task.wall_ms))),
            (None, span(ms_as_f64(task.cpu_ms))),
            (
                None,
                task.peak_rss_kib.map_or_else(none, |it| memory(it.max)),
            ),
            spread(task.waited.map(|it| it.p95)),
            (None, rank),
        ];
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.cells.push(cell);
        }
    }
    let has_ranks = rows.iter().any(|row| row.rank.is_some());
    columns.retain(|column| match column.heading {
        "KIND" => has_kinds,
        "RANK" => has_ranks,
        _ => true,
    });
    columns
}

/// Lets columns go until the rest fits; how wide the lines of bars may be beside them, if there is room for any. They are
/// shortened first, then other columns go, then they.
fn fit(columns: &mut Vec<Column>, width: usize, count: usize) -> Option<usize> {
    const HEADING: usize = "P50 OVER TIME".len();
    let least = LEAST_BARS.min(count);
    loop {
        let used: usize = columns.iter().map(|column| column.width() + GAP).sum();
        let left = width.saturating_sub(used);
        let dispensable = columns
            .iter()
            .enumerate()
            .max_by_key(|(_, column)| column.rank)
            .filter(|(_, column)| column.rank > 0)
            .map(|(at, column)| (at, column.rank));
        if count > 0 && left >= least.max(HEADING) {
            return Some(left.min(count));
        }
        match dispensable {
            // What is left of the table is worth more than bars.
            Some((_, rank)) if rank <= 2 && used <= width + GAP => return None,
            Some((at, _)) => {
                columns.remove(at);
            }
            None => return None,
        }
    }
}

/// Lets figures end where the column does.
pub(super) fn align(table: &mut comfy_table::Table, columns: std::ops::Range<usize>) {
    for number in columns {
        if let Some(column) = table.column_mut(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// A line of bars.
pub(super) fn line(values: &[Option<f64>], width: usize) -> String {
    crate::report::metrics::sparkline::sparkline(values, width)
}

/// Where there is nothing to say.
pub(super) fn none() -> String {
    "–".to_owned()
}

/// The look of a rate of success.
pub(super) fn role_of(rate: f64) -> Role {
    if rate >= 0.95 {
        Role::Good
    } else if rate >= 0.7 {
        Role::Warning
    } else {
        Role::Bad
    }
}

/// How wide a text is on a terminal.
#[cfg(test)]
pub(super) fn widest(text: &str) -> usize {
    let lines = text.lines();
    let widths = lines.map(|line| anstream::adapter::strip_str(line).to_string().width());
    widths.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Bucket, Spread};

    fn spread(ms: f64) -> Spread {
        Spread {
            count: 9,
            p50: ms,
            p95: ms * 3.0,
            mean: ms,
            max: ms * 9.0,
        }
    }

    fn sample(name: &str, days: u16) -> TaskFigures {
        TaskFigures {
            task: name.to_owned(),
            runs: 12_345,
            succeeded: 12_000,
            failed: 345,
            took: Some(spread(61_000.0)),
            wall_ms: 700_000_000,
            cpu_ms: 400_000_000,
            peak_rss_kib: Some(spread(2_000_000.0)),
            waited: Some(spread(90_000.0)),
            buckets: vec![Bucket::default(); usize::from(days)],
            ..TaskFigures::default()
        }
    }

    #[test]
    fn tables_are_as_wide_as_the_terminal_at_most() {
        for days in [1, 3, 30, 365] {
            let all = [
                sample("lint", days),
                sample("größte-aufgabe-mit-dem-längsten-aller-namen", days),
                sample("解析", days),
            ];
            for width in 40..200 {
                let text = rows(&all.each_ref().map(Row::of_task), width);
                assert!(widest(&text) <= width, "{width}:\n{text}");
                for needed in ["TASK", "OK", "97 %"] {
                    assert!(text.contains(needed), "{width}:\n{text}");
                }
            }
            let tasks = all.each_ref().map(Row::of_task);
            assert!(rows(&tasks, 200).contains("WAIT P95"));
            assert!(rows(&tasks, 100).contains("P50 OVER TIME"));
            let both = tasks.map(|row| Row {
                kind: Some("automation"),
                rank: Some(99.5),
                ..row
            });
            for width in 56..200 {
                let text = rows(&both, width);
                assert!(widest(&text) <= width, "{width}:\n{text}");
                for needed in ["NAME", "KIND", "automation", "OK", "97 %"] {
                    assert!(text.contains(needed), "{width}:\n{text}");
                }
            }
            assert!(rows(&both, 200).contains("RANK"));
        }
    }

    #[test]
    fn shares_are_not_rounded_to_all() {
        let cases = [
            (1.0, "100 %"),
            (0.9996, "99.9 %"),
            (0.985, "98 %"),
            (0.0, "0 %"),
        ];
        for (rate, text) in cases {
            assert_eq!(percent(rate), text);
        }
    }
}
