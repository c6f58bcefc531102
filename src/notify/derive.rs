//! What of all that happened is worth telling.
//!
//! Pure: events of jobs and what was told before come in, drafts of notices and what is to be remembered go out.

mod ledger;
mod limits;
mod unusual;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub use self::ledger::Ledger;
pub use self::limits::{BUSY_FOR, busy_machine};
pub use self::unusual::{subject_of_anomaly, unusual};

use crate::config::notify::{NoticeKind, Severity};
use crate::queue::Category;
use crate::system::plain;
use crate::tasks::task::Notices;

/// An error is told with so many characters at most, as S1 has it.
const LONGEST_ERROR: usize = 200;

/// Something that happened to a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// The number of its event.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The job's task.
    pub task: String,
    /// How the job is called for people: its task and its folder.
    pub title: String,
    /// The job.
    pub job: String,
    /// The commit it is about.
    pub commit: Option<String>,
    /// What happened.
    pub what: What,
    /// The run that ended with it.
    pub run: Option<Ran>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It was started.
    Started,
    /// It was done.
    Done {
        /// What it found, if it looks for something.
        found: Option<Found>,
    },
    /// It failed for good.
    Failed {
        /// Why, for programs.
        category: Category,
        /// Why, for people.
        error: String,
    },
    /// It is tried again.
    TriedAgain {
        /// Why.
        error: String,
    },
    /// It waits for approval.
    Held {
        /// Why.
        reason: String,
    },
}

/// What a job found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In a sentence, as the job says it.
    pub summary: String,
    /// How many there are.
    pub total: usize,
    /// How many of them were never there before, by severity, the worst first: `("high", 2)`.
    pub new: Vec<(&'static str, usize)>,
    /// How serious the worst of the new ones is.
    pub worst: Severity,
    /// A few of the new ones, in words.
    pub examples: Vec<String>,
}

impl Found {
    fn count(&self) -> usize {
        self.new.iter().map(|(_, count)| count).sum()
    }
}

/// A run, as far as notices care.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ran {
    /// How long it took.
    pub wall: Duration,
    /// When it would have been stopped.
    pub timeout: Duration,
    /// Whether it was stopped then.
    pub timed_out: bool,
    /// Whether it was stopped by any limit, or by us.
    pub stopped: bool,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// Memory used at most and the limit, in bytes.
    pub memory: Option<(u64, u64)>,
    /// Processor time used and the limit.
    pub cpu: Option<(Duration, Duration)>,
}

/// A notice before it is worded.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The event that it is about.
    pub seq: i64,
    /// When that happened.
    pub at: Timestamp,
    /// What it is about.
    pub event: NoticeKind,
    /// How serious it is.
    pub severity: Severity,
    /// The task.
    pub task: Option<String>,
    /// The job.
    pub job: Option<String>,
    /// The values of the template, and what else programs may want to know.
    pub values: Map<String, Value>,
}

fn subject_of_task(title: &str) -> String {
    format!("task:{title}")
}

fn subject_of_hold(title: &str) -> String {
    format!("held:{title}")
}

/// What must be known of what was told before, to derive the notices of these happenings.
pub fn subjects(happenings: &[Happening]) -> BTreeSet<String> {
    let mut all = limits::subjects_of_load();
    for it in happenings {
        all.insert(subject_of_task(&it.title));
        all.insert(subject_of_hold(&it.title));
        all.extend(limits::subjects(&it.title));
    }
    all
}

/// The notices of what happened, in its order; `wanted` says what is told about a task.
pub fn derive(
    happenings: &[Happening],
    wanted: impl Fn(&str) -> Notices,
    ledger: &mut Ledger,
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for it in happenings {
        drafts.extend(outcome(it, wanted(&it.task), ledger));
        if let Some(ran) = &it.run {
            drafts.extend(limits::near(it, ran, ledger));
        }
    }
    drafts
}

fn outcome(it: &Happening, wanted: Notices, ledger: &mut Ledger) -> Option<Draft> {
    let subject = subject_of_task(&it.title);
    let timed_out = it.run.is_some_and(|ran| ran.timed_out);
    match &it.what {
        What::Started => {
            ledger.forget(&subject_of_hold(&it.title));
            wanted
                .start
                .then(|| it.draft(NoticeKind::TaskStarted, Severity::Info, Map::new()))
        }
        What::Done { found } => {
            let failed = ledger.get(&subject).cloned();
            ledger.forget(&subject);
            let new = found.as_ref().map_or(0, Found::count);
            if let Some(found) = found.as_ref().filter(|_| new > 0 && wanted.issues) {
                return Some(it.draft(NoticeKind::IssuesFound, found.worst, found.values()));
            }
            if let Some(failed) = failed {
                let values = object(json!({ "failures": failed.times, "since": failed.at }));
                return Some(it.draft(NoticeKind::TaskRecovered, Severity::Info, values));
            }
            wanted.complete.then(|| {
                let values = found.as_ref().map(Found::values).unwrap_or_default();
                it.draft(NoticeKind::TaskCompleted, Severity::Info, values)
            })
        }
        What::Failed { category, error } => {
            let event = match category {
                // The job that it needed was told about.
                Category::DependencyFailed => return None,
                Category::MaxRetries | Category::Lost => NoticeKind::DeadLetter,
                Category::Timeout => NoticeKind::TaskTimeout,
                Category::Permanent if timed_out => NoticeKind::TaskTimeout,
                Category::Permanent => NoticeKind::TaskFailed,
            };
            let state = format!("{}:{}", category.name(), fingerprint(error));
            ledger.is_news(&subject, &state, it.at).then(|| {
                let values = object(json!({
                    "error": plain::shortened(error, LONGEST_ERROR),
                    "category": category,
                }));
                it.draft(event, Severity::Error, values)
            })
        }
        What::TriedAgain { error } => {
            let known = ledger.get(&subject).is_some();
            (timed_out && !known && ledger.is_news(&subject, "timed out", it.at)).then(|| {
                let values = object(json!({
                    "error": plain::shortened(error, LONGEST_ERROR),
                    "again": true,
                }));
                it.draft(NoticeKind::TaskTimeout, Severity::Warning, values)
            })
        }
        What::Held { reason } => ledger
            .is_news(&subject_of_hold(&it.title), reason, it.at)
            .then(|| {
                let values = object(json!({ "reason": reason }));
                it.draft(NoticeKind::TaskHeld, Severity::Warning, values)
            }),
    }
}

impl Happening {
    fn draft(&self, event: NoticeKind, severity: Severity, more: Map<String, Value>) -> Draft {
        let mut values = object(json!({ "task_name": self.title }));
        if let Some(commit) = &self.commit {
            values.insert("commit".to_owned(), json!(commit));
        }
        if let Some(ran) = &self.run {
            values.insert(
                "duration".to_owned(),
                json!(rounded(ran.wall.as_secs_f64())),
            );
            values.insert(
                "timeout".to_owned(),
                json!(rounded(ran.timeout.as_secs_f64())),
            );
            values.insert("attempt".to_owned(), json!(ran.attempt));
        }
        values.extend(more);
        Draft {
            seq: self.seq,
            at: self.at,
            event,
            severity,
            task: Some(self.task.clone()),
            job: Some(self.job.clone()),
            values,
        }
    }
}

impl Found {
    fn values(&self) -> Map<String, Value> {
        let by_severity: Vec<String> = self
            .new
            .iter()
            .map(|(severity, count)| format!("{count} {severity}"))
            .collect();
        object(json!({
            "new": self.count(),
            "total": self.total,
            "by_severity": by_severity.join(", "),
            "summary": self.summary,
            "examples": self.examples,
        }))
    }
}

/// To a tenth.
fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// An error without what differs from run to run: numbers, times, addresses, names of temporary files.
fn fingerprint(error: &str) -> String {
    let words = error.split(|c: char| c.is_whitespace() || matches!(c, '/' | ':' | ',' | '.'));
    let kept: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(|word| {
            let digits = word.chars().any(|c| c.is_ascii_digit());
            if digits {
                "#".to_owned()
            } else {
                word.to_owned()
            }
        })
        .collect();
    kept.join(" ").chars().take(LONGEST_ERROR).collect()
}

#[cfg(test)]
mod tests;
