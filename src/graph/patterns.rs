//! What comes back again and again: failures of tools, lessons, and what each model took.
//!
//! The store keeps these totals up as nodes come and go. Here is what they are: functions of the current versions of all
//! nodes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::node::{Level, Node, NodeId};

/// How many example nodes are named, the newest.
pub const EXAMPLES: usize = 5;

/// A way in which a tool fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailurePattern {
    /// Of tool and error: the same in every run.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// The error.
    pub error_type: String,
    /// In words.
    pub pattern: String,
    /// How often, in all nodes.
    pub occurrences: u64,
    /// With which models.
    pub models: Vec<String>,
    /// In which nodes last, newest first.
    pub example_nodes: Vec<NodeId>,
    /// When last.
    pub last_seen: Timestamp,
    /// What a person wrote beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_opportunity: Option<String>,
}

/// What a model took. Tokens and cost are counted in the sessions, nothing is guessed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelStats {
    /// `provider/model`.
    pub model: String,
    /// All of the following.
    pub total_tokens: u64,
    /// Read that no cache had.
    pub tokens_input: u64,
    /// Written.
    pub tokens_output: u64,
    /// Read from a cache.
    pub cache_read: u64,
    /// Written to a cache.
    pub cache_write: u64,
    /// US dollars.
    pub total_cost: f64,
    /// Sessions that it took part in.
    pub total_sessions: u64,
    /// Oddities that were noted.
    pub quirk_count: u64,
    /// Failed calls of tools.
    pub error_count: u64,
    /// When the last segment began that it took part in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
}

/// A lesson that was learned again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LessonPattern {
    /// Of level and pattern.
    pub id: String,
    /// What it is about.
    pub level: Level,
    /// The lesson's summary.
    pub pattern: String,
    /// How often.
    pub occurrences: u64,
    /// Of all of them.
    pub tags: Vec<String>,
    /// In which nodes last, newest first.
    pub example_nodes: Vec<NodeId>,
    /// When last.
    pub last_seen: Timestamp,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Patterns {
    /// By tool and error.
    pub failures: Vec<FailurePattern>,
    /// By name.
    pub models: Vec<ModelStats>,
    /// By level and pattern.
    pub lessons: Vec<LessonPattern>,
}

/// The id of a failure.
pub fn failure_id(tool: &str, error_type: &str) -> String {
    pair_id(tool, error_type)
}

/// The id of a lesson's pattern.
pub fn lesson_id(level: Level, pattern: &str) -> String {
    pair_id(level.as_str(), pattern)
}

fn pair_id(first: &str, second: &str) -> String {
    let text = format!("{first}:{second}");
    let digest = blake3::hash(text.as_bytes()).to_hex();
    digest.chars().take(16).collect()
}

/// A failure in words.
pub fn failure_text(tool: &str, error_type: &str) -> String {
    format!("Error '{error_type}' in tool '{tool}'")
}

/// What one node adds to the totals, each key once. Costs are whole numbers of 10⁻⁹ dollars: their sum is the same in every
/// order, and taking one away again leaves what was there before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::graph) struct Contribution {
    /// By tool, error and model, which may be empty: how often.
    pub failures: BTreeMap<(String, String, String), u64>,
    /// By model.
    pub models: BTreeMap<String, Taken>,
    /// By model: how many quirks.
    pub quirks: BTreeMap<String, u64>,
    /// In their order.
    pub lessons: Vec<(Level, String, BTreeSet<String>)>,
}

/// What a model took in one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::graph) struct Taken {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    /// 10⁻⁹ US dollars.
    pub cost: u64,
}

impl Taken {
    fn add(&mut self, other: &Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write = self.cache_write.saturating_add(other.cache_write);
        self.cost = self.cost.saturating_add(other.cost);
    }
}

impl Contribution {
    /// Of a node's current version.
    pub fn of(node: &Node) -> Self {
        let mut it = Self::default();
        for error in &node.observations.tool_use_errors {
            let key = (
                error.tool.trim().to_owned(),
                error.error_type.trim().to_owned(),
                error.model.trim().to_owned(),
            );
            *it.failures.entry(key).or_default() += 1;
        }
        for used in &node.observations.models_used {
            let taken = Taken {
                input: used.tokens_input,
                output: used.tokens_output,
                cache_read: used.cache_read,
                cache_write: used.cache_write,
                cost: nano(used.cost),
            };
            it.models.entry(used.name()).or_default().add(&taken);
        }
        for quirk in &node.observations.model_quirks {
            *it.quirks.entry(quirk.model.trim().to_owned()).or_default() += 1;
        }
        for (level, lesson) in node.lessons.iter() {
            let pattern = lesson.summary.trim().to_owned();
            let tags = lesson.tags.iter().map(|tag| tag.trim().to_owned());
            let tags = tags.filter(|tag| !tag.is_empty()).collect();
            it.lessons.push((level, pattern, tags));
        }
        it
    }
}

/// Dollars in whole 10⁻⁹; what is no amount is none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Bounded, and `as` saturates.
pub fn nano(dollars: f64) -> u64 {
    if dollars.is_finite() {
        (dollars.clamp(0.0, 1e9) * 1e9).round() as u64
    } else {
        0
    }
}

/// Whole 10⁻⁹ in dollars.
#[allow(clippy::cast_precision_loss)] // A dollar's 10⁻⁹ at millions of dollars is of no concern.
pub fn dollars(nano: u64) -> f64 {
    nano as f64 / 1e9
}

/// Everything at once, from the current versions of all nodes. What persons wrote is not among it.
pub fn of_nodes<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Patterns {
    let mut all = Collected::default();
    for node in nodes {
        all.add(node);
    }
    all.into_patterns()
}

/// As precise as times are kept.
pub(in crate::graph) fn to_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// When and where something was seen.
type Sightings = BTreeSet<(Timestamp, NodeId)>;

#[derive(Default)]
struct Collected {
    failures: BTreeMap<(String, String), (u64, BTreeSet<String>, Sightings)>,
    models: BTreeMap<String, (Taken, BTreeSet<String>, Sightings, u64, u64)>,
    lessons: BTreeMap<(Level, String), (u64, BTreeSet<String>, Sightings)>,
}

impl Collected {
    fn add(&mut self, node: &Node) {
        let seen = (to_millis(node.metadata.timestamp), node.id);
        let it = Contribution::of(node);
        for ((tool, error, model), times) in it.failures {
            let (count, models, sightings) = self.failures.entry((tool, error)).or_default();
            *count += times;
            sightings.insert(seen);
            if !model.is_empty() {
                self.models.entry(model.clone()).or_default().4 += times;
                models.insert(model);
            }
        }
        for (model, taken) in it.models {
            let (sum, sessions, sightings, ..) = self.models.entry(model).or_default();
            sum.add(&taken);
            sessions.insert(node.source.session_id.clone());
            sightings.insert(seen);
        }
        for (model, times) in it.quirks {
            self.models.entry(model).or_default().3 += times;
        }
        for (level, pattern, tags) in it.lessons {
            let (count, all, sightings) = self.lessons.entry((level, pattern)).or_default();
            *count += 1;
            all.extend(tags);
            sightings.insert(seen);
        }
    }

    fn into_patterns(self) -> Patterns {
        let examples = |seen: &Sightings| seen.iter().rev().take(EXAMPLES).map(|it| it.1).collect();
        let last = |seen: &Sightings| seen.last().map_or(Timestamp::UNIX_EPOCH, |it| it.0);
        let failures = self.failures.into_iter();
        let models = self.models.into_iter();
        let mut lessons: Vec<LessonPattern> = self
            .lessons
            .into_iter()
            .map(|((level, pattern), (times, tags, seen))| LessonPattern {
                id: lesson_id(level, &pattern),
                level,
                pattern,
                occurrences: times,
                tags: tags.into_iter().collect(),
                example_nodes: examples(&seen),
                last_seen: last(&seen),
            })
            .collect();
        lessons.sort_by(|a, b| (a.level.as_str(), &a.pattern).cmp(&(b.level.as_str(), &b.pattern)));
        Patterns {
            failures: failures
                .map(|((tool, error), (times, models, seen))| FailurePattern {
                    id: failure_id(&tool, &error),
                    pattern: failure_text(&tool, &error),
                    tool,
                    error_type: error,
                    occurrences: times,
                    models: models.into_iter().collect(),
                    example_nodes: examples(&seen),
                    last_seen: last(&seen),
                    learning_opportunity: None,
                })
                .collect(),
            models: models
                .map(|(model, (sum, sessions, seen, quirks, errors))| {
                    let sessions = sessions.len() as u64;
                    let last_used = seen.last().map(|it| it.0);
                    stats(model, &sum, (sessions, quirks, errors), last_used)
                })
                .collect(),
            lessons,
        }
    }
}

/// The figures of a model, from sums and the counts of its sessions, quirks and errors.
pub(in crate::graph) fn stats(
    model: String,
    sum: &Taken,
    (sessions, quirks, errors): (u64, u64, u64),
    last_used: Option<Timestamp>,
) -> ModelStats {
    ModelStats {
        model,
        total_tokens: sum
            .input
            .saturating_add(sum.output)
            .saturating_add(sum.cache_read)
            .saturating_add(sum.cache_write),
        tokens_input: sum.input,
        tokens_output: sum.output,
        cache_read: sum.cache_read,
        cache_write: sum.cache_write,
        total_cost: dollars(sum.cost),
        total_sessions: sessions,
        quirk_count: quirks,
        error_count: errors,
        last_used,
    }
}
