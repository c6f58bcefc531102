//! What many sessions say alike, and what of it is told to coding agents again.
//!
//! Insights are functions of the current versions of all nodes: quirks of models, prompts that went well or badly and
//! lessons, as they were judged, and failures of tools, as they were counted in the sessions. Some of them are worth being
//! told: they become lines of a file that agents read, between marks of their own, and what came of that is measured.

pub mod effect;
mod gather;
pub mod marks;
mod text;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::node::{Level, NodeId, Severity, words};

pub use gather::{Gatherer, ToolError, of_node};
pub use text::{MOST_LINE, Told, cleaned, told};

words! {
    /// What an insight is about.
    InsightKind {
        /// An oddity of a model.
        Quirk = "quirk",
        /// A way of asking that went well.
        Win = "win",
        /// A way of asking that went badly.
        Failure = "failure",
        /// A tool that fails in the same way again and again.
        ToolError = "tool_error",
        /// A lesson that was learned again and again.
        Lesson = "lesson",
    }
}

words! {
    /// What was decided about an insight.
    Standing {
        /// By hand: it is told, whatever is measured.
        Enabled = "enabled",
        /// By hand: it is not told.
        Disabled = "disabled",
        /// It was told and things got worse: it is told no more.
        Worse = "worse",
    }
}

impl Standing {
    /// Whether it keeps an insight from being told.
    pub const fn is_off(self) -> bool {
        matches!(self, Self::Disabled | Self::Worse)
    }
}

/// What many sessions say alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Insight {
    /// Of kind, model, tool or level, and words: the same in every run.
    pub id: String,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: InsightKind,
    /// `provider/model`; empty if it is of no model.
    pub model: String,
    /// The tool that fails; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tool: String,
    /// What a lesson is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// In the words of the newest node that says it.
    pub pattern: String,
    /// How many nodes say it; of failures of tools, how many calls failed.
    pub frequency: u64,
    /// From 0 to 1.
    pub confidence: f64,
    /// How bad it is.
    pub severity: Severity,
    /// What helps against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workaround: Option<String>,
    /// The newest nodes that say it, newest first.
    pub examples: Vec<NodeId>,
    /// When first.
    pub first_seen: Timestamp,
    /// When last.
    pub last_seen: Timestamp,
}

/// From when on an insight is worth something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// It is that sure.
    pub confidence: f64,
    /// It was seen that often.
    pub frequency: u64,
}

/// To be shown to a person.
pub const TO_SHOW: Threshold = Threshold {
    confidence: 0.5,
    frequency: 3,
};

/// To be told to coding agents.
pub const TO_TELL: Threshold = Threshold {
    confidence: 0.7,
    frequency: 5,
};

/// So many insights are kept, those seen most often.
pub const MOST: usize = 10_000;
/// So many examples of each are kept.
pub const EXAMPLES: usize = 10;

impl Insight {
    /// Whether somebody can act on it: an oddity that nothing helps against is only a complaint.
    pub fn is_actionable(&self, from: Threshold) -> bool {
        let helps = self.kind != InsightKind::Quirk
            || self
                .workaround
                .as_deref()
                .is_some_and(|text| !text.trim().is_empty());
        self.confidence >= from.confidence && self.frequency >= from.frequency && helps
    }

    /// Whether it is of a kind that agents are told: oddities of their model, what goes well with it, and tools that fail
    /// with it. How people should ask is for people, and lessons hold where they were learned; both are shown only.
    pub fn is_for_agents(&self) -> bool {
        let kind = matches!(
            self.kind,
            InsightKind::Quirk | InsightKind::Win | InsightKind::ToolError
        );
        kind && !self.model.is_empty()
    }
}
