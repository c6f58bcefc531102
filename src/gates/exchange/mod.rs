//! Verdicts that travel: a machine publishes which gates passed on a commit, another accepts that instead of running
//! them.
//!
//! They are notes of git's own under `refs/notes/tend`, lines of JSON about a commit ([`Shared`]), so that git shows,
//! merges, pushes and fetches them; nothing here uses the network. [`publish`] adds lines with one signed commit on top
//! of the ref. [`accepted`] believes a line for the commit that brought it into the note, and believes that commit for
//! its signature, as git verifies it, by a key that the user named. Whoever can merely write the ref can take verdicts
//! away, never make one.

mod accept;
mod error;
mod history;
mod line;
mod note;
mod publish;
mod signature;
#[cfg(test)]
mod tests;

pub use accept::accepted;
pub use error::ExchangeError;
pub use line::{NotAVerdict, Shared};
pub use publish::{Published, publish};
