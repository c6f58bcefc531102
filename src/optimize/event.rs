//! What was done, as a source tells it and as it is kept.

use serde::{Deserialize, Serialize};

pub use crate::config::optimize::Source;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// A person at a terminal.
    Human,
    /// A coding agent.
    Agent,
    /// git-tend itself.
    Machine,
}

/// A line as a source tells it: not screened yet, never stored as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When it was begun, in ms UTC. Of a source without times: when its file was last written.
    pub at: i64,
    /// Whether `at` is the line's own time.
    pub timed: bool,
    /// Where it was read.
    pub source: Source,
    /// Who did it.
    pub actor: Actor,
    /// The folder it was typed in, absolute, if the source knows it.
    pub folder: Option<String>,
    /// What was typed, several lines of it included; bytes that are no UTF-8 are U+FFFD.
    pub text: String,
    /// How long it took, in ms.
    pub duration_ms: Option<u64>,
    /// What it exited with.
    pub exit: Option<i32>,
    /// The source's own name for the session it belongs to.
    pub session: Option<String>,
}

/// What is mined: events in the order of time, with what they say interned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Corpus {
    /// Steps, by [`Event::step`].
    pub steps: Vec<StepFacts>,
    /// Values of slots, by [`Event::values`].
    pub values: Vec<String>,
    /// Folders of repositories, by [`Event::scope`].
    pub scopes: Vec<String>,
    /// Events, oldest first.
    pub events: Vec<Event>,
}

/// What mining and scoring must know of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepFacts {
    /// What makes it the same step again, such as `git commit -m <str>`; with [`StepFacts::folder`] behind it, if there is one.
    pub key: String,
    /// Where it is done, below the top of the repository: the same command in two folders is two steps. Empty for the top, and
    /// where that is not known.
    pub folder: String,
    /// Whether it is left out of sequences: `ls`, `cd`, `pwd`, `clear`, `history`.
    pub noise: bool,
    /// Whether it destroys or publishes something.
    pub risky: bool,
    /// Whether it waits for a person: an editor, a pager, a login elsewhere.
    pub interactive: bool,
}

impl StepFacts {
    /// The key of a step in a folder.
    pub fn key_in(key: &str, folder: &str) -> String {
        if folder.is_empty() {
            key.to_owned()
        } else {
            format!("{key} (in {folder})")
        }
    }

    /// The key without the folder.
    pub fn plain_key(&self) -> &str {
        if self.folder.is_empty() {
            return &self.key;
        }
        let end = self
            .key
            .len()
            .saturating_sub(" (in )".len() + self.folder.len());
        self.key.get(..end).unwrap_or(&self.key)
    }
}

/// One step that was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it was begun, in ms UTC.
    pub at: i64,
    /// Whether `at` is its own time.
    pub timed: bool,
    /// Where it was read.
    pub source: Source,
    /// Who did it.
    pub actor: Actor,
    /// The repository it was done in, if that is known.
    pub scope: Option<u32>,
    /// The session of its source; the same number is the same session.
    pub session: Option<u32>,
    /// The step.
    pub step: u32,
    /// What stood in the step's slots, in their order.
    pub values: Box<[u32]>,
    /// How long it took, in ms.
    pub duration_ms: Option<u64>,
    /// Whether it succeeded, if that is known.
    pub succeeded: Option<bool>,
}
