//! What was done, as shells, git, agents and our own queue remember it: read and never written, on this machine alone.
//!
//! Each source is read only if somebody asks for it. Shells' histories, our own journal and reflogs are files that are
//! followed ([`Cursor`], [`Dialect`]); atuin has a database, agents have sessions, and the queue is asked. What they tell
//! is a [`crate::optimize::event::Line`], which is screened ([`screen`]) before anything is made of it ([`Gatherer`]).

mod agents;
mod atuin;
mod cursor;
mod error;
mod gather;
mod history;
mod places;
mod queue;
mod screen;
mod shell_init;

pub use agents::AgentsCursor;
pub use atuin::AtuinCursor;
pub use cursor::{Cursor, Followed, Key};
pub use error::CollectError;
pub use gather::{Gathered, Gatherer};
pub use history::{Dialect, End, Entry, LONGEST, entries};
pub use places::{JOURNAL, atuin as atuin_database, atuin_config, histories};
pub use queue::QueueCursor;
pub use screen::{Reason, says_secret, screen};
pub use shell_init::{Shell, snippet};

#[cfg(test)]
mod tests;
