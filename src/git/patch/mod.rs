//! Patches in git's own form: what they are about, and how they reach an index and a worktree, both or neither.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bstr::{BString, ByteSlice as _};

use super::locate::Located;
use super::oid::Oid;
use super::staged::IndexCopy;
use crate::system::env;
use crate::system::git_command::{GitCommand, GitCommandError};

mod apply;

pub use apply::apply;

/// A patch of a large repository is applied file by file.
const PATIENCE: Duration = Duration::from_secs(300);
/// What each file's part of a patch begins with. No line of its content does: those begin with a blank, `+`, `-`, or, in
/// base 85, hold no blank.
const BEGINS: &[u8] = b"diff --git ";

/// What became of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is in the index and the worktree now.
    Now,
    /// It was there before.
    Before,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// It does not fit.
    #[error("the patch does not apply")]
    Conflicts {
        /// The files of the index that are not as they were.
        index: Vec<BString>,
        /// The files of the worktree that are changed in the same places.
        worktree: Vec<BString>,
    },
    /// There is nothing to apply it to.
    #[error("the repository has no worktree")]
    Bare,
    /// Another process of git changes the index now.
    #[error("{} exists: another git process uses the index", .0.display())]
    Locked(PathBuf),
    /// Git refused.
    #[error(transparent)]
    Git(#[from] GitCommandError),
    /// It is no patch of git's.
    #[error("the patch cannot be read")]
    Unreadable,
    /// The index could not be copied.
    #[error("copy {}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What a file is after a patch, as far as the patch says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct After {
    gone: bool,
    mode: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
}

/// The parts of a patch, one a file, in their order.
fn parts(patch: &[u8]) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = patch
        .find_iter(BEGINS)
        .filter(|at| *at == 0 || patch.get(at - 1) == Some(&b'\n'))
        .collect();
    starts.push(patch.len());
    starts
        .windows(2)
        .filter_map(|pair| patch.get(*pair.first()?..*pair.get(1)?))
        .collect()
}

/// What the head of a part says; both ids are whole (`--full-index`).
fn after(part: &[u8]) -> After {
    let mut after = After::default();
    for line in part.lines().skip(1) {
        if line.starts_with(b"@@ ")
            || line.starts_with(b"GIT binary patch")
            || line.starts_with(b"--- ")
        {
            break;
        }
        if line.starts_with(b"deleted file mode ") {
            after.gone = true;
        } else if let Some(mode) = line
            .strip_prefix(b"new file mode ")
            .or_else(|| line.strip_prefix(b"new mode "))
        {
            after.mode = Some(mode.to_vec());
        } else if let Some(ids) = line.strip_prefix(b"index ") {
            let mut words = ids.split_str(" ");
            let ids = words.next().unwrap_or_default();
            after.id = ids.split_once_str("..").map(|(_, new)| new.to_vec());
            after.mode = words.next().map(<[u8]>::to_vec).or(after.mode);
        }
    }
    after
}

/// How much of a file a patch changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineCount {
    /// Its path from the top.
    pub path: BString,
    /// How many lines it gains; none are counted in a binary file.
    pub added: Option<u64>,
    /// How many it loses.
    pub removed: Option<u64>,
}

/// Reads `added TAB removed TAB path NUL` as often as it comes.
fn numstat(said: &[u8]) -> Vec<LineCount> {
    said.split(|byte| *byte == 0)
        .filter_map(|entry| {
            let mut fields = entry.splitn(3, |byte| *byte == b'\t');
            let mut number = || fields.next()?.to_str().ok().map(|text| text.parse().ok());
            let (added, removed) = (number()?, number()?);
            Some(LineCount {
                path: fields.next()?.into(),
                added,
                removed,
            })
        })
        .collect()
}

/// How much of each file differs between two trees.
pub fn line_counts(
    git: GitCommand,
    base: &str,
    tree: &str,
) -> Result<Vec<LineCount>, GitCommandError> {
    let said = git
        .args([
            "diff-tree",
            "-r",
            "-z",
            "--numstat",
            "--no-renames",
            base,
            tree,
        ])
        .timeout(PATIENCE)
        .run()?;
    Ok(numstat(&said))
}

/// The patch that makes one tree of another: with binary contents and whole ids, and without renames.
pub fn between(git: GitCommand, base: &str, tree: &str) -> Result<Vec<u8>, GitCommandError> {
    git.args([
        "-c",
        "core.quotePath=true",
        "diff-tree",
        "-r",
        "--patch",
        "--binary",
    ])
    .args([
        "--full-index",
        "--no-renames",
        "--no-color",
        "--no-ext-diff",
    ])
    .args([
        "--no-textconv",
        "--unified=3",
        "--src-prefix=a/",
        "--dst-prefix=b/",
    ])
    .args([base, tree])
    .timeout(PATIENCE)
    .run()
}

/// The paths that differ between a commit or tree and another; nothing where there is no base.
pub fn changed_paths(
    located: &Located,
    base: Option<&str>,
    tree: &str,
) -> Result<Option<BTreeSet<BString>>, GitCommandError> {
    let Some(base) = base else { return Ok(None) };
    let said = GitCommand::in_repository(&located.git_dir, located.worktree.as_deref())
        .args([
            "diff-tree",
            "-r",
            "-z",
            "--name-only",
            "--no-renames",
            base,
            tree,
        ])
        .timeout(PATIENCE)
        .run()?;
    let paths = said
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty());
    Ok(Some(paths.map(BString::from).collect()))
}

/// The tree that a patch makes of another, written to the object database.
pub fn patched_tree(
    located: &Located,
    tree: &str,
    patch: &[u8],
    scratch: &Path,
) -> Result<Oid, PatchError> {
    let index = IndexCopy::none(scratch);
    let git = || {
        GitCommand::in_repository(&located.git_dir, located.worktree.as_deref())
            .env(env::GIT_INDEX_FILE, index.path())
            .timeout(PATIENCE)
    };
    git().args(["read-tree", tree]).run()?;
    exactly(git()).arg("--cached").stdin(patch).run()?;
    let said = git().arg("write-tree").run()?;
    Oid::from_hex(said.trim()).map_err(|_| PatchError::Unreadable)
}

/// `git apply` without the liberties that a user's configuration may give it.
fn exactly(git: GitCommand) -> GitCommand {
    git.args([
        "-c",
        "apply.whitespace=nowarn",
        "-c",
        "apply.ignoreWhitespace=no",
    ])
    .args(["-c", "core.hooksPath=/dev/null", "apply"])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_patch_has_a_part_for_each_file() {
        let patch = b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\nindex 1..2\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-diff --git a\n+diff --git b\ndiff --git a/y b/y\ndeleted file mode 100644\nindex 3..0\n";
        let parts = parts(patch);
        assert_eq!(parts.len(), 2);
        assert_eq!(parts.concat(), patch);
        assert_eq!(
            after(parts[0]),
            After {
                gone: false,
                mode: Some(b"100755".to_vec()),
                id: Some(b"2".to_vec()),
            }
        );
        assert!(after(parts[1]).gone);
    }

    #[test]
    fn counts_of_lines_are_read() {
        let count = |path: &str, added, removed| LineCount {
            path: path.into(),
            added,
            removed,
        };
        assert_eq!(
            numstat(b"1\t2\ta\tb\n\0-\t-\tbin\0"),
            [count("a\tb\n", Some(1), Some(2)), count("bin", None, None)]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>, text in "(diff --git |\n|index |\\.\\.|new mode |[a@ ]){0,20}") {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                let _ = numstat(bytes);
                for part in parts(bytes) {
                    let _ = after(part);
                }
            }
        }
    }
}
