//! The real tools that tests run: those that `.ci/tools` puts into `target/tools`, then those of the machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Whether tests that need an external tool must run (`TEND_TEST_REAL=1`).
pub fn real_tools_required() -> bool {
    std::env::var_os("TEND_TEST_REAL").is_some_and(|value| value == "1")
}

/// Where `.ci/tools` installs.
pub fn tools_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools")
}

/// A `PATH` with the tools in front of what the machine has.
pub fn tools_path() -> OsString {
    let tools = tools_folder();
    let machine = std::env::var_os("PATH").unwrap_or_default();
    let all = [tools.join("python/bin"), tools.join("node_modules/.bin")]
        .into_iter()
        .chain(std::env::split_paths(&machine));
    std::env::join_paths(all).unwrap()
}

/// The tool, or a failure where the tools are required. `None` says on the terminal what was not tested.
#[track_caller]
pub fn tool(name: &str) -> Option<PathBuf> {
    tool_of(&[name])
}

/// As [`tool`], for a tool that has another name on another machine.
#[track_caller]
pub fn tool_of(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&tools_path()).collect();
    let found = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file());
    required(found, &names.join(" or "))
}

/// As [`tool`], for a package of npm's that is not a command.
#[track_caller]
pub fn npm_package(name: &str) -> Option<PathBuf> {
    let folder = tools_folder().join("node_modules").join(name);
    required(folder.is_dir().then_some(folder), name)
}

#[track_caller]
fn required(found: Option<PathBuf>, name: &str) -> Option<PathBuf> {
    assert!(
        found.is_some() || !real_tools_required(),
        "TEND_TEST_REAL=1 and {name} is missing: .ci/run or .ci/tools installs it"
    );
    if found.is_none() {
        eprintln!("not tested: {name} is missing");
    }
    found
}
