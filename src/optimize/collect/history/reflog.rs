//! git's reflog: each movement of HEAD as the command that made it.

use super::{Content, Entry, Lines, moment};
use crate::git::Moved;

#[derive(Default)]
pub(super) struct Reflog {
    skipped: u64,
}

impl Lines for Reflog {
    fn line(&mut self, _: u64, content: Content<'_>, out: &mut dyn FnMut(Entry)) {
        let moved = match content {
            Content::Whole(line) => Moved::parse(line),
            Content::TooLong(_) => None,
        };
        match moved {
            Some(moved) => {
                if let Some(entry) = entry(&moved) {
                    out(entry);
                }
            }
            None => self.skipped = self.skipped.saturating_add(1),
        }
    }

    fn end(&mut self, _: &mut dyn FnMut(Entry)) -> Option<u64> {
        None
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

/// A movement as the command that made it, if one did.
pub(in crate::optimize::collect) fn entry(moved: &Moved) -> Option<Entry> {
    Some(Entry {
        at: moment(moved.at),
        text: moved.command()?,
        // What HEAD did not move for is not in the log: git succeeded.
        exit: Some(0),
        ..Entry::default()
    })
}
