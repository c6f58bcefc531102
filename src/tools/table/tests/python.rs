//! Where pytest runs, and where unittest does.

use std::collections::BTreeSet;

use super::folders::{above, join, text, topmost};
use crate::tools::project::{Planned, Project, split};

/// The old family tells in which file and line a test begins. What tests print stays out of the report. The cache is not
/// the project's: `pytest --lf` is to know the runs of the person, not ours.
const PYTEST_ARGS: &[&str] = &[
    "--junitxml={report}",
    "-o",
    "junit_family=xunit1",
    "-o",
    "junit_suite_name=pytest",
    "-o",
    "junit_logging=no",
    "-o",
    "cache_dir={report}.cache",
];

/// Whether a path is that of tests for pytest or unittest.
fn is_python_test(path: &str) -> bool {
    let (_, name) = split(path);
    name.strip_suffix(".py")
        .is_some_and(|stem| stem.starts_with("test") || stem.ends_with("_test"))
}

/// The folders that have tests for pytest or unittest in them, however deep.
fn python_tested<'p>(project: &'p Project<'_>) -> BTreeSet<&'p str> {
    let mut tested = BTreeSet::new();
    for path in project.paths.iter().filter(|path| is_python_test(path)) {
        for folder in above(split(path).0) {
            // What is above a known one is known too.
            if !tested.insert(folder) {
                break;
            }
        }
    }
    tested
}

/// Folders that have tests and a file that says that pytest runs them, or that is S1's sign of it; without any, the folders
/// of `conftest.py`, or where its folder is called `tests`, the one above.
fn pytest_folders<'p>(project: &'p Project<'_>, tested: &BTreeSet<&'p str>) -> Vec<&'p str> {
    let is_sign = |path: &str| {
        let (folder, name) = split(path);
        let says = |words: &str| text(project, path).is_some_and(|text| text.contains(words));
        match name {
            "pytest.ini" | ".pytest.ini" | "pytest.toml" | ".pytest.toml" => true,
            "pyproject.toml" | "Pipfile" | "setup.cfg" | "tox.ini" => says("pytest"),
            "setup.py" => {
                // With a folder for unittest, pytest is neither used nor missed where it is not installed.
                let for_unittest = || !unittest_roots(folder, tested).is_empty();
                says("pytest") || (project.installed)(folder, "pytest") || !for_unittest()
            }
            name => {
                let stem = name.strip_suffix(".txt").unwrap_or_default();
                stem.starts_with("requirements") && says("pytest")
            }
        }
    };
    let paths = || project.paths.iter().map(String::as_str);
    let signs = paths().filter(|path| is_sign(path));
    let mut folders = topmost(signs.map(|path| split(path).0));
    if folders.is_empty() {
        let conftests = paths().filter(|path| split(path).1 == "conftest.py");
        folders = topmost(conftests.map(|path| {
            let folder = split(path).0;
            match split(folder) {
                (above, "tests" | "test") => above,
                _ => folder,
            }
        }));
    }
    folders.retain(|folder| tested.contains(folder));
    folders
}

/// The folders `tests` and `test` right below one that have tests.
fn unittest_roots(folder: &str, tested: &BTreeSet<&str>) -> Vec<&'static str> {
    let has_tests = |name: &&&str| tested.contains(join(folder, name).as_str());
    let roots = ["tests", "test"].iter();
    roots.filter(has_tests).copied().collect()
}

pub fn pytest(project: &Project<'_>) -> Vec<Planned> {
    let folders = pytest_folders(project, &python_tested(project)).into_iter();
    folders
        .map(|folder| Planned::within(folder, PYTEST_ARGS))
        .collect()
}

pub fn unittest(project: &Project<'_>) -> Vec<Planned> {
    let tested = python_tested(project);
    let pytest = pytest_folders(project, &tested);
    let roots = tested.iter().filter_map(|folder| match split(folder) {
        (above, "tests" | "test") => Some(above),
        _ => None,
    });
    let folders = topmost(roots).into_iter();
    let is_free = |folder: &&str| !above(folder).any(|it| pytest.contains(&it));
    let mut plans = Vec::new();
    for folder in folders.filter(is_free) {
        for root in unittest_roots(folder, &tested) {
            // -b keeps what tests print out of the lines about them.
            let mut args = vec!["-m", "unittest", "discover", "-v", "-b", "-s", root];
            if project.has(&join(folder, &format!("{root}/__init__.py"))) {
                args.extend(["-t", "."]);
            }
            let mut plan = Planned::within(folder, &args);
            let installed = |program| (project.installed)(folder, program);
            if !installed("python3") && installed("python") {
                plan.program = Some("python".to_owned());
            }
            plans.push(plan);
        }
    }
    plans
}
