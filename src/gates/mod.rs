//! Verdicts: whether a task is content with files, known by everything that this depends on.
//!
//! A [`definition`] digests what a task does and with which programs; [`inputs`] adds the files. The two together are
//! the key under which the queue's database keeps a verdict, so that the same question is never run twice: not for
//! another commit with the same tree, not when it is pushed, not in bisection.

pub mod bisect;
pub mod compare;
pub mod definition;
pub mod evidence;
pub mod exchange;
pub mod inputs;
pub mod known;
mod program;
mod settings;
pub mod worktree;

pub use definition::{Definition, Ground, define};
pub use evidence::Evidence;
pub use inputs::{Inputs, Scope};
