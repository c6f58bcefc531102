//! Where a forked session's own entries begin: a fork is written with everything that it was forked from.

use std::collections::HashSet;

use super::model::{Event, Kind, Link};

/// How far a session is a copy of another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForkPoint {
    /// How many of its events are copies, or were left behind by them: its own are those after.
    pub copied: usize,
    /// The last entry that both have, by its id in the fork.
    pub point: Option<String>,
}

/// Where the events of a fork part from those of its parent: after the last id that both have. Where entries have no ids of
/// their own but numbers of lines, the events themselves are compared, from the first one on.
pub fn fork_point(own: &[Event], parent: &[Event]) -> ForkPoint {
    if own.iter().any(|event| matches!(event.link, Link::To(_))) {
        let parents: HashSet<&str> = parent.iter().map(|event| event.id.as_str()).collect();
        return fork_point_by_ids(own, |id| parents.contains(id));
    }
    let same = own
        .iter()
        .zip(parent)
        .take_while(|(one, other)| one.kind == other.kind);
    let same = same.count();
    // All sessions begin with a choice of a model; what was said is shared only by a copy.
    let copied = if own.iter().take(same).any(|event| is_said(&event.kind)) {
        same
    } else {
        0
    };
    ForkPoint {
        copied,
        point: copied
            .checked_sub(1)
            .and_then(|last| own.get(last))
            .map(|event| event.id.clone()),
    }
}

fn is_said(kind: &Kind) -> bool {
    matches!(kind, Kind::User { .. } | Kind::Assistant(_))
}

/// The same, where only the parent's ids are known. Not for formats whose ids are numbers of lines.
pub fn fork_point_by_ids(own: &[Event], is_parents: impl Fn(&str) -> bool) -> ForkPoint {
    let last = own.iter().rposition(|event| is_parents(&event.id));
    last.map_or_else(ForkPoint::default, |last| ForkPoint {
        copied: last + 1,
        point: own.get(last).map(|event| event.id.clone()),
    })
}
