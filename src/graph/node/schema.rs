//! The form of a node.
//!
//! Names in JSON are those of the fields in camel case (`filesTouched`), but for `type` and `cost`. Lists may be missing,
//! which means empty; fields that nobody here knows are kept beside the known ones and written back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::{NodeId, NodeRef};
use super::observed::{DaemonMeta, Metadata, Observations, Semantic, Signals};
use super::words::{Confidence, Level, NodeKind, Outcome};
use crate::sessions::Agent;

/// Fields of a newer or another program's node.
pub type Extra = BTreeMap<String, Value>;

/// What happened in one segment of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// The same for all versions.
    pub id: NodeId,
    /// From 1. The store counts; what a caller hands over is not looked at.
    #[serde(default = "first_version")]
    pub version: u32,
    /// The versions before this one. The store fills it in.
    #[serde(default)]
    pub previous_versions: Vec<NodeRef>,
    /// Where it comes from.
    pub source: Source,
    /// What kind of work it was.
    pub classification: Classification,
    /// What was done.
    pub content: Content,
    /// What is to be learned from it.
    #[serde(default)]
    pub lessons: Lessons,
    /// What was seen of models and tools.
    #[serde(default)]
    pub observations: Observations,
    /// Figures.
    pub metadata: Metadata,
    /// What it can be found by.
    #[serde(default)]
    pub semantic: Semantic,
    /// How it was made.
    #[serde(default)]
    pub daemon_meta: DaemonMeta,
    /// How it went, computed from the session alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<Signals>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

const fn first_version() -> u32 {
    1
}

/// Where a node comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The path of the session's file when it was read.
    pub session_file: String,
    /// Which part of it.
    pub segment: Segment,
    /// The machine that it was on.
    pub computer: String,
    /// The agent's id of the session.
    pub session_id: String,
    /// Whose session it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    /// The session that it was forked from: a path or an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_session: Option<String>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// A contiguous part of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    /// Its first entry.
    pub start_entry_id: String,
    /// Its last entry.
    pub end_entry_id: String,
    /// How many there are.
    pub entry_count: u64,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// What kind of work it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Classification {
    /// The kind.
    #[serde(rename = "type")]
    pub kind: NodeKind,
    /// The absolute path of the folder that it was about, as it stood there.
    pub project: String,
    /// Whether nothing was there before.
    #[serde(default)]
    pub is_new_project: bool,
    /// Whether the user said what was wanted.
    #[serde(default = "yes")]
    pub had_clear_goal: bool,
    /// The main programming language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Frameworks in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frameworks: Vec<String>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

const fn yes() -> bool {
    true
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// What it was about, in a few words; a draft has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// One to three sentences.
    pub summary: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What was decided.
    #[serde(default)]
    pub key_decisions: Vec<Decision>,
    /// Relative to the project.
    #[serde(default)]
    pub files_touched: Vec<String>,
    /// As the agent names them.
    #[serde(default)]
    pub tools_used: Vec<String>,
    /// What went wrong on the way.
    #[serde(default)]
    pub errors_seen: Vec<SeenError>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

impl Content {
    /// What it was about, in a line: its title, or else its summary.
    pub fn about(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.summary)
    }
}

/// A decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// What.
    pub what: String,
    /// Why.
    #[serde(default)]
    pub why: String,
    /// What else there was.
    #[serde(default)]
    pub alternatives_considered: Vec<String>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// Something that went wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeenError {
    /// What kind of error.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it said.
    #[serde(default)]
    pub message: String,
    /// Whether it was overcome.
    #[serde(default)]
    pub resolved: bool,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

/// Lessons by what they are about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Lessons {
    /// The project.
    pub project: Vec<Lesson>,
    /// The kind of task.
    pub task: Vec<Lesson>,
    /// The user.
    pub user: Vec<Lesson>,
    /// The model.
    pub model: Vec<Lesson>,
    /// A tool.
    pub tool: Vec<Lesson>,
    /// A skill.
    pub skill: Vec<Lesson>,
    /// A sub-agent.
    pub subagent: Vec<Lesson>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}

impl Lessons {
    /// All of them, with the list that they stand in.
    pub fn iter(&self) -> impl Iterator<Item = (Level, &Lesson)> {
        Level::ALL
            .iter()
            .flat_map(|&level| self.of(level).iter().map(move |lesson| (level, lesson)))
    }

    /// Those about something.
    pub fn of(&self, level: Level) -> &[Lesson] {
        match level {
            Level::Project => &self.project,
            Level::Task => &self.task,
            Level::User => &self.user,
            Level::Model => &self.model,
            Level::Tool => &self.tool,
            Level::Skill => &self.skill,
            Level::Subagent => &self.subagent,
        }
    }
}

/// A lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lesson {
    /// What it is about; the list that it stands in counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// In a sentence.
    pub summary: String,
    /// More of it.
    #[serde(default)]
    pub details: String,
    /// How sure.
    pub confidence: Confidence,
    /// What it can be found by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actionable: Option<String>,
    /// See [`Extra`].
    #[serde(flatten)]
    pub extra: Extra,
}
