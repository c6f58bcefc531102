//! Readers: from the text of a file to the workflows that it describes.
//!
//! Each is a pure function of the text. Nothing is run for it, no file is opened, and what a text only says where it is run
//! (a variable of the environment, the output of a program, a file that is included) is left out and noted.

mod assemble;
mod confined;
mod error;
mod github;
mod gitlab;
mod just;
mod make;
mod matrix;
mod sequence;
mod times;
mod yaml;

pub use assemble::{Read, Reading};
pub use error::ReadError;
pub use github::github_actions;
pub use gitlab::gitlab_ci;
pub use just::justfile;
pub use make::makefile;
pub use sequence::sequence;
pub use times::{Times, TimesError, median};

/// Larger files are not read, in bytes.
pub const LARGEST: usize = 1024 * 1024;
/// Workflows of more steps are not read.
pub const MOST_STEPS: usize = 2_000;

#[cfg(test)]
mod tests;
