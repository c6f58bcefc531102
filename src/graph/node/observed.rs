//! The part of a node that was counted, and how it was made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::schema::Extra;
use super::words::{Frequency, Severity};

/// What was seen of models and tools.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Observations {
    /// What each model took: counted.
    pub models_used: Vec<ModelUse>,
    /// What the user did well.
    pub prompting_wins: Vec<String>,
    /// What the user could have done better.
    pub prompting_failures: Vec<String>,
    /// Oddities of models.
    pub model_quirks: Vec<Quirk>,
    /// Failed calls of tools: counted.
    pub tool_use_errors: Vec<ToolUseError>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a model took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ModelUse {
    /// Such as `anthropic`; empty if unknown.
    pub provider: String,
    /// Such as `claude-opus-4-5`.
    pub model: String,
    /// Tokens read that no cache had.
    pub tokens_input: u64,
    /// Tokens written.
    pub tokens_output: u64,
    /// Tokens read from a cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_read: u64,
    /// Tokens written to a cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_write: u64,
    /// US dollars.
    pub cost: f64,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

impl ModelUse {
    /// `provider/model`, or the model alone where the provider is unknown.
    pub fn name(&self) -> String {
        if self.provider.is_empty() {
            self.model.clone()
        } else {
            format!("{}/{}", self.provider, self.model)
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // Called by serde.
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// An oddity of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quirk {
    /// `provider/model`.
    pub model: String,
    /// What it does.
    pub observation: String,
    /// How often.
    pub frequency: Frequency,
    /// What helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workaround: Option<String>,
    /// How bad.
    #[serde(default = "low")]
    pub severity: Severity,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

const fn low() -> Severity {
    Severity::Low
}

/// A failed call of a tool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolUseError {
    /// As the agent names it.
    pub tool: String,
    /// A short name of the error.
    pub error_type: String,
    /// What was tried.
    #[serde(default)]
    pub context: String,
    /// `provider/model`.
    #[serde(default)]
    pub model: String,
    /// Whether it was tried again.
    #[serde(default)]
    pub was_retried: bool,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// Figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// Of all models, caches included.
    pub tokens_used: u64,
    /// US dollars.
    pub cost: f64,
    /// From the first entry to the last.
    pub duration_minutes: f64,
    /// When the segment began.
    pub timestamp: Timestamp,
    /// When this version was made.
    pub analyzed_at: Timestamp,
    /// What made it: a number and the beginning of a digest of its instructions, such as `v1-a1b2c3d4`.
    pub analyzer_version: String,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a node can be found by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Semantic {
    /// Short.
    pub tags: Vec<String>,
    /// Wider than tags.
    pub topics: Vec<String>,
    /// Paths or names of other projects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_projects: Vec<String>,
    /// Ideas and techniques.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub concepts: Vec<String>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// How a node was made. The name is that of other programs' nodes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DaemonMeta {
    /// What was decided on the way.
    pub decisions: Vec<AnalysisDecision>,
    /// Where the log of the analysis is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analysis_log: Option<String>,
    /// Whether the session was read in pieces by a recursive model.
    pub rlm_used: bool,
    /// Whether a map of the code was at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codemap_available: Option<bool>,
    /// How long the segment is, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment_token_count: Option<u64>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// A decision of an analysis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisDecision {
    /// When.
    pub timestamp: Timestamp,
    /// What.
    pub decision: String,
    /// Why.
    pub reasoning: String,
    /// Whether a person should look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_review: Option<bool>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// How it went, computed from the session alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Signals {
    /// What went badly.
    pub friction: Friction,
    /// What went well.
    pub delight: Delight,
    /// What the user marked.
    pub manual_flags: Vec<ManualFlag>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// What went badly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Friction {
    /// 0 to 1.
    pub score: f64,
    /// How often the user said it again.
    pub rephrasing_count: u64,
    /// How often the agent read much to no end.
    pub context_churn_count: u64,
    /// Whether an abandoned node was taken up again.
    pub abandoned_restart: bool,
    /// How many errors came back again and again.
    pub tool_loop_count: u64,
    /// The model that was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_switch_from: Option<String>,
    /// Whether it ended on an error.
    pub silent_termination: bool,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// What went well.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Delight {
    /// 0 to 1.
    pub score: f64,
    /// Whether errors were overcome without the user.
    pub resilient_recovery: bool,
    /// Whether it was right at once.
    pub one_shot_success: bool,
    /// Whether the user said so.
    pub explicit_praise: bool,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// What the user marked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManualFlag {
    /// What kind of mark.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the user wrote.
    #[serde(default)]
    pub message: String,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}
