//! What installed hooks do under the real git: which commits get jobs, and that git neither waits nor fails.

mod facts;
mod guards;
mod history;
mod places;
mod pushing;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{World, until};

/// One task on every commit, and nothing else that runs.
const LINT: &str = r#"
[defaults]
builtin = false
[task.lint]
run = ["true"]
on = ["post-commit"]
"#;

const EACH: &str = r#"
[defaults]
builtin = false
[task.lint]
run = ["true"]
on = ["post-commit"]
coalesce = "each"
"#;

pub const EVENTS: [&str; 9] = [
    "pre-commit",
    "pre-merge-commit",
    "commit-msg",
    "post-commit",
    "post-applypatch",
    "post-merge",
    "post-checkout",
    "post-rewrite",
    "pre-push",
];

/// A repository with these tasks, approved, in which every hook calls us.
fn hooked(tend_toml: &str) -> World {
    let world = World::with_config(tend_toml);
    ready(&world);
    world
}

/// Approves the tasks, lets the first look happen, and installs.
fn ready(world: &World) {
    world.tend(["trust", "--yes"]).code(0);
    world.tend(["drain", "--quiet"]).code(0);
    let hooks = world.git(["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
    install_in(Path::new(hooks.trim()));
}

fn install_in(hooks: &Path) {
    fs::create_dir_all(hooks).unwrap();
    for event in EVENTS {
        let text = format!(
            "#!/bin/sh\nexec '{}' hook --shim \"$0\" {event} \"$@\"\n",
            env!("CARGO_BIN_EXE_git-tend")
        );
        script(&hooks.join(event), &text);
    }
}

pub fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Every job of a task, oldest first, once none is on its way any more.
pub fn settled(world: &World, task: &str) -> Vec<Value> {
    until(20, "the detached drains end", || {
        let jobs = jobs(world, task);
        let done = jobs
            .iter()
            .all(|job| !["queued", "running", "blocked"].contains(&job["state"].as_str().unwrap()));
        (done && !drains(world)).then_some(jobs)
    })
}

pub fn jobs(world: &World, task: &str) -> Vec<Value> {
    let all = world.tend(["queue", "--all", "--json"]).code(0).json();
    let mut jobs: Vec<Value> = all["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|job| job["task"] == task)
        .cloned()
        .collect();
    jobs.sort_by_key(|job| job["queued_at"].as_str().unwrap().to_owned());
    jobs
}

/// Whether a drain that a hook started is at work, or about to be.
pub fn drains(world: &World) -> bool {
    let program = fs::canonicalize(env!("CARGO_BIN_EXE_git-tend")).unwrap();
    let folder = world.folder();
    fs::read_dir("/proc").unwrap().flatten().any(|process| {
        let path = process.path();
        fs::read_link(path.join("exe")).is_ok_and(|exe| exe == program)
            && fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    })
}

/// The commits that a task's jobs are about, oldest job first.
fn commits(world: &World, task: &str) -> Vec<String> {
    settled(world, task)
        .iter()
        .map(|job| job["commit"].as_str().unwrap().to_owned())
        .collect()
}

pub fn head(world: &World) -> String {
    world.git(["rev-parse", "HEAD"]).trim().to_owned()
}

/// Another worktree of the same repository, as a folder to run git in.
pub fn git_in(world: &World, folder: &Path, args: &[&str]) -> String {
    let output = world
        .command("git")
        .current_dir(folder)
        .args(args)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {args:?}: {stderr}");
    assert!(!stderr.contains("internal error"), "{stderr}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn beside(world: &World, name: &str) -> PathBuf {
    world.folder().join(name)
}
