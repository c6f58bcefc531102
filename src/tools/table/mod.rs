//! The tools that are known: a row each.

pub mod audits;
pub mod pinned;
pub mod quality;
pub mod security;
pub mod tests;

use super::adapter::{Part, Tool};

/// The rows of every tool.
pub fn all() -> impl Iterator<Item = &'static Tool> {
    security::TOOLS
        .iter()
        .chain(audits::TOOLS)
        .chain(&quality::TOOLS)
        .chain(tests::TOOLS)
}

/// The tool of this name.
pub fn find(name: &str) -> Option<&'static Tool> {
    all().find(|tool| tool.name == name)
}

/// The tools of a task.
pub fn of_part(part: Part) -> impl Iterator<Item = &'static Tool> {
    all().filter(move |tool| tool.parts.contains(&part))
}
