//! Trees of files that somebody else made, perhaps to do harm: no link is followed, and no depth or number surprises.

use std::ffi::CStr;
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};

/// Below this nobody looks; a tree that is deeper counts as having too many files.
const DEPTH: usize = 128;

/// How many files and folders a tree has and what they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// Files and folders.
    pub count: u64,
    /// What they take on disk, in bytes.
    pub bytes: u64,
    /// Whether a folder was deeper than is looked.
    pub too_deep: bool,
}

/// Looks through a tree that may change meanwhile, until more than `most` entries were seen.
pub(super) fn measure(top: &Path, most: u64) -> io::Result<Entries> {
    let mut found = Entries::default();
    let folder = open_folder(rustix::fs::CWD, top)?;
    measure_below(&folder, most, 0, &mut found);
    Ok(found)
}

fn measure_below(folder: &OwnedFd, most: u64, depth: usize, found: &mut Entries) {
    // What is gone or closed by the time it is looked at takes nothing that counts.
    let Ok(entries) = Dir::read_from(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if is_dot(name) {
            continue;
        }
        found.count += 1;
        if found.count > most {
            return;
        }
        let Ok(stat) = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else {
            continue;
        };
        let blocks = u64::try_from(stat.st_blocks).unwrap_or(0);
        // A file with several names is counted at each: a limit on disk space that is strict is no harm.
        found.bytes = found.bytes.saturating_add(blocks.saturating_mul(512));
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            if depth >= DEPTH {
                found.too_deep = true;
            } else if let Ok(below) = open_folder(folder, name) {
                measure_below(&below, most, depth + 1, found);
            }
        }
    }
}

fn open_folder(at: impl AsFd, path: impl rustix::path::Arg) -> io::Result<OwnedFd> {
    Ok(rustix::fs::openat(
        at,
        path,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    )?)
}

fn is_dot(name: &CStr) -> bool {
    matches!(name.to_bytes(), b"." | b"..")
}

/// Does something to every entry below a folder, children before their parents.
#[cfg(target_os = "linux")]
pub(super) fn each(
    top: &Path,
    what: &mut dyn FnMut(BorrowedFd<'_>, &CStr) -> io::Result<()>,
) -> io::Result<()> {
    fn below(
        folder: &OwnedFd,
        depth: usize,
        what: &mut dyn FnMut(BorrowedFd<'_>, &CStr) -> io::Result<()>,
    ) -> io::Result<()> {
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if is_dot(name) {
                continue;
            }
            let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(stat.st_mode) == FileType::Directory && depth < DEPTH {
                below(&open_folder(folder, name)?, depth + 1, what)?;
            }
            what(folder.as_fd(), name)?;
        }
        Ok(())
    }
    below(&open_folder(rustix::fs::CWD, top)?, 0, what)
}

/// Removes a tree, whatever its folders allow and however deep it is. What is not there is removed already.
pub fn remove(top: &Path) -> io::Result<()> {
    match fs::symlink_metadata(top) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if !found.is_dir() => return fs::remove_file(top),
        Ok(_) => {}
    }
    if fs::remove_dir_all(top).is_ok() {
        return Ok(());
    }
    // Too deep for the number of descriptors or for a path, or closed to its owner: one level at a time, folders moved
    // up to the top before they are looked into.
    let mut number = 0_u64;
    let mut left: Vec<PathBuf> = vec![top.to_owned()];
    while let Some(folder) = left.pop() {
        open_up(&folder)?;
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let is_folder = fs::symlink_metadata(&path)?.is_dir();
            if !is_folder {
                fs::remove_file(&path)?;
                continue;
            }
            open_up(&path)?;
            if fs::remove_dir(&path).is_ok() {
                continue;
            }
            let name = loop {
                number += 1;
                let name = top.join(format!(".left-{number}"));
                if fs::symlink_metadata(&name).is_err() {
                    break name;
                }
            };
            if path.parent() == Some(top) {
                left.push(path);
            } else {
                fs::rename(&path, &name)?;
                left.push(name);
            }
        }
        if folder != top {
            fs::remove_dir(&folder)?;
        }
    }
    fs::remove_dir(top)
}

fn open_up(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_tree_is_measured_without_following_links() {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("a")).unwrap();
        fs::write(temp.path().join("a/file"), vec![1; 10_000]).unwrap();
        std::os::unix::fs::symlink("/usr", temp.path().join("link")).unwrap();
        let found = measure(temp.path(), 100).unwrap();
        assert_eq!(found.count, 3);
        assert!((10_000..100_000).contains(&found.bytes), "{found:?}");
        assert!(measure(temp.path(), 1).unwrap().count > 1);
        assert!(measure(&temp.path().join("link"), 100).is_err());
    }

    #[test]
    fn a_tree_that_is_deeper_than_descriptors_and_paths_allow_is_removed() {
        let temp = tempfile::tempdir().unwrap();
        let top = temp.path().join("top");
        fs::create_dir(&top).unwrap();
        let mut folder = open_folder(rustix::fs::CWD, top.as_path()).unwrap();
        for _ in 0..3_000 {
            rustix::fs::mkdirat(&folder, "deep", Mode::from_raw_mode(0o700)).unwrap();
            folder = open_folder(&folder, "deep").unwrap();
        }
        assert!(measure(&top, 100_000).unwrap().too_deep);
        remove(&top).unwrap();
        assert!(!top.exists());
        remove(&top).unwrap();
    }

    #[test]
    fn a_closed_folder_is_removed() {
        let temp = tempfile::tempdir().unwrap();
        let closed = temp.path().join("top/closed");
        fs::create_dir_all(closed.join("below")).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        remove(&temp.path().join("top")).unwrap();
        assert!(!temp.path().join("top").exists());
    }
}
