//! `git tend fix`: fixers run in a workspace, what they changed is a patch, and it reaches the index and the worktree
//! only together, when that is asked for.

mod applying;
mod fixers;
mod patches;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::World;

/// Turns every `bad` of the files it is given into `good`, and says that something is left.
const MENDER: &str = "for file; do sed -i s/bad/good/ \"$file\"; done; exit 1";

fn config(fix: &str) -> String {
    format!(
        "[defaults]\nbuiltin = false\n[task.words]\nrun = [\"grep\", \"bad\", \"{{files}}\"]\nfiles = [\"**/*.txt\"]\nfix = {fix}\n"
    )
}

fn mending() -> String {
    config(&format!(
        "[\"sh\", \"-c\", '''{MENDER}''', \"sh\", \"{{files}}\"]"
    ))
}

/// A world whose task `words` has this configuration, approved, and these files.
fn world(config: &str, files: &[(&str, &str)]) -> World {
    let world = World::with_config(config);
    for (path, text) in files {
        world.write(path, text);
    }
    world.commit("files");
    world.tend(["trust", "--yes"]).code(0);
    world
}

fn read(world: &World, path: &str) -> String {
    fs::read_to_string(world.repo().join(path)).unwrap()
}

/// What is staged of a file.
fn staged(world: &World, path: &str) -> String {
    world.git(["show", &format!(":{path}")])
}

/// Everything that must stay as it is unless a patch is applied: the index's bytes, every file, the stash and the refs.
fn everything(world: &World) -> Vec<(String, Vec<u8>)> {
    let git_dir = world.git(["rev-parse", "--path-format=absolute", "--git-dir"]);
    let mut found = vec![
        (
            "index".to_owned(),
            fs::read(Path::new(git_dir.trim()).join("index")).unwrap(),
        ),
        ("refs".to_owned(), world.git(["for-each-ref"]).into_bytes()),
        (
            "stash".to_owned(),
            world.git(["stash", "list"]).into_bytes(),
        ),
    ];
    let mut paths = vec![world.repo().to_path_buf()];
    while let Some(path) = paths.pop() {
        if path.file_name().is_some_and(|name| name == ".git") {
            continue;
        }
        if path.is_dir() {
            paths.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            found.push((
                format!("{} {mode:o}", path.display()),
                fs::read(&path).unwrap(),
            ));
        }
    }
    found.sort();
    found
}

fn last_fix(world: &World) -> Value {
    let all = world.tend(["queue", "--all", "--json"]).code(0).json();
    let jobs = all["jobs"].as_array().unwrap();
    jobs.iter()
        .max_by_key(|job| job["queued_at"].as_str().unwrap().to_owned())
        .unwrap()
        .clone()
}

fn last_id(world: &World) -> String {
    last_fix(world)["id"].as_str().unwrap().to_owned()
}
