//! The figures of tasks and of the queue as a person reads them, as wide as the terminal.

use jiff::Timestamp;

use super::rows::{Row, align, line, none, role_of, rows};
use super::unusual::{Remark, unusual};
use crate::cli::format::{self, milliseconds as span, percent};
use crate::cli::tables::{render, table};
use crate::cli::ui::{Role, paint, plain};
use crate::metrics::stats::ms_as_f64;
use crate::metrics::{Anomaly, Buckets, Level, Metrics, Overall};

/// What the other columns of the second table take.
const LEVELS: usize = 44;

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
    let tasks: Vec<Row> = metrics.tasks.iter().map(Row::of_task).collect();
    text.push_str(&rows(&tasks, width));
    text.push('\n');
    text.push_str(&levels(&metrics.overall, of_one, width));
    text.push_str(&remarks(&metrics.overall, of_one));
    let remarks = metrics.anomalies.iter();
    let remarks = remarks.map(|it| of_task(it, &is_there));
    text.push_str(&unusual(
        "UNUSUAL",
        &remarks.collect::<Vec<_>>(),
        now,
        width,
    ));
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

/// What is said of an anomaly of a task. `is_there` says whether a job can still be shown.
pub fn of_task(anomaly: &Anomaly, is_there: impl Fn(&str) -> bool) -> Remark<'_> {
    let job = plain(&anomaly.noticed.job);
    Remark {
        name: plain(&anomaly.history),
        next: if is_there(&anomaly.noticed.job) {
            format!("git tend show {job}")
        } else {
            format!("git tend metrics --task {}", plain(anomaly.task()))
        },
        all: "git tend metrics --json",
        anomaly,
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::widest;
    use super::*;
    use crate::metrics::{Read, measure};

    #[test]
    fn the_second_table_is_as_wide_as_the_terminal_at_most() {
        for days in [1, 3, 30, 365] {
            let metrics = measure(&Read::default(), Buckets::last_days(days, 0), None);
            for width in 40..120 {
                let text = levels(&metrics.overall, false, width);
                assert!(widest(&text) <= width, "{width}:\n{text}");
            }
        }
    }
}
