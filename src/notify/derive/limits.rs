//! Jobs that come near their limits, and a machine that leaves no time for jobs.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::{Draft, Happening, Ledger, Ran, object, rounded};
use crate::config::notify::{NoticeKind, Severity};
use crate::queue::Told;

/// From this share of a limit on, a job came near it, in percent.
const NEAR: f64 = 90.0;
/// Nearness to a limit is told at most this often.
const LIMIT_EVERY: Duration = Duration::from_secs(3600);
/// How long the machine must have been too busy for jobs.
pub const BUSY_FOR: Duration = Duration::from_secs(600);

fn subject_of_limit(title: &str, resource: &str) -> String {
    format!("limit:{resource}:{title}")
}

/// The machine's load: since when it is too high, and when that was told.
const LOAD: &str = "load";
const LOAD_TOLD: &str = "load:told";
const RESOURCES: [&str; 3] = ["memory", "CPU time", "time"];

/// The subjects of a job's limits.
pub(super) fn subjects(title: &str) -> [String; RESOURCES.len()] {
    RESOURCES.map(|resource| subject_of_limit(title, resource))
}

/// The subjects of the machine's load.
pub(super) fn subjects_of_load() -> BTreeSet<String> {
    BTreeSet::from([LOAD.to_owned(), LOAD_TOLD.to_owned()])
}

/// Runs that came near a limit and were not stopped by it.
#[expect(
    clippy::cast_precision_loss,
    reason = "no machine has 2^53 bytes of memory"
)]
pub(super) fn near(it: &Happening, ran: &Ran, ledger: &mut Ledger) -> Vec<Draft> {
    if ran.stopped {
        return Vec::new();
    }
    let memory = ran.memory.map(|(used, limit)| (used as f64, limit as f64));
    let cpu = ran
        .cpu
        .map(|(used, limit)| (used.as_secs_f64(), limit.as_secs_f64()));
    let time = Some((ran.wall.as_secs_f64(), ran.timeout.as_secs_f64()));
    RESOURCES
        .into_iter()
        .zip([memory, cpu, time])
        .filter_map(|(resource, usage)| {
            let (used, limit) = usage.filter(|(_, limit)| *limit > 0.0)?;
            let percent = used / limit * 100.0;
            let subject = subject_of_limit(&it.title, resource);
            (percent >= NEAR && ledger.is_due(&subject, LIMIT_EVERY, it.at)).then(|| {
                let values = object(json!({
                    "resource": resource,
                    "percent": rounded(percent),
                    "used": used,
                    "limit": limit,
                }));
                it.draft(NoticeKind::HighResourceUsage, Severity::Warning, values)
            })
        })
        .collect()
}

/// A machine that kept all but critical jobs from starting for ten minutes. `busy` is what was too much when a drain that
/// had something to start last looked; `seq` the event up to which the outbox has come.
pub fn busy_machine(
    busy: Option<(&str, f64)>,
    (seq, now): (i64, Timestamp),
    ledger: &mut Ledger,
) -> Option<Draft> {
    let Some((resource, percent)) = busy else {
        ledger.forget(LOAD);
        return None;
    };
    let Some(since) = ledger.get(LOAD).map(|told| told.at) else {
        let (state, times) = (resource.to_owned(), 1);
        ledger.set(
            LOAD,
            Told {
                state,
                at: now,
                times,
            },
        );
        return None;
    };
    let closed = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    (closed >= BUSY_FOR && ledger.is_due(LOAD_TOLD, LIMIT_EVERY, now)).then(|| Draft {
        seq,
        at: now,
        event: NoticeKind::HighResourceUsage,
        severity: Severity::Warning,
        task: None,
        job: None,
        values: object(json!({
            "resource": resource,
            "percent": rounded(percent),
            "since": since,
        })),
    })
}
