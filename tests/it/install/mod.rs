//! Installing hooks beside whatever is there, and leaving no trace of it.

mod folders;
mod managers;
mod shims;
mod undoing;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::support::World;

const LINT: &str = r#"
[defaults]
builtin = false
[task.lint]
run = ["true"]
on = ["post-commit"]
"#;

/// Everything below a folder: bytes, modes, times of writing, and where links lead.
fn everything(folder: &Path) -> BTreeMap<PathBuf, (String, u32, i64)> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(path) = open.pop() {
        let meta = path.symlink_metadata().unwrap();
        let bytes = if meta.is_dir() {
            open.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            Vec::new()
        } else if meta.is_symlink() {
            fs::read_link(&path)
                .unwrap()
                .as_os_str()
                .as_bytes()
                .to_vec()
        } else {
            fs::read(&path).unwrap()
        };
        let written = if meta.is_dir() { 0 } else { meta.mtime() };
        let hash = blake3::hash(&bytes).to_hex()[..8].to_owned();
        found.insert(path, (hash, meta.mode(), written));
    }
    found
}

/// The same without the times.
fn contents(folder: &Path) -> BTreeMap<PathBuf, (String, u32)> {
    let all = everything(folder).into_iter();
    all.map(|(path, (hash, mode, _))| (path, (hash, mode)))
        .collect()
}

fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn hooks(world: &World) -> PathBuf {
    world.repo().join(".git/hooks")
}

/// What `git tend hooks` says of one hook.
fn installed(world: &World, hook: &str) -> String {
    let all = world.tend(["hooks", "--json"]).code(0).json();
    let found = all["hooks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["hook"] == hook);
    found.unwrap()["installed"].as_str().unwrap().to_owned()
}

/// Commits, and returns what the hooks said.
fn commit(world: &World) -> String {
    let output = world
        .command("git")
        .args(["commit", "--quiet", "--allow-empty", "-m", "x"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said + &String::from_utf8_lossy(&output.stdout)
}
