//! What was found in a workflow, for people and for programs.

mod chart;
mod document;
mod lines;
mod words;

pub use document::document;
pub use lines::lines;

#[cfg(test)]
mod tests;
