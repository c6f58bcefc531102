//! Decisions that are no transition of a job, written to the trail.

use serde_json::Value;

use crate::cli::app::App;
use crate::queue::Queue;

/// Records that a hook of git fired, and the tasks that it enqueued. Failing to is no reason to hold git up.
pub const HOOK: &str = "hook";
/// Records how gates stood when git asked them.
pub const GATES: &str = "gates";
/// Records that something was approved.
pub const TRUSTED: &str = "trusted";
/// Records that an approval was taken back.
pub const REVOKED: &str = "revoked";

/// Records something in a queue that is open. The trail is worth no failure.
pub fn record(queue: &mut Queue, kind: &str, data: &Value, app: &App) {
    if let Err(error) = queue.record(kind, data, app.now()) {
        tracing::debug!(%error, kind, "not recorded");
    }
}

/// Records what was decided in the repository's queue, which is made if there is none: an approval comes before the first
/// job.
pub fn decision(kind: &str, data: &Value, app: &App) {
    match app.queue() {
        Ok(mut queue) => record(&mut queue, kind, data, app),
        Err(error) => app
            .ui
            .warn(format!("not recorded in the trail: {}", error.one_line())),
    }
}
