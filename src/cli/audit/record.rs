//! Decisions that are no transition of a job, written to the trail.

use serde_json::Value;

use crate::cli::app::App;
use crate::queue::Queue;

/// A hook of git fired, and enqueued tasks.
pub const HOOK: &str = "hook";
/// How gates stood when git asked them.
pub const GATES: &str = "gates";
/// Something was approved.
pub const TRUSTED: &str = "trusted";
/// An approval was taken back.
pub const REVOKED: &str = "revoked";
/// Hooks were installed, or brought up to date.
pub const HOOKS_INSTALLED: &str = "hooks-installed";
/// Hooks were taken out.
pub const HOOKS_REMOVED: &str = "hooks-removed";
/// Findings were accepted.
pub const BASELINE: &str = "baseline";
/// A fixer's patch was applied.
pub const PATCH_APPLIED: &str = "patch-applied";

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

/// The same where only a queue that is there is worth it.
pub fn aside(kind: &str, data: &Value, app: &App) {
    let exists = app
        .state_dir()
        .is_ok_and(|state| state.join("queue.db").exists());
    if exists {
        decision(kind, data, app);
    }
}
