//! Readers of sessions: pi (versions 1 to 3), Claude Code and Codex CLI, each into the one model.
//!
//! A [`Reader`] is the state of one file. It is stored between runs, reads what was appended since, and begins anew when
//! the file is another one or was rewritten. Memory is bounded by the longest line, whatever the file.

pub mod anchor;
mod claude;
mod codex;
mod content;
mod entry;
mod format;
pub(crate) mod lax;
pub mod lines;
mod memo;
mod mend;
pub(crate) mod pi;
pub mod place;
pub mod reader;

pub use anchor::Identity;
pub use place::{Folder, folders};
pub use reader::{Broken, Change, Progress, Reader, open};

#[cfg(test)]
mod tests;
