//! What a drain says while it works. Text, progress bars, JSON and tests are listeners.

use std::time::Duration;

use jiff::Timestamp;

use crate::queue::{JobId, StateKind};

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A job's process was started.
    Started {
        /// Which job.
        job: JobId,
        /// Its task.
        task: String,
        /// How it is called for people.
        title: String,
        /// Where it runs.
        slot: u32,
        /// Which attempt this is, from 1.
        attempt: u32,
        /// The median of what it took before, if anything is known.
        expected: Option<Duration>,
    },
    /// A job's run ended and was recorded.
    Finished {
        /// Which job.
        job: JobId,
        /// Its task.
        task: String,
        /// How it is called for people.
        title: String,
        /// The state it went to; `queued` when it is tried again.
        state: StateKind,
        /// How long the run took.
        wall: Duration,
        /// Why, where it is not plain success.
        reason: Option<String>,
        /// When it is tried again.
        again: Option<Timestamp>,
        /// Whether it got so far as to have a log.
        logged: bool,
    },
    /// A job was not started for a reason the user can do something about.
    NotStarted {
        /// Which job.
        job: JobId,
        /// Its task.
        task: String,
        /// Why.
        reason: String,
    },
    /// A running job was found without its runner.
    Recovered {
        /// Which job.
        job: JobId,
        /// Its task.
        task: String,
        /// What became of it.
        reason: String,
    },
    /// Something worth a line.
    Note(String),
}

/// Hears what a drain does.
pub trait Listener {
    /// One event, in the order of happening.
    fn hear(&mut self, event: &Event);

    /// Called about ten times a second while jobs run.
    fn tick(&mut self) {}
}

impl<F: FnMut(&Event)> Listener for F {
    fn hear(&mut self, event: &Event) {
        self(event);
    }
}
