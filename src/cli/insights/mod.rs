//! Insights as a person meets them: what is known, what is told to coding agents, where it stands, and what came of it.

mod effects;
mod file;
pub mod view;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::error::{CommandError, Context as _};
use crate::graph::db::{Note, Refreshed};
use crate::graph::insights::effect::Effect;
use crate::graph::insights::{Insight, Standing, Told, told};
use crate::graph::{Graph, GraphError};

pub use effects::{Measured, When, forget_what_is_gone, measure};
pub use file::Target;

/// How long calls of the agent stay in the ledger.
const CALLS_STAY: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What is known of insights.
#[derive(Debug)]
pub struct Known {
    /// All of them, those that were seen most often first; what stands in files and is not seen any more comes last.
    pub insights: Vec<Insight>,
    /// What was decided about them.
    pub standings: BTreeMap<String, Standing>,
    /// Where they stand.
    pub notes: Vec<Note>,
    /// What came of that.
    pub effects: BTreeMap<String, Effect>,
}

impl Known {
    /// Draws them from the graph as it is now.
    pub fn of(graph: &Graph) -> Result<Self, CommandError> {
        let doing = "read what sessions have in common";
        let mut insights = graph.gather_insights().context(doing)?;
        let notes = graph.insight_notes().context(doing)?;
        let mut seen: BTreeSet<String> = insights.iter().map(|it| it.id.clone()).collect();
        for note in &notes {
            if seen.insert(note.insight.id.clone()) {
                insights.push(note.insight.clone());
            }
        }
        Ok(Self {
            insights,
            standings: graph.insight_standings().context(doing)?,
            effects: graph.insight_effects().context(doing)?,
            notes,
        })
    }

    /// Whether an insight is switched off.
    pub fn is_off(&self, id: &str) -> bool {
        self.standings.get(id).is_some_and(|it| it.is_off())
    }

    /// What agents would be told now.
    pub fn told(&self) -> Told {
        told(self.insights.iter().filter(|it| !self.is_off(&it.id)))
    }

    /// How many would be told if they were not switched off.
    pub fn left_out(&self) -> usize {
        let all = told(&self.insights).lines;
        all.keys().filter(|id| self.is_off(id)).count()
    }

    /// Since when it stands in a file, the first if there are several.
    pub fn since(&self, id: &str) -> Option<Timestamp> {
        let notes = self.notes.iter().filter(|note| note.insight.id == id);
        notes.map(|note| note.since).min()
    }

    /// The insight that a beginning of its id names.
    pub fn find(&self, text: &str) -> Result<&Insight, CommandError> {
        let found: Vec<&Insight> = self
            .insights
            .iter()
            .filter(|it| !text.is_empty() && it.id.starts_with(text))
            .collect();
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(
                CommandError::usage(format!("no insight {}", super::ui::plain(text)))
                    .hint("git tend insights preview --all"),
            ),
            several => Err(CommandError::usage(format!(
                "{} names more than one insight: {}",
                super::ui::plain(text),
                several
                    .iter()
                    .take(8)
                    .map(|it| it.id.as_str())
                    .collect::<Vec<_>>()
                    .join(" ")
            ))),
        }
    }
}

/// What a night's work on insights came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aggregated {
    /// Insights.
    pub insights: usize,
    /// How much nodes matter.
    pub relevance: Refreshed,
    /// Insights whose effect was measured.
    pub measured: usize,
    /// Those that made things worse, and are told no more: by id, with their words.
    pub worse: Vec<(String, String)>,
}

/// A night's work: insights are drawn anew, how much each node matters is computed, and the effect of what has been told for
/// a week, or was measured a week ago, is measured. No file of the user's is written.
pub fn aggregate(graph: &mut Graph, now: Timestamp) -> Result<Aggregated, GraphError> {
    let insights = graph.gather_insights()?;
    graph.keep_insights(&insights)?;
    let relevance = graph.refresh_relevance(now)?;
    forget_what_is_gone(graph, now)?;
    let measured = measure(graph, When::Due, now)?;
    graph.forget_calls(now.saturating_sub(CALLS_STAY).unwrap_or(Timestamp::MIN))?;
    Ok(Aggregated {
        insights: insights.len(),
        relevance,
        worse: measured
            .iter()
            .filter(|it| it.is_told_no_more)
            .map(|it| (it.insight.id.clone(), it.insight.pattern.clone()))
            .collect(),
        measured: measured.len(),
    })
}
