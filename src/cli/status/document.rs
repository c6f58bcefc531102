//! `status --json`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Seen;
use crate::cli::format;
use crate::queue::{State, StateKind};
use crate::report::json as documents;

/// The document that scripts rely on.
pub fn document(seen: &Seen, now: Timestamp) -> Value {
    let states: serde_json::Map<String, Value> = StateKind::ALL
        .iter()
        .filter(|state| !state.is_terminal() || **state == StateKind::Failed)
        .map(|state| (state.name().to_owned(), json!(seen.count(*state))))
        .collect();
    let running: Vec<Value> = seen
        .jobs
        .iter()
        .filter_map(|look| match &look.job.state {
            State::Running(run) => Some((look, run)),
            _ => None,
        })
        .map(|(look, run)| {
            let mut line = json!(documents::JobLine::from(&look.job));
            line["elapsed_ms"] = json!(millis(format::between(run.started_at, now)));
            line["expected"] = json!(look.expected);
            line["lost"] = json!(look.is_lost);
            line
        })
        .collect();
    let schedules: Vec<Value> = seen
        .schedules
        .iter()
        .map(|schedule| {
            json!({ "task": schedule.name, "next": schedule.next_fire, "last": schedule.last_fire })
        })
        .collect();
    let errors: Vec<Value> = seen
        .failures
        .iter()
        .filter_map(|job| match &job.state {
            State::Failed {
                finished_at,
                category,
                error,
            } => Some(json!({
                "job": job.id, "task": job.task, "at": finished_at, "category": category.name(), "error": error,
            })),
            _ => None,
        })
        .collect();
    let around = &seen.around;
    let active = seen.count(StateKind::Running);
    let next = seen
        .schedules
        .iter()
        .find_map(|schedule| Some((schedule.name.as_str(), schedule.next_fire?)));
    json!({
        "schema": documents::SCHEMA,
        "jobs": states,
        "done_today": seen.counts.done_today,
        "failed_today": seen.counts.failed_today,
        "oldest_queued_at": seen.counts.oldest_queued,
        "average_duration_ms": seen.counts.average_duration.map(millis),
        "running": running,
        "schedules": schedules,
        "paused_until": seen.paused,
        "gates": seen.gates.iter().map(|gate| json!({
            "task": gate.task, "state": gate.state, "job": gate.job, "what": gate.what,
        })).collect::<Vec<_>>(),
        "version": env!("CARGO_PKG_VERSION"),
        "repository": around.name,
        "config_files": around.config_files,
        "healthy": errors.is_empty(),
        "errors": errors,
        "workers": {
            "total": around.slots,
            "active": active,
            "idle": u64::from(around.slots).saturating_sub(active),
        },
        "queue": {
            "pending": seen.live().saturating_sub(active),
            "running": active,
            "failed_today": seen.counts.failed_today,
        },
        "notices": seen.untold.iter().map(|it| json!({
            "channel": it.channel, "waiting": it.refused, "given_up": it.given_up, "since": it.since, "error": it.error,
        })).collect::<Vec<_>>(),
        "draining": around.drains,
        "last_analysis": seen.last_result.as_ref().map(|result| json!({
            "task": result.task, "type": result.kind, "result": result.id, "at": result.created_at,
        })),
        "next_scheduled": next.map(|(task, at)| json!({ "task": task, "at": at })),
        "hooks": around.hooks,
        "cron": around.has_ticks,
    })
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
