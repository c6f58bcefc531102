//! Which files were read, by the times of access that file systems keep.
//!
//! Nothing is noted where the file system was told so (`noatime`), when a file is only asked whether it is there, and when
//! a folder is listed: what was seen is never all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::changes::is_part_of_git;
use crate::system::access_time;

/// Whether reads are noted in this folder, which must be writable.
pub(super) fn are_noted(folder: &Path) -> io::Result<bool> {
    let probe = folder.join(".read");
    fs::write(&probe, "x")?;
    let noted = (|| {
        access_time::set_back(&probe)?;
        fs::read(&probe)?;
        access_time::was_read(&probe)
    })();
    fs::remove_file(&probe)?;
    noted
}

/// Sets the times of all files below `top` back.
pub(super) fn forget(top: &Path) -> io::Result<()> {
    each_file(top, |path, _| access_time::set_back(path))
}

/// The files below `top` that were read since then, relative to it, in their order. No link is followed.
pub(super) fn read_since(top: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    each_file(top, |path, shown| {
        // What was taken away meanwhile was not only read.
        if access_time::was_read(path).unwrap_or(false) {
            found.push(shown);
        }
        Ok(())
    })?;
    found.sort();
    Ok(found)
}

/// Every regular file below `top`, of `.git` only those that say what the repository is.
fn each_file(top: &Path, mut act: impl FnMut(&Path, String) -> io::Result<()>) -> io::Result<()> {
    let mut left: Vec<(PathBuf, String)> = vec![(top.to_owned(), String::new())];
    while let Some((folder, path)) = left.pop() {
        // A folder that a script closed holds nothing that anybody can read.
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if path == ".git/" && !is_part_of_git(&name) {
                continue;
            }
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let shown = format!("{path}{name}");
            if kind.is_dir() {
                left.push((entry.path(), format!("{shown}/")));
            } else if kind.is_file() {
                act(&entry.path(), shown)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_read_is_known_and_nothing_else() {
        let temp = tempfile::tempdir().unwrap();
        let top = temp.path();
        if !are_noted(top).unwrap() {
            // A file system that notes nothing says so, and nothing follows from it.
            assert!(!top.join(".read").exists());
            return;
        }
        fs::create_dir_all(top.join("a/b")).unwrap();
        fs::create_dir_all(top.join(".git/objects")).unwrap();
        for path in [
            "a/b/read",
            "a/left",
            "a/asked",
            ".git/HEAD",
            ".git/objects/x",
        ] {
            fs::write(top.join(path), "text").unwrap();
        }
        std::os::unix::fs::symlink("a/left", top.join("link")).unwrap();
        forget(top).unwrap();
        assert_eq!(read_since(top).unwrap(), Vec::<String>::new());
        for path in ["a/b/read", ".git/HEAD", ".git/objects/x"] {
            fs::read(top.join(path)).unwrap();
        }
        fs::metadata(top.join("a/asked")).unwrap();
        fs::read_link(top.join("link")).unwrap();
        assert_eq!(read_since(top).unwrap(), [".git/HEAD", "a/b/read"]);
        forget(top).unwrap();
        // Written, it was not read; a new one was neither.
        fs::write(top.join("a/left"), "other").unwrap();
        assert_eq!(read_since(top).unwrap(), Vec::<String>::new());
    }
}
