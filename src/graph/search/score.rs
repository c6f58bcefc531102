//! How good a hit is.

use std::collections::BTreeSet;

use jiff::Timestamp;

/// How much each kind of evidence counts. The likeness of embeddings, a quarter in the method that this follows, needs a
/// model and is left out; so is a node's importance, for nothing sets one. The others keep their proportions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// The rank of the full text.
    pub keyword: f64,
    /// How many edges.
    pub relation: f64,
    /// Which share of the words the summary has.
    pub content: f64,
    /// How near to the time that was asked for.
    pub temporal: f64,
    /// Which share of the words are tags.
    pub tag: f64,
    /// How new.
    pub recency: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            keyword: 0.15,
            relation: 0.25,
            content: 0.25,
            temporal: 0.15,
            tag: 0.1,
            recency: 0.1,
        }
    }
}

/// Edges beyond this many say no more.
pub(in crate::graph) const ENOUGH_EDGES: u32 = 10;
/// In days: after this time a node counts 1/e.
const DECAY: f64 = 30.0;

/// What is known of a hit.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// As SQLite's bm25 has it: the further below zero, the better.
    pub rank: f64,
    /// Edges at the node.
    pub edges: u32,
    /// The summary.
    pub summary: &'a str,
    /// The tags.
    pub tags: &'a [String],
    /// When the segment began.
    pub at: Timestamp,
}

impl Evidence<'_> {
    /// From 0 to 1. `words` are in lower case; `about` is the time that was asked for, if one was.
    pub fn score(
        &self,
        words: &[String],
        about: Option<Timestamp>,
        now: Timestamp,
        weights: &Weights,
    ) -> f64 {
        let rank = self.rank.abs();
        let keyword = if rank.is_finite() {
            rank / (rank + 1.0)
        } else {
            0.0
        };
        let relation = (f64::from(self.edges) / f64::from(ENOUGH_EDGES)).min(1.0);
        let words: BTreeSet<&str> = words.iter().map(String::as_str).collect();
        let summary = self.summary.to_lowercase();
        let said: BTreeSet<&str> = summary
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let content = share(&words, |word| said.contains(word));
        let tags: BTreeSet<String> = self.tags.iter().map(|tag| tag.to_lowercase()).collect();
        let tag = share(&words, |word| tags.contains(word));
        // Asked for no time, every time is as good.
        let temporal = about.map_or(0.5, |about| decay(about, self.at));
        let recency = decay(now, self.at);
        let parts = [
            (weights.keyword, keyword),
            (weights.relation, relation),
            (weights.content, content),
            (weights.temporal, temporal),
            (weights.tag, tag),
            (weights.recency, recency),
        ];
        let all: f64 = parts.iter().map(|(weight, _)| weight).sum();
        let sum: f64 = parts.iter().map(|(weight, part)| weight * part).sum();
        if all > 0.0 { sum / all } else { 0.0 }
    }
}

fn share(words: &BTreeSet<&str>, has: impl Fn(&str) -> bool) -> f64 {
    if words.is_empty() {
        return 0.0;
    }
    let found = words.iter().filter(|word| has(word)).count();
    #[allow(clippy::cast_precision_loss)] // At most some dozens.
    let share = found as f64 / words.len() as f64;
    share
}

fn days(from: Timestamp, to: Timestamp) -> f64 {
    from.duration_since(to).as_secs_f64().abs() / 86_400.0
}

fn decay(from: Timestamp, to: Timestamp) -> f64 {
    (-days(from, to) / DECAY).exp()
}

/// What is known of a message that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MessageEvidence {
    /// As SQLite's bm25 has it.
    pub rank: f64,
    /// When it was written.
    pub at: Option<Timestamp>,
    /// Whether the words stand in it as they were typed, one after the other.
    pub exact: bool,
}

/// A message's score, from 0 to 1.8: up to a fifth more if it is of this year, half more if the words stand in it as typed.
pub fn message_score(it: &MessageEvidence, now: Timestamp) -> f64 {
    let rank = if it.rank.is_finite() {
        it.rank.abs()
    } else {
        0.0
    };
    let age = it.at.map_or(365.0, |at| days(now, at));
    let newness = 1.0 + 0.2 * (1.0 - age / 365.0).max(0.0);
    rank / (rank + 1.0) * newness * if it.exact { 1.5 } else { 1.0 }
}
