//! How far a fork is a copy of its parent.

use std::collections::HashMap;

use super::prints::{Print, Prints};

/// How far a session is a copy of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForkPoint {
    /// How many of its events are copies, or were left behind by them: its own are those after.
    pub copied: usize,
    /// The last event that both have, by its place among the parent's; none if they share nothing.
    pub in_parent: Option<usize>,
}

/// Where the events of a fork part from those of its parent: after the last id that both have. Where entries have no ids of
/// their own but numbers of lines, or copies were given new ones, after the last answer up to which the same was said; what
/// is only noted there counts as copied as far as both note the same.
pub fn fork_point(child: &Prints, parent: &Prints) -> ForkPoint {
    let (own, parents) = (child.events(), parent.events());
    by_ids(own, parents)
        .or_else(|| by_words(own, parents))
        .unwrap_or_default()
}

fn by_ids(own: &[Print], parents: &[Print]) -> Option<ForkPoint> {
    last_shared(own, parents, |event| event.is_named().then_some(event.id))
}

fn by_words(own: &[Print], parents: &[Print]) -> Option<ForkPoint> {
    let shared = last_shared(own, parents, |event| {
        event.is_answer().then_some(event.words)
    })?;
    let notes = |events: &[Print], from: usize| -> Vec<(usize, u64)> {
        let rest = events.iter().enumerate().skip(from);
        let notes = rest.take_while(|(_, event)| !event.is_said());
        let notes = notes.filter(|(_, event)| !event.is_aside());
        notes.map(|(at, event)| (at, event.words)).collect()
    };
    let mine = notes(own, shared.copied);
    let theirs = notes(parents, shared.in_parent? + 1);
    let same = mine
        .iter()
        .zip(&theirs)
        .take_while(|(mine, theirs)| mine.1 == theirs.1)
        .last();
    Some(same.map_or(shared, |(mine, theirs)| ForkPoint {
        copied: mine.0 + 1,
        in_parent: Some(theirs.0),
    }))
}

/// The last event of which `what` is the same in both.
fn last_shared(
    own: &[Print],
    parents: &[Print],
    what: impl Fn(&Print) -> Option<u64>,
) -> Option<ForkPoint> {
    let places: HashMap<u64, usize> = parents
        .iter()
        .enumerate()
        .filter_map(|(at, event)| Some((what(event)?, at)))
        .collect();
    let found = |event: &Print| what(event).and_then(|what| places.get(&what).copied());
    let (at, in_parent) = own
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, event)| Some((at, found(event)?)))?;
    Some(ForkPoint {
        copied: at + 1,
        in_parent: Some(in_parent),
    })
}
