//! What a model says about a segment, and how it becomes a version of the segment's node.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::check::{Invalid, Strictness, faults_of_answer};
use super::cleaned::SUMMARY as MOST_SUMMARY;
use super::observed::{AnalysisDecision, DaemonMeta, Observations, Semantic};
use super::schema::{Classification, Content, Extra, Lessons, Node};
use super::words::{NodeKind, Outcome};
use crate::sessions::redact::harmless_line;

/// A model's judgement of a segment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// What kind of work it was.
    pub classification: Classification,
    /// What was done.
    pub content: Content,
    /// What is to be learned from it.
    pub lessons: Lessons,
    /// What was seen of models and tools.
    pub observations: Observations,
    /// What it can be found by.
    pub semantic: Semantic,
    /// How the analysis went.
    pub daemon_meta: DaemonMeta,
}

impl Answer {
    /// Reads an answer, or says everything that is wrong with it: the model can be asked once more with that.
    pub fn read(answer: &Value, strictness: Strictness) -> Result<Self, Vec<Invalid>> {
        let mut faults = faults_of_answer(answer, strictness);
        if faults.is_empty() && summary_of(answer).is_none() {
            faults.push(Invalid {
                path: "content.summary".to_owned(),
                problem: format!("has fewer than {SHORTEST} characters that can be seen"),
            });
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Self::deserialize(timeless(answer)).map_err(|error| {
            // A field that the form says nothing about.
            vec![Invalid {
                path: String::new(),
                problem: format!("cannot be read: {error}"),
            }]
        })
    }

    /// What can be kept of a partial answer: the classification and the summary, marked for review. Nothing without a
    /// summary of 10 characters.
    pub fn salvage(answer: &Value, faults: &[Invalid], now: Timestamp) -> Option<Self> {
        let summary = summary_of(answer)?;
        let classification = answer.get("classification");
        let text = |name: &str| {
            let text = classification?.get(name)?.as_str()?;
            Some(text.to_owned())
        };
        let flag = |name: &str| classification?.get(name)?.as_bool();
        let reasons: Vec<String> = faults.iter().take(5).map(ToString::to_string).collect();
        let kind = text("type").and_then(|word| NodeKind::from_word(&word));
        let kind = kind.unwrap_or(NodeKind::Other);
        Some(Self {
            classification: Classification {
                kind,
                project: text("project").unwrap_or_default(),
                is_new_project: flag("isNewProject").unwrap_or(false),
                had_clear_goal: flag("hadClearGoal").unwrap_or(true),
                language: text("language"),
                frameworks: Vec::new(),
                extra: Extra::default(),
            },
            content: Content {
                title: None,
                summary,
                outcome: Outcome::Partial,
                key_decisions: Vec::new(),
                files_touched: Vec::new(),
                tools_used: Vec::new(),
                errors_seen: Vec::new(),
                extra: Extra::default(),
            },
            lessons: Lessons::default(),
            observations: Observations::default(),
            semantic: Semantic {
                tags: vec![kind.as_str().to_owned()],
                ..Semantic::default()
            },
            daemon_meta: DaemonMeta {
                decisions: vec![AnalysisDecision {
                    timestamp: now,
                    decision: "Kept the classification and the summary of a partial answer"
                        .to_owned(),
                    reasoning: reasons.join("; "),
                    needs_review: Some(true),
                    extra: Extra::default(),
                }],
                ..DaemonMeta::default()
            },
        })
    }
}

impl Node {
    /// The version that a model's judgement makes of a node. The answer is [cleaned](Answer::cleaned).
    ///
    /// What was counted in the session stays: tokens, cost, durations, files, tools, their errors and the signals are
    /// exact, and a model would guess them. So does the project, for the session says where it was; and so does what is known
    /// of how the analysis went. Decisions of the analysis were made now, for a model does not know the time.
    #[must_use]
    pub fn judged(&self, answer: Answer, analyzer_version: &str, at: Timestamp) -> Self {
        let answer = answer.cleaned();
        let mut node = self.clone();
        let counted = std::mem::replace(&mut node.classification, answer.classification);
        if !counted.project.is_empty() {
            node.classification.project = counted.project;
        }
        node.classification.extra = counted.extra;
        let counted = std::mem::replace(&mut node.content, answer.content);
        keep_counted(&mut node.content.files_touched, counted.files_touched);
        keep_counted(&mut node.content.tools_used, counted.tools_used);
        // Errors that were seen are judged; that there were none is not for a model to say.
        if node.content.errors_seen.is_empty() {
            node.content.errors_seen = counted.errors_seen;
        }
        node.content.extra = counted.extra;
        let counted = std::mem::replace(&mut node.observations, answer.observations);
        node.observations.models_used = counted.models_used;
        node.observations.tool_use_errors = counted.tool_use_errors;
        node.observations.extra = counted.extra;
        node.lessons = answer.lessons;
        node.semantic = answer.semantic;
        node.daemon_meta.decisions = answer.daemon_meta.decisions;
        for decision in &mut node.daemon_meta.decisions {
            decision.timestamp = at;
        }
        analyzer_version.clone_into(&mut node.metadata.analyzer_version);
        node.metadata.analyzed_at = at;
        node
    }
}

/// A summary is not shorter, in characters.
const SHORTEST: usize = 10;

/// The summary as it will be stored, if that says enough.
fn summary_of(answer: &Value) -> Option<String> {
    let summary = answer.pointer("/content/summary")?.as_str()?;
    let summary = harmless_line(summary, MOST_SUMMARY);
    (summary.chars().count() >= SHORTEST).then_some(summary)
}

/// An answer whose decisions have a time: none that a model wrote counts, and it is not asked for any.
fn timeless(answer: &Value) -> Value {
    let mut answer = answer.clone();
    let decisions = answer.pointer_mut("/daemonMeta/decisions");
    let decisions = decisions.and_then(Value::as_array_mut);
    for decision in decisions
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        let epoch = Timestamp::UNIX_EPOCH.to_string();
        decision.insert("timestamp".to_owned(), Value::String(epoch));
    }
    answer
}

/// What was counted counts, unless the session told nothing.
fn keep_counted(judged: &mut Vec<String>, counted: Vec<String>) {
    if !counted.is_empty() {
        *judged = counted;
    }
}
