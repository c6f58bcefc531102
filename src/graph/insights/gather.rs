//! Insights from nodes. The result does not depend on the order in which nodes come.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{EXAMPLES, Insight, InsightKind, MOST};
use crate::graph::node::{Confidence, Frequency, Level, Node, NodeId, Severity};
use crate::graph::patterns::to_millis;

/// Failed calls of a tool in one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolError {
    /// The tool.
    pub tool: String,
    /// A short name of the error.
    pub error: String,
    /// `provider/model`; empty if nobody knows.
    pub model: String,
    /// How many calls.
    pub times: u64,
    /// When the segment began.
    pub at: Timestamp,
    /// In which node.
    pub node: NodeId,
}

/// What makes an insight the same as another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: InsightKind,
    model: String,
    /// The tool, or a lesson's level.
    about: String,
    /// In lower case, with single blanks.
    words: String,
}

impl Key {
    fn new(kind: InsightKind, model: &str, about: &str, text: &str) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        Self {
            kind,
            model: model.trim().to_owned(),
            about: about.trim().to_owned(),
            words: words.join(" ").to_lowercase(),
        }
    }

    /// Parts are told apart by their lengths: no text of a session passes for another part.
    fn id(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let parts = [self.kind.as_str(), &self.model, &self.about, &self.words];
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex().chars().take(16).collect()
    }
}

/// One time that something was said.
struct Said<'a> {
    text: &'a str,
    workaround: Option<&'a str>,
    confidence: f64,
    severity: Severity,
}

/// What is known of an insight so far.
struct Found {
    tool: String,
    level: Option<Level>,
    frequency: u64,
    confidence: f64,
    severity: Severity,
    /// The newest words, with when and where they were said.
    pattern: (Timestamp, NodeId, String),
    workaround: Option<(Timestamp, NodeId, String)>,
    /// The newest nodes.
    examples: BTreeSet<(Timestamp, NodeId)>,
    first_seen: Timestamp,
}

/// Collects insights.
#[derive(Default)]
pub struct Gatherer {
    found: BTreeMap<Key, Found>,
}

impl Gatherer {
    /// Takes in what was judged in a node. Its failures of tools are counted, not judged: see [`Self::tool_error`].
    pub fn judged(&mut self, node: &Node) {
        let seen = (to_millis(node.metadata.timestamp), node.id);
        let mut once = BTreeSet::new();
        for_each(node, |key, level, said| {
            let times = u64::from(once.insert(key.clone()));
            self.add(key, level, said, times, seen);
        });
    }

    /// Takes in failed calls of a tool.
    pub fn tool_error(&mut self, failed: &ToolError) {
        let key = tool_error_key(&failed.tool, &failed.error, &failed.model);
        let said = Said {
            text: &failed.error,
            workaround: None,
            confidence: 0.5,
            severity: Severity::Low,
        };
        if !key.words.is_empty() && !key.about.is_empty() {
            self.add(
                key,
                None,
                &said,
                failed.times,
                (to_millis(failed.at), failed.node),
            );
        }
    }

    fn add(
        &mut self,
        key: Key,
        level: Option<Level>,
        said: &Said<'_>,
        times: u64,
        seen: (Timestamp, NodeId),
    ) {
        let tool = if key.kind == InsightKind::ToolError {
            key.about.clone()
        } else {
            String::new()
        };
        let words = |text: &str| (seen.0, seen.1, text.trim().to_owned());
        let helps = said.workaround.filter(|text| !text.trim().is_empty());
        let found = self.found.entry(key).or_insert_with(|| Found {
            tool,
            level,
            frequency: 0,
            confidence: 0.0,
            severity: said.severity,
            pattern: words(said.text),
            workaround: None,
            examples: BTreeSet::new(),
            first_seen: seen.0,
        });
        found.frequency = found.frequency.saturating_add(times);
        found.confidence = found.confidence.max(said.confidence);
        found.severity = found.severity.max(said.severity);
        found.pattern = found.pattern.clone().max(words(said.text));
        found.workaround = found.workaround.take().max(helps.map(words));
        found.first_seen = found.first_seen.min(seen.0);
        found.examples.insert(seen);
        if found.examples.len() > EXAMPLES {
            found.examples.pop_first();
        }
    }

    /// All of them, those that were seen most often first; at most [`MOST`]. What people wrote beside failures of tools, by
    /// tool and error, is what helps against these.
    pub fn insights(self, notes: &BTreeMap<(String, String), String>) -> Vec<Insight> {
        let notes: BTreeMap<_, _> = notes
            .iter()
            .map(|((tool, error), note)| {
                let key = tool_error_key(tool, error, "");
                ((key.about, key.words), note)
            })
            .collect();
        let found = self.found.into_iter();
        let mut insights: Vec<Insight> = found
            .map(|(key, found)| {
                let note = (key.kind == InsightKind::ToolError)
                    .then(|| notes.get(&(key.about.clone(), key.words.clone())))
                    .flatten();
                insight(&key, found, note.map(|note| note.as_str()))
            })
            .collect();
        insights.sort_by(|a, b| {
            (b.frequency, b.last_seen, &a.id).cmp(&(a.frequency, a.last_seen, &b.id))
        });
        insights.truncate(MOST);
        insights
    }
}

/// The ids of what one node says, with how often: of failures of tools, how many calls failed.
pub fn of_node(node: &Node) -> BTreeMap<String, u64> {
    let mut said = BTreeMap::new();
    for_each(node, |key, _, _| {
        said.insert(key.id(), 1);
    });
    for error in &node.observations.tool_use_errors {
        let key = tool_error_key(&error.tool, &error.error_type, &error.model);
        *said.entry(key.id()).or_default() += 1;
    }
    said
}

fn tool_error_key(tool: &str, error: &str, model: &str) -> Key {
    Key::new(InsightKind::ToolError, model, tool, error)
}

/// The model that did most of a node's work, by tokens; of equals the first by name.
fn main_model(node: &Node) -> String {
    let mut tokens: BTreeMap<String, u64> = BTreeMap::new();
    for used in &node.observations.models_used {
        let all = [
            used.tokens_input,
            used.tokens_output,
            used.cache_read,
            used.cache_write,
        ];
        let sum = tokens.entry(used.name()).or_default();
        *sum = all.into_iter().fold(*sum, u64::saturating_add);
    }
    let most = tokens.into_iter().rev().max_by_key(|(_, tokens)| *tokens);
    most.map(|(name, _)| name).unwrap_or_default()
}

/// Goes through what was judged in a node.
fn for_each(node: &Node, mut each: impl FnMut(Key, Option<Level>, &Said<'_>)) {
    if node.is_draft() {
        return;
    }
    let mut say = |key: Key, level, said: &Said<'_>| {
        if !key.words.is_empty() {
            each(key, level, said);
        }
    };
    let observations = &node.observations;
    for quirk in &observations.model_quirks {
        let said = Said {
            text: &quirk.observation,
            workaround: quirk.workaround.as_deref(),
            confidence: of_frequency(quirk.frequency),
            severity: quirk.severity,
        };
        let key = Key::new(InsightKind::Quirk, &quirk.model, "", said.text);
        say(key, None, &said);
    }
    let model = main_model(node);
    for (kind, texts) in [
        (InsightKind::Win, &observations.prompting_wins),
        (InsightKind::Failure, &observations.prompting_failures),
    ] {
        for text in texts {
            let said = Said {
                text,
                workaround: None,
                confidence: 0.6,
                severity: Severity::Low,
            };
            say(Key::new(kind, &model, "", text), None, &said);
        }
    }
    for (level, lesson) in node.lessons.iter() {
        let said = Said {
            text: &lesson.summary,
            workaround: lesson.actionable.as_deref(),
            confidence: match lesson.confidence {
                Confidence::High => 0.9,
                Confidence::Medium => 0.7,
                Confidence::Low => 0.5,
            },
            severity: Severity::Low,
        };
        let key = Key::new(InsightKind::Lesson, "", level.as_str(), said.text);
        say(key, Some(level), &said);
    }
}

/// How sure an oddity is that is said to happen so often.
const fn of_frequency(frequency: Frequency) -> f64 {
    match frequency {
        Frequency::Always => 0.95,
        Frequency::Often => 0.75,
        Frequency::Sometimes => 0.5,
        Frequency::Once => 0.25,
    }
}

/// The rules of pi-brain (S3, insight-aggregation.ts).
fn insight(key: &Key, found: Found, note: Option<&str>) -> Insight {
    let (frequency, mut confidence, mut severity) =
        (found.frequency, found.confidence, found.severity);
    match key.kind {
        InsightKind::Quirk if frequency >= 5 => confidence = confidence.max(0.75),
        InsightKind::ToolError if frequency >= 10 => {
            (confidence, severity) = (0.9, Severity::High);
        }
        InsightKind::ToolError if frequency >= 5 => {
            (confidence, severity) = (0.75, Severity::Medium);
        }
        InsightKind::Lesson if frequency >= 3 => confidence = (confidence + 0.1).min(0.95),
        InsightKind::Failure if frequency >= 3 => {
            (confidence, severity) = (confidence + 0.15, Severity::High);
        }
        _ => {}
    }
    let said = found.workaround.map(|(_, _, text)| text);
    let newest = found.examples.iter().rev();
    Insight {
        id: key.id(),
        kind: key.kind,
        model: key.model.clone(),
        tool: found.tool,
        level: found.level,
        pattern: found.pattern.2,
        frequency,
        confidence,
        severity,
        workaround: note.map(str::to_owned).or(said),
        examples: newest.clone().map(|it| it.1).collect(),
        first_seen: found.first_seen,
        last_seen: newest.clone().next().map_or(found.first_seen, |it| it.0),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::graph::node::samples::{day, node};

    fn with(nth: i64, observations: Value, lessons: Value) -> Node {
        let mut value = json!(node("s", nth, "One that was judged"));
        let used = value["observations"]["modelsUsed"].clone();
        value["observations"] = observations;
        value["observations"]["modelsUsed"] = used;
        value["lessons"] = lessons;
        serde_json::from_value(value).unwrap()
    }

    fn quirk(nth: i64, text: &str, frequency: &str, workaround: Option<&str>) -> Node {
        let quirk = json!({
            "model": "acme/m-1", "observation": text, "frequency": frequency, "workaround": workaround,
            "severity": "medium",
        });
        with(nth, json!({ "modelQuirks": [quirk] }), json!({}))
    }

    fn gathered(nodes: &[Node]) -> Vec<Insight> {
        let mut gatherer = Gatherer::default();
        for node in nodes {
            gatherer.judged(node);
        }
        gatherer.insights(&BTreeMap::new())
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn quirks_that_differ_in_case_and_blanks_are_one() {
        let found = gathered(&[
            quirk(1, "Forgets  the imports", "once", Some("Ask for them")),
            quirk(2, "forgets the\nimports", "often", None),
            quirk(3, "Forgets the imports", "sometimes", Some("  ")),
        ]);
        let [one] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!((one.kind, one.frequency), (InsightKind::Quirk, 3));
        assert_eq!(one.pattern, "Forgets the imports", "the newest words");
        assert_eq!(one.workaround.as_deref(), Some("Ask for them"));
        assert!(near(one.confidence, 0.75), "{}", one.confidence);
        assert_eq!(one.severity, Severity::Medium);
        assert_eq!(one.examples.len(), 3);
        assert!(one.first_seen < one.last_seen);
        assert!(one.is_actionable(super::super::TO_SHOW));
        assert!(!one.is_actionable(super::super::TO_TELL));
        let many: Vec<Node> = (0..12)
            .map(|nth| quirk(nth, "Talks", "once", None))
            .collect();
        let found = gathered(&many);
        assert!(near(found[0].confidence, 0.75), "seen five times or more");
        assert_eq!(found[0].examples.len(), EXAMPLES);
        assert_eq!(found[0].examples[0], many[11].id, "the newest first");
        assert!(
            !found[0].is_actionable(super::super::TO_SHOW),
            "nothing helps"
        );
    }

    #[test]
    fn a_node_that_repeats_itself_says_it_once() {
        let said = json!({ "promptingWins": ["Small steps", "small steps", " Small  steps "] });
        let found = gathered(&[with(1, said, json!({}))]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].frequency, found[0].model.as_str()),
            (1, "acme/m-1")
        );
        assert!(near(found[0].confidence, 0.6));
    }

    #[test]
    fn failures_and_lessons_get_surer_with_the_third() {
        let said = |nth| {
            let lesson =
                |confidence| json!({ "summary": "Read the docs", "confidence": confidence });
            with(
                nth,
                json!({ "promptingFailures": ["Too much at once"] }),
                json!({ "task": [lesson("medium")], "user": [lesson("high")] }),
            )
        };
        let of = |nodes: &[Node], kind, level| -> Insight {
            let found = gathered(nodes).into_iter();
            let mut found = found.filter(|it| it.kind == kind && it.level == level);
            found.next().unwrap()
        };
        let two = [said(1), said(2)];
        let failure = of(&two, InsightKind::Failure, None);
        assert!(near(failure.confidence, 0.6) && failure.severity == Severity::Low);
        let lesson = of(&two, InsightKind::Lesson, Some(Level::Task));
        assert!(near(lesson.confidence, 0.7));
        let three = [said(1), said(2), said(3)];
        let failure = of(&three, InsightKind::Failure, None);
        assert!(near(failure.confidence, 0.75) && failure.severity == Severity::High);
        let lesson = of(&three, InsightKind::Lesson, Some(Level::Task));
        assert!(near(lesson.confidence, 0.8));
        let lesson = of(&three, InsightKind::Lesson, Some(Level::User));
        assert!(near(lesson.confidence, 0.95), "never surer than that");
    }

    #[test]
    fn calls_of_tools_are_counted_each_and_what_people_wrote_helps() {
        let failed = |times, error: &str| ToolError {
            tool: "edit".to_owned(),
            error: error.to_owned(),
            model: "acme/m-1".to_owned(),
            times,
            at: day(1),
            node: NodeId(7),
        };
        for (times, confidence, severity) in [
            (4, 0.5, Severity::Low),
            (5, 0.75, Severity::Medium),
            (10, 0.9, Severity::High),
        ] {
            let mut gatherer = Gatherer::default();
            gatherer.tool_error(&failed(times, "No Match"));
            let notes = [(
                ("edit".to_owned(), "no match".to_owned()),
                "Read first".to_owned(),
            )];
            let found = gatherer.insights(&BTreeMap::from(notes));
            assert!(near(found[0].confidence, confidence), "{times}");
            assert_eq!((found[0].severity, found[0].frequency), (severity, times));
            assert_eq!(found[0].workaround.as_deref(), Some("Read first"));
        }
    }

    #[test]
    fn drafts_say_nothing_but_their_failures_count() {
        let mut draft = quirk(1, "Talks", "often", None);
        draft.metadata.analyzer_version = "draft".to_owned();
        assert_eq!(gathered(&[draft.clone()]), []);
        assert_eq!(of_node(&draft), BTreeMap::new());
    }

    proptest! {
        #[test]
        fn the_order_of_nodes_does_not_matter(
            said in prop::collection::vec(
                ("[aA] ?[bB]?", prop::sample::select(Frequency::WORDS.to_vec()), prop::option::of("[xy]"), 0..30_i64), 0..20,
            ),
            seed in any::<u64>(),
        ) {
            let nodes: Vec<Node> = said
                .iter()
                .map(|(text, frequency, helps, nth)| quirk(*nth, text, frequency, helps.as_deref()))
                .collect();
            let mut shuffled = nodes.clone();
            shuffled.sort_by_key(|node| {
                blake3::hash(&[&seed.to_le_bytes()[..], &serde_json::to_vec(node).unwrap()].concat()).to_hex().to_string()
            });
            prop_assert_eq!(gathered(&nodes), gathered(&shuffled));
            // What a node says is found by the same ids.
            let ids: BTreeSet<String> = gathered(&nodes).into_iter().map(|it| it.id).collect();
            let each: BTreeSet<String> = nodes.iter().flat_map(|node| of_node(node).into_keys()).collect();
            prop_assert_eq!(ids, each);
        }
    }
}
