//! How a patch reaches an index and a worktree: both, or neither.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use super::{After, Applied, PATIENCE, PatchError, after, exactly, numstat, parts};
use crate::git::Located;
use crate::system::git_command::GitCommand;

/// What an index has of files: mode and id, both in digits.
type Entries = BTreeMap<BString, (Vec<u8>, Vec<u8>)>;

/// Applies a patch to the index file `index` and to the worktree: to both, or to neither.
///
/// The index is locked as git locks it: what is made of it is in the lock file until the worktree has the patch too, and
/// nobody stages anything in between. Both are asked first. A side that has the patch already is left as it is.
pub fn apply(located: &Located, index: &Path, patch: &[u8]) -> Result<Applied, PatchError> {
    let top = located.worktree.as_deref().ok_or(PatchError::Bare)?;
    let lock = Lock::take(index)?;
    let work = Work {
        located,
        top,
        lock: &lock.path,
        parts: Vec::new(),
        elsewhere: BTreeSet::new(),
    }
    .read(patch)?;
    let index_has = work.index_has(&work.staged()?.0);
    let index_fits = !index_has && work.fits(Side::Index, false)?;
    // Where the index has it, the worktree most likely has: a second time would be one too many.
    let mut worktree_has = index_has && work.fits(Side::Worktree, true)?;
    let worktree_fits = !worktree_has && work.fits(Side::Worktree, false)?;
    worktree_has = worktree_has || (!worktree_fits && work.fits(Side::Worktree, true)?);
    if index_has && worktree_has {
        return Ok(Applied::Before);
    }
    let index_conflicts = !index_has && !index_fits;
    let worktree_conflicts = !worktree_has && !worktree_fits;
    if index_conflicts || worktree_conflicts {
        let which = |conflicts, side| {
            if conflicts {
                work.failing(side)
            } else {
                Ok(Vec::new())
            }
        };
        return Err(PatchError::Conflicts {
            index: which(index_conflicts, Side::Index)?,
            worktree: which(worktree_conflicts, Side::Worktree)?,
        });
    }
    if index_fits {
        let patch = work.patch(Side::Index, false);
        work.apply(Side::Index).stdin(patch).run()?;
        work.stay_elsewhere()?;
    }
    if worktree_fits {
        let patch = work.patch(Side::Worktree, false);
        if let Err(error) = work.apply(Side::Worktree).stdin(patch).run() {
            // Something was changed since it was asked; the index is as it was.
            return match work.failing(Side::Worktree)? {
                files if files.is_empty() => Err(error.into()),
                worktree => Err(PatchError::Conflicts {
                    index: Vec::new(),
                    worktree,
                }),
            };
        }
    }
    if index_fits {
        // Only what it says of times and sizes; that other files are changed is its exit code.
        let _ = work
            .git()
            .args(["update-index", "-q", "--refresh"])
            .output();
        drop(work);
        lock.keep()?;
    }
    Ok(Applied::Now)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Index,
    Worktree,
}

/// A patch that is being applied.
struct Work<'a> {
    located: &'a Located,
    top: &'a Path,
    /// The copy of the index.
    lock: &'a Path,
    /// Each part with its path.
    parts: Vec<(BString, &'a [u8])>,
    /// Files that a sparse checkout leaves out of the worktree.
    elsewhere: BTreeSet<BString>,
}

impl<'a> Work<'a> {
    fn read(mut self, patch: &'a [u8]) -> Result<Self, PatchError> {
        let parts = parts(patch);
        let said = exactly(self.git())
            .args(["--numstat", "-z"])
            .stdin(patch)
            .run()?;
        let paths: Vec<BString> = numstat(&said).into_iter().map(|count| count.path).collect();
        if paths.len() != parts.len() {
            return Err(PatchError::Unreadable);
        }
        self.parts = paths.into_iter().zip(parts).collect();
        let (_, left_out) = self.staged()?;
        self.elsewhere = left_out;
        Ok(self)
    }

    fn git(&self) -> GitCommand {
        GitCommand::in_repository(&self.located.git_dir, Some(self.top))
            .env("GIT_INDEX_FILE", self.lock)
            .args(["-c", "core.hooksPath=/dev/null"])
            .timeout(PATIENCE)
    }

    fn apply(&self, side: Side) -> GitCommand {
        let git = exactly(self.git());
        match side {
            Side::Index => git.arg("--cached"),
            Side::Worktree => git,
        }
    }

    /// What the index has of the patch's files, and which of them the worktree is not meant to have.
    fn staged(&self) -> Result<(Entries, BTreeSet<BString>), PatchError> {
        let about: BTreeSet<&BString> = self.parts.iter().map(|(path, _)| path).collect();
        let said = self.git().args(["ls-files", "-t", "--stage", "-z"]).run()?;
        let (mut found, mut left_out) = (BTreeMap::new(), BTreeSet::new());
        for entry in said.split(|byte| *byte == 0) {
            let Some((fields, path)) = entry.split_once_str("\t") else {
                continue;
            };
            let path = BString::from(path);
            let mut fields = fields.split_str(" ");
            if !about.contains(&path) {
                continue;
            }
            let is_left_out = fields.next() == Some(b"S");
            let (Some(mode), Some(id)) = (fields.next(), fields.next()) else {
                continue;
            };
            let on_disk = self.top.join(path.to_path_lossy());
            if is_left_out && fs::symlink_metadata(on_disk).is_err() {
                left_out.insert(path.clone());
            }
            found.insert(path, (mode.to_vec(), id.to_vec()));
        }
        Ok((found, left_out))
    }

    /// Whether the index has of every file just what the patch makes of it.
    fn index_has(&self, staged: &Entries) -> bool {
        let mut wanted: BTreeMap<&BString, After> = BTreeMap::new();
        for (path, part) in &self.parts {
            let next = after(part);
            let last = wanted.entry(path).or_default();
            *last = After {
                gone: next.gone,
                mode: next.mode.or(last.mode.take()),
                id: next.id.or(last.id.take()),
            };
        }
        wanted.iter().all(|(path, after)| match staged.get(*path) {
            None => after.gone,
            Some((mode, id)) => {
                !after.gone
                    && after.mode.as_ref().is_none_or(|it| it == mode)
                    && after.id.as_ref().is_none_or(|it| it == id)
            }
        })
    }

    /// The parts for a side; those that undo it come in the other order.
    fn patch(&self, side: Side, reverse: bool) -> Vec<u8> {
        let is_for = |path: &BString| side == Side::Index || !self.elsewhere.contains(path);
        let mut parts: Vec<&[u8]> = self
            .parts
            .iter()
            .filter(|(path, _)| is_for(path))
            .map(|(_, part)| *part)
            .collect();
        if reverse {
            parts.reverse();
        }
        parts.concat()
    }

    /// Whether a side takes the patch; in reverse: whether it has it.
    fn fits(&self, side: Side, reverse: bool) -> Result<bool, PatchError> {
        self.takes(side, self.patch(side, reverse), reverse)
    }

    fn takes(&self, side: Side, patch: Vec<u8>, reverse: bool) -> Result<bool, PatchError> {
        if patch.is_empty() {
            return Ok(true);
        }
        let git = self.apply(side).arg("--check").stdin(patch);
        let git = if reverse { git.arg("--reverse") } else { git };
        Ok(git.output()?.code == Some(0))
    }

    /// The files of a side that do not take their part; all of them if each does by itself.
    fn failing(&self, side: Side) -> Result<Vec<BString>, PatchError> {
        let mut by_path: BTreeMap<&BString, Vec<u8>> = BTreeMap::new();
        for (path, part) in &self.parts {
            by_path.entry(path).or_default().extend_from_slice(part);
        }
        let mut failing = Vec::new();
        for (path, patch) in &by_path {
            let is_asked = side == Side::Index || !self.elsewhere.contains(*path);
            if is_asked && !self.takes(side, patch.clone(), false)? {
                failing.push((*path).clone());
            }
        }
        if failing.is_empty() && !self.fits(side, false)? {
            failing = by_path.into_keys().cloned().collect();
        }
        Ok(failing)
    }

    /// `git apply` forgets that the worktree is not to have a file.
    fn stay_elsewhere(&self) -> Result<(), PatchError> {
        if self.elsewhere.is_empty() {
            return Ok(());
        }
        let (staged, _) = self.staged()?;
        let mut list = Vec::new();
        for path in self
            .elsewhere
            .iter()
            .filter(|path| staged.contains_key(*path))
        {
            list.extend_from_slice(path);
            list.push(0);
        }
        self.git()
            .args(["update-index", "--skip-worktree", "-z", "--stdin"])
            .stdin(list)
            .run()?;
        Ok(())
    }
}

/// The index, locked as git locks it: with a copy beside it, that takes its place or goes.
struct Lock {
    path: PathBuf,
    index: PathBuf,
    kept: bool,
}

impl Lock {
    fn take(index: &Path) -> Result<Self, PatchError> {
        let io = |path: &Path, source| PatchError::Io {
            path: path.to_path_buf(),
            source,
        };
        let bytes = fs::read(index).map_err(|error| io(index, error))?;
        let mut name = index.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(PatchError::Locked(path));
            }
            Err(error) => return Err(io(&path, error)),
        };
        let lock = Self {
            path,
            index: index.to_path_buf(),
            kept: false,
        };
        file.write_all(&bytes)
            .and_then(|()| as_old_as(&file, index))
            .map_err(|error| io(&lock.path, error))?;
        // It may have been replaced before it was locked.
        match fs::read(index) {
            Ok(now) if now == bytes => Ok(lock),
            _ => Err(PatchError::Locked(lock.path.clone())),
        }
    }

    /// The copy is the index from now on.
    fn keep(mut self) -> Result<(), PatchError> {
        fs::rename(&self.path, &self.index).map_err(|source| PatchError::Io {
            path: self.index.clone(),
            source,
        })?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Files that were changed after an index was written are known by its time: a copy has the same.
fn as_old_as(copy: &File, index: &Path) -> io::Result<()> {
    let found = fs::metadata(index)?;
    copy.set_permissions(found.permissions())?;
    copy.set_modified(found.modified()?)
}
