//! What of all that happened is worth telling.
//!
//! Pure: events of jobs and what was told before come in, drafts of notices and what is to be remembered go out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::config::notify::{NoticeKind, Severity};
use crate::metrics::Anomaly;
use crate::queue::{Category, Told};
use crate::system::plain;
use crate::tasks::task::Notices;

/// From this share of a limit on, a job came near it, in percent.
const NEAR: f64 = 90.0;
/// Nearness to a limit is told at most this often.
const LIMIT_EVERY: Duration = Duration::from_secs(3600);
/// How long the machine must have been too busy for jobs.
pub const BUSY_FOR: Duration = Duration::from_secs(600);
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

/// What was told before about the subjects that matter, and what changes.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    known: BTreeMap<String, Told>,
    changed: BTreeSet<String>,
}

impl Ledger {
    /// With what is known.
    pub fn new(known: impl IntoIterator<Item = (String, Told)>) -> Self {
        Self {
            known: known.into_iter().collect(),
            changed: BTreeSet::new(),
        }
    }

    fn get(&self, subject: &str) -> Option<&Told> {
        self.known.get(subject)
    }

    fn set(&mut self, subject: &str, told: Told) {
        self.changed.insert(subject.to_owned());
        self.known.insert(subject.to_owned(), told);
    }

    fn forget(&mut self, subject: &str) {
        if self.known.remove(subject).is_some() {
            self.changed.insert(subject.to_owned());
        }
    }

    /// Whether this is to be told now; remembers that it was, or that it happened once more.
    fn is_news(&mut self, subject: &str, state: &str, at: Timestamp) -> bool {
        if let Some(told) = self.known.get_mut(subject).filter(|it| it.state == state) {
            told.times = told.times.saturating_add(1);
            self.changed.insert(subject.to_owned());
            return false;
        }
        let (state, times) = (state.to_owned(), 1);
        self.set(subject, Told { state, at, times });
        true
    }

    /// Whether this was not told within `every`; then it counts as told now.
    fn is_due(&mut self, subject: &str, every: Duration, at: Timestamp) -> bool {
        let recent = self.get(subject).is_some_and(|told| {
            Duration::try_from(at.duration_since(told.at)).is_ok_and(|gone| gone < every)
        });
        if !recent {
            let (state, times) = (String::new(), 1);
            self.set(subject, Told { state, at, times });
        }
        !recent
    }

    /// What changed: subjects with their state, or nothing for those that are forgotten.
    pub fn changes(mut self) -> Vec<(String, Option<Told>)> {
        let changed = std::mem::take(&mut self.changed);
        changed
            .into_iter()
            .map(|subject| {
                let told = self.known.remove(&subject);
                (subject, told)
            })
            .collect()
    }
}

fn subject_of_task(title: &str) -> String {
    format!("task:{title}")
}

fn subject_of_hold(title: &str) -> String {
    format!("held:{title}")
}

fn subject_of_limit(title: &str, resource: &str) -> String {
    format!("limit:{resource}:{title}")
}

const LOAD: &str = "load";
const LOAD_TOLD: &str = "load:told";
const RESOURCES: [&str; 3] = ["memory", "CPU time", "time"];

/// What must be known of what was told before, to derive the notices of these happenings.
pub fn subjects(happenings: &[Happening]) -> BTreeSet<String> {
    let mut all = BTreeSet::from([LOAD.to_owned(), LOAD_TOLD.to_owned()]);
    for it in happenings {
        all.insert(subject_of_task(&it.title));
        all.insert(subject_of_hold(&it.title));
        all.extend(RESOURCES.map(|resource| subject_of_limit(&it.title, resource)));
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
            drafts.extend(near_limits(it, ran, ledger));
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

/// Runs that came near a limit and were not stopped by it.
fn near_limits(it: &Happening, ran: &Ran, ledger: &mut Ledger) -> Vec<Draft> {
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

/// What must be known of what was told before, to derive the notices of these anomalies.
pub fn subject_of_anomaly(anomaly: &Anomaly) -> String {
    format!(
        "anomaly:{}:{}:{}",
        anomaly.kind.name(),
        anomaly.host,
        anomaly.history
    )
}

/// Whether an anomaly is the one that was told: see [`Anomaly::is_same_as`].
fn is_known(told: &Told, anomaly: &Anomaly) -> bool {
    let mut moments = told.state.split(' ').map(str::parse::<i64>);
    match (moments.next(), moments.next()) {
        (Some(Ok(began)), Some(Ok(noticed))) => {
            anomaly.began.at <= noticed && began <= anomaly.noticed.at
        }
        _ => false,
    }
}

/// The notice of an anomaly, once; its identity is that of the run at which it began.
pub fn unusual(anomaly: &Anomaly, ledger: &mut Ledger) -> Option<Draft> {
    let at = Timestamp::from_millisecond(anomaly.noticed.at).ok()?;
    let began = Timestamp::from_millisecond(anomaly.began.at).ok()?;
    let subject = subject_of_anomaly(anomaly);
    let earlier = ledger.get(&subject);
    let known = earlier.filter(|told| is_known(told, anomaly)).cloned();
    let told = Told {
        state: format!("{} {}", anomaly.began.at, anomaly.noticed.at),
        at: known.as_ref().map_or(at, |told| told.at),
        times: known
            .as_ref()
            .map_or(1, |told| told.times.saturating_add(1)),
    };
    ledger.set(&subject, told);
    known.is_none().then(|| Draft {
        seq: anomaly.began.fence,
        at: began,
        event: NoticeKind::Anomaly,
        severity: Severity::Warning,
        task: Some(anomaly.task().to_owned()),
        job: Some(anomaly.noticed.job.clone()),
        values: object(json!({
            "task_name": anomaly.task(),
            "anomaly": anomaly.key(),
            "summary": anomaly.sentence(),
            "kind": anomaly.kind.name(),
        })),
    })
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
