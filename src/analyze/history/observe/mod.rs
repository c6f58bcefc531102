//! What the history shows: each observer is a function of the state.

pub(super) mod churn;
pub(super) mod co_change;
pub(super) mod hot_files;
pub(super) mod ownership;
pub(super) mod practices;
pub(super) mod rhythm;
pub(super) mod sessions;
pub(super) mod style;
pub(super) mod year;

use std::collections::BTreeSet;

use super::people::People;

/// Whose commits are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Everybody's but those of programs.
    People,
    /// Those of the persons with these numbers.
    Of(BTreeSet<u32>),
}

impl Whose {
    fn includes(&self, person: u32, people: &People) -> bool {
        match self {
            Self::People => !people.is_bot(person),
            Self::Of(persons) => persons.contains(&person),
        }
    }
}
