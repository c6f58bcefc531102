//! How tasks did, what is unusual, how the gates stand, and the queue.

use askama::Template;
use jiff::Timestamp;

use super::escape::Markup;
use super::page::{GateSeen, JobSeen, Page};
use super::svg::number::float;
use super::svg::{Bar, Bars, bars};
use super::words::{moment, short};
use crate::analyze::summary::counted;
use crate::metrics::stats::ms_as_f64;
use crate::metrics::{Anomaly, TaskFigures};
use crate::report::format::{memory, milliseconds, percent};
use crate::system::plain::shortened;

/// So many tasks are listed; those that took most of the time come first.
const TASKS: usize = 100;
/// So many anomalies are listed.
const ANOMALIES: usize = 20;

#[derive(Template)]
#[template(path = "tasks.html", config = "src/report/html/askama.toml")]
pub(super) struct Tasks {
    lead: String,
    rows: Vec<Row>,
    more: usize,
    anomalies: Vec<Unusual>,
    gates: Vec<Gate>,
    states: Vec<(String, u64)>,
    paused: Option<String>,
    jobs: Vec<Job>,
    more_jobs: u64,
    schedules: Vec<(String, String)>,
    untold: Vec<(String, String)>,
}

struct Row {
    task: String,
    runs: u64,
    rate: Option<(&'static str, String)>,
    p50: String,
    p95: String,
    total: String,
    cpu: String,
    memory: String,
    waited: String,
    durations: Markup,
}

struct Unusual {
    ongoing: bool,
    task: String,
    sentence: String,
    at: String,
}

struct Gate {
    name: String,
    class: &'static str,
    state: &'static str,
    what: String,
}

struct Job {
    id: String,
    task: String,
    class: &'static str,
    state: &'static str,
    priority: &'static str,
    commit: String,
    when: String,
    why: String,
}

/// Puts the section together.
pub(super) fn tasks(page: &Page<'_>) -> Tasks {
    let (metrics, queue) = (page.metrics, &page.queue);
    let overall = &metrics.overall;
    let days = metrics.buckets.count();
    let mut lead = format!("{} in the last {days} days", counted(overall.runs, "run"));
    if let Some(rate) = overall.success_rate() {
        lead.push_str(&format!(", {} of them succeeded", percent(rate)));
    }
    if let Some(waited) = &overall.waited {
        lead.push_str(&format!(
            "; jobs waited {} (median), {} at most",
            milliseconds(waited.p50),
            milliseconds(waited.max)
        ));
    }
    Tasks {
        lead,
        rows: metrics.tasks.iter().take(TASKS).map(row).collect(),
        more: metrics.tasks.len().saturating_sub(TASKS),
        anomalies: (metrics.anomalies.iter().take(ANOMALIES))
            .map(|it| unusual(page, it))
            .collect(),
        gates: page.gates.iter().map(gate).collect(),
        states: queue
            .states
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(state, count)| ((*state).to_owned(), *count))
            .collect(),
        paused: queue.paused.map(|until| moment(until, page)),
        jobs: queue.jobs.iter().map(job).collect(),
        more_jobs: queue.more,
        schedules: queue.schedules.clone(),
        untold: queue.untold.clone(),
    }
}

fn row(task: &TaskFigures) -> Row {
    let none = || "–".to_owned();
    let drawn: Vec<Option<Bar>> = task
        .buckets
        .iter()
        .map(|bucket| {
            let p50 = bucket.p50.or((bucket.failed > 0).then_some(0.0))?;
            // The height is the time it takes; of that, the share of failed runs.
            let share = float(bucket.failed) / float(bucket.runs.max(1));
            Some(Bar {
                value: p50,
                failed: p50 * share,
            })
        })
        .collect();
    Row {
        task: shortened(&task.task, 80).into_owned(),
        runs: task.runs,
        rate: task.success_rate().map(|rate| {
            let class = match rate {
                rate if rate >= 0.95 => "good",
                rate if rate >= 0.7 => "look",
                _ => "bad",
            };
            (class, percent(rate))
        }),
        p50: task.took.map_or_else(none, |it| milliseconds(it.p50)),
        p95: task.took.map_or_else(none, |it| milliseconds(it.p95)),
        total: milliseconds(ms_as_f64(task.wall_ms)),
        cpu: milliseconds(ms_as_f64(task.cpu_ms)),
        memory: task.peak_rss_kib.map_or_else(none, |it| memory(it.max)),
        waited: task.waited.map_or_else(none, |it| milliseconds(it.p95)),
        durations: bars(&Bars {
            caption: None,
            bars: &drawn,
            titles: &[],
        }),
    }
}

fn unusual(page: &Page<'_>, it: &Anomaly) -> Unusual {
    let at = Timestamp::from_millisecond(it.noticed.at).unwrap_or(page.findings.generated_at);
    Unusual {
        ongoing: it.ongoing,
        task: shortened(&it.history, 80).into_owned(),
        sentence: it.sentence(),
        at: moment(at, page),
    }
}

fn gate(it: &GateSeen) -> Gate {
    Gate {
        name: shortened(&it.name, 120).into_owned(),
        class: match it.state {
            "passed" => "good",
            "failed" => "bad",
            _ => "look",
        },
        state: it.state,
        what: shortened(&it.what, 300).into_owned(),
    }
}

fn job(it: &JobSeen) -> Job {
    Job {
        id: it.id.clone(),
        task: shortened(&it.task, 80).into_owned(),
        class: match it.state {
            "failed" => "bad",
            "held" | "blocked" => "look",
            _ => "none",
        },
        state: it.state,
        priority: it.priority,
        commit: it.commit.as_deref().map(short).unwrap_or_default(),
        when: it.when.clone(),
        why: shortened(&it.why, 300).into_owned(),
    }
}
