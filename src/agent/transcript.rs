//! A segment of a session as the analysing agent is given it: without secrets, marked as data, in parts of a size that one
//! call can take.
//!
//! [`events_of`] reads it from the session's file and keeps of it what may be shown; [`render`] makes the parts. The same
//! segment makes the same bytes, for answers are kept by a digest of what was asked.
//!
//! A part is a block between two marks whose words no text in it holds. An entry begins at the beginning of a line, with
//! its number; whatever was said in it is indented, so that nothing that was said reads like an entry or a mark.

mod entry;
mod pack;
mod read;
mod render;
mod text;

#[cfg(test)]
pub(in crate::agent) mod samples;
#[cfg(test)]
mod tests;

use std::num::NonZeroU32;

pub use entry::Entry;
pub use read::{ReadError, SegmentEvents, events_of};
pub use render::{Chunk, render};
pub(super) use text::{Text, block_of, indented};

use crate::config::user::Agent;

/// Into what a segment is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The largest part, in tokens of four characters; fewer than [`LEAST_TOKENS`] count as so many.
    pub chunk_tokens: NonZeroU32,
    /// How many parts there are at most.
    pub max_chunks: NonZeroU32,
}

/// A smaller part would have no room for an entry beside what must be said around it.
pub const LEAST_TOKENS: usize = 1000;

impl Settings {
    /// As the user has set them.
    pub const fn of(agent: &Agent) -> Self {
        Self {
            chunk_tokens: agent.chunk_tokens,
            max_chunks: agent.max_chunks,
        }
    }
}
