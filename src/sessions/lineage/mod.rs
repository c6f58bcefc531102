//! Whose a session's events are: forks and resumed sessions begin as copies of others, and only what is new in them is their
//! own. What is said here follows from the files alone, whatever the order in which they are found.
//!
//! - [`Prints`] are what is kept of a file to compare it with others.
//! - A fork that names its parent is compared with that one: [`wanted`] says which file to look for, and [`fork_point`] how
//!   far the fork is a copy of it.
//! - Claude Code's copies mostly name nobody: files that share a key ([`Prints::keys`]) are compared with each other, and
//!   [`families`] says which of them goes on from which.
//! - A [`Cut`] then passes over the copies while the rest is digested.

mod cut;
mod families;
mod parent;
mod point;
mod prints;
#[cfg(test)]
mod tests;

pub use cut::Cut;
pub use families::{Descent, families};
pub use parent::{Wanted, wanted};
pub use point::{ForkPoint, fork_point};
pub use prints::{Key, Print, Prints, event_id};
