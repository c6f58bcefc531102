//! What was found in a workflow, for people and for programs.

mod chart;
mod document;
mod line;
mod lines;
mod words;

pub use document::document;
pub use line::line;
pub use lines::lines;

#[cfg(test)]
mod tests;
