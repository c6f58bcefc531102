//! Bisection: which commit broke a task, found by jobs that run whenever there is time.
//!
//! A [`Search`] learns what it can from stored verdicts and enters at most one job, for the commit that is judged next.
//! Whoever drains looks again when that job has ended; nothing is remembered but what was learned, so that it goes on after
//! a killed process, a restart, or a month.

mod begin;
mod inquiry;
mod report;
mod search;
mod step;

pub use begin::begin;
pub use report::{Report, say};
pub use search::{Search, Stand};

use serde_json::{Value, json};

use super::app::App;
use super::error::{CommandError, Context as _};
use crate::queue::{Job, Queue};
use crate::tasks::Task;
use crate::tasks::task::Root;

/// Looks at each search that is under way. One that cannot be looked at stops no other.
pub fn advance_all(app: &App, queue: &mut Queue) -> Result<(), CommandError> {
    let mut failed = None;
    for bisection in queue
        .bisections_under_way()
        .context("list the bisections")?
    {
        if let Err(error) = Search::advance(app, queue, bisection.id) {
            failed.get_or_insert(error);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Looks at the searches that wait for a job which has ended; false if there are none.
pub fn follow(app: &App, queue: &mut Queue, job: &Job) -> bool {
    if job.input_key.is_none() {
        return false;
    }
    let waiting = queue.bisections_waiting_for(&job.id).unwrap_or_default();
    for id in &waiting {
        if let Err(error) = Search::advance(app, queue, *id) {
            app.ui.warn(format!("bisection {id}: {error}"));
        }
    }
    !waiting.is_empty()
}

/// Where a job's trigger names its search.
const FIELD: &str = "bisection";

fn trigger_data(id: i64) -> Value {
    json!({ FIELD: id })
}

/// The search that a job was entered for.
fn belongs_to(job: &Job) -> Option<i64> {
    job.trigger_data.get(FIELD).and_then(Value::as_i64)
}

/// What people call a task in one of its folders.
fn title(task: &Task, folder: &str) -> String {
    match task.root {
        Root::One(_) => task.key.clone(),
        Root::Each(_) => format!("{} ({folder})", task.key),
    }
}
