//! What coding agents did since a mark, what was learned from it, and what it cost to have that judged.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::sessions::here::Here;
use crate::graph::db::{Decided, Learned, WorkSince};
use crate::graph::node::{Confidence, Level, Outcome};
use crate::graph::work::{Sum, by_outcome};
use crate::graph::{Graph, NodeId};
use crate::queue::Mark;
use crate::report::spending::Calls;
use crate::system::plain::first_line;

/// So many pieces are added up.
const ADDED_UP: usize = 5000;
/// The lessons of so many pieces are looked at.
const LOOKED: usize = 200;
/// So many lessons are told.
const TOLD: usize = 5;
/// So many insights are told.
const INSIGHTS: usize = 10;
/// So much of a lesson.
const WORDS: usize = 300;
/// Sessions are read some time after they ended, at night at the latest. What ended longer before the mark is history.
const LATE: SignedDuration = SignedDuration::from_hours(24);

/// What coding agents did in the repository, and for the user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agents {
    /// What the pieces of work in this repository came to.
    pub sum: Sum,
    /// By what came of them.
    pub outcomes: BTreeMap<Outcome, Sum>,
    /// The surest lessons of what was judged since.
    pub lessons: Vec<Lesson>,
    /// How many more there are.
    pub more_lessons: usize,
    /// What the user's analysing agent was called for, for whatever repository.
    pub analyses: Calls,
    /// Insights from all sessions that agents are told no more since.
    pub insights: Vec<Decided>,
    /// The number of the newest piece in the graph, for the next mark.
    pub newest: i64,
}

/// A lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lesson {
    /// Of which piece of work.
    pub node: NodeId,
    /// What it is about.
    pub level: Level,
    /// In one line.
    pub summary: String,
    /// How sure the model was.
    pub confidence: Confidence,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actionable: Option<String>,
}

impl Agents {
    /// Whether there is nothing to tell.
    pub const fn is_empty(&self) -> bool {
        self.sum.pieces == 0
            && self.lessons.is_empty()
            && self.insights.is_empty()
            && self.analyses.is_empty()
    }
}

/// Looks into the graph; nothing where there is none. No digest fails for a graph that cannot be read.
pub(super) fn agents(mark: &Mark, app: &App) -> Option<Agents> {
    let looked = app
        .existing_graph()
        .and_then(|graph| graph.map(|graph| look(&graph, mark, app)).transpose());
    looked.unwrap_or_else(|error| {
        app.ui.warn(error.one_line());
        None
    })
}

fn look(graph: &Graph, mark: &Mark, app: &App) -> Result<Agents, CommandError> {
    let read = "read the agents' sessions";
    let newest = graph.newest_number().context(read)?;
    let spending = graph
        .spending(mark.at, &app.zone())
        .context("read what the agent was called for")?;
    let mut told = Agents {
        analyses: Calls::of(&spending),
        insights: graph
            .insights_off_since(mark.at, INSIGHTS)
            .context("read the insights")?,
        newest,
        ..Agents::default()
    };
    let since = since(mark, newest);
    // It takes git to tell the repository's folders.
    if graph.is_news(since, mark.at).context(read)? {
        let here = Here::of(app)?;
        let pieces = graph
            .pieces_since(&here.id, &here.folders, since, ADDED_UP)
            .context(read)?;
        let learned = graph
            .learned_since(&here.id, &here.folders, mark.at, LOOKED)
            .context(read)?;
        told.sum = Sum::of(&pieces);
        told.outcomes = by_outcome(&pieces);
        told.lessons = surest(&learned);
        told.more_lessons = told.lessons.len().saturating_sub(TOLD);
        told.lessons.truncate(TOLD);
    }
    Ok(told)
}

/// A graph that took the place of a damaged one counts anew.
fn since(mark: &Mark, newest: i64) -> WorkSince {
    if (1..=newest).contains(&mark.piece) {
        WorkSince::Entered {
            number: mark.piece,
            ended: mark.at.checked_sub(LATE).unwrap_or(Timestamp::MIN),
        }
    } else {
        WorkSince::Ended(mark.at)
    }
}

/// The surest first, each once; of those that are as sure, the newest.
fn surest(learned: &[Learned]) -> Vec<Lesson> {
    let mut seen = HashSet::new();
    let mut lessons = Vec::new();
    for it in learned {
        for (level, lesson) in it.lessons.iter() {
            let summary = first_line(&lesson.summary, WORDS);
            if seen.insert(summary.to_lowercase()) {
                let actionable = lesson.actionable.as_deref();
                lessons.push(Lesson {
                    node: it.node,
                    level,
                    summary,
                    confidence: lesson.confidence,
                    actionable: actionable.map(|text| first_line(text, WORDS)),
                });
            }
        }
    }
    // In the order of their declaration, high comes first.
    lessons.sort_by_key(|lesson| lesson.confidence);
    lessons
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn learned(node: u64, lessons: &[(&str, &str)]) -> Learned {
        let task: Vec<_> = lessons
            .iter()
            .map(|(summary, confidence)| json!({"summary": summary, "confidence": confidence}))
            .collect();
        Learned {
            node: NodeId(node),
            lessons: serde_json::from_value(json!({ "task": task })).unwrap(),
        }
    }

    #[test]
    fn the_surest_lesson_comes_first_and_each_once() {
        let lessons = surest(&[
            learned(1, &[("Guess", "low"), ("Run the suite", "high")]),
            learned(
                2,
                &[
                    ("run the SUITE", "high"),
                    ("Read first", "high"),
                    ("Ask", "medium"),
                ],
            ),
        ]);
        let told: Vec<(&str, u64)> = lessons
            .iter()
            .map(|it| (it.summary.as_str(), it.node.0))
            .collect();
        assert_eq!(
            told,
            [
                ("Run the suite", 1),
                ("Read first", 2),
                ("Ask", 2),
                ("Guess", 1)
            ]
        );
    }

    #[test]
    fn a_number_counts_only_in_the_graph_that_gave_it() {
        let at = Timestamp::from_second(1_000_000).unwrap();
        let mark = |piece| Mark {
            at,
            event: 0,
            run: 0,
            result: 0,
            piece,
        };
        let ended = at - LATE;
        let entered = WorkSince::Entered { number: 7, ended };
        assert_eq!(since(&mark(7), 7), entered);
        assert_eq!(since(&mark(7), 6), WorkSince::Ended(at));
        assert_eq!(since(&mark(0), 6), WorkSince::Ended(at));
    }
}
