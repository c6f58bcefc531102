//! `show --json`.

use serde_json::{Value, json};

use super::{Neighbour, Told};
use crate::cli::app::App;
use crate::cli::audit::{reason, trigger};
use crate::cli::error::{CommandError, Context as _};
use crate::cli::format;
use crate::cli::sessions::made_by::MadeBy;
use crate::cli::status::Looker;
use crate::queue::Queue;
use crate::report::json as documents;

/// The document that scripts rely on.
pub fn document(told: &Told, queue: &Queue, app: &App) -> Result<Value, CommandError> {
    let job = &told.job;
    let (now, zone) = (app.now(), app.zone());
    let results = queue
        .results_of_job(&job.id)
        .context("read the job's results")?;
    let verdict = queue.verdict_of_job(&job.id).context("read its verdict")?;
    let seen = Looker::new(queue, app.state_dir()?).look(job.clone())?;
    let events: Vec<Value> = told
        .events
        .iter()
        .map(|event| {
            json!({
                "at": event.at,
                "event": event.kind,
                "state": event.to,
                "data": event.data,
                "why": reason(event, now, &zone).bare(),
            })
        })
        .collect();
    let runs: Vec<Value> = told
        .runs
        .iter()
        .map(|run| {
            let mut line = documents::run(run);
            line["wall_ms"] = json!(millis(format::between(run.started_at, run.finished_at)));
            line
        })
        .collect();
    Ok(json!({
        "schema": documents::SCHEMA,
        "job": documents::JobLine::from(job),
        "spec": job.spec,
        "trigger_data": job.trigger_data,
        "base": job.input.base,
        "worktree": job.input.worktree,
        "losses": job.losses,
        "needs": told.needs.iter().map(neighbour).collect::<Vec<_>>(),
        "runs": runs,
        "events": events,
        "results": results.iter().map(|result| result.id).collect::<Vec<_>>(),
        "asked": trigger(job.trigger.name(), &job.trigger_data, now, &zone),
        "needed_by": told.needed_by.iter().map(neighbour).collect::<Vec<_>>(),
        "timeout_ms": millis(job.timeout),
        "max_retries": job.max_retries,
        "sessions": told.made_by.iter().map(MadeBy::document).collect::<Vec<_>>(),
        "expected": seen.expected,
        "lost": seen.is_lost,
        "verdict": verdict.map(|verdict| json!({ "clean": verdict.is_clean(), "summary": verdict.summary })),
    }))
}

fn neighbour(one: &Neighbour) -> Value {
    json!({ "id": one.id, "task": one.task, "state": one.state })
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
