//! Tasks and automations as a person reads how they did: all of them, or one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::monitored::{Monitored, One};
use super::registry;
use crate::cli::format::{self, memory, milliseconds as span, percent};
use crate::cli::metering::{self, Remark, Row};
use crate::cli::screen::{Page, Text, fields};
use crate::cli::ui::{Role, paint, painted, plain};
use crate::metrics::stats::ms_as_f64;
use crate::metrics::{Bucket, Buckets, Spread, TaskFigures};
use crate::optimize::monitor::Verdict;
use crate::report::metrics::series::Kind;
use crate::report::metrics::sparkline::sparkline;

/// So much of an id tells automations of one name apart.
const SHORT: usize = 8;
/// What is unusual is under this.
const UNUSUAL: &str = "Unusual";

/// The table of all, and what is unusual about them.
pub fn page(
    found: &Monitored,
    now: Timestamp,
    width: usize,
    is_there: impl Fn(&str) -> bool,
) -> String {
    let twice = names_of_several(found);
    let rows: Vec<Row> = found
        .all
        .iter()
        .map(|one| Row {
            name: shown_name(one, &twice),
            kind: Some(one.series.kind.name()),
            figures: &one.series.figures,
            rank: one.series.rank,
        })
        .collect();
    let mut text = format!("{}\n\n{}", heading(found), metering::rows(&rows, width));
    let mut remarks: Vec<Remark> = found
        .all
        .iter()
        .flat_map(|one| remarks(one, &shown_name(one, &twice), &is_there))
        .collect();
    remarks.sort_by_key(|it| std::cmp::Reverse(it.anomaly.noticed.at));
    text.push_str(&metering::unusual("UNUSUAL", &remarks, now, width));
    text.push_str(&judged(found, &twice, width));
    text
}

/// Everything about each, one below the other.
pub fn details(
    found: &Monitored,
    now: Timestamp,
    zone: &TimeZone,
    width: usize,
    is_there: impl Fn(&str) -> bool,
) -> String {
    let pages = found.all.iter().map(|one| {
        let mut page = Page::new(width);
        page.add(vec![head(one).cut(width)]);
        page.add(fields(&facts(one, &found.buckets, now), width));
        let room = page.room();
        for (title, lines) in courses(&one.series.figures, &found.buckets, now, zone, room) {
            page.section(title, lines);
        }
        let errors = one.series.errors.iter();
        let errors = errors.map(|(error, count)| {
            Text::of(Role::Faint, format!("{count}×  ")).and_of(Role::Bad, error)
        });
        page.section("Errors", errors.collect());
        let name = plain(&one.series.figures.task);
        let mut text = painted(&page.lines());
        let remarks = remarks(one, &name, &is_there);
        text.push_str(&metering::unusual(UNUSUAL, &remarks, now, width));
        text
    });
    pages.collect::<Vec<_>>().join("\n")
}

fn heading(found: &Monitored) -> String {
    let figures = || found.all.iter().map(|one| &one.series.figures);
    let runs: u64 = figures().map(|it| it.runs).sum();
    let count = |kind| found.all.iter().filter(|it| it.series.kind == kind).count();
    let of = [
        (Kind::Task, "task", "tasks"),
        (Kind::Automation, "automation", "automations"),
    ];
    let of = of.map(|(kind, one, many)| (count(kind), one, many));
    let of: Vec<String> = of
        .into_iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, one, many)| format::count(count, one, many))
        .collect();
    let runs = format::count(usize::try_from(runs).unwrap_or(usize::MAX), "run", "runs");
    let busy: i64 = figures().fold(0, |sum, it| sum.saturating_add(it.wall_ms));
    format!(
        "{runs} of {} in {} · {} in all",
        of.join(" and "),
        metering::period(&found.buckets),
        span(ms_as_f64(busy))
    )
}

/// Names that several automations have, of different repositories.
fn names_of_several(found: &Monitored) -> BTreeSet<&str> {
    let mut seen = BTreeSet::new();
    let automations = found.all.iter().filter(|one| one.automation.is_some());
    automations
        .map(|one| one.series.figures.task.as_str())
        .filter(|name| !seen.insert(*name))
        .collect()
}

fn shown_name(one: &One, twice: &BTreeSet<&str>) -> String {
    let name = plain(&one.series.figures.task);
    match &one.automation {
        Some(it) if twice.contains(it.name.as_str()) => {
            let id: String = it.id.chars().take(SHORT).collect();
            format!("{name} ({id})")
        }
        _ => name,
    }
}

fn remarks<'a>(one: &'a One, name: &str, is_there: impl Fn(&str) -> bool) -> Vec<Remark<'a>> {
    let anomalies = one.series.anomalies.iter();
    anomalies
        .map(|anomaly| match &one.automation {
            None => metering::of_task(anomaly, &is_there),
            Some(automation) => Remark {
                name: name.to_owned(),
                anomaly,
                next: format!("git tend optimize show {}", automation.id),
                all: "git tend optimize monitor --json",
            },
        })
        .collect()
}

/// The automations that fail. What got slower is among what is unusual.
fn judged(found: &Monitored, twice: &BTreeSet<&str>, width: usize) -> String {
    let mut lines = Vec::new();
    for one in &found.all {
        let Some(automation) = &one.automation else {
            continue;
        };
        let (role, reason, next) = match &one.series.verdict {
            Some(Verdict::Bad(reason)) => {
                let next = format!(" · git tend optimize disable {}", automation.id);
                (Role::Bad, reason, next)
            }
            Some(Verdict::Watch(reason)) => (Role::Warning, reason, String::new()),
            _ => continue,
        };
        let name = shown_name(one, twice);
        let said = Text::of(role, "! ").and(format!("{name}: {reason}{next}"));
        lines.extend(said.broken(width));
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("\n{}\n{}", paint(Role::Heading, "FAILING"), painted(&lines))
}

fn head(one: &One) -> Text {
    let head = Text::of(Role::Heading, &one.series.figures.task)
        .and_of(Role::Faint, format!("  {}", one.series.kind.name()));
    match &one.automation {
        None => head,
        Some(automation) => head
            .and("  ")
            .and_of(Role::Name, &automation.id)
            .and("  ")
            .then(registry::state(automation.state)),
    }
}

fn facts(one: &One, buckets: &Buckets, now: Timestamp) -> Vec<(&'static str, Text)> {
    let (series, figures) = (&one.series, &one.series.figures);
    let runs = usize::try_from(figures.runs).unwrap_or(usize::MAX);
    let mut told = format!(
        "{} in {}",
        format::count(runs, "run", "runs"),
        metering::period(buckets)
    );
    if let Some(rate) = figures.success_rate() {
        told.push_str(&format!(", {} succeeded", percent(rate)));
    }
    let ended = figures.outcomes.iter();
    let ended: Vec<String> = ended
        .map(|(outcome, count)| format!("{count} {outcome}"))
        .collect();
    let cpu = if runs == 0 {
        String::new()
    } else {
        span(ms_as_f64(figures.cpu_ms))
    };
    let rank = series.rank.map(|rank| format!("{rank:.0} of 100"));
    let placed = one.automation.as_ref().map(registry::placed);
    let last = one
        .automation
        .as_ref()
        .and_then(|it| registry::moment(it.enabled_at));
    vec![
        ("runs", Text::new(told)),
        ("ended", Text::new(ended.join(", "))),
        ("took", Text::new(spread(figures.took.as_ref(), span))),
        ("in all", Text::new(cpu_of(figures, &cpu))),
        (
            "memory",
            Text::new(spread(figures.peak_rss_kib.as_ref(), memory)),
        ),
        ("waited", Text::new(spread(figures.waited.as_ref(), span))),
        ("where", Text::new(placed.unwrap_or_default())),
        (
            "enabled",
            Text::new(last.map(|it| format::ago(it, now)).unwrap_or_default()),
        ),
        ("rank", Text::new(rank.unwrap_or_default())),
        (
            "verdict",
            series.verdict.as_ref().map(verdict).unwrap_or_default(),
        ),
    ]
}

fn cpu_of(figures: &TaskFigures, cpu: &str) -> String {
    if cpu.is_empty() {
        return String::new();
    }
    format!("{}, CPU {cpu}", span(ms_as_f64(figures.wall_ms)))
}

fn spread(of: Option<&Spread>, write: fn(f64) -> String) -> String {
    of.map(|it| {
        format!(
            "{} (p50) · {} (p95) · {} on average · {} at most",
            write(it.p50),
            write(it.p95),
            write(it.mean),
            write(it.max)
        )
    })
    .unwrap_or_default()
}

fn verdict(it: &Verdict) -> Text {
    let (role, word, reason) = match it {
        Verdict::Fine => return Text::of(Role::Good, "fine"),
        Verdict::Watch(reason) => (Role::Warning, "to be watched", reason),
        Verdict::Regressed(reason) => (Role::Warning, "got slower", reason),
        Verdict::Bad(reason) => (Role::Bad, "bad", reason),
    };
    Text::of(role, word).and(format!(": {reason}"))
}

/// The parts of the period as lines of bars, each with what it begins with and its most.
fn courses(
    figures: &TaskFigures,
    buckets: &Buckets,
    now: Timestamp,
    zone: &TimeZone,
    width: usize,
) -> Vec<(&'static str, Vec<Text>)> {
    if figures.runs == 0 {
        return Vec::new();
    }
    let since = buckets
        .starts()
        .next()
        .and_then(|at| Timestamp::from_millisecond(at).ok());
    let since = since.map_or_else(String::new, |at| format::moment(at, now, zone));
    let by = if buckets.are_hours() { "hour" } else { "day" };
    let course = |value: fn(&Bucket) -> Option<f64>, write: fn(f64) -> String| {
        let values: Vec<Option<f64>> = figures.buckets.iter().map(value).collect();
        let most = values.iter().flatten().copied().reduce(f64::max)?;
        let said = format!("by {by} since {since}, at most {}", write(most));
        let bars = Text::new(sparkline(&values, width));
        Some(vec![bars, Text::of(Role::Faint, said)])
    };
    let whole = |count: f64| format!("{count:.0}");
    let mut all = vec![
        ("P50 over time", course(|it| it.p50, span)),
        ("Runs over time", course(|it| Some(count(it.runs)), whole)),
    ];
    if figures.failed > 0 {
        let failures = course(|it| (it.runs > 0).then_some(count(it.failed)), whole);
        all.push(("Failures over time", failures));
    }
    all.into_iter()
        .filter_map(|(title, lines)| Some((title, lines?)))
        .collect()
}

fn count(number: u64) -> f64 {
    ms_as_f64(i64::try_from(number).unwrap_or(i64::MAX))
}
