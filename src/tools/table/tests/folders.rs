//! Folders of a project.

use std::collections::BTreeSet;

use crate::tools::project::{Project, split};

/// The topmost of these folders: tests below one of them are its business.
pub fn topmost<'p>(folders: impl IntoIterator<Item = &'p str>) -> Vec<&'p str> {
    let folders: BTreeSet<&str> = folders.into_iter().collect();
    let is_top = |folder: &&&str| !above(folder).skip(1).any(|it| folders.contains(it));
    folders.iter().filter(is_top).copied().collect()
}

/// A folder, the one that it is in, and so on up to the project's own.
pub fn above(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        (!folder.is_empty()).then(|| split(folder).0)
    })
}

/// A name in a folder.
pub fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}

/// A file's text, if the project has it.
pub fn text(project: &Project<'_>, path: &str) -> Option<String> {
    if !project.has(path) {
        return None;
    }
    let bytes = (project.read)(path)?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
