//! What is told of a trial.

use serde::{Deserialize, Serialize};

use super::case::CaseKind;
use super::changes::Change;
use super::subject::{Interpreter, Level};
use crate::system::sandbox::{Claim, End, How, Means, Standing, Tail};

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseReport {
    /// What it was about.
    pub kind: CaseKind,
    /// What was particular about it.
    pub note: String,
    /// The options it got.
    pub values: Vec<(String, String)>,
    /// How it ended.
    pub end: End,
    /// What was not as expected; empty if all was.
    pub problems: Vec<String>,
    /// How long it took, with its confinement, in ms.
    pub wall_ms: u64,
    /// CPU time, in ms.
    pub cpu_ms: u64,
    /// The most resident memory, in bytes.
    pub peak_resident: u64,
    /// Processes that it left behind.
    pub left_behind: u64,
    /// What it changed; the first ones.
    pub changes: Vec<Change>,
    /// How many changes there were in all.
    pub changed: usize,
    /// What it wrote to its standard output. Not screened: it may show what must not be stored.
    pub stdout: Tail,
    /// What it wrote to its standard error. Not screened either.
    pub stderr: Tail,
}

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What it is written in.
    pub interpreter: Interpreter,
    /// How freely it was run.
    pub level: Level,
    /// What isolated it; nothing if it was not run.
    pub means: Option<Means>,
    /// Why it was not run at all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_run: Option<String>,
    /// Each run, in order.
    pub cases: Vec<CaseReport>,
    /// The share of runs that were as expected.
    pub success_rate: Option<f64>,
    /// Whether a second run changed nothing and ended as the first.
    pub idempotent: Option<bool>,
    /// Whether it may be called tested.
    pub passed: bool,
    /// What held in every run, and what did not.
    pub standings: Vec<Standing>,
    /// What else one should know, such as programs that are missing.
    pub notes: Vec<String>,
}

impl Report {
    /// Of a script that could not be run.
    pub(super) fn not_run(interpreter: Interpreter, level: Level, why: String) -> Self {
        Self {
            interpreter,
            level,
            means: None,
            not_run: Some(why),
            cases: Vec::new(),
            success_rate: None,
            idempotent: None,
            passed: false,
            standings: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// What the level promises that did not hold, each with the reason.
    pub fn not_enforced(&self) -> impl Iterator<Item = (Claim, &str)> {
        let promised = self.level.claims();
        self.standings
            .iter()
            .filter_map(move |standing| match &standing.how {
                How::NotEnforced(why) if promised.contains(&standing.claim) => {
                    Some((standing.claim, why.as_str()))
                }
                _ => None,
            })
    }
}

/// What held in both of two runs.
pub(super) fn weaker(one: Vec<Standing>, other: &[Standing]) -> Vec<Standing> {
    one.into_iter()
        .map(|standing| {
            other
                .iter()
                .find(|found| found.claim == standing.claim && !found.holds())
                .filter(|_| standing.holds())
                .cloned()
                .unwrap_or(standing)
        })
        .collect()
}
