//! What the optimiser knows at one moment, for reports.

use serde::{Deserialize, Serialize};

use crate::optimize::automation::{Form, State};
use crate::optimize::monitor::Told;

/// What the optimiser knows at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// When, in ms UTC.
    pub at: i64,
    /// Of how many days runs and savings are told.
    pub days: u16,
    /// What is proposed, the best first: five at most.
    pub proposals: Vec<Proposed>,
    /// Automations that are not removed, those first that saved most.
    pub automations: Vec<Automated>,
    /// All of them together.
    pub totals: Totals,
    /// The cycles of the engine that are kept, the newest first.
    pub cycles: Vec<Cycle>,
}

/// Something that is repeated and was not automated yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposed {
    /// The proposal's id.
    pub id: String,
    /// What it would be called.
    pub name: String,
    /// Its steps, as people read them.
    pub steps: Vec<String>,
    /// The folder of the repository in which it is done, if it is done in one alone.
    pub scope: Option<String>,
    /// 0 to 100.
    pub potential: f64,
    /// How often it was done.
    pub support: u32,
    /// How many minutes a week it takes, if that is known.
    pub minutes_per_week: Option<f64>,
    /// The automation that the engine wrote, if it did.
    pub automation: Option<String>,
    /// How many of its cases succeeded in the sandbox, 0 to 1, if it was tried.
    pub sandbox: Option<f64>,
    /// Why there is none, or why it was not tried, in words.
    pub why_not: Option<String>,
}

/// How an automation does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Automated {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is written out as.
    pub form: Form,
    /// How far it has come.
    pub state: State,
    /// The folder of the repository it belongs to.
    pub scope: Option<String>,
    /// Runs in the period.
    pub runs: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// The median of their durations, in ms.
    pub median_ms: Option<f64>,
    /// The median of what it took by hand, in ms.
    pub baseline_ms: Option<f64>,
    /// What it saved in the period, in ms: the sum over runs of what it took by hand less what the run took, less what
    /// failed runs cost. None without a baseline.
    pub saved_ms: Option<i64>,
    /// The same since it was enabled.
    pub saved_ever_ms: Option<i64>,
    /// What came back of what it cost, 0.5 for half as much again; none without a baseline.
    pub roi: Option<f64>,
    /// When it will have paid for itself, or did, in ms UTC.
    pub paid_back_at: Option<i64>,
    /// The medians of the days of the period, oldest first, in ms.
    pub series: Vec<Option<f64>>,
    /// What is unusual, in sentences.
    pub anomalies: Vec<String>,
    /// What can be said about trend and difference, in sentences; "insufficient data" among them.
    pub said: Vec<String>,
}

/// All automations together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// How many are enabled.
    pub live: u64,
    /// Their runs in the period.
    pub runs: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// What they saved in the period, in ms, as far as it is known.
    pub saved_ms: i64,
    /// What they saved ever.
    pub saved_ever_ms: i64,
    /// What repeated work that is not automated takes a week, in minutes, as far as it is known.
    pub minutes_left_per_week: f64,
    /// What the automations of the period cost and brought, all together; none where nothing is known.
    pub roi: Option<f64>,
}

/// One cycle of the engine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cycle {
    /// When it began, in ms UTC.
    pub at: i64,
    /// How long it took, in ms.
    pub took_ms: u64,
    /// How many steps it looked at.
    pub events: u64,
    /// How many patterns it found worth listing.
    pub candidates: u64,
    /// The automations that it wrote, by name.
    pub generated: Vec<String>,
    /// Of these, those that passed in the sandbox.
    pub passed: Vec<String>,
    /// The automations that it disabled, with the reason.
    pub disabled: Vec<(String, String)>,
    /// What got worse, in sentences that begin with the automation's name.
    pub regressions: Vec<String>,
    /// What was not written out or not tried: the proposal's id, and why.
    pub left: Vec<(String, String)>,
    /// The anomalies that were told by this cycle or an earlier one, so that none is told twice.
    pub told: Vec<Told>,
}
