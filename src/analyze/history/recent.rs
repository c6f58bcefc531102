//! The latest commits, one by one, in git's order.
//!
//! What lies in a window of time cannot be summed up once and for all, so these are kept: enough for every window, and
//! a few more, so that an amended commit does not send us back to git. Beyond them only the dates of the next commits
//! are known (the *frontier*): as long as none of those is next in git's order, what is kept is exactly what
//! `git log` begins with.

use super::message::MessageFacts;
use super::walk::{Graph, Step, walk};
use crate::git::history::{Id, When};

/// So many commits are what the patterns of the latest commits look at. Fewer in tests, whose histories are short.
pub const LATEST: usize = if cfg!(test) { 60 } else { 5_000 };

/// So many more are kept.
const SLACK: usize = LATEST / 5;

/// How many are kept at most.
pub(super) const KEPT: usize = LATEST + SLACK;

/// Of a commit that changes more paths, only their number is kept: an import, or a new licence header everywhere.
/// It bounds what is kept, together with the number of commits.
pub const WIDE: usize = 10_000;

/// One of the latest commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: Id,
    /// Its rank among the authors.
    pub(super) author: u32,
    pub(super) authored: When,
    pub(super) committed: i64,
    pub(super) message: MessageFacts,
    /// How many paths it changed.
    pub(super) changed: u32,
    pub(super) border: bool,
    /// Where its parents and its paths are.
    pub(super) parents: Span,
    pub(super) paths: Span,
}

impl Row {
    pub(super) fn is_merge(&self) -> bool {
        self.parents.len > 1
    }

    /// Whether its paths are not kept.
    pub(super) fn is_wide(&self) -> bool {
        self.changed as usize > WIDE
    }
}

/// A part of a long list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Span {
    pub(super) fn of<T>(self, list: &[T]) -> &[T] {
        let start = self.start as usize;
        list.get(start..start.saturating_add(self.len as usize))
            .unwrap_or_default()
    }

    /// Appends to a list and says where it went.
    pub(super) fn append<T>(list: &mut Vec<T>, items: impl IntoIterator<Item = T>) -> Self {
        let start = list.len();
        list.extend(items);
        // At most `KEPT` commits with `WIDE` entries each.
        Self {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            len: u32::try_from(list.len() - start).unwrap_or(0),
        }
    }
}

/// The latest commits of a history.
///
/// Commits are numbered: the kept ones in git's order, then the frontier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recent {
    pub(super) rows: Vec<Row>,
    /// Numbers of the tips, in their order.
    pub(super) tips: Vec<u32>,
    /// Numbers of the parents.
    pub(super) parents: Vec<u32>,
    /// Ranks of paths.
    pub(super) paths: Vec<u32>,
    /// Tips and parents that are not kept, and when they were committed; [`i64::MAX`] if that is not known.
    pub(super) frontier: Vec<(Id, i64)>,
}

impl Graph for Recent {
    fn len(&self) -> usize {
        self.rows.len() + self.frontier.len()
    }

    fn date(&self, commit: u32) -> i64 {
        let commit = commit as usize;
        match self.rows.get(commit) {
            Some(row) => row.committed,
            None => self
                .frontier
                .get(commit - self.rows.len())
                .map_or(i64::MAX, |(_, date)| *date),
        }
    }

    fn parents(&self, commit: u32) -> &[u32] {
        self.rows
            .get(commit as usize)
            .map_or(&[], |row| row.parents.of(&self.parents))
    }
}

impl Recent {
    /// The id of a commit by its number.
    pub(super) fn id(&self, commit: u32) -> Option<Id> {
        let commit = commit as usize;
        match self.rows.get(commit) {
            Some(row) => Some(row.id),
            None => {
                let place = commit.checked_sub(self.rows.len())?;
                self.frontier.get(place).map(|(id, _)| *id)
            }
        }
    }

    /// The latest commits; never more than [`LATEST`], however many are kept.
    pub(super) fn latest(&self) -> &[Row] {
        self.rows.get(..LATEST).unwrap_or(&self.rows)
    }

    /// The ranks of the paths that a commit changed; none if it is wide.
    pub(super) fn paths_of(&self, row: &Row) -> &[u32] {
        row.paths.of(&self.paths)
    }

    /// The latest commits that `git log --since` gives, in its order, and whether they are all of them.
    ///
    /// `since` is in seconds since 1970 and still counts.
    pub(super) fn since(&self, since: i64) -> (Vec<&Row>, bool) {
        let mut rows = Vec::new();
        let whole = walk(self, &self.tips, |commit| {
            if self.date(commit) < since {
                return Step::Prune;
            }
            match self.rows.get(commit as usize) {
                Some(row) if (commit as usize) < LATEST => {
                    rows.push(row);
                    Step::Descend
                }
                _ => Step::Stop,
            }
        });
        (rows, whole)
    }
}
