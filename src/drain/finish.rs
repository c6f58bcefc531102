//! From a supervisor's report to what the queue records.

use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::place::{self, Place};
use super::protocol::{self, ExecReport};
use crate::analyze::builtin;
use crate::queue::{Job, Lease, NewResult, Next, RunRecord, Settlement};
use crate::tasks::outcome::{Interruption, Outcome, Policy, settle};
use crate::tasks::spec::{Action, RunSpec, history_key};

/// The version of a built-in result's form.
const RESULT_SCHEMA: u32 = 1;
/// No result is larger.
const LARGEST_RESULT: u64 = 64 << 20;

/// Everything about a run that has ended.
#[derive(Debug)]
pub struct Finished<'a> {
    /// The job as it was claimed.
    pub job: &'a Job,
    /// What it executed.
    pub spec: &'a RunSpec,
    /// The right to write back.
    pub lease: &'a Lease,
    /// The supervisor's report; nothing when it vanished.
    pub report: Option<&'a ExecReport>,
    /// Who ended it, if we did.
    pub interrupted: Option<Interruption>,
    /// When it was started.
    pub started_at: Timestamp,
    /// How long it ran.
    pub wall: Duration,
}

/// What the run came to.
pub fn outcome(report: Option<&ExecReport>, interrupted: Option<Interruption>) -> Outcome {
    let Some(report) = report else {
        return Outcome::SupervisorLost;
    };
    match (&report.outcome, interrupted) {
        // It ended by itself in the same moment: that counts.
        (protocol::Outcome::Exited { code: 0 }, _) => Outcome::Exited { code: 0 },
        (_, Some(by)) => Outcome::Interrupted { by },
        (protocol::Outcome::Exited { code }, None) => Outcome::Exited { code: *code },
        (protocol::Outcome::Signalled { signal }, None) => Outcome::Signalled { signal: *signal },
        (protocol::Outcome::TimedOut, None) => Outcome::TimedOut,
        (protocol::Outcome::MemoryExceeded { .. }, None) => Outcome::MemoryExceeded,
        (protocol::Outcome::CpuExceeded, None) => Outcome::CpuExceeded,
        (protocol::Outcome::OutputExceeded, None) => Outcome::OutputExceeded,
        (protocol::Outcome::Terminated, None) => Outcome::Interrupted {
            by: Interruption::Shutdown,
        },
        (protocol::Outcome::SpawnFailed { errno, message }, None) => spawn_failed(*errno, message),
    }
}

fn spawn_failed(errno: Option<i32>, message: &str) -> Outcome {
    if errno.is_some_and(crate::system::process::is_no_space) {
        return Outcome::NoSpace;
    }
    Outcome::SpawnFailed {
        message: message.to_owned(),
        missing_tool: false,
    }
}

/// What the queue is to record.
pub fn settlement(
    finished: &Finished<'_>,
    place: &Place,
    now: Timestamp,
    jitter: f64,
) -> Settlement {
    let mut outcome = outcome(finished.report, finished.interrupted);
    let result_path = place::result_path(&place.state, &finished.lease.job, finished.lease.fence);
    // What went wrong is a result too: an analyser that fails does not stop the others.
    let results = match &finished.spec.action {
        Action::Builtin { .. } => read_results(&result_path, finished.job).unwrap_or_default(),
        Action::Command { .. } => Vec::new(),
    };
    let is_builtin = matches!(finished.spec.action, Action::Builtin { .. });
    if is_builtin && results.is_empty() && outcome == (Outcome::Exited { code: 0 }) {
        // It says that it did its work and left nothing: that is no success.
        outcome = Outcome::Exited { code: 1 };
    }
    let _ = fs::remove_file(&result_path);
    let _ = fs::remove_file(place::changed_files_path(
        &place.state,
        &finished.lease.job,
        finished.lease.fence,
    ));
    let policy = Policy {
        attempt: finished.lease.attempt,
        max_retries: finished.job.max_retries,
        retry_delay: finished.job.retry_delay,
        retry_on: &finished.spec.retry_on,
        user_triggered: finished.job.user_triggered,
        verdict_read: false,
        queued_at: finished.job.queued_at,
    };
    let next = named_error(settle(&outcome, &policy, now, jitter), results.last());
    Settlement {
        next,
        record: record(finished, place, &outcome, now),
        results,
    }
}

/// The analyser's own words, where it left some.
fn named_error(next: Next, result: Option<&NewResult>) -> Next {
    let said = result
        .and_then(|result| result.body.get("error"))
        .and_then(Value::as_str);
    match (next, said) {
        (Next::Failed { category, .. }, Some(error)) => Next::Failed {
            category,
            error: error.to_owned(),
        },
        (next, _) => next,
    }
}

fn record(finished: &Finished<'_>, place: &Place, outcome: &Outcome, now: Timestamp) -> RunRecord {
    let report = finished.report;
    let killed = matches!(outcome, Outcome::Interrupted { .. } | Outcome::TimedOut);
    let (exit_code, signal) = match report.map(|report| &report.outcome) {
        Some(protocol::Outcome::Exited { code }) => (Some(*code), None),
        Some(protocol::Outcome::Signalled { signal }) => (None, Some(*signal)),
        _ => (None, None),
    };
    RunRecord {
        started_at: finished.started_at,
        // Of the monotonic clock: a clock set back gives no negative duration.
        finished_at: finished
            .started_at
            .checked_add(finished.wall)
            .unwrap_or(now),
        history: history_key(&finished.job.task, finished.spec),
        host: place.host.clone(),
        outcome: outcome.name().to_owned(),
        killed,
        exit_code,
        signal,
        cpu_ms: report.and_then(|report| i64::try_from(report.cpu_ms).ok()),
        peak_rss_kib: report.and_then(|report| i64::try_from(report.peak_rss_kib).ok()),
        enforced: report.map_or(Value::Null, |report| json!(report.enforced)),
        log: Some(place::log_path(
            &place.state,
            &finished.lease.job,
            finished.lease.fence,
        )),
    }
}

fn read_results(path: &Path, job: &Job) -> Option<Vec<NewResult>> {
    let length = fs::metadata(path).ok()?.len();
    if length > LARGEST_RESULT {
        return None;
    }
    let found: builtin::Found = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let results = found.results.into_iter().map(|analysis| NewResult {
        kind: analysis.kind,
        commit: job.input.commit.clone(),
        schema: RESULT_SCHEMA,
        body: analysis.body,
    });
    Some(results.collect())
}
