//! The parts of a repository for which results are kept apart: its projects, or the folders at its top.

use std::collections::BTreeSet;

use bstr::{BStr, BString, ByteSlice};

use super::files::{Role, folder};
use super::projects::Project;

/// Tells of each file which part it belongs to.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    /// Folders of projects; empty where the parts are the folders at the top.
    projects: BTreeSet<BString>,
}

impl Areas {
    /// The projects of a repository that has several of its own, else the folders at its top.
    pub fn new(projects: &[Project]) -> Self {
        let own: BTreeSet<BString> = projects
            .iter()
            .filter(|project| matches!(project.role, Role::Main | Role::Test))
            .map(|project| project.path.clone())
            .collect();
        Self {
            projects: if own.len() > 1 { own } else { BTreeSet::new() },
        }
    }

    /// The part that a file belongs to: the innermost project's folder, or the folder at the top; empty for the top.
    pub fn of<'p>(&self, path: &'p BStr) -> &'p BStr {
        if self.projects.is_empty() {
            let end = path.find_byte(b'/').unwrap_or(0);
            return path.get(..end).unwrap_or_default().as_bstr();
        }
        let mut at = folder(path);
        while !at.is_empty() && !self.projects.contains(at) {
            at = folder(at);
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(path: &str, role: Role) -> Project {
        Project {
            path: path.into(),
            role,
            name: None,
            manifests: Vec::new(),
            languages: Vec::new(),
            dependencies: Vec::new(),
        }
    }

    fn of(areas: &Areas, path: &'static str) -> String {
        areas.of(path.into()).to_string()
    }

    #[test]
    fn a_monorepo_is_its_projects_and_any_other_its_folders() {
        let single = Areas::new(&[
            project("", Role::Main),
            project("examples/a", Role::Example),
        ]);
        assert_eq!(of(&single, "src/deep/a.rs"), "src");
        assert_eq!(of(&single, "a.rs"), "");
        let many = Areas::new(&[project("", Role::Main), project("packages/a", Role::Main)]);
        assert_eq!(of(&many, "packages/a/src/x.ts"), "packages/a");
        assert_eq!(of(&many, "packages/b/src/x.ts"), "");
    }
}
