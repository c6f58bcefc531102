//! A piece of work in the table.

use super::WORDS;
use crate::analyze::summary::{counted, grouped};
use crate::graph::Node;
use crate::graph::node::Outcome;
use crate::report::agents;
use crate::report::html::page::{AgentPiece, Page};
use crate::report::html::words::{moment, short};
use crate::system::plain::first_line;

/// So much of what a piece was about is shown: one to three sentences.
const ABOUT: usize = 300;
/// So much of a lesson.
const LESSON: usize = 300;
/// So many lessons of a piece.
const LESSONS: usize = 8;
/// So many tags of a piece.
const TAGS: usize = 8;

/// A row.
pub(super) struct Piece {
    pub(super) about: String,
    pub(super) when: String,
    pub(super) took: String,
    pub(super) agent: &'static str,
    pub(super) models: String,
    pub(super) tokens: String,
    pub(super) cost: String,
    /// A word and a class.
    pub(super) outcome: (&'static str, &'static str),
    pub(super) verdict: &'static str,
    pub(super) friction: String,
    pub(super) delight: String,
    /// Nothing where nobody judged it.
    pub(super) judgement: Option<Judgement>,
    pub(super) commits: Vec<Made>,
    pub(super) more_commits: usize,
}

/// What a model said beyond the summary and the outcome.
pub(super) struct Judgement {
    pub(super) kind: &'static str,
    pub(super) tags: String,
    pub(super) count: String,
    pub(super) lessons: Vec<Lesson>,
    pub(super) more_lessons: usize,
}

/// What it learned.
pub(super) struct Lesson {
    pub(super) level: &'static str,
    pub(super) words: String,
    pub(super) confidence: &'static str,
    pub(super) actionable: String,
}

/// A commit.
pub(super) struct Made {
    pub(super) id: String,
    pub(super) link: Option<String>,
    pub(super) subject: String,
}

impl Piece {
    pub(super) fn of(page: &Page<'_>, it: &AgentPiece) -> Self {
        let node = &it.node;
        let signals = node.signals.as_ref();
        let joined = |words: Vec<String>| first_line(&words.join(", "), WORDS);
        let commits = it.commits.iter().map(|(id, subject)| Made {
            id: short(id),
            link: page.commit_link(id),
            subject: first_line(subject, 72),
        });
        Self {
            about: agents::about(node, ABOUT),
            when: moment(node.metadata.timestamp, page),
            took: agents::duration(node).unwrap_or_default(),
            agent: node
                .source
                .agent
                .map_or("", |agent| agents::agent(agent.as_str())),
            models: joined(agents::models(node)),
            tokens: grouped(node.metadata.tokens_used),
            cost: agents::cost(node.metadata.cost).unwrap_or_default(),
            outcome: (node.content.outcome.as_str(), class(node.content.outcome)),
            verdict: agents::verdict(!node.is_draft()),
            friction: signals.map_or_else(String::new, |it| joined(agents::friction(it))),
            delight: signals.map_or_else(String::new, |it| joined(agents::delight(it))),
            judgement: (!node.is_draft()).then(|| Judgement::of(node)),
            commits: commits.collect(),
            more_commits: it.more_commits,
        }
    }
}

impl Judgement {
    fn of(node: &Node) -> Self {
        let all = node.lessons.iter().count();
        let tags = node.semantic.tags.iter().take(TAGS);
        let tags: Vec<&str> = tags.map(String::as_str).collect();
        let lessons = node.lessons.iter().take(LESSONS);
        let lessons = lessons.map(|(level, lesson)| Lesson {
            level: level.as_str(),
            words: first_line(&lesson.summary, LESSON),
            confidence: lesson.confidence.as_str(),
            actionable: lesson
                .actionable
                .as_deref()
                .map_or_else(String::new, |text| first_line(text, LESSON)),
        });
        Self {
            kind: node.classification.kind.as_str(),
            tags: first_line(&tags.join(", "), WORDS),
            count: counted(all as u64, "lesson"),
            lessons: lessons.collect(),
            more_lessons: all.saturating_sub(LESSONS),
        }
    }
}

/// The class of an outcome's colour.
pub(super) const fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "good",
        Outcome::Partial => "look",
        Outcome::Failed => "bad",
        Outcome::Abandoned => "none",
    }
}
