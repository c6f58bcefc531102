//! By what a repository is known among the folders in which things are done: the top of its main worktree.

use std::path::{Path, PathBuf};

use crate::git::{GitEnv, discover};

/// The same for the repository that a folder is in, if it is in one.
pub fn of_folder(folder: &str) -> Option<String> {
    let located = discover(Path::new(folder), &GitEnv::default()).ok()?;
    known_by(&located.common_dir).to_str().map(str::to_owned)
}

/// The folder by which the repository with this common folder is known.
pub fn known_by(common_dir: &Path) -> PathBuf {
    match common_dir.parent() {
        Some(top) if common_dir.ends_with(".git") => top.to_path_buf(),
        _ => common_dir.to_path_buf(),
    }
}
