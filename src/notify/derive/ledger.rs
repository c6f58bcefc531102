//! What was told, so that it is told once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::queue::Told;

/// What was told before about the subjects that matter, and what changes.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    known: BTreeMap<String, Told>,
    changed: BTreeSet<String>,
}

impl Ledger {
    /// With what is known.
    pub fn new(known: impl IntoIterator<Item = (String, Told)>) -> Self {
        Self {
            known: known.into_iter().collect(),
            changed: BTreeSet::new(),
        }
    }

    pub(super) fn get(&self, subject: &str) -> Option<&Told> {
        self.known.get(subject)
    }

    pub(super) fn set(&mut self, subject: &str, told: Told) {
        self.changed.insert(subject.to_owned());
        self.known.insert(subject.to_owned(), told);
    }

    pub(super) fn forget(&mut self, subject: &str) {
        if self.known.remove(subject).is_some() {
            self.changed.insert(subject.to_owned());
        }
    }

    /// Whether this is to be told now; remembers that it was, or that it happened once more.
    pub(super) fn is_news(&mut self, subject: &str, state: &str, at: Timestamp) -> bool {
        if let Some(told) = self.known.get_mut(subject).filter(|it| it.state == state) {
            told.times = told.times.saturating_add(1);
            self.changed.insert(subject.to_owned());
            return false;
        }
        let (state, times) = (state.to_owned(), 1);
        self.set(subject, Told { state, at, times });
        true
    }

    /// Whether this was not told within `every`; then it counts as told now.
    pub(super) fn is_due(&mut self, subject: &str, every: Duration, at: Timestamp) -> bool {
        let recent = self.get(subject).is_some_and(|told| {
            Duration::try_from(at.duration_since(told.at)).is_ok_and(|gone| gone < every)
        });
        if !recent {
            let (state, times) = (String::new(), 1);
            self.set(subject, Told { state, at, times });
        }
        !recent
    }

    /// What changed: subjects with their state, or nothing for those that are forgotten.
    pub fn changes(mut self) -> Vec<(String, Option<Told>)> {
        let changed = std::mem::take(&mut self.changed);
        changed
            .into_iter()
            .map(|subject| {
                let told = self.known.remove(&subject);
                (subject, told)
            })
            .collect()
    }
}
