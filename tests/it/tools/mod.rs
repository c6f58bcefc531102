//! Tools: what they say becomes findings, what they do not look at is never clean.

mod findings;
mod hostile;
mod linters;
mod own;
mod real;
mod runners;
mod scanners;
mod with_git;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::World;

/// The scan that a task's last run left.
#[track_caller]
pub fn scan(world: &World, task: &str) -> Value {
    let shown = world.tend(["results", "show", task, "--json"]).code(0);
    shown.json()["body"].clone()
}

/// A program of ours.
pub fn program(path: &Path, script: &str) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, script).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_path_buf()
}
