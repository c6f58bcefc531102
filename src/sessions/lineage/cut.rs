//! Passing over what is another session's.

use serde::{Deserialize, Serialize};

use super::point::ForkPoint;
use crate::sessions::digest::{Digest, Told};
use crate::sessions::model::{Event, Link};

/// What is still to be passed over of a session before its own events come. It is stored beside the [`Digest`] that it
/// feeds, and like it is the same whatever the pieces in which a file comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// How many events have been passed over.
    passed: usize,
    /// How many events are still to come that are copies.
    left: usize,
    /// Whether the fork is still to be told.
    untold: bool,
    /// The last entry that was passed over.
    point: Option<String>,
}

impl Cut {
    /// Of a session that is no fork: everything is its own.
    pub fn none() -> Self {
        Self::default()
    }

    /// Of a fork.
    pub fn at(point: &ForkPoint) -> Self {
        Self {
            left: point.copied,
            untold: true,
            ..Self::default()
        }
    }

    /// Of a fork whose parent is not to be had: everything is taken for its own.
    pub fn without_parent() -> Self {
        Self::at(&ForkPoint::default())
    }

    /// The file has grown, and this is where it parts from its parent now: a copy may have been read while it was written.
    /// False if what is a copy has been taken for the session's own; then all of the file is to be digested anew.
    pub fn grow(&mut self, point: &ForkPoint) -> bool {
        let whole = self.passed + self.left;
        if self.untold && point.copied >= whole {
            self.left += point.copied - whole;
        }
        point.copied == self.passed + self.left
    }

    /// Whether all copies have been passed over.
    pub fn is_behind(&self) -> bool {
        self.left == 0
    }

    /// The last entry that both sessions have, by its id in the fork, once it has been passed over.
    pub fn point(&self) -> Option<&str> {
        self.point.as_deref().filter(|_| self.is_behind())
    }

    /// Gives `digest` the session's next event: as a copy, or as its own.
    pub fn next(&mut self, digest: &mut Digest, event: &Event) -> Told {
        let Some(left) = self.left.checked_sub(1) else {
            if std::mem::take(&mut self.untold) {
                digest.forked(self.point.clone());
            }
            return digest.next(event);
        };
        self.left = left;
        self.passed += 1;
        if !matches!(event.link, Link::Aside) && !event.sidechain || self.point.is_none() {
            self.point = Some(event.id.clone());
        }
        digest.skip(event);
        Told::default()
    }
}
