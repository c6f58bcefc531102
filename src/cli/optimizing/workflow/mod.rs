//! What was found in a workflow, for people and for programs.

mod chart;
mod document;
mod line;
mod lines;
mod touches;
mod words;

pub use document::document;
pub use line::line;
pub use lines::lines;
pub use touches::touches;

#[cfg(test)]
mod tests;
