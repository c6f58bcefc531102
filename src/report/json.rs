//! The JSON that scripts rely on: one object, a `schema` number, times in ISO 8601 UTC.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::queue::{Job, Run, RunRow, State, StoredResult};

/// The version of every document's form. Fields may be added within a version; none is removed or changes its meaning.
pub const SCHEMA: u32 = 1;

/// A job in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct JobLine {
    /// Identity; any unambiguous prefix works on the command line.
    pub id: String,
    /// The task's key.
    pub task: String,
    /// The title, where it differs from the key.
    pub name: Option<String>,
    /// `blocked`, `queued`, `held`, `running`, `done`, `failed`, `cancelled`, `expired`, `superseded`, `dropped`,
    /// `skipped`.
    pub state: &'static str,
    /// `critical`, `high`, `normal`, `low`, `deferred`.
    pub priority: &'static str,
    /// What made it exist.
    pub trigger: &'static str,
    /// Counted attempts so far.
    pub attempt: u32,
    /// When it was enqueued.
    pub queued_at: Timestamp,
    /// Not before, while it is queued.
    pub run_at: Option<Timestamp>,
    /// When its newest run started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The slot it runs in.
    pub slot: Option<u32>,
    /// What it is about.
    pub commit: Option<String>,
    /// The last error, or the reason of its state.
    pub error: Option<String>,
    /// Why it failed, for programs.
    pub category: Option<&'static str>,
}

impl From<&Job> for JobLine {
    fn from(job: &Job) -> Self {
        let mut line = Self {
            id: job.id.to_string(),
            task: job.task.clone(),
            name: job.name.clone(),
            state: job.state.kind().name(),
            priority: job.priority.name(),
            trigger: job.trigger.name(),
            attempt: job.attempt,
            queued_at: job.queued_at,
            run_at: None,
            started_at: job.started_at,
            finished_at: None,
            slot: None,
            commit: job.input.commit.clone(),
            error: job.error.clone(),
            category: None,
        };
        match &job.state {
            State::Blocked { .. } => {}
            State::Queued { run_at } => line.run_at = Some(*run_at),
            State::Held { reason } => line.error = Some(reason.clone()),
            State::Running(Run {
                slot, started_at, ..
            }) => {
                line.slot = Some(*slot);
                line.started_at = Some(*started_at);
            }
            State::Done { finished_at } => line.finished_at = Some(*finished_at),
            State::Failed {
                finished_at,
                category,
                error,
            } => {
                line.finished_at = Some(*finished_at);
                line.category = Some(category.name());
                line.error = Some(error.clone());
            }
            State::Ended {
                finished_at,
                reason,
                ..
            } => {
                line.finished_at = Some(*finished_at);
                line.error = Some(reason.clone());
            }
        }
        line
    }
}

/// `queue --json`.
pub fn jobs(jobs: &[Job]) -> Value {
    json!({
        "schema": SCHEMA,
        "jobs": jobs.iter().map(JobLine::from).collect::<Vec<_>>(),
    })
}

/// A run of a job.
pub fn run(run: &RunRow) -> Value {
    json!({
        "attempt": run.attempt,
        "fence": run.fence,
        "slot": run.slot,
        "host": run.host,
        "commit": run.commit,
        "queue_ms": run.queue_ms,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "outcome": run.outcome,
        "exit_code": run.exit_code,
        "signal": run.signal,
        "cpu_ms": run.cpu_ms,
        "peak_rss_kib": run.peak_rss_kib,
        "enforced": run.enforced,
        "log": run.log,
    })
}

/// A stored result, with its body.
pub fn result(result: &StoredResult) -> Value {
    json!({
        "schema": SCHEMA,
        "id": result.id,
        "job": result.job,
        "task": result.task,
        "type": result.kind,
        "commit": result.commit,
        "body_schema": result.schema,
        "created_at": result.created_at,
        "body": result.body,
    })
}

/// `results list --json`: without the bodies.
pub fn results(results: &[StoredResult]) -> Value {
    let lines: Vec<Value> = results
        .iter()
        .map(|result| {
            json!({
                "id": result.id,
                "job": result.job,
                "task": result.task,
                "type": result.kind,
                "commit": result.commit,
                "created_at": result.created_at,
            })
        })
        .collect();
    json!({ "schema": SCHEMA, "results": lines })
}
