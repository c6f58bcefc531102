//! What was found as one document, and what that looks like: text for terminals, Markdown for pull requests, JSON, SARIF,
//! `JUnit` and GitHub's annotations for programs.
//!
//! A renderer is a function of a [`Document`] that writes as it goes: besides the document it keeps a reference for each
//! finding at most. Whatever tools wrote (control characters, terminal sequences, marks that change the direction of text,
//! markup) comes out as text in each form.

pub mod document;
pub mod excerpt;
pub mod gather;
pub mod github;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
#[cfg(test)]
mod tests;
pub mod text;
mod words;

pub use document::{
    Base, Counts, Document, Entry, Severities, Stale, State, Suppressed, TaskReport,
};
pub(in crate::report) use document::{label, position, told};
pub use excerpt::{Excerpt, Source};
pub use words::one_line;
pub(in crate::report) use words::{
    Outcome, compared, heading, remarks, tool_in_folder, verdict as verdict_words,
};
