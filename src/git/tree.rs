//! Trees: what is in a commit, and what changed between two.

use std::cmp::Ordering;
use std::time::Duration;

use bstr::{BString, ByteSlice};
use serde::{Deserialize, Serialize};

use super::error::GitError;
use super::oid::Oid;
use super::repo::Repo;

/// Listing a tree of a hundred thousand files on a cold disk takes longer than a small question.
pub(super) const SCAN: Duration = Duration::from_secs(120);

/// What a tree entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// A regular file.
    File,
    /// A regular file that can be executed.
    Executable,
    /// A symbolic link; its content is the target.
    Symlink,
    /// A submodule's commit; its object is in another repository.
    Gitlink,
}

impl Mode {
    /// From the bits of a tree entry; `None` for a subtree and for what git does not know.
    pub fn from_bits(bits: u32) -> Option<Self> {
        match bits & 0o170_000 {
            0o100_000 if bits & 0o111 != 0 => Some(Self::Executable),
            0o100_000 => Some(Self::File),
            0o120_000 => Some(Self::Symlink),
            0o160_000 => Some(Self::Gitlink),
            _ => None,
        }
    }

    /// From git's octal notation.
    pub fn from_octal(digits: &[u8]) -> Option<Self> {
        Self::from_bits(u32::from_str_radix(digits.to_str().ok()?, 8).ok()?)
    }

    /// Whether it is a regular file.
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::Executable)
    }
}

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Relative to the top, bytes as git has them.
    pub path: BString,
    /// What it is.
    pub mode: Mode,
    /// Its content.
    pub oid: Oid,
}

/// How a path changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Its content or mode is another.
    Modified,
    /// It is gone.
    Deleted,
}

/// A path that differs between two commits. Renames are a deletion and an addition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Relative to the top.
    pub path: BString,
    /// How.
    pub kind: ChangeKind,
    /// What is there now; what was there, when it is gone.
    pub mode: Mode,
    /// What is there now; what was there, when it is gone.
    pub oid: Oid,
}

impl Repo {
    /// The tree of a commit, of a tag, or the tree itself.
    pub fn resolve_tree(&self, oid: &Oid) -> Result<Oid, GitError> {
        let library = || {
            let id = git2::Oid::from_str(oid.as_str()).ok()?;
            Some(tree_of(self.library()?, id)?.id().into())
        };
        match library() {
            Some(tree) => Ok(tree),
            None => self.resolve(&format!("{oid}^{{tree}}")),
        }
    }

    /// Every file of a commit or a tree, in git's order.
    pub fn entries(&self, commit: &Oid) -> Result<Vec<Entry>, GitError> {
        if let Some(entries) = self.entries_by_library(commit) {
            return Ok(entries);
        }
        self.resolve_tree(commit)?;
        let said = self
            .git(["ls-tree", "-r", "-z", "--full-tree"])
            .arg(commit.as_str())
            .timeout(SCAN)
            .run()?;
        said.split_str("\0")
            .filter(|record| !record.is_empty())
            .map(|record| {
                ls_tree_entry(record).ok_or_else(|| GitError::Unreadable {
                    question: format!("ls-tree ({:?})", record.as_bstr()),
                })
            })
            .collect()
    }

    fn entries_by_library(&self, commit: &Oid) -> Option<Vec<Entry>> {
        let library = self.library()?;
        let id = git2::Oid::from_str(commit.as_str()).ok()?;
        let tree = tree_of(library, id)?;
        let mut entries = Vec::new();
        let mut prefix = BString::default();
        list(library, &tree, 0, &mut prefix, &mut |path, mode, id| {
            entries.push(Entry {
                path: path.into(),
                mode,
                oid: id.into(),
            });
        })?;
        Some(entries)
    }

    /// What changed from `base` to `commit`, either of which may be a tree; without a base, everything was added.
    pub fn changed(&self, base: Option<&Oid>, commit: &Oid) -> Result<Vec<Change>, GitError> {
        let Some(base) = base else {
            let added = |entry: Entry| Change {
                path: entry.path,
                kind: ChangeKind::Added,
                mode: entry.mode,
                oid: entry.oid,
            };
            return Ok(self.entries(commit)?.into_iter().map(added).collect());
        };
        if let Some(changes) = self.changed_by_library(base, commit) {
            return Ok(changes);
        }
        for oid in [base, commit] {
            self.resolve_tree(oid)?;
        }
        let said = self
            .git(["diff-tree", "-r", "-z", "--raw", "--no-renames"])
            .args(["--no-abbrev", "--no-commit-id", "--end-of-options"])
            .args([base.as_str(), commit.as_str()])
            .timeout(SCAN)
            .run()?;
        let mut fields = said.split_str("\0");
        let mut changes = Vec::new();
        while let (Some(facts), Some(path)) = (fields.next(), fields.next()) {
            changes.push(raw_change(facts, path).ok_or_else(|| GitError::Unreadable {
                question: format!("diff-tree ({:?})", facts.as_bstr()),
            })?);
        }
        Ok(changes)
    }

    fn changed_by_library(&self, base: &Oid, commit: &Oid) -> Option<Vec<Change>> {
        let library = self.library()?;
        let tree = |oid: &Oid| {
            let id = git2::Oid::from_str(oid.as_str()).ok()?;
            tree_of(library, id)
        };
        let (old, new) = (tree(base)?, tree(commit)?);
        let mut changes = Vec::new();
        compare(
            library,
            [Some(&old), Some(&new)],
            0,
            &mut BString::default(),
            &mut changes,
        )?;
        Some(changes)
    }
}

/// The tree of a commit, or the tree itself.
fn tree_of(library: &git2::Repository, id: git2::Oid) -> Option<git2::Tree<'_>> {
    library.find_object(id, None).ok()?.peel_to_tree().ok()
}

/// How deep folders may be nested, as for git (`core.maxTreeDepth`): a hostile tree must not exhaust the stack.
pub(super) const MAX_DEPTH: usize = 2048;

/// Calls `each` with every file below a tree, in git's order; `None` when an object is missing.
fn list(
    library: &git2::Repository,
    tree: &git2::Tree<'_>,
    depth: usize,
    prefix: &mut BString,
    each: &mut impl FnMut(&[u8], Mode, git2::Oid),
) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    for entry in tree {
        let before = prefix.len();
        prefix.extend_from_slice(entry.name_bytes());
        if let Some(mode) = mode_of(&entry) {
            each(prefix, mode, entry.id());
        } else {
            prefix.push(b'/');
            let subtree = library.find_tree(entry.id()).ok()?;
            list(library, &subtree, depth + 1, prefix, each)?;
        }
        prefix.truncate(before);
    }
    Some(())
}

/// Descends into what differs only: equal subtrees have equal ids.
fn compare(
    library: &git2::Repository,
    trees: [Option<&git2::Tree<'_>>; 2],
    depth: usize,
    prefix: &mut BString,
    changes: &mut Vec<Change>,
) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    let [old, new] = trees;
    let mut olds = old.iter().flat_map(|tree| tree.iter()).peekable();
    let mut news = new.iter().flat_map(|tree| tree.iter()).peekable();
    loop {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => return Some(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => sort_key(left).cmp(&sort_key(right)),
        };
        // Equal keys mean the same name and that both are trees, or neither.
        let left = if order.is_le() { olds.next() } else { None };
        let right = if order.is_ge() { news.next() } else { None };
        if let (Some(left), Some(right)) = (&left, &right)
            && left.id() == right.id()
            && left.filemode_raw() == right.filemode_raw()
        {
            continue;
        }
        let (kind, entry) = match (&left, &right) {
            (Some(_), Some(entry)) => (ChangeKind::Modified, entry),
            (None, Some(entry)) => (ChangeKind::Added, entry),
            (Some(entry), None) => (ChangeKind::Deleted, entry),
            (None, None) => return Some(()),
        };
        let before = prefix.len();
        prefix.extend_from_slice(entry.name_bytes());
        if let Some(mode) = mode_of(entry) {
            changes.push(Change {
                path: prefix.clone(),
                kind,
                mode,
                oid: entry.id().into(),
            });
        } else {
            let subtree = |entry: Option<&git2::TreeEntry<'_>>| {
                entry
                    .map(|entry| library.find_tree(entry.id()))
                    .transpose()
                    .ok()
            };
            let (was, is) = (subtree(left.as_ref())?, subtree(right.as_ref())?);
            prefix.push(b'/');
            compare(
                library,
                [was.as_ref(), is.as_ref()],
                depth + 1,
                prefix,
                changes,
            )?;
        }
        prefix.truncate(before);
    }
}

/// Git sorts a subtree as if its name ended in a slash.
fn sort_key(entry: &git2::TreeEntry<'_>) -> Vec<u8> {
    let slash: &[u8] = if mode_of(entry).is_none() { b"/" } else { b"" };
    [entry.name_bytes(), slash].concat()
}

pub(super) fn mode_of(entry: &git2::TreeEntry<'_>) -> Option<Mode> {
    Mode::from_bits(u32::try_from(entry.filemode_raw()).ok()?)
}

/// A file.
fn ls_tree_entry(record: &[u8]) -> Option<Entry> {
    let (mode, oid, path) = ls_tree_record(record)?;
    Some(Entry {
        path: path.into(),
        mode: mode?,
        oid,
    })
}

/// `<mode> <type> <oid>\t<path>`; a folder has no [`Mode`].
pub(super) fn ls_tree_record(record: &[u8]) -> Option<(Option<Mode>, Oid, &[u8])> {
    let (facts, path) = record.split_once_str("\t")?;
    let mut facts = facts.split_str(" ");
    let mode = facts.next()?;
    let kind = facts.next()?;
    let oid = Oid::from_hex(facts.next()?).ok()?;
    let mode = if kind == b"tree" {
        None
    } else {
        Some(Mode::from_octal(mode)?)
    };
    Some((mode, oid, path))
}

/// `:<old mode> <new mode> <old oid> <new oid> <status>` and the path.
fn raw_change(facts: &[u8], path: &[u8]) -> Option<Change> {
    let mut facts = facts.strip_prefix(b":")?.split_str(" ");
    let modes = (facts.next()?, facts.next()?);
    let oids = (facts.next()?, facts.next()?);
    let kind = match facts.next()?.first()? {
        b'A' => ChangeKind::Added,
        b'D' => ChangeKind::Deleted,
        _ => ChangeKind::Modified,
    };
    let (mode, oid) = match kind {
        ChangeKind::Deleted => (modes.0, oids.0),
        _ => (modes.1, oids.1),
    };
    Some(Change {
        path: path.into(),
        kind,
        mode: Mode::from_octal(mode)?,
        oid: Oid::from_hex(oid).ok()?,
    })
}
