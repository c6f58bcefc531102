//! Whether a segment takes up again what another abandoned.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

/// What is taken up later than this is another task.
const WINDOW: SignedDuration = SignedDuration::from_mins(30);
/// So many tenths of the files of the smaller set must be the same.
const OVERLAP: usize = 3;

/// What is known of the node before in the same project.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// Whether its outcome is `abandoned`.
    pub was_abandoned: bool,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The files that it touched.
    pub files: &'a BTreeSet<&'a str>,
}

/// Whether a segment that began then, with these files, takes up again what was abandoned: within half an hour, and three
/// tenths of the files of the one that touched fewer are the same. Source: pi-brain, `src/parser/signals.ts`; which measured
/// from when the node before had begun.
pub fn is_abandoned_restart(
    before: &Before<'_>,
    began_at: Option<Timestamp>,
    files: &BTreeSet<&str>,
) -> bool {
    let gap = match (before.ended_at, began_at) {
        (Some(ended), Some(began)) => began.duration_since(ended),
        _ => return false,
    };
    let smaller = files.len().min(before.files.len());
    let same = files.intersection(before.files).count();
    before.was_abandoned
        && !gap.is_negative()
        && gap <= WINDOW
        && smaller > 0
        && same * 10 >= smaller * OVERLAP
}
