//! Finding connections between nodes without a model: how alike two nodes are, and which edges follow.
//!
//! A node is compared with older ones only, so that an edge is found once, from its newer end. Everything here is a function
//! of the nodes; the store brings the candidates.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::edge::{Author, Edge, EdgeKind};
use super::node::{Lesson, Level, Node, NodeId};
use super::patterns::failure_id;

/// The bounds of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Nodes that were analysed within this time are looked at.
    pub look_back: SignedDuration,
    /// At most so many in a run.
    pub limit: usize,
    /// Not again within this time.
    pub cool_down: SignedDuration,
    /// Candidates began at most so long before the node.
    pub window: SignedDuration,
    /// At most so many candidates, the newest.
    pub candidates: usize,
    /// How alike nodes, and lessons, must be.
    pub threshold: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            look_back: SignedDuration::from_hours(7 * 24),
            limit: 100,
            cool_down: SignedDuration::from_hours(24),
            window: SignedDuration::from_hours(30 * 24),
            candidates: 50,
            threshold: 0.2,
        }
    }
}

/// Weights of tags, topics and words of the summary.
const WEIGHTS: (f64, f64, f64) = (0.4, 0.3, 0.3);
/// How many techniques two nodes must share, and how large a part of all of theirs.
const SHARED_TECHNIQUES: usize = 2;
const TECHNIQUE_SHARE: f64 = 0.3;

/// What of a node is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The node.
    pub id: NodeId,
    /// When its segment began.
    pub at: Timestamp,
    /// Its session.
    pub session: String,
    /// Its project.
    pub project: String,
    /// Projects that it names.
    pub related_projects: BTreeSet<String>,
    tags: BTreeSet<String>,
    topics: BTreeSet<String>,
    words: BTreeSet<String>,
    techniques: BTreeSet<String>,
    failures: BTreeSet<(String, String)>,
    lessons: Vec<LessonWords>,
    names: BTreeSet<NodeId>,
}

/// A lesson, as far as it is compared.
#[derive(Clone, Debug, PartialEq)]
struct LessonWords {
    /// Such as `task[0]`.
    place: String,
    level: Level,
    summary: String,
    /// Of the summary alone: what others are looked for with.
    query: BTreeSet<String>,
    words: BTreeSet<String>,
}

impl Profile {
    /// Of a node's current version.
    pub fn of(node: &Node) -> Self {
        let lower = |list: &[String]| -> BTreeSet<String> {
            list.iter()
                .map(|it| it.trim().to_lowercase())
                .filter(|it| !it.is_empty())
                .collect()
        };
        let mut techniques = lower(&node.semantic.concepts);
        for lesson in node.lessons.skill.iter().chain(&node.lessons.tool) {
            techniques.extend(lower(&lesson.tags));
        }
        let failures = node.observations.tool_use_errors.iter();
        let lessons = Level::ALL.iter().flat_map(|&level| {
            let list = node.lessons.of(level).iter().enumerate();
            list.map(move |(nth, lesson)| LessonWords::of(level, nth, lesson))
        });
        Self {
            id: node.id,
            at: node.metadata.timestamp,
            session: node.source.session_id.clone(),
            project: node.classification.project.clone(),
            related_projects: node
                .semantic
                .related_projects
                .iter()
                .map(|it| it.trim().trim_end_matches('/').to_owned())
                .filter(|it| !it.is_empty())
                .collect(),
            tags: lower(&node.semantic.tags),
            topics: lower(&node.semantic.topics),
            words: content_words(&node.content.summary),
            techniques,
            failures: failures
                .map(|it| (it.tool.trim().to_owned(), it.error_type.trim().to_owned()))
                .collect(),
            lessons: lessons.collect(),
            names: names(node),
        }
    }

    /// For each lesson the words that nodes with a similar one are looked for with.
    pub fn lesson_queries(&self) -> impl Iterator<Item = &BTreeSet<String>> {
        self.lessons
            .iter()
            .map(|lesson| &lesson.query)
            .filter(|words| !words.is_empty())
    }

    /// The ids that its text names; nodes of which may or may not exist.
    pub fn names(&self) -> &BTreeSet<NodeId> {
        &self.names
    }

    /// The ways in which tools failed.
    pub fn failures(&self) -> &BTreeSet<(String, String)> {
        &self.failures
    }
}

impl LessonWords {
    fn of(level: Level, nth: usize, lesson: &Lesson) -> Self {
        let query = content_words(&lesson.summary);
        let mut all = content_words(&lesson.details);
        all.extend(query.iter().cloned());
        Self {
            place: format!("{level}[{nth}]"),
            level,
            summary: lesson.summary.clone(),
            query,
            words: all,
        }
    }
}

/// What a node is compared with.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// Nodes before it, the newest first.
    pub recent: Vec<Profile>,
    /// Nodes with a lesson that has some of its lessons' words.
    pub lessons: Vec<Profile>,
    /// The ids that it names and that exist.
    pub named: BTreeSet<NodeId>,
    /// By tool and error, the last node before it with the same failure.
    pub failures: BTreeMap<(String, String), NodeId>,
    /// By project, the last node before it: of its own project in another session, and of those that it names.
    pub projects: BTreeMap<String, NodeId>,
    /// Nodes that it has an edge with already, in either direction.
    pub connected: BTreeSet<NodeId>,
}

/// The edges that follow, each pair of nodes once, the surest first: a name, then a lesson, a failure, a project, a shared
/// technique, and then likeness.
pub fn connections(
    node: &Profile,
    with: &Candidates,
    policy: &Policy,
    now: Timestamp,
) -> Vec<Edge> {
    let mut found = Found {
        node,
        now,
        taken: with.connected.clone(),
        edges: Vec::new(),
    };
    found.taken.insert(node.id);
    for &target in &with.named {
        found.add(target, EdgeKind::Reference, |edge| {
            edge.metadata.reason = Some("named in its text".to_owned());
        });
    }
    for other in &with.lessons {
        if other.at < node.at
            && let Some(best) = best_lesson(node, other)
            && best.score >= policy.threshold
        {
            found.add(other.id, EdgeKind::LessonApplication, |edge| {
                edge.similarity = Some(best.score);
                edge.confidence = best.score;
                edge.metadata.lesson_id = Some(best.place.clone());
                edge.metadata.reason = Some(format!("learned again: {}", best.summary));
            });
        }
    }
    for ((tool, error), &target) in &with.failures {
        found.add(target, EdgeKind::FailurePattern, |edge| {
            edge.metadata.pattern_id = Some(failure_id(tool, error));
            edge.metadata.reason = Some(format!("{tool} failed with {error} in both"));
        });
    }
    for (project, &target) in &with.projects {
        let same = *project == node.project;
        found.add(target, EdgeKind::ProjectRelated, |edge| {
            edge.confidence = if same { 1.0 } else { 0.7 };
            edge.metadata.reason = Some(if same {
                "the project's session before".to_owned()
            } else {
                format!("names the project {project}")
            });
        });
    }
    for other in &with.recent {
        let shared: Vec<&str> = node
            .techniques
            .intersection(&other.techniques)
            .map(String::as_str)
            .collect();
        let score = jaccard(&node.techniques, &other.techniques);
        if other.project != node.project
            && shared.len() >= SHARED_TECHNIQUES
            && score >= TECHNIQUE_SHARE
        {
            found.add(other.id, EdgeKind::TechniqueShared, |edge| {
                edge.similarity = Some(score);
                edge.confidence = score;
                edge.metadata.reason = Some(format!("both use {}", shared.join(", ")));
            });
        }
    }
    for other in &with.recent {
        let score = similarity(node, other);
        if score >= policy.threshold {
            found.add(other.id, EdgeKind::Semantic, |edge| {
                edge.similarity = Some(score);
                edge.confidence = score;
                edge.metadata.reason = Some("alike in tags, topics and summary".to_owned());
            });
        }
    }
    found.edges
}

struct Found<'a> {
    node: &'a Profile,
    now: Timestamp,
    taken: BTreeSet<NodeId>,
    edges: Vec<Edge>,
}

impl Found<'_> {
    fn add(&mut self, target: NodeId, kind: EdgeKind, particulars: impl FnOnce(&mut Edge)) {
        if self.taken.insert(target) {
            let mut edge = Edge::new(self.node.id, target, kind, Author::Discovery, self.now);
            particulars(&mut edge);
            self.edges.push(edge);
        }
    }
}

/// How alike two nodes are, from 0 to 1.
pub fn similarity(a: &Profile, b: &Profile) -> f64 {
    WEIGHTS.0 * jaccard(&a.tags, &b.tags)
        + WEIGHTS.1 * jaccard(&a.topics, &b.topics)
        + WEIGHTS.2 * jaccard(&a.words, &b.words)
}

/// The common part of two sets, as a share of both. Two empty sets have nothing in common.
fn jaccard<T: Ord>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> f64 {
    let common = a.intersection(b).count();
    let all = a.len() + b.len() - common;
    if all == 0 {
        return 0.0;
    }
    #[allow(clippy::cast_precision_loss)] // Words of a text.
    let share = common as f64 / all as f64;
    share
}

struct BestLesson {
    score: f64,
    place: String,
    summary: String,
}

/// The pair of lessons about the same that are most alike. Of several the first counts.
fn best_lesson(node: &Profile, other: &Profile) -> Option<BestLesson> {
    let mut best: Option<BestLesson> = None;
    for ours in node.lessons.iter().filter(|it| !it.query.is_empty()) {
        for theirs in other.lessons.iter().filter(|it| it.level == ours.level) {
            let score = jaccard(&ours.words, &theirs.words);
            if best.as_ref().is_none_or(|best| score > best.score) {
                best = Some(BestLesson {
                    score,
                    place: theirs.place.clone(),
                    summary: theirs.summary.clone(),
                });
            }
        }
    }
    best
}

/// Words that say nothing about what a text is about; those of developers among them. In order.
#[rustfmt::skip]
const STOP_WORDS: &[&str] = &[
    "a", "about", "above", "across", "add", "added", "adding", "after", "against", "along", "among", "an", "and",
    "are", "around", "at", "be", "been", "before", "behind", "being", "below", "beneath", "beside", "between",
    "beyond", "but", "by", "can", "could", "create", "created", "creating", "did", "do", "does", "during", "else",
    "fix", "fixed", "fixing", "for", "from", "had", "has", "have", "he", "i", "if", "impl", "implement",
    "implemented", "in", "inside", "into", "is", "it", "made", "make", "making", "may", "might", "must", "near", "of",
    "on", "or", "outside", "over", "remove", "removed", "removing", "shall", "she", "should", "that", "the", "then",
    "these", "they", "this", "those", "through", "to", "under", "until", "up", "update", "updated", "updating",
    "upon", "use", "used", "using", "was", "we", "were", "when", "which", "who", "whom", "whose", "will", "with",
    "within", "without", "would", "you",
];

/// A text's words in lower case, without stop words and single letters.
pub fn content_words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().nth(1).is_some())
        .map(str::to_lowercase)
        .filter(|word| STOP_WORDS.binary_search(&word.as_str()).is_err())
        .collect()
}

/// What in a node's summary, decisions and lessons has the form of a node's id: 16 lower-case hexadecimal digits that stand
/// for themselves.
fn names(node: &Node) -> BTreeSet<NodeId> {
    let mut texts = vec![node.content.summary.as_str()];
    for it in &node.content.key_decisions {
        texts.extend([it.what.as_str(), it.why.as_str()]);
        texts.extend(it.alternatives_considered.iter().map(String::as_str));
    }
    for (_, it) in node.lessons.iter() {
        texts.extend([it.summary.as_str(), it.details.as_str()]);
        texts.extend(it.actionable.as_deref());
    }
    texts
        .into_iter()
        .flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || c == '_')))
        .filter_map(|word| word.parse().ok())
        .filter(|id| *id != node.id)
        .collect()
}

#[cfg(test)]
mod tests;
