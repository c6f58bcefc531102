//! From a supervisor's report to what the queue records.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::judging;
use super::place::{self, Place};
use super::protocol::{self, ExecReport};
use crate::findings::stored::KIND;
use crate::findings::{ScanHead, Verdict};
use crate::gates::evidence::{self, Came};
use crate::gates::known::Judging;
use crate::queue::{Exit, Job, Lease, NewResult, NewVerdict, Next, RunRecord, Settlement};
use crate::tasks::left::{self, Commit, LeftResult, Meaning};
use crate::tasks::outcome::{Interruption, Outcome, Policy, settle};
use crate::tasks::spec::{Action, RunSpec, history_key};

/// The version of a built-in result's form.
const RESULT_SCHEMA: u32 = 1;

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
    /// Whether a person waits for the answer.
    pub awaited: bool,
    /// When it was started.
    pub started_at: Timestamp,
    /// How long it ran.
    pub wall: Duration,
    /// What its verdict is about, if one is asked for.
    pub judging: Option<&'a Judging>,
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
    let left = finished
        .spec
        .leaves_results()
        .then(|| left::read(&result_path));
    let mut scan = None;
    let (results, meaning) = match left {
        Some(Some(left)) => match left.meaning {
            // What looked at nothing is no result.
            meaning @ Some(Meaning::Nothing(_) | Meaning::Missing(_) | Meaning::Later(_)) => {
                (Vec::new(), meaning)
            }
            meaning => {
                scan = scanned(&left.results);
                (stored(left.results, finished), meaning)
            }
        },
        Some(None)
            if outcome
                == (Outcome::Exited {
                    code: i32::from(left::NO_SPACE),
                }) =>
        {
            outcome = Outcome::NoSpace;
            (Vec::new(), None)
        }
        // It says that it did its work and left nothing: that is no success.
        Some(None) if outcome == (Outcome::Exited { code: 0 }) => {
            outcome = Outcome::Exited { code: 1 };
            (Vec::new(), None)
        }
        _ => (Vec::new(), None),
    };
    let verdict = finished
        .judging
        .and_then(|judging| verdict(finished, judging, &outcome, scan.as_ref(), place));
    outcome = meant(outcome, meaning.as_ref());
    let _ = fs::remove_file(&result_path);
    for path in [place::changed_files_path, place::files_path] {
        let _ = fs::remove_file(path(
            &place.state,
            &finished.lease.job,
            finished.lease.fence,
        ));
    }
    if finished.spec.leaves_results() {
        let _ = fs::remove_dir_all(place::scratch_path(&result_path));
    }
    let policy = Policy {
        attempt: finished.lease.attempt,
        max_retries: finished.job.max_retries,
        retry_delay: finished.job.retry_delay,
        retry_on: &finished.spec.retry_on,
        awaited: finished.awaited,
        verdict_read: meaning == Some(Meaning::Done),
        queued_at: finished.job.queued_at,
    };
    let next = match meaning {
        Some(Meaning::Nothing(reason)) => Next::Ended {
            exit: Exit::Skipped,
            reason,
        },
        _ => named_error(settle(&outcome, &policy, now, jitter), results.last()),
    };
    Settlement {
        next,
        record: record(finished, place, &outcome, now),
        results,
        verdict,
    }
}

/// What a run came to, as its own child process understands it.
fn meant(outcome: Outcome, meaning: Option<&Meaning>) -> Outcome {
    match (outcome, meaning) {
        (Outcome::Exited { .. }, Some(Meaning::Missing(message))) => Outcome::SpawnFailed {
            message: message.clone(),
            missing_tool: true,
        },
        (Outcome::Exited { .. }, Some(Meaning::Failed(message))) => Outcome::ToolFailed {
            message: message.clone(),
        },
        (Outcome::Exited { .. }, Some(Meaning::Agent(failure))) => {
            Outcome::AgentFailed(failure.clone())
        }
        (Outcome::Exited { .. }, Some(Meaning::Later(postponed))) => {
            Outcome::Postponed(postponed.clone())
        }
        (outcome, _) => outcome,
    }
}

/// What was found, as far as it matters for a verdict.
struct Scanned {
    head: ScanHead,
    is_about_it: bool,
    body: String,
}

fn scanned(results: &[LeftResult<Box<RawValue>>]) -> Option<Scanned> {
    let result = results.iter().rfind(|result| result.kind == KIND)?;
    let head: ScanHead = serde_json::from_str(result.body.get()).ok()?;
    let is_about_it = result.about == Commit::Job && !head.dirty;
    let found = head.verdict == Verdict::Findings;
    Some(Scanned {
        body: if found {
            evidence::body_of_scan(&result.body)
        } else {
            String::new()
        },
        is_about_it,
        head,
    })
}

/// The verdict that a run came to; nothing if it came to none, or looked at files that changed meanwhile.
fn verdict(
    finished: &Finished<'_>,
    judging: &Judging,
    outcome: &Outcome,
    scan: Option<&Scanned>,
    place: &Place,
) -> Option<NewVerdict> {
    let spec = finished.spec;
    let came = match (scan, outcome) {
        (Some(scan), Outcome::Exited { .. }) => Came::Scan {
            verdict: scan.head.verdict,
            is_about_it: scan.is_about_it,
        },
        (None, Outcome::Exited { code }) if *code == 0 || !spec.leaves_results() => Came::Exited {
            code: *code,
            may_pass: spec.retry_on.contains(code),
        },
        _ => Came::Nothing,
    };
    let is_content = evidence::is_content(came)?;
    let judges = spec.judges.as_ref()?;
    match judging::difference(place, finished.job, spec, judges, judging.tree.as_ref()) {
        Ok(None) => {}
        Ok(Some(_)) | Err(_) => return None,
    }
    let (summary, body) = match (scan, came) {
        (Some(scan), _) => (scan.head.summary.clone(), scan.body.clone()),
        (None, Came::Exited { code, .. }) if !is_content => {
            let log = place::log_path(&place.state, &finished.lease.job, finished.lease.fence);
            let tail = tail_of(&log).unwrap_or_default();
            (outcome.to_string(), evidence::body_of_output(code, tail))
        }
        _ => ("clean".to_owned(), String::new()),
    };
    let files = judging.files.iter().flatten();
    Some(NewVerdict {
        key: judging.key.clone(),
        definition: judging.definition.digest.clone(),
        parts: serde_json::to_string(&judging.definition.parts).unwrap_or_default(),
        tree: judging.tree.as_ref().map(|tree| tree.as_str().to_owned()),
        commit: finished.job.input.commit.clone(),
        body: (!is_content).then_some(body),
        summary,
        files: files.filter(|_| is_content).map(|(_, it)| *it).collect(),
    })
}

/// The last lines of a log that are worth keeping with a verdict.
fn tail_of(log: &Path) -> std::io::Result<String> {
    const MOST: u64 = 8 << 10;
    let mut file = fs::File::open(log)?;
    let length = file.metadata()?.len();
    let start = length.saturating_sub(MOST);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = match text.split_once('\n') {
        // The first line of a cut text is half a line.
        Some((_, rest)) if start > 0 => rest,
        _ => &text,
    };
    Ok(whole.trim_end().to_owned())
}

/// What a scan is called that is about a tree in no commit: those of [`KIND`] without a commit are about what changed.
const STAGED_KIND: &str = "staged_findings";

fn stored(results: Vec<LeftResult<Box<RawValue>>>, finished: &Finished<'_>) -> Vec<NewResult> {
    // A patch is the same thing whatever it is for; what it is about, it says itself.
    let is_fix = matches!(finished.spec.action, Action::Fix { .. });
    let is_staged = finished.spec.staged.is_some() && !is_fix;
    let results = results
        .into_iter()
        .filter(|result| !is_staged || result.kind == KIND);
    let stored = results.map(|result| NewResult {
        kind: if is_staged {
            STAGED_KIND.to_owned()
        } else {
            result.kind
        },
        commit: match result.about {
            _ if is_staged => None,
            Commit::Job => finished.job.input.commit.clone(),
            Commit::Other(commit) => Some(commit),
            Commit::Changes => None,
        },
        schema: RESULT_SCHEMA,
        body: String::from(Box::<str>::from(result.body)),
    });
    stored.collect()
}

/// What an analyser leaves when it fails.
#[derive(Deserialize)]
struct Failure {
    error: String,
}

/// The analyser's own words, where it left some.
fn named_error(next: Next, result: Option<&NewResult>) -> Next {
    let Next::Failed { category, error } = next else {
        return next;
    };
    let said = result.and_then(|result| serde_json::from_str::<Failure>(&result.body).ok());
    Next::Failed {
        category,
        error: said.map_or(error, |said| said.error),
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
