//! What is staged, as a tree: the one that git would commit.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::error::GitError;
use super::locate::Located;
use super::oid::Oid;
use crate::system::git_command::GitCommand;
use crate::system::{env, filesystem, random};

/// Larger indexes are not searched for their tree.
const LARGEST: usize = 256 << 20;

/// The tree of an index file, written to the object database if it is not there yet.
///
/// Before it runs a hook, git writes the tree of what it is about to commit and notes it in the index: then nothing is
/// started. Otherwise git writes it, from a copy: nothing of the user's is changed, and a process that stages in
/// between does not matter. Files that are only intended to be added are in no tree. `scratch` is a folder of ours.
pub fn staged_tree(located: &Located, index: &Path, scratch: &Path) -> Result<Oid, GitError> {
    let bytes = read(index)?;
    let is_small = bytes.len() <= LARGEST;
    for digits in [20, 32] {
        if is_small && let Some(tree) = noted_tree(&bytes, digits) {
            return Ok(tree);
        }
    }
    let copy = IndexCopy::of(index, &bytes, scratch)?;
    write_tree(located, copy.path().as_os_str())
}

/// A copy of an index, for git to work with; it goes with this value.
#[derive(Debug)]
pub struct IndexCopy(PathBuf);

impl IndexCopy {
    /// In a folder of ours; without bytes there is no file, which git takes for an empty index.
    fn of(index: &Path, bytes: &[u8], scratch: &Path) -> Result<Self, GitError> {
        let copy = Self::none(scratch);
        if !bytes.is_empty() {
            filesystem::replace(&copy.0, bytes, 0o600).map_err(|source| GitError::Io {
                path: index.to_path_buf(),
                source,
            })?;
        }
        Ok(copy)
    }

    /// Of an index that does not exist: git makes it.
    pub(super) fn none(scratch: &Path) -> Self {
        Self(scratch.join(format!("index-{}", random::identity())))
    }

    /// Of an index that may not exist.
    pub fn make(index: &Path, scratch: &Path) -> Result<Self, GitError> {
        Self::of(index, &read(index)?, scratch)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for IndexCopy {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A repository without an index has nothing staged.
fn read(index: &Path) -> Result<Vec<u8>, GitError> {
    match fs::read(index) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(GitError::Io {
            path: index.to_path_buf(),
            source,
        }),
    }
}

fn write_tree(located: &Located, index: &OsStr) -> Result<Oid, GitError> {
    let said = GitCommand::in_repository(&located.git_dir, located.worktree.as_deref())
        .env(env::GIT_INDEX_FILE, index)
        .arg("write-tree")
        .timeout(super::tree::SCAN)
        .run()?;
    Oid::from_hex(said.trim()).map_err(|_| GitError::Unreadable {
        question: "write-tree".to_owned(),
    })
}

/// The tree that an index says it is, if it says so: git's cache of trees, whose first entry is the top's. Staging
/// anything takes it back.
///
/// See git's `Documentation/gitformat-index.txt`: header, entries, extensions, checksum. `digits` is the length of an
/// object id in bytes, which the file does not tell.
fn noted_tree(index: &[u8], digits: usize) -> Option<Oid> {
    let header = index.get(..12)?;
    let version = number(header, 4)?;
    if !header.starts_with(b"DIRC") || !(2..=4).contains(&version) {
        return None;
    }
    let end = index.len().checked_sub(digits)?;
    let mut at = 12;
    for _ in 0..number(header, 8)? {
        at = after_entry(index, at, version, digits)?;
    }
    let mut noted = None;
    // To the very end: ids of the other length would not add up.
    while at != end {
        let name = index.get(at..at.checked_add(4)?)?;
        let size = usize::try_from(number(index, at + 4)?).ok()?;
        let after = at.checked_add(8)?.checked_add(size)?;
        let body = index.get(at + 8..after.min(end))?;
        match name {
            b"TREE" => noted = top_of(body, digits),
            // Entries are in another file as well.
            b"link" => return None,
            _ => {}
        }
        at = after;
        if at > end {
            return None;
        }
    }
    noted
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

/// Where the next entry begins, or what follows the last.
fn after_entry(index: &[u8], at: usize, version: u32, digits: usize) -> Option<usize> {
    const STAT: usize = 40;
    const EXTENDED: u8 = 0x40;
    let flags = at.checked_add(STAT)?.checked_add(digits)?;
    let mut name = flags.checked_add(2)?;
    if version >= 3 && index.get(flags)? & EXTENDED != 0 {
        name = name.checked_add(2)?;
    }
    let rest = index.get(name..)?;
    if version == 4 {
        // How much of the name before is cut off, then what comes instead: without padding.
        let number = rest.iter().position(|byte| byte & 0x80 == 0)? + 1;
        let name = name.checked_add(number)?;
        return name
            .checked_add(index.get(name..)?.find_byte(0)?)?
            .checked_add(1);
    }
    let end = name.checked_add(rest.find_byte(0)?)?;
    // One to eight NULs, so that the length is a multiple of eight.
    let length = end.checked_sub(at)?;
    at.checked_add((length / 8 + 1).checked_mul(8)?)
}

/// `<path> NUL <entries> SP <subtrees> LF <id>`: the top's path is empty; a negative number of entries takes it back.
fn top_of(body: &[u8], digits: usize) -> Option<Oid> {
    let rest = body.strip_prefix(b"\0")?;
    let (counts, rest) = rest.split_once_str("\n")?;
    if counts.starts_with(b"-") {
        return None;
    }
    Oid::from_bytes(rest.get(..digits)?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::git::testing::TestRepo;

    fn tree_of(repo: &TestRepo) -> (Option<Oid>, Oid) {
        let index = repo.located().git_dir.join("index");
        let bytes = fs::read(&index).unwrap();
        let noted = [20, 32].into_iter().find_map(|it| noted_tree(&bytes, it));
        let tree = staged_tree(&repo.located(), &index, &repo.beside("")).unwrap();
        assert_eq!(fs::read(&index).unwrap(), bytes, "the index is as it was");
        assert_eq!(tree.as_str(), repo.git(&["write-tree"]));
        (noted, tree)
    }

    #[test]
    fn the_tree_of_an_index_is_the_one_that_git_writes() {
        for options in [
            &["--object-format=sha1"][..],
            &["--object-format=sha256"],
            &["--object-format=sha1", "--ref-format=reftable"],
        ] {
            for version in ["2", "3", "4"] {
                let repo = TestRepo::new(options);
                repo.git(&["config", "index.version", version]);
                for number in 0..40 {
                    let name = format!("a/{}/file-{number}", "b".repeat(number % 9));
                    repo.write(&name, number.to_string());
                }
                repo.commit("files");
                let (noted, tree) = tree_of(&repo);
                assert_eq!(noted, Some(tree.clone()), "{options:?} {version}");

                // Staged since: git has no tree of it yet.
                repo.write("new", "staged");
                repo.git(&["add", "new"]);
                let (noted, staged) = tree_of(&repo);
                assert!(noted.is_none() || noted == Some(staged.clone()));
                assert_ne!(staged, tree);

                // Intended to be added: in no tree.
                repo.write("later", "later");
                repo.git(&["add", "--intent-to-add", "later"]);
                let (_, with_intent) = tree_of(&repo);
                assert_eq!(with_intent, staged);
            }
        }
    }

    #[test]
    fn split_and_sparse_indexes_are_read_too() {
        let repo = TestRepo::new(&[]);
        repo.commit_files(&[("a/x", "1"), ("b/y", "2"), ("c", "3")]);
        repo.git(&["update-index", "--split-index"]);
        repo.write("c", "4");
        repo.git(&["add", "c"]);
        tree_of(&repo);
        repo.git(&["update-index", "--no-split-index"]);
        repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "a"]);
        repo.write("a/x", "5");
        repo.git(&["add", "a/x"]);
        tree_of(&repo);
    }

    #[test]
    fn nothing_staged_is_the_empty_tree() {
        let repo = TestRepo::new(&[]);
        let index = repo.located().git_dir.join("index");
        assert!(!index.exists());
        let tree = staged_tree(&repo.located(), &index, &repo.beside("")).unwrap();
        assert_eq!(tree.as_str(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert!(!index.exists());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>, version in 2..5_u8, entries in 0..3_u8) {
            let mut index = b"DIRC\0\0\0".to_vec();
            index.push(version);
            index.extend_from_slice(&[0, 0, 0, entries]);
            index.extend_from_slice(&bytes);
            for digits in [20, 32] {
                let _ = noted_tree(&bytes, digits);
                let _ = noted_tree(&index, digits);
            }
        }
    }
}
