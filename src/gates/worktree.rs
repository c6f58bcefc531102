//! Whether the files that lie in a worktree are those of a tree.
//!
//! Asked of git, with a copy of the user's index: nothing of theirs is refreshed, and what they told git to take for
//! unchanged is looked at all the same.

use std::path::Path;

use bstr::{BStr, BString, ByteSlice as _};

use crate::git::{GitError, IndexCopy, Oid};
use crate::system::env;
use crate::system::git_command::{GitCommand, GitCommandError};
use crate::tasks::Selection;

/// A large worktree with a cold cache takes its time.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

/// Folders of installed dependencies that are no part of the project, ignored or not.
const INSTALLED: [&[u8]; 3] = [b".venv", b"venv", b"node_modules"];

/// Why it cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// Git refused.
    #[error(transparent)]
    Git(#[from] GitCommandError),
    /// The index could not be copied.
    #[error(transparent)]
    Index(#[from] GitError),
    /// The globs were checked when they were read, by another version perhaps.
    #[error("read the task's globs")]
    Globs(#[from] globset::Error),
}

/// A selected file that is not as in the tree: another, gone, or one that the tree does not have. `scratch` is a folder of
/// ours.
pub fn first_difference(
    top: &Path,
    git_dir: &Path,
    tree: &Oid,
    selection: &Selection,
    scratch: &Path,
) -> Result<Option<BString>, LookError> {
    let copy = IndexCopy::make(&git_dir.join("index"), scratch)?;
    let git = |args: &[&str]| {
        GitCommand::in_repository(git_dir, Some(top))
            .env(env::GIT_INDEX_FILE, copy.path())
            .args(args)
            .timeout(PATIENCE)
    };
    // Its exit code says that something is different, which is asked below.
    git(&["update-index", "-q", "--really-refresh"]).output()?;
    let different = git(&["diff-index", "-z", "--name-only", tree.as_str(), "--"]).run()?;
    // A letter and a blank; `S`: not checked out, `?`: not tracked.
    let listed = git(&[
        "ls-files",
        "-z",
        "-t",
        "--cached",
        "--others",
        "--exclude-standard",
    ])
    .run()?;
    let missing = listed
        .split(|byte| *byte == 0)
        .filter_map(|record| match record {
            [b'S', b' ', path @ ..] => Some(path),
            [b'?', b' ', path @ ..] if !is_installed(path.as_bstr()) => Some(path),
            _ => None,
        });
    for path in different
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty())
        .chain(missing)
    {
        if selection.contains(path.as_bstr())? {
            return Ok(Some(path.into()));
        }
    }
    Ok(None)
}

fn is_installed(path: &BStr) -> bool {
    path.split_str("/").any(|part| INSTALLED.contains(&part))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;
    use crate::git::testing::TestRepo;

    fn difference(repo: &TestRepo, selection: &Selection) -> Option<String> {
        let located = repo.located();
        let index = located.git_dir.join("index");
        let before = fs::read(&index).unwrap();
        let tree = repo.tip("HEAD^{tree}");
        let top = located.worktree.unwrap();
        let found =
            first_difference(&top, &located.git_dir, &tree, selection, &repo.beside("")).unwrap();
        assert_eq!(fs::read(&index).unwrap(), before, "the index is as it was");
        found.map(|path| path.to_string())
    }

    #[test]
    fn whatever_is_not_as_in_the_tree_is_noticed() {
        let repo = TestRepo::new(&[]);
        repo.write(".gitignore", "out\n");
        repo.commit_files(&[("a.py", "1"), ("b.py", "2"), ("c.txt", "3")]);
        let all = Selection::default();
        let globs = serde_json::json!({ "files": ["**/*.py"] });
        let python: Selection = serde_json::from_value(globs).unwrap();
        assert_eq!(difference(&repo, &all), None);
        repo.write("out", "ignored");
        repo.write("node_modules/x/index.js", "installed");
        // Touched, and the same.
        repo.write("a.py", "1");
        assert_eq!(difference(&repo, &all), None);
        repo.write("c.txt", "4");
        assert_eq!(difference(&repo, &all).as_deref(), Some("c.txt"));
        assert_eq!(difference(&repo, &python), None);
        repo.git(&["add", "c.txt"]);
        assert_eq!(difference(&repo, &all).as_deref(), Some("c.txt"));
        repo.git(&["reset", "--quiet", "--hard"]);
        repo.write("new.py", "not tracked");
        assert_eq!(difference(&repo, &python).as_deref(), Some("new.py"));
        fs::remove_file(repo.top().join("new.py")).unwrap();
        fs::remove_file(repo.top().join("b.py")).unwrap();
        assert_eq!(difference(&repo, &all).as_deref(), Some("b.py"));
    }

    #[test]
    fn what_git_is_told_to_pass_over_is_looked_at() {
        let repo = TestRepo::new(&[]);
        repo.commit_files(&[("a.py", "1"), ("b/c.py", "2")]);
        let all = Selection::default();
        repo.git(&["update-index", "--assume-unchanged", "a.py"]);
        repo.write("a.py", "another");
        assert_eq!(difference(&repo, &all).as_deref(), Some("a.py"));
        repo.write("a.py", "1");
        repo.git(&["update-index", "--no-assume-unchanged", "a.py"]);
        repo.git(&["sparse-checkout", "set", "--no-cone", "/a.py"]);
        assert_eq!(difference(&repo, &all).as_deref(), Some("b/c.py"));
    }
}
