//! Builds that run tests: Maven and Gradle, cargo, go.

use std::collections::BTreeSet;

use super::folders::{above, join, text, topmost};
use crate::tools::project::{Planned, Project, split};

/// One run of a Java build in each topmost folder of these manifests, with the project's own wrapper where there is one.
pub fn java(
    project: &Project<'_>,
    manifests: &[&str],
    wrapper: &str,
    args: &[&str],
) -> Vec<Planned> {
    let plan = |folder: &str| Planned {
        program: Some(format!("./{wrapper}")).filter(|_| project.has(&join(folder, wrapper))),
        ..Planned::within(folder, args)
    };
    let folders = project.topmost_with(manifests).into_iter();
    folders.map(plan).collect()
}

/// The folders of crates and workspaces.
pub fn cargo_folders<'p>(project: &'p Project<'_>) -> Vec<&'p str> {
    topmost(project.folders_with(&["Cargo.toml"]))
}

/// Whether nextest runs the tests of a folder.
pub fn has_nextest(project: &Project<'_>, folder: &str) -> bool {
    project.has(&join(folder, ".config/nextest.toml"))
        && (project.installed)(folder, "cargo-nextest")
}

/// All members of the workspace, unless it says which ones are meant.
pub fn whole_workspace(project: &Project<'_>, folder: &str) -> Option<&'static str> {
    let manifest = text(project, &join(folder, "Cargo.toml")).unwrap_or_default();
    let chooses = manifest
        .lines()
        .any(|line| line.trim_start().starts_with("default-members"));
    (!chooses).then_some("--workspace")
}

/// The modules that have tests of their own.
pub fn go_folders<'p>(project: &'p Project<'_>) -> Vec<&'p str> {
    let modules = project.folders_with(&["go.mod"]);
    let is_ignored = |path: &str| {
        let mut parts = path.split('/');
        parts.any(|part| part == "testdata" || part == "vendor" || part.starts_with(['_', '.']))
    };
    let tests = project.paths.iter();
    let tests = tests.filter(|path| path.ends_with("_test.go") && !is_ignored(path));
    let module = |path: &String| above(split(path).0).find_map(|it| modules.get(it).copied());
    let with_tests: BTreeSet<&str> = tests.filter_map(module).collect();
    with_tests.into_iter().collect()
}
