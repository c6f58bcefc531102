//! Everything that the page shows, as values.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::findings::Tests;
use crate::graph::Node;
use crate::graph::db::ModelTaken;
use crate::graph::insights::effect::Effect;
use crate::graph::insights::{Insight, Standing};
use crate::graph::ledger::DaySpending;
use crate::graph::work::Piece;
use crate::metrics::Metrics;
use crate::optimize::engine::Summary;
use crate::report::findings::{Document, Severities, Source};

/// Everything that the page shows.
pub struct Page<'a> {
    /// What it is about.
    pub about: About,
    /// What was found.
    pub findings: &'a Document,
    /// Where source lines come from.
    pub source: &'a Source<'a>,
    /// The newest analyses, by type such as `complexity_analysis`.
    pub analyses: BTreeMap<String, Analysis>,
    /// The commits that something is known of, oldest first.
    pub commits: Vec<KnownCommit>,
    /// Tasks that run tests.
    pub tests: Vec<TestedTask>,
    /// How tasks did.
    pub metrics: &'a Metrics,
    /// The queue.
    pub queue: QueueSeen,
    /// The gates at the commit.
    pub gates: Vec<GateSeen>,
    /// What agents did here, if that is known.
    pub agents: Option<AgentWork>,
    /// What the optimiser knows of the repository, if it knows anything.
    pub optimizer: Option<Summary>,
}

/// What coding agents did for the repository.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentWork {
    /// The newest pieces of work, the newest first.
    pub pieces: Vec<AgentPiece>,
    /// How many there are.
    pub all: usize,
    /// Whether there are more, which nobody counted.
    pub is_cut: bool,
    /// What each model took in all of them, the one with the most tokens first.
    pub models: Vec<ModelTaken>,
    /// What each of them took, the newest first.
    pub taken: Vec<Piece>,
    /// What the user's analysing agent was called for in the last [`SPENDING_DAYS`] days, for whatever repository; the newest
    /// day first.
    pub spending: Vec<DaySpending>,
    /// What they have in common with others, what agents are told first.
    pub insights: Vec<InsightSeen>,
}

/// Something that many sessions say alike.
#[derive(Clone, Debug, PartialEq)]
pub struct InsightSeen {
    /// What.
    pub insight: Insight,
    /// The names of the files that agents of the repository are told it in.
    pub told_in: Vec<String>,
    /// What was decided about it, if anything.
    pub standing: Option<Standing>,
    /// What came of telling it, if that was measured.
    pub effect: Option<Effect>,
}

/// The calls of so many days are shown.
pub const SPENDING_DAYS: i32 = 30;

/// A piece of an agent's work.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentPiece {
    /// What is known of it.
    pub node: Node,
    /// The newest commits that came of it, in this repository: ids and subjects.
    pub commits: Vec<(String, String)>,
    /// How many more there are.
    pub more_commits: usize,
}

/// What a page is about.
#[derive(Clone, Debug)]
pub struct About {
    /// The branch, without `refs/heads/`.
    pub branch: Option<String>,
    /// The commit, if there is one.
    pub commit: Option<Commit>,
    /// Where a web site shows files and commits, if the repository came from one that is known.
    pub site: Option<super::site::Site>,
    /// The user's.
    pub zone: TimeZone,
}

/// A commit as a person knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// The first line of its message.
    pub subject: String,
}

/// A stored analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// The task that made it.
    pub task: String,
    /// The commit it is about.
    pub commit: Option<String>,
    /// When it was made.
    pub at: Timestamp,
    /// What it says.
    pub body: Value,
}

/// What is known of a commit.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownCommit {
    /// Which.
    pub commit: Commit,
    /// What each task found in it, suppressed findings included.
    pub found: BTreeMap<String, Severities>,
    /// Its code, if it was measured.
    pub code: Option<CodeSize>,
    /// How much is marked as to be done, if that was counted.
    pub markers: Option<u64>,
}

/// How much code there is, and how complex it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodeSize {
    /// Lines of code.
    pub lines: u64,
    /// Functions.
    pub functions: u64,
    /// Of these, those above the limits.
    pub complex: u64,
}

/// A task that runs tests.
#[derive(Clone, Debug, PartialEq)]
pub struct TestedTask {
    /// Its name.
    pub task: String,
    /// Its runs, oldest first.
    pub runs: Vec<TestedRun>,
    /// Tests that passed when they were run again, or that passed and failed on the same files.
    pub flaky: Vec<String>,
}

/// A run of tests.
#[derive(Clone, Debug, PartialEq)]
pub struct TestedRun {
    /// The commit; none where changed files were tested.
    pub commit: Option<String>,
    /// When.
    pub at: Timestamp,
    /// How they went, those of all tools together.
    pub tests: Tests,
}

/// The queue at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueSeen {
    /// Numbers by state: `running`, `queued`, `blocked`, `held`, `failed`.
    pub states: Vec<(&'static str, u64)>,
    /// Done since the day began.
    pub done_today: u64,
    /// Failed since the day began.
    pub failed_today: u64,
    /// Until when drains are held.
    pub paused: Option<Timestamp>,
    /// Jobs that wait or run, and the newest failed ones.
    pub jobs: Vec<JobSeen>,
    /// How many more wait or run.
    pub more: u64,
    /// What is due when, in words.
    pub schedules: Vec<(String, String)>,
    /// Channels that do not take their messages: which, and why.
    pub untold: Vec<(String, String)>,
}

/// A job as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSeen {
    /// Its id.
    pub id: String,
    /// Its task.
    pub task: String,
    /// Its state's name.
    pub state: &'static str,
    /// Its priority's name.
    pub priority: &'static str,
    /// The commit it is about.
    pub commit: Option<String>,
    /// The moment that matters, in words.
    pub when: String,
    /// Why it is in its state, in words.
    pub why: String,
}

/// How a gate stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateSeen {
    /// Its task, and its folder if it has one.
    pub name: String,
    /// `passed`, `failed`, `pending`, `held` or `not-checked`.
    pub state: &'static str,
    /// Why, in words.
    pub what: String,
}
