//! One thing that happened and that somebody may want to know.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::notify::{NoticeKind, Severity};

/// One thing that happened.
///
/// Its texts are as they came: names, paths and messages of tools with whatever is in them. Whoever carries them to a
/// medium makes them text of that medium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Its identity: the same event has the same one for ever, in every channel.
    pub id: String,
    /// When it happened.
    pub time: Timestamp,
    /// What it is about.
    pub event: NoticeKind,
    /// How serious it is.
    pub severity: Severity,
    /// The name of the repository.
    pub repository: String,
    /// The machine.
    pub host: String,
    /// The task, if it is about one.
    pub task: Option<String>,
    /// The job, if it is about one.
    pub job: Option<String>,
    /// A few words.
    pub title: String,
    /// A line or more.
    pub message: String,
    /// What programs may want to know: the values of the template, and more.
    pub metadata: Map<String, Value>,
}

impl Notice {
    /// How serious it is, for people who see one sign only.
    pub const fn icon(&self) -> &'static str {
        match self.severity {
            Severity::Info => "ℹ",
            Severity::Warning => "⚠",
            Severity::Error => "✗",
            Severity::Critical => "‼",
        }
    }
}
