//! What was found, and how it compares with what was known: the value that every renderer shows.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use serde::Serialize;

use crate::findings::{Finding, Place, Severity, Status, Subject, ToolReport, Verdict};

/// What was found, and how it compares with what was known.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What the repository is called: its name, or the address it was cloned from.
    pub repository: String,
    /// The commit it is about.
    pub commit: Option<String>,
    /// What it is compared with.
    pub base: Option<Base>,
    /// When it was put together.
    pub generated_at: Timestamp,
    /// The newest run of each task.
    pub tasks: Vec<TaskReport>,
    /// What was found. Its order does not matter: each renderer has its own.
    pub entries: Vec<Entry>,
    /// What the base has and this has not.
    pub fixed: Vec<Entry>,
    /// Suppressions and lines of a baseline that nothing matches any more.
    pub stale: Vec<Stale>,
}

/// What a document is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Base {
    /// As it reads after "since", such as `merge-base with origin/main`.
    pub label: String,
    /// The commit it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// A task's run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskReport {
    /// Its name.
    pub task: String,
    /// The commit it looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether it looked at files that no commit has.
    pub dirty: bool,
    /// When it was finished.
    pub at: Timestamp,
    /// See [`crate::findings::StatusRule`].
    pub status: Status,
    /// What its tools came to together.
    pub verdict: Verdict,
    /// In a sentence.
    pub summary: String,
    /// How long it took, in seconds.
    pub duration: f64,
    /// Each run of a tool.
    pub tools: Vec<ToolReport>,
}

/// Whether a finding is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The base does not have it.
    New,
    /// The base has it too.
    Unchanged,
    /// There is no base to compare with.
    Unknown,
}

impl State {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
            Self::Unknown => "unknown",
        }
    }
}

/// A finding as a document has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The task that found it.
    pub task: String,
    /// Whether it is new.
    pub state: State,
    /// Why it does not count.
    pub suppressed: Option<Suppressed>,
    /// What was found.
    pub finding: Finding,
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Suppressed {
    /// In the words of who suppressed it; may be empty.
    pub reason: String,
    /// Where that is written: `tend.toml`, `in-line`, `tend.baseline.json`.
    pub by: String,
}

/// A suppression, or a line of a baseline, that nothing matches any more.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Stale {
    /// What it names, such as `B101 in tests/**`.
    pub what: String,
    /// `file:line` of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Why it is stale.
    pub why: String,
}

/// Numbers of findings by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Severities {
    /// [`Severity::Critical`].
    pub critical: u64,
    /// [`Severity::High`].
    pub high: u64,
    /// [`Severity::Medium`].
    pub medium: u64,
    /// [`Severity::Low`].
    pub low: u64,
    /// [`Severity::Info`].
    pub info: u64,
}

impl Severities {
    /// How many have this one.
    pub const fn of(&self, severity: Severity) -> u64 {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
            Severity::Info => self.info,
        }
    }

    /// Of all of them.
    pub const fn total(&self) -> u64 {
        self.critical + self.high + self.medium + self.low + self.info
    }

    /// Adds those of another.
    pub const fn add(&mut self, other: &Self) {
        self.critical += other.critical;
        self.high += other.high;
        self.medium += other.medium;
        self.low += other.low;
        self.info += other.info;
    }

    /// Counts one.
    pub const fn count(&mut self, severity: Severity) {
        *match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::Info => &mut self.info,
        } += 1;
    }
}

/// Numbers of findings. `new`, `unchanged` and `unknown` add up to `open`; suppressed ones are in none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Those that are not suppressed.
    pub open: u64,
    /// Of the open ones: new since the base.
    pub new: u64,
    /// Of the open ones: the base has them too.
    pub unchanged: u64,
    /// Of the open ones: not compared.
    pub unknown: u64,
    /// Those that the base has and this has not.
    pub fixed: u64,
    /// Those that do not count.
    pub suppressed: u64,
    /// The open ones by severity.
    pub severity: Severities,
}

impl Document {
    /// All the numbers.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            fixed: self.fixed.len() as u64,
            ..Counts::default()
        };
        for entry in &self.entries {
            if !entry.is_open() {
                counts.suppressed += 1;
                continue;
            }
            counts.open += 1;
            counts.severity.count(entry.finding.severity);
            match entry.state {
                State::New => counts.new += 1,
                State::Unchanged => counts.unchanged += 1,
                State::Unknown => counts.unknown += 1,
            }
        }
        counts
    }

    /// What everything came to. Suppressed findings are none; a tool all of whose findings are suppressed is clean if it
    /// looked at everything.
    pub fn verdict(&self) -> Verdict {
        let open = self.entries.iter().any(Entry::is_open);
        let tasks = self.tasks.iter().flat_map(|task| {
            let own = task.tools.is_empty().then_some(task.verdict);
            own.map(but_for_findings)
                .into_iter()
                .chain(task.tools.iter().map(|tool| {
                    if tool.unchecked.is_empty() {
                        but_for_findings(tool.verdict)
                    } else {
                        but_for_findings(tool.verdict).max(Verdict::NotChecked)
                    }
                }))
        });
        let verdict = Verdict::of_all(tasks);
        if open {
            verdict.max(Verdict::Findings)
        } else {
            verdict
        }
    }

    /// Whether every tool looked at everything it was to look at. Findings do not hide that one did not.
    pub fn is_complete(&self) -> bool {
        let looked = |verdict| matches!(verdict, Verdict::Clean | Verdict::Findings);
        !self.tasks.is_empty()
            && self.tasks.iter().all(|task| {
                let mut tools = task.tools.iter();
                let own = !task.tools.is_empty() || looked(task.verdict);
                own && tools.all(|tool| looked(tool.verdict) && tool.unchecked.is_empty())
            })
    }

    /// The entries that `wanted` selects, in the order of `order`.
    pub fn ordered(
        &self,
        wanted: impl Fn(&Entry) -> bool,
        order: impl Fn(&Entry, &Entry) -> Ordering,
    ) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.iter().filter(|entry| wanted(entry)).collect();
        entries.sort_by(|one, two| order(one, two));
        entries
    }
}

/// Findings are counted among the entries, where suppressed ones are known.
fn but_for_findings(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Findings => Verdict::Clean,
        other => other,
    }
}

impl Entry {
    /// Whether it counts.
    pub const fn is_open(&self) -> bool {
        self.suppressed.is_none()
    }

    /// Worst first, then by place, then by everything else that tells two apart.
    pub fn by_severity(one: &Self, two: &Self) -> Ordering {
        (two.finding.severity)
            .cmp(&one.finding.severity)
            .then_with(|| Self::by_place(one, two))
    }

    /// New before what was not compared before unchanged, each of them as [`Self::by_severity`].
    pub fn new_first(one: &Self, two: &Self) -> Ordering {
        let known = |entry: &Self| entry.state == State::Unchanged;
        known(one)
            .cmp(&known(two))
            .then_with(|| Self::by_severity(one, two))
    }

    /// By path and line; those without a place last.
    pub fn by_place(one: &Self, two: &Self) -> Ordering {
        fn position(finding: &Finding) -> (bool, Option<&str>, Option<u32>, Option<u32>) {
            let place = finding.place.as_ref();
            (
                place.is_none(),
                place.map(|it| it.path.as_str()),
                place.and_then(|it| it.line),
                place.and_then(|it| it.column),
            )
        }
        fn rest(entry: &Entry) -> (&str, &str, &str, &str, &str) {
            let finding = &entry.finding;
            (
                &finding.tool,
                &finding.rule,
                &finding.message,
                &finding.id,
                &entry.task,
            )
        }
        position(&one.finding)
            .cmp(&position(&two.finding))
            .then_with(|| rest(one).cmp(&rest(two)))
    }
}

/// `path:line:column`, as far as it is known.
pub(in crate::report) fn position(place: &Place) -> String {
    let mut text = place.path.clone();
    if let Some(line) = place.line {
        text.push_str(&format!(":{line}"));
        if let Some(column) = place.column {
            text.push_str(&format!(":{column}"));
        }
    }
    text
}

/// What is said of a finding: its message, after the test's name where it is about one.
pub(in crate::report) fn told(finding: &Finding) -> Cow<'_, str> {
    match &finding.subject {
        Subject::Test { name } => Cow::Owned(format!("{name}: {}", finding.message.trim_start())),
        _ => Cow::Borrowed(&finding.message),
    }
}

/// `tool[rule]`, or the tool alone.
pub(in crate::report) fn label(finding: &Finding) -> String {
    if finding.rule.is_empty() {
        finding.tool.clone()
    } else {
        format!("{}[{}]", finding.tool, finding.rule)
    }
}
