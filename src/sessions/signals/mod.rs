//! Friction and delight: how a segment went for its user, told from the session alone.
//!
//! The formulas and their numbers are pi-brain's (`src/parser/signals.ts`). Where its words promise more than its code does,
//! the words are followed: an error is unresolved as long as its tool has not worked again, and a recovery is one of the tool
//! that failed.

mod restart;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::boundary::is_note;
use super::figures::Figures;
use super::model::{Assistant, Event, Kind, Model};
use super::redact::excerpt;
pub use restart::{Before, is_abandoned_restart};

/// So many messages of the user in a row, without an answer that says much, are asking again.
const REPHRASED: u64 = 3;
/// An answer with more characters than this says much.
const SAYS_MUCH: usize = 50;
/// The same error of a tool so many times is a loop.
const LOOP: u64 = 3;
/// So many different files and folders that are looked at are churn.
const CHURN: usize = 10;
/// An error among so many entries at the end is what a session ended with.
const LAST: u64 = 10;
/// A task of fewer calls of tools is no task to succeed with at once.
const TASK: u64 = 3;
/// More flags are not kept.
const FLAGS: usize = 100;
/// Of a flag's message, so many characters.
const MESSAGE: usize = 500;
/// Of the name of a tool, so many characters.
const NAME: usize = 100;
/// More tools that fail at once are not told apart.
const TOOLS: usize = 64;

/// What annoyed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Friction {
    /// From 0 to 1.
    pub score: f64,
    /// How often the user asked again: three messages or more without an answer that says or does much.
    pub rephrasing_count: u64,
    /// How often ten different files or folders were looked at.
    pub context_churn_count: u64,
    /// Whether it takes up again what was abandoned shortly before.
    pub abandoned_restart: bool,
    /// How many errors of tools occurred three times or more.
    pub tool_loop_count: u64,
    /// The model of the segment before, if this one begins with another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_switch_from: Option<Model>,
    /// Whether the session ends with an error that was not resolved.
    pub silent_termination: bool,
}

/// What pleased.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delight {
    /// From 0 to 1.
    pub score: f64,
    /// Whether a tool failed and then worked, and the user said nothing between.
    pub resilient_recovery: bool,
    /// Whether tools were called three times or more, and the user corrected nothing.
    pub one_shot_success: bool,
    /// Whether the user said so.
    pub explicit_praise: bool,
}

/// What a user marked (pi's `brain_flag`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualFlag {
    /// What kind, in the user's word; `note` if there is none.
    #[serde(rename = "type")]
    pub kind: String,
    /// What about, without secrets.
    pub message: String,
    /// When.
    pub timestamp: Option<Timestamp>,
}

/// How a segment went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signals {
    /// What annoyed.
    pub friction: Friction,
    /// What pleased.
    pub delight: Delight,
    /// What the user marked.
    pub manual_flags: Vec<ManualFlag>,
}

/// What a segment alone does not tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// The main model of the session's segment before.
    pub previous_model: Option<&'a Model>,
    /// Whether the session ends with the segment, and was not gone on with.
    pub is_last: bool,
    /// Whether it takes up again what was abandoned: see [`is_abandoned_restart`].
    pub is_abandoned_restart: bool,
}

/// What is known of a segment's signals so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listener {
    entries: u64,
    /// Messages of the user since an answer said much.
    unanswered: u64,
    rephrased: u64,
    user_messages: u64,
    corrections: u64,
    praised: bool,
    /// Which entry praised last, from 1.
    praised_at: u64,
    /// Tools that failed and have not worked since.
    failing: BTreeMap<String, Failing>,
    recovered: bool,
    flags: Vec<ManualFlag>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Failing {
    /// At which entry, from 1.
    at: u64,
    /// Whether it was called again.
    was_called: bool,
    /// Whether the user stepped in.
    had_help: bool,
}

impl Listener {
    /// Listens to an event. Sub-agents are not listened to.
    pub fn add(&mut self, event: &Event) {
        if event.sidechain || is_note(&event.kind) {
            return;
        }
        self.entries += 1;
        match &event.kind {
            Kind::User { text, .. } => self.hear_user(text),
            Kind::Assistant(answer) => self.hear_answer(answer),
            Kind::ToolResult(result) => {
                let tool = result.tool.as_deref().unwrap_or("unknown");
                if result.is_error {
                    self.hear_error(tool);
                } else {
                    self.hear_success(tool);
                }
            }
            Kind::Custom { name, data } if name == "brain_flag" => {
                let text = |name: &str| data.get(name).and_then(|value| value.as_str());
                let message = excerpt(text("message").unwrap_or_default(), MESSAGE);
                if !message.is_empty() && self.flags.len() < FLAGS {
                    self.flags.push(ManualFlag {
                        kind: excerpt(
                            text("type")
                                .filter(|kind| !kind.is_empty())
                                .unwrap_or("note"),
                            50,
                        ),
                        message,
                        timestamp: event.at,
                    });
                }
            }
            _ => (),
        }
    }

    /// The signals of the segment with these figures.
    pub fn signals(&self, figures: &Figures, around: &Around<'_>) -> Signals {
        Signals {
            friction: self.friction(figures, around),
            delight: self.delight(figures),
            manual_flags: self.flags.clone(),
        }
    }

    fn hear_user(&mut self, text: &str) {
        self.unanswered += 1;
        let praises = words::praises(text);
        if praises {
            self.praised = true;
            self.praised_at = self.entries;
        }
        if self.user_messages > 0 && !praises && words::corrects(text) {
            self.corrections += 1;
        }
        if !words::acknowledges(text) {
            for failing in self.failing.values_mut() {
                failing.had_help = true;
            }
        }
        self.user_messages += 1;
    }

    fn hear_answer(&mut self, answer: &Assistant) {
        if !answer.calls.is_empty() || answer.text.chars().nth(SAYS_MUCH).is_some() {
            self.rephrased += u64::from(self.unanswered >= REPHRASED);
            self.unanswered = 0;
        }
        let calls = answer.calls.iter().filter(|_| !self.failing.is_empty());
        let called: Vec<String> = calls.map(|call| excerpt(&call.tool, NAME)).collect();
        for tool in called {
            if let Some(failing) = self.failing.get_mut(&tool) {
                failing.was_called = true;
            }
        }
    }

    fn hear_error(&mut self, tool: &str) {
        let at = self.entries;
        let tool = excerpt(tool, NAME);
        if let Some(failing) = self.failing.get_mut(&tool) {
            failing.at = at;
            failing.was_called = false;
        } else if self.failing.len() < TOOLS {
            let failing = Failing {
                at,
                ..Failing::default()
            };
            self.failing.insert(tool, failing);
        }
    }

    /// A call that ran beside the one that failed proves nothing.
    fn hear_success(&mut self, tool: &str) {
        if self.failing.is_empty() {
            return;
        }
        let tool = excerpt(tool, NAME);
        if self
            .failing
            .get(&tool)
            .is_some_and(|failing| failing.was_called)
        {
            let had_help = self
                .failing
                .remove(&tool)
                .is_some_and(|failing| failing.had_help);
            self.recovered |= !had_help;
        }
    }

    fn friction(&self, figures: &Figures, around: &Around<'_>) -> Friction {
        let rephrasing_count = self.rephrased + u64::from(self.unanswered >= REPHRASED);
        let looked_at = figures.files_read.len() + figures.folders_listed.len();
        let errors = figures.tools.values().flat_map(|tool| tool.errors.values());
        let loops = errors.filter(|error| error.occurrences >= LOOP).count();
        let first = figures.first_model.as_ref();
        let before = around
            .previous_model
            .filter(|before| first.is_some_and(|first| first != *before));
        let is_late = |at: u64| at + LAST > self.entries;
        let failed_last = self.failing.values().any(|failing| is_late(failing.at));
        let praised_last = self.praised && is_late(self.praised_at);
        let mut friction = Friction {
            score: 0.0,
            rephrasing_count,
            context_churn_count: (looked_at / CHURN) as u64,
            abandoned_restart: around.is_abandoned_restart,
            tool_loop_count: loops as u64,
            model_switch_from: before.cloned(),
            silent_termination: around.is_last && failed_last && !praised_last,
        };
        friction.score = friction_score(&friction);
        friction
    }

    fn delight(&self, figures: &Figures) -> Delight {
        let mut delight = Delight {
            score: 0.0,
            resilient_recovery: self.recovered && self.failing.is_empty(),
            one_shot_success: figures.tool_calls() >= TASK && self.corrections == 0,
            explicit_praise: self.praised,
        };
        delight.score = delight_score(&delight);
        delight
    }
}

/// The score that what annoyed makes; the one that stands there is not looked at. Hundredths are added, which are exact, and the
/// sum divided once.
pub fn friction_score(friction: &Friction) -> f64 {
    let times = |count: u64, each: u64, most: u64| count.saturating_mul(each).min(most);
    let sum = times(friction.rephrasing_count, 15, 30)
        + times(friction.context_churn_count, 10, 20)
        + times(friction.tool_loop_count, 20, 40)
        + u64::from(friction.abandoned_restart) * 30
        + u64::from(friction.model_switch_from.is_some()) * 15
        + u64::from(friction.silent_termination) * 25;
    hundredths(sum)
}

fn delight_score(delight: &Delight) -> f64 {
    hundredths(
        u64::from(delight.resilient_recovery) * 40
            + u64::from(delight.one_shot_success) * 40
            + u64::from(delight.explicit_praise) * 30,
    )
}

#[allow(clippy::cast_precision_loss)] // at most a hundred
fn hundredths(sum: u64) -> f64 {
    sum.min(100) as f64 / 100.0
}
