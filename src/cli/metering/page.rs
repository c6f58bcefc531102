//! The figures as a person reads them, as wide as the terminal.

use comfy_table::CellAlignment;
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr as _;

use crate::cli::format::{self, memory, milliseconds as span, percent};
use crate::cli::tables::{render, table};
use crate::cli::ui::{Role, paint, plain};
use crate::metrics::stats::ms_as_f64;
use crate::metrics::{Anomaly, Buckets, Level, Metrics, Overall, TaskFigures};

/// The widest name of a task.
const NAME: usize = 32;
/// A line of bars is worth its place from so many columns on.
const LEAST_BARS: usize = 7;
/// What separates columns.
const GAP: usize = 2;
/// What the other columns of the second table take.
const LEVELS: usize = 44;
/// So many anomalies are listed.
const LISTED: usize = 10;

/// The page; of one task without what is the queue's. `is_there` says whether a job can still be shown.
pub fn page(
    metrics: &Metrics,
    of_one: bool,
    now: Timestamp,
    width: usize,
    is_there: impl Fn(&str) -> bool,
) -> String {
    let mut text = heading(metrics);
    text.push('\n');
    text.push_str(&tasks(&metrics.tasks, width));
    text.push('\n');
    text.push_str(&levels(&metrics.overall, of_one, width));
    text.push_str(&remarks(&metrics.overall, of_one));
    text.push_str(&unusual(&metrics.anomalies, now, width, is_there));
    text
}

/// The period in words.
pub fn period(buckets: &Buckets) -> String {
    if buckets.are_hours() {
        format!("the last {} hours", buckets.count())
    } else {
        format!("the last {} days", buckets.count())
    }
}

fn heading(metrics: &Metrics) -> String {
    let overall = &metrics.overall;
    let runs = usize::try_from(overall.runs).unwrap_or(usize::MAX);
    let mut parts = vec![format!(
        "{} of {} in {}",
        format::count(runs, "run", "runs"),
        format::count(metrics.tasks.len(), "task", "tasks"),
        period(&metrics.buckets)
    )];
    if let Some(rate) = overall.success_rate() {
        parts.push(format!("{} succeeded", paint(role_of(rate), percent(rate))));
    }
    parts.push(format!("busy for {}", span(ms_as_f64(overall.busy_ms))));
    format!("{}\n", parts.join(" · "))
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

fn tasks(tasks: &[TaskFigures], width: usize) -> String {
    let mut columns = vec![
        Column::new("TASK", 0),
        Column::new("RUNS", 2),
        Column::new("OK", 1),
        Column::new("P50", 1),
        Column::new("P95", 3),
        Column::new("TOTAL", 5),
        Column::new("CPU", 7),
        Column::new("MEMORY", 6),
        Column::new("WAIT P95", 8),
    ];
    for task in tasks {
        let rate = task.success_rate();
        let spread = |spread: Option<f64>| (None, spread.map_or_else(none, span));
        let cells = [
            (
                Some(Role::Name),
                format::shortened(&plain(&task.task), NAME),
            ),
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
        ];
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.cells.push(cell);
        }
    }
    let count = tasks.first().map_or(0, |task| task.buckets.len());
    let bars = fit(&mut columns, width, count);
    let mut headings: Vec<&str> = columns.iter().map(|column| column.heading).collect();
    if bars.is_some() {
        headings.push("P50 OVER TIME");
    }
    let mut shown = table(&headings);
    for (number, task) in tasks.iter().enumerate() {
        let cells = columns.iter().filter_map(|column| column.cells.get(number));
        let mut row: Vec<String> = cells
            .map(|(role, text)| role.map_or_else(|| text.clone(), |role| paint(role, text)))
            .collect();
        if let Some(bars) = bars {
            let values: Vec<_> = task.buckets.iter().map(|bucket| bucket.p50).collect();
            row.push(line(&values, bars));
        }
        shown.add_row(row);
    }
    align(&mut shown, 1..columns.len());
    render(&shown)
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

fn levels(overall: &Overall, of_one: bool, width: usize) -> String {
    let bars = width.saturating_sub(LEVELS);
    let mut headings = vec!["AT ONCE", "NOW", "MEAN", "P95", "MOST"];
    if bars >= "OVER TIME".len() {
        headings.push("OVER TIME");
    }
    let mut shown = table(&headings);
    let mut add = |name: &str, now: Option<u64>, level: &Level| {
        let mut row = vec![
            name.to_owned(),
            now.map_or_else(String::new, |now| now.to_string()),
            level.mean.map_or_else(none, |mean| format!("{mean:.1}")),
            level.p95.map_or_else(none, |p95| p95.to_string()),
            level.max.to_string(),
        ];
        if bars >= "OVER TIME".len() {
            let values: Vec<_> = level
                .by_bucket
                .iter()
                .map(|most| Some(ms_as_f64(*most)))
                .collect();
            row.push(line(&values, bars));
        }
        shown.add_row(row);
    };
    if !of_one {
        add(
            "jobs that wait",
            Some(overall.waiting_now),
            &overall.waiting,
        );
    }
    add("runs, while any", None, &overall.running);
    align(&mut shown, 1..5);
    render(&shown)
}

/// What is worth a line only where there is something to say.
fn remarks(overall: &Overall, of_one: bool) -> String {
    let mut lines = Vec::new();
    if let Some(waited) = &overall.waited {
        lines.push(format!(
            "jobs waited {} (p50) · {} (p95) · {} at most",
            span(waited.p50),
            span(waited.p95),
            span(waited.max)
        ));
    }
    let drains = &overall.drains;
    if drains.count > 0 && !of_one {
        let mut words = vec![format::count(drains.count, "drain", "drains")];
        if let Some(overrun) = drains.overrun.filter(|_| drains.over_budget > 0) {
            words.push(format!(
                "{} of {} with a budget took longer, by {} at most",
                drains.over_budget,
                drains.budgeted,
                span(overrun.max)
            ));
        } else if drains.budgeted > 0 {
            words.push(format!("{} with a budget, all within it", drains.budgeted));
        }
        if drains.over_grace > 0 {
            let beyond = format!("{} beyond its grace", drains.over_grace);
            words.push(paint(Role::Bad, beyond));
        }
        lines.push(words.join(" · "));
    }
    let lookups = overall.lookups;
    if lookups.hits + lookups.misses > 0 && !of_one {
        let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        lines.push(format!(
            "gates, since the queue was made: {} made by a job · {} passed without one",
            format::count(count(lookups.misses), "verdict", "verdicts"),
            format::count(count(lookups.hits), "tree", "trees"),
        ));
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("\n{}\n", lines.join("\n"))
}

fn unusual(
    anomalies: &[Anomaly],
    now: Timestamp,
    width: usize,
    is_there: impl Fn(&str) -> bool,
) -> String {
    if anomalies.is_empty() {
        return String::new();
    }
    let hosts: std::collections::BTreeSet<&str> =
        anomalies.iter().map(|it| it.host.as_str()).collect();
    let mut text = format!("\n{}\n", paint(Role::Heading, "UNUSUAL"));
    for anomaly in anomalies.iter().take(LISTED) {
        let (role, mark) = if anomaly.ongoing {
            (Role::Warning, "!")
        } else {
            (Role::Faint, "·")
        };
        let mut name = plain(&anomaly.history);
        if hosts.len() > 1 {
            name.push_str(&format!(" on {}", plain(&anomaly.host)));
        }
        let at = Timestamp::from_millisecond(anomaly.noticed.at).unwrap_or(now);
        let begin = format!("{name}: {}", anomaly.sentence());
        let ago = format::ago(at, now);
        let job = plain(&anomaly.noticed.job);
        let next = if is_there(&anomaly.noticed.job) {
            format!("git tend show {job}")
        } else {
            format!("git tend metrics --task {}", plain(anomaly.task()))
        };
        let end = format!("{} · {next}", paint(Role::Faint, &ago));
        let length = mark.width() + 1 + begin.width() + 3 + ago.width() + 3 + next.width();
        let between = if length <= width { " · " } else { "\n  " };
        text.push_str(&format!("{} {begin}{between}{end}\n", paint(role, mark)));
    }
    if anomalies.len() > LISTED {
        text.push_str(&format!(
            "… {} more · git tend metrics --json\n",
            anomalies.len() - LISTED
        ));
    }
    text
}

fn align(table: &mut comfy_table::Table, columns: std::ops::Range<usize>) {
    for number in columns {
        if let Some(column) = table.column_mut(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn line(values: &[Option<f64>], width: usize) -> String {
    crate::report::metrics::sparkline::sparkline(values, width)
}

fn none() -> String {
    "–".to_owned()
}

fn role_of(rate: f64) -> Role {
    if rate >= 0.95 {
        Role::Good
    } else if rate >= 0.7 {
        Role::Warning
    } else {
        Role::Bad
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Bucket, Read, Spread, measure};

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

    fn widest(text: &str) -> usize {
        let lines = text.lines();
        let widths = lines.map(|line| anstream::adapter::strip_str(line).to_string().width());
        widths.max().unwrap_or(0)
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
                let text = tasks(&all, width);
                assert!(widest(&text) <= width, "{width}:\n{text}");
                for needed in ["TASK", "OK", "97 %"] {
                    assert!(text.contains(needed), "{width}:\n{text}");
                }
            }
            assert!(tasks(&all, 200).contains("WAIT P95"));
            assert!(tasks(&all, 100).contains("P50 OVER TIME"));
            let metrics = measure(&Read::default(), Buckets::last_days(days, 0), None);
            for width in 40..120 {
                let text = levels(&metrics.overall, false, width);
                assert!(widest(&text) <= width, "{width}:\n{text}");
            }
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
