//! Nothing that arrived runs before its user has seen it.

mod approving;
mod arriving;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ran, World};

/// A task that leaves a mark where it ran: below `marks` in the world's folder, one file for each commit.
fn marking(world: &World, argv: &str, more: &str) -> String {
    format!(
        "[defaults]\nbuiltin = false\n[task.mark]\nrun = {argv}\non = [\"post-commit\", \"post-merge\", \"post-checkout\"]\nenv = {{ MARKS = \"{}\" }}\n{more}\n",
        marks(world).display()
    )
}

const MARK: &str = r#"["sh", "-c", "mkdir -p $MARKS; touch $MARKS/$TEND_COMMIT"]"#;

fn marks(world: &World) -> PathBuf {
    world.folder().join("marks")
}

/// The commits on which the task ran.
fn ran_on(world: &World) -> Vec<String> {
    let mut found: Vec<String> = fs::read_dir(marks(world))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    found
}

fn head(world: &World) -> String {
    world.git(["rev-parse", "HEAD"]).trim().to_owned()
}

/// Reconciles and drains, as hooks and cron do.
#[track_caller]
fn drain(world: &World) -> Ran {
    world.tend(["drain"]).code(0)
}

fn states(world: &World) -> Vec<(String, String)> {
    let all = world.tend(["queue", "--all", "--json"]).code(0).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| (text(&job["task"]), text(&job["state"])))
        .collect()
}

/// Somebody else's clone of the repository, and the bare one between.
struct Colleague {
    folder: PathBuf,
}

impl Colleague {
    fn of(world: &World) -> Self {
        let bare = world.folder().join("shared.git");
        world.git(["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
        world.git(["remote", "add", "origin", bare.to_str().unwrap()]);
        world.git(["fetch", "--quiet", "origin"]);
        world.git(["branch", "--quiet", "--set-upstream-to=origin/main", "main"]);
        let folder = world.folder().join("colleague");
        world.git([
            "clone",
            "--quiet",
            bare.to_str().unwrap(),
            folder.to_str().unwrap(),
        ]);
        Self { folder }
    }

    fn git(&self, world: &World, args: &[&str]) {
        let output = world
            .command("git")
            .current_dir(&self.folder)
            .args(args)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Changes a file and pushes; returns the commit.
    fn pushes(&self, world: &World, path: &str, text: &str) -> String {
        self.git(world, &["pull", "--quiet", "--rebase"]);
        write(&self.folder.join(path), text);
        self.git(world, &["add", "--all"]);
        self.git(world, &["commit", "--quiet", "-m", path]);
        self.git(world, &["push", "--quiet"]);
        let output = world
            .command("git")
            .current_dir(&self.folder)
            .args(["rev-parse", "HEAD"])
            .output();
        String::from_utf8(output.unwrap().stdout)
            .unwrap()
            .trim()
            .to_owned()
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    if path.extension().is_some_and(|it| it == "sh") {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}
