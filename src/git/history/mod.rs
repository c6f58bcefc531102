//! The whole history in one pass: `git log --raw -z`, read while git writes it.
//!
//! [`Repo::history`](super::Repo::history) asks, [`Framer`] cuts git's output into commits. libgit2's tree comparison
//! is an order of magnitude slower here and is not used. Nothing below reads a blob, so that a partial clone answers too.

mod ask;
mod frame;
mod id;
mod mailmap;
#[cfg(test)]
mod tests;

pub use ask::{HistoryOptions, Range};
pub use frame::{Changes, CommitFacts, FileChange, Framer, Malformed, Status, When};
pub use id::Id;
