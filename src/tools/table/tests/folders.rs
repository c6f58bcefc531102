//! Folders of a project.

use crate::tools::project::Project;
pub use crate::tools::project::{above, join, topmost};

/// A file's text, if the project has it.
pub fn text(project: &Project<'_>, path: &str) -> Option<String> {
    if !project.has(path) {
        return None;
    }
    let bytes = (project.read)(path)?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
