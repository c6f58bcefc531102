//! The folder that tools work in: its files, its programs, and whether it is what a commit has.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bstr::{BStr, ByteSlice as _};

use super::locate::locate;
use super::project::join;
use crate::analyze::files::is_foreign;
use crate::system::git_command::{GitCommand, GitCommandError};
use crate::system::resolve::{self, Unresolved};
use crate::tasks::Selection;

/// Larger files are no manifests, and no source that a finding's line is looked up in.
const LARGEST: u64 = 16 << 20;

/// A folder with the files that git tracks in it.
#[derive(Debug)]
pub struct Workplace {
    /// The top of the files, absolute.
    top: PathBuf,
    /// The same without symbolic links: tools print either.
    real_top: PathBuf,
    /// The folder below it that the task is about; empty for the top.
    root: String,
    /// The tracked files below `root` that the task is about, relative to it, sorted.
    paths: Vec<String>,
    /// The blob of every tracked file, by its path from the top.
    blobs: HashMap<String, String>,
    search: OsString,
}

/// Why the files are not known.
#[derive(Debug, thiserror::Error)]
pub enum WorkplaceError {
    /// Git could not list them.
    #[error(transparent)]
    Git(#[from] GitCommandError),
    /// The task's globs cannot be compiled.
    #[error("read the task's globs: {0}")]
    Globs(#[from] globset::Error),
}

impl Workplace {
    /// Lists the files. `search` is a value of `PATH`.
    pub fn new(
        top: &Path,
        root: &str,
        selection: &Selection,
        search: OsString,
    ) -> Result<Self, WorkplaceError> {
        let listed = GitCommand::in_folder(top)
            .args(["ls-files", "--stage", "-z", "--full-name"])
            .run()?;
        let (mut paths, mut blobs) = (Vec::new(), HashMap::new());
        for (mode, blob, path) in listed.split(|byte| *byte == 0).filter_map(entry) {
            // Links and other repositories are not the project's own files.
            if !mode.starts_with(b"100") {
                continue;
            }
            // A path that is no text can be in no tool's report that is.
            let Ok(path) = path.to_str() else { continue };
            blobs.insert(path.to_owned(), blob.to_str_lossy().into_owned());
            let bytes = BStr::new(path);
            if let Some(below) = super::project::relative(path, root)
                && !is_foreign(bytes)
                && selection.contains(bytes)?
            {
                paths.push(below.to_owned());
            }
        }
        paths.sort();
        paths.dedup();
        Ok(Self {
            top: top.to_path_buf(),
            real_top: top.canonicalize().unwrap_or_else(|_| top.to_path_buf()),
            root: root.to_owned(),
            paths,
            blobs,
            search,
        })
    }

    /// The top of the files.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The tracked files that the task is about, relative to its folder.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// A folder of the task's, on disk.
    pub fn folder(&self, below: &str) -> PathBuf {
        let mut folder = self.top.clone();
        for part in [self.root.as_str(), below] {
            if !part.is_empty() {
                folder.push(part);
            }
        }
        folder
    }

    /// A folder of the task's, from the top.
    pub fn from_top(&self, below: &str) -> String {
        join(&self.root, below)
    }

    /// Reads a file, named from the task's folder.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        read_regular(&self.folder("").join(path))
    }

    /// A file, named from the top, with the blob that the index has of it.
    pub fn source(&self, path: &str) -> Option<(Option<String>, Vec<u8>)> {
        let bytes = read_regular(&self.top.join(path))?;
        Some((self.blobs.get(path).cloned(), bytes))
    }

    /// Where a program is for a folder of the task's.
    pub fn program(&self, name: &str, below: &str) -> Result<PathBuf, Unresolved> {
        let folder = self.folder(below);
        let root = self.folder("");
        let tops: [&Path; 3] = [&folder, &root, &self.top];
        let folders = resolve::folders(&tops, &self.search);
        resolve::resolve(OsStr::new(name), &folder, &folders, resolve::look)
    }

    /// A path as a tool prints it when it runs in a folder of the task's, from the top with `/`. What lies outside stays
    /// absolute.
    pub fn normal(&self, printed: &str, below: &str) -> String {
        let path = Path::new(printed);
        let inside = if path.is_absolute() {
            [&self.top, &self.real_top]
                .into_iter()
                .find_map(|top| path.strip_prefix(top).ok())
                .and_then(Path::to_str)
                .and_then(without_dots)
        } else {
            without_dots(&join(&self.from_top(below), printed))
        };
        inside.unwrap_or_else(|| printed.to_owned())
    }

    /// The same for what test runners print, which is often less than a path, or more.
    pub fn meant(&self, printed: &str, below: &str) -> String {
        let path = self.normal(printed, below);
        if self.blobs.contains_key(&path) {
            return path;
        }
        match locate(printed, below, &self.paths) {
            Some(found) => join(&self.root, found),
            None => path,
        }
    }

    /// The same for what may be a path: what names no file here stays as it is.
    pub fn known(&self, printed: &str, below: &str) -> String {
        let path = self.normal(printed, below);
        if self.blobs.contains_key(&path) {
            path
        } else {
            printed.to_owned()
        }
    }
}

fn entry(line: &[u8]) -> Option<(&[u8], &[u8], &BStr)> {
    // "100644 <oid> 0\tpath"
    let (head, path) = line.split_once_str("\t")?;
    let mut words = head.split(|byte| *byte == b' ');
    let (mode, blob, stage) = (words.next()?, words.next()?, words.next()?);
    (stage == b"0").then(|| (mode, blob, BStr::new(path)))
}

fn read_regular(path: &Path) -> Option<Vec<u8>> {
    let found = fs::symlink_metadata(path).ok()?;
    if !found.is_file() || found.len() > LARGEST {
        return None;
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A relative path without `.` and `..`; nothing if it leads outside.
fn without_dots(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What the worktree is: HEAD's commit, and whether every file is as there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// HEAD's commit.
    pub head: Option<String>,
    /// Whether nothing is changed and nothing is added.
    pub clean: bool,
}

/// Looks at a worktree. What cannot be told is not clean.
pub fn standing(top: &Path) -> Standing {
    let head = GitCommand::in_folder(top)
        .args(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
        .run()
        .ok()
        .and_then(|bytes| Some(bytes.to_str().ok()?.trim().to_owned()));
    let changes = GitCommand::in_folder(top)
        .args(["status", "--porcelain", "-z", "--ignore-submodules=none"])
        .run();
    Standing {
        head,
        clean: changes.is_ok_and(|changes| {
            changes
                .split(|byte| *byte == 0)
                .filter(|line| !line.is_empty())
                .all(is_installed)
        }),
    }
}

/// Whether a line of `git status` is about a folder of installed dependencies that is not ignored: no part of the project.
fn is_installed(line: &[u8]) -> bool {
    const FOLDERS: [&str; 3] = [".venv", "venv", "node_modules"];
    let Some(path) = line.strip_prefix(b"?? ") else {
        return false;
    };
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    FOLDERS.iter().any(|folder| name == folder.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn place(root: &str) -> Workplace {
        Workplace {
            top: "/w/repo".into(),
            real_top: "/real/repo".into(),
            root: root.to_owned(),
            paths: vec!["src/a.py".to_owned()],
            blobs: [("web/src/a.py".to_owned(), "0".repeat(40))].into(),
            search: OsString::new(),
        }
    }

    #[test]
    fn what_tools_print_becomes_a_path_from_the_top() {
        let here = place("web");
        for (printed, below, path) in [
            ("src/a.py", "", "web/src/a.py"),
            ("./src/../src/a.py", "", "web/src/a.py"),
            ("a.py", "src", "web/src/a.py"),
            ("/w/repo/web/src/a.py", "", "web/src/a.py"),
            ("/real/repo/top.py", "src", "top.py"),
            ("../top.py", "", "top.py"),
            // Outside of the repository: it stays what it is.
            ("../../x.py", "", "../../x.py"),
            ("/usr/lib/x.py", "", "/usr/lib/x.py"),
            ("/w/repository/x.py", "", "/w/repository/x.py"),
        ] {
            assert_eq!(here.normal(printed, below), path, "{printed}");
        }
        assert_eq!(here.known("src/a.py", ""), "web/src/a.py");
        assert_eq!(here.known("requests 2.19", ""), "requests 2.19");
    }

    #[test]
    fn what_git_lists_is_read() {
        let line = b"100644 e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 0\tdir/a\tb";
        let (mode, blob, path) = entry(line).unwrap();
        assert_eq!(
            (mode, blob.len(), path),
            (&b"100644"[..], 40, BStr::new("dir/a\tb"))
        );
        assert!(entry(b"100644 abc 2\tconflict").is_none());
        assert!(entry(b"nonsense").is_none());
        assert!(is_installed(b"?? web/node_modules/"));
        assert!(!is_installed(b"?? notes") && !is_installed(b" M .venv"));
    }
}
