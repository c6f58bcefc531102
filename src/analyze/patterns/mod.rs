//! Patterns: what a repository is seen to do, each with its evidence and how sure one can be.
//!
//! The form is that of the first MIRA analyser, so that its readers find what they know. Patterns of the history come from
//! [`super::history`]; those of single files are pure functions here. [`evolution`] says what becomes of a pattern from
//! one run to the next.

pub mod errors;
pub mod evolution;
mod pattern;
pub mod tools;

pub use pattern::{Kind, Pattern, of_kind};
