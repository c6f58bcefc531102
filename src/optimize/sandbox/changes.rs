//! What a run changed, against what the script said it would.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::{Deserialize, Serialize};

use crate::system::filesystem::open_regular;

/// What a file is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// In bytes.
    size: u64,
    /// 32 hexadecimal digits; of a link, of where it leads.
    digest: String,
    /// File, link, folder or other, and whether it is executable.
    kind: char,
}

/// What a tree holds, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, Entry>);

/// How a path differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// Its content, kind or mode is another.
    Changed,
    /// It is not there any more.
    Removed,
}

/// A path that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Relative to the repository, or to the home folder with `~/` before it.
    pub path: String,
    /// How.
    pub kind: ChangeKind,
    /// What it has now, in bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<u64>,
    /// What it is now, as 32 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
    /// Whether the script said so.
    pub declared: bool,
    /// Whether it is known to differ without meaning: caches, git's index.
    pub volatile: bool,
}

impl Change {
    /// Whether it should not have happened.
    pub const fn is_undeclared(&self) -> bool {
        !self.declared && !self.volatile
    }
}

/// Parts of `.git` that say what the repository is; objects, logs and lock files do not.
const GIT_PARTS: [&str; 8] = [
    "HEAD",
    "config",
    "packed-refs",
    "refs",
    "hooks",
    "info",
    "index",
    "shallow",
];

/// Whether what is called so in `.git` says what the repository is.
pub(super) fn is_part_of_git(name: &str) -> bool {
    GIT_PARTS.contains(&name)
}

/// What is left behind by looking, whatever a script is about.
const VOLATILE: [&str; 8] = [
    ".git/index",
    "~/.cache/**",
    "~/.local/state/**",
    "~/.bash_history",
    "~/.python_history",
    "~/.lesshst",
    "**/__pycache__/**",
    "**/*.pyc",
];

/// More of a file is not read; no script can write more to one.
const MOST: u64 = 128 * 1024 * 1024;

/// What is in the tree below `top`, each path with `prefix` before it. No link is followed.
pub fn snapshot(top: &Path, prefix: &str, into: &mut Snapshot) -> io::Result<()> {
    let mut left = vec![(top.to_owned(), prefix.to_owned())];
    while let Some((folder, path)) = left.pop() {
        let in_git = path == ".git/";
        // A folder that the script closed to us is known by its name alone.
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if in_git && !is_part_of_git(&name) {
                continue;
            }
            let Ok(found) = fs::symlink_metadata(entry.path()) else {
                continue;
            };
            let path = format!("{path}{name}");
            if found.is_dir() {
                // Folders of refs come and go with them.
                if !path.starts_with(".git") {
                    let entry = Entry {
                        size: 0,
                        digest: String::new(),
                        kind: 'd',
                    };
                    into.0.insert(path.clone(), entry);
                }
                left.push((entry.path(), format!("{path}/")));
            } else {
                into.0.insert(path, entry_of(&entry.path(), &found));
            }
        }
    }
    Ok(())
}

fn entry_of(path: &Path, found: &fs::Metadata) -> Entry {
    let size = found.len();
    if found.is_symlink() {
        let target = fs::read_link(path).unwrap_or_default();
        let digest = short(&blake3::hash(target.as_os_str().as_encoded_bytes()));
        return Entry {
            size,
            digest,
            kind: 'l',
        };
    }
    if !found.is_file() {
        return Entry {
            size: 0,
            digest: String::new(),
            kind: 'o',
        };
    }
    let kind = if found.mode() & 0o100 == 0 { 'f' } else { 'x' };
    Entry {
        size,
        digest: digest(path).unwrap_or_default(),
        kind,
    }
}

fn digest(path: &Path) -> io::Result<String> {
    // Neither a link nor a pipe that took the file's place may be opened.
    let file = open_regular(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut chunk = [0; 16 * 1024];
    let mut file = file.take(MOST);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(short(&hasher.finalize())),
            length => hasher.update(chunk.get(..length).unwrap_or_default()),
        };
    }
}

fn short(hash: &blake3::Hash) -> String {
    hash.to_hex().chars().take(32).collect()
}

/// What a script said it writes.
#[derive(Clone, Debug)]
pub struct Declared {
    said: GlobSet,
    volatile: GlobSet,
    is_empty: bool,
}

impl Declared {
    /// From globs. One that ends with `/` means everything below.
    pub fn new(globs: &[String]) -> Result<Self, globset::Error> {
        let volatile: Vec<String> = VOLATILE.iter().map(|&glob| glob.to_owned()).collect();
        Ok(Self {
            said: set(globs)?,
            volatile: set(&volatile)?,
            is_empty: globs.is_empty(),
        })
    }

    /// Whether it said that it writes nothing.
    pub const fn is_empty(&self) -> bool {
        self.is_empty
    }
}

fn set(globs: &[String]) -> Result<GlobSet, globset::Error> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        let plain = glob.strip_prefix("./").unwrap_or(glob);
        let below = plain.strip_suffix('/').map(|folder| format!("{folder}/**"));
        let mut add = |text: &str| -> Result<(), globset::Error> {
            builder.add(GlobBuilder::new(text).literal_separator(true).build()?);
            Ok(())
        };
        match below {
            Some(below) => {
                add(plain.trim_end_matches('/'))?;
                add(&below)?;
            }
            None => add(plain)?,
        }
    }
    builder.build()
}

/// How two snapshots differ, by path.
pub fn compare(before: &Snapshot, after: &Snapshot, declared: &Declared) -> Vec<Change> {
    let change = |path: &String, kind, now: Option<&Entry>| Change {
        declared: declared.said.is_match(path) || is_way_to(path, now, after, declared),
        volatile: declared.volatile.is_match(path) || is_cache(path),
        path: path.clone(),
        kind,
        size: now.map(|entry| entry.size),
        digest: now
            .map(|entry| entry.digest.clone())
            .filter(|digest| !digest.is_empty()),
    };
    let mut changes: Vec<Change> = after
        .0
        .iter()
        .filter_map(|(path, now)| match before.0.get(path) {
            None => Some(change(path, ChangeKind::Added, Some(now))),
            Some(was) if was != now => Some(change(path, ChangeKind::Changed, Some(now))),
            Some(_) => None,
        })
        .collect();
    let gone = before.0.keys().filter(|path| !after.0.contains_key(*path));
    changes.extend(gone.map(|path| change(path, ChangeKind::Removed, None)));
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    changes
}

/// A new folder is declared with what is in it, if all of that is.
fn is_way_to(path: &str, now: Option<&Entry>, after: &Snapshot, declared: &Declared) -> bool {
    if now.is_none_or(|entry| entry.kind != 'd') {
        return false;
    }
    let below = format!("{path}/");
    let mut inside = after
        .0
        .range(below.clone()..)
        .take_while(|(other, _)| other.starts_with(&below))
        .filter(|(_, entry)| entry.kind != 'd')
        .peekable();
    inside.peek().is_some()
        && inside
            .all(|(other, _)| declared.said.is_match(other) || declared.volatile.is_match(other))
}

/// The folders themselves, which the globs for what is in them leave out.
fn is_cache(path: &str) -> bool {
    ["~/.cache", "~/.local", "~/.local/state"].contains(&path) || path.ends_with("__pycache__")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn look(top: &Path) -> Snapshot {
        let mut found = Snapshot::default();
        snapshot(top, "", &mut found).unwrap();
        found
    }

    #[test]
    fn what_differs_is_named_and_held_against_what_was_declared() {
        let temp = tempfile::tempdir().unwrap();
        let top = temp.path();
        for (path, text) in [("keep", "1"), ("edit", "1"), ("drop", "1")] {
            fs::write(top.join(path), text).unwrap();
        }
        let before = look(top);
        fs::write(top.join("edit"), "2").unwrap();
        fs::remove_file(top.join("drop")).unwrap();
        fs::create_dir_all(top.join("out/deep")).unwrap();
        fs::write(top.join("out/deep/new.txt"), "new").unwrap();
        fs::create_dir_all(top.join("__pycache__")).unwrap();
        fs::write(top.join("__pycache__/a.pyc"), "x").unwrap();
        let declared = Declared::new(&["out/".to_owned(), "edit".to_owned()]).unwrap();
        let changes = compare(&before, &look(top), &declared);
        let undeclared: Vec<_> = changes
            .iter()
            .filter(|change| change.is_undeclared())
            .map(|change| (change.path.as_str(), change.kind))
            .collect();
        assert_eq!(undeclared, [("drop", ChangeKind::Removed)]);
        let declared: Vec<_> = changes
            .iter()
            .filter(|change| change.declared && !change.volatile)
            .map(|change| change.path.as_str())
            .collect();
        assert_eq!(declared, ["edit", "out", "out/deep", "out/deep/new.txt"]);
        assert!(compare(&before, &before, &Declared::new(&[]).unwrap()).is_empty());
    }

    #[test]
    fn of_git_only_what_means_something_counts() {
        let temp = tempfile::tempdir().unwrap();
        let git = temp.path().join(".git");
        fs::create_dir_all(git.join("refs/heads")).unwrap();
        fs::create_dir_all(git.join("objects/ab")).unwrap();
        fs::write(git.join("HEAD"), "ref: refs/heads/main").unwrap();
        fs::write(git.join("index"), "1").unwrap();
        let before = look(temp.path());
        fs::write(git.join("objects/ab/cd"), "object").unwrap();
        fs::write(git.join("index"), "2").unwrap();
        fs::write(git.join("refs/heads/main"), "1234").unwrap();
        let changes = compare(&before, &look(temp.path()), &Declared::new(&[]).unwrap());
        let paths: Vec<_> = changes
            .iter()
            .map(|change| (change.path.as_str(), change.volatile))
            .collect();
        assert_eq!(
            paths,
            [(".git/index", true), (".git/refs/heads/main", false)]
        );
    }

    #[test]
    fn links_and_pipes_are_neither_followed_nor_opened() {
        let temp = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/usr", temp.path().join("link")).unwrap();
        let before = look(temp.path());
        assert_eq!(before.0.len(), 1);
        fs::remove_file(temp.path().join("link")).unwrap();
        std::os::unix::fs::symlink("/etc", temp.path().join("link")).unwrap();
        let changes = compare(&before, &look(temp.path()), &Declared::new(&[]).unwrap());
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].kind, ChangeKind::Changed);
    }

    #[test]
    fn a_glob_that_is_none_is_an_error() {
        assert!(Declared::new(&["[".to_owned()]).is_err());
    }
}
