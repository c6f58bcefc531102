//! The files of the worktree as git sees them: the index, what is untracked, what differs.

use bstr::{BString, ByteSlice};

use super::error::GitError;
use super::oid::Oid;
use super::repo::Repo;
use super::tree::Mode;
use super::tree::SCAN;
use crate::system::git_command::GitCommand;

/// A tracked file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// Relative to the top of the worktree.
    pub path: BString,
    /// What it is.
    pub mode: Mode,
    /// Its staged content.
    pub oid: Oid,
    /// 0, or the side of an unresolved conflict.
    pub stage: u8,
}

/// A path that differs between HEAD, the index and the worktree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusEntry {
    /// Relative to the top of the worktree.
    pub path: BString,
    /// HEAD against the index: git's letter, `.` for no difference.
    pub staged: u8,
    /// The index against the worktree: git's letter, `.` for no difference, `?` for an untracked file.
    pub unstaged: u8,
}

impl StatusEntry {
    /// Whether git does not know the file.
    pub fn is_untracked(&self) -> bool {
        self.unstaged == b'?'
    }
}

impl Repo {
    /// Every entry of the index, in its order.
    pub fn index(&self) -> Result<Vec<IndexEntry>, GitError> {
        let said = self.files(&["ls-files", "-z", "--stage", "--full-name"])?;
        records(&said)
            .map(|record| index_entry(record).ok_or_else(|| unreadable("ls-files --stage", record)))
            .collect()
    }

    /// Every file that is neither tracked nor ignored.
    pub fn untracked(&self) -> Result<Vec<BString>, GitError> {
        let said = self.files(&[
            "ls-files",
            "-z",
            "--others",
            "--exclude-standard",
            "--full-name",
        ])?;
        Ok(records(&said).map(BString::from).collect())
    }

    /// Every path that differs between HEAD, the index and the worktree, untracked files included.
    pub fn status(&self) -> Result<Vec<StatusEntry>, GitError> {
        let said = self.files(&[
            "status",
            "--porcelain=v2",
            "-z",
            "--untracked-files=all",
            "--ignore-submodules=dirty",
            "--no-renames",
        ])?;
        records(&said)
            .map(|record| status_entry(record).ok_or_else(|| unreadable("status", record)))
            .collect()
    }

    /// Whether the tracked files are what HEAD says. Untracked files do not count.
    pub fn is_clean(&self) -> Result<bool, GitError> {
        let said = self.files(&[
            "status",
            "--porcelain=v2",
            "-z",
            "--untracked-files=no",
            "--ignore-submodules=dirty",
            "--no-renames",
        ])?;
        Ok(said.is_empty())
    }

    fn files(&self, args: &[&str]) -> Result<Vec<u8>, GitError> {
        let located = self.located();
        let Some(top) = &located.worktree else {
            return Err(GitError::NoWorktree {
                git_dir: located.git_dir.clone(),
            });
        };
        let command = GitCommand::in_repository(&located.git_dir, Some(top));
        Ok(command.args(args).timeout(SCAN).run()?)
    }
}

fn records(said: &[u8]) -> impl Iterator<Item = &[u8]> {
    said.split_str("\0").filter(|record| !record.is_empty())
}

/// `<mode> <oid> <stage>\t<path>`
fn index_entry(record: &[u8]) -> Option<IndexEntry> {
    let (facts, path) = record.split_once_str("\t")?;
    let mut facts = facts.split_str(" ");
    let mode = Mode::from_octal(facts.next()?)?;
    let oid = Oid::from_hex(facts.next()?).ok()?;
    let stage = facts.next()?.to_str().ok()?.parse().ok()?;
    Some(IndexEntry {
        path: path.into(),
        mode,
        oid,
        stage,
    })
}

/// One record of `git status --porcelain=v2 -z` without renames.
fn status_entry(record: &[u8]) -> Option<StatusEntry> {
    let entry = |path: &[u8], staged, unstaged| StatusEntry {
        path: path.into(),
        staged,
        unstaged,
    };
    let kind = *record.first()?;
    if kind == b'?' {
        return Some(entry(record.get(2..)?, b'.', b'?'));
    }
    // `1 XY sub mH mI mW hH hI path` and `u XY sub m1 m2 m3 mW h1 h2 h3 path`.
    let fields = match kind {
        b'1' => 9,
        b'u' => 11,
        _ => return None,
    };
    let mut parts = record.splitn_str(fields, " ").skip(1);
    let letters = parts.next()?;
    let path = parts.last()?;
    Some(entry(path, *letters.first()?, *letters.get(1)?))
}

fn unreadable(command: &str, record: &[u8]) -> GitError {
    GitError::Unreadable {
        question: format!("{command} ({:?})", record.as_bstr()),
    }
}
