//! The files that a job is about: which they are, and what `{files}` in a command stands for.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

use bstr::{BStr, ByteSlice as _};

use crate::git::{Entry, GitEnv, Repo, discover};
use crate::queue::Paths;
use crate::system::git_command::{GitCommand, GitCommandError};
use crate::tasks::Selection;

/// Why the files of a job are not known.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Git could not list them.
    #[error(transparent)]
    Git(#[from] GitCommandError),
    /// The globs were checked when they were read, by another version perhaps.
    #[error("read the task's globs")]
    Globs(#[from] globset::Error),
}

/// More changed files than these are as good as all of them.
const MOST: usize = 10_000;

/// The paths of a job one by one: what its commits changed is looked up in the repository.
pub fn listed(paths: &Paths, git_dir: &Path) -> Paths {
    let environment = GitEnv {
        git_dir: Some(git_dir.into()),
        ..GitEnv::default()
    };
    let repo = std::cell::OnceCell::new();
    let open = || Repo::open(&discover(git_dir, &environment).ok()?).ok();
    paths.listed(|base, commit| {
        let repo = repo.get_or_init(open).as_ref()?;
        let base = match base {
            Some(base) => Some(base.parse().ok()?),
            None => None,
        };
        let changes = repo.changed(base.as_ref(), &commit.parse().ok()?).ok()?;
        (changes.len() <= MOST).then(|| changes.into_iter().map(|change| change.path).collect())
    })
}

/// The files that a job in `root` of the workspace `top` is called with: those of `paths` that its task is about and
/// that are there, relative to `root`. When nobody knows what changed, those that git tracks.
pub fn changed(
    paths: &Paths,
    selection: &Selection,
    top: &Path,
    root: &str,
) -> Result<Vec<OsString>, FilesError> {
    let tracked;
    let candidates: Vec<&BStr> = match paths {
        Paths::Some(paths) => paths.iter().map(|path| path.as_bstr()).collect(),
        Paths::All => {
            tracked = GitCommand::in_folder(top)
                .args(["ls-files", "-z", "--full-name"])
                .run()?;
            tracked
                .split(|byte| *byte == 0)
                .filter(|path| !path.is_empty())
                .map(BStr::new)
                .collect()
        }
    };
    let mut files = Vec::new();
    for path in candidates {
        // Links are files to git; a folder among them is another repository.
        let exists = top
            .join(OsStr::from_bytes(path))
            .symlink_metadata()
            .is_ok_and(|found| !found.is_dir());
        if let Some(argument) = within(path, root)
            && selection.contains(path)?
            && exists
        {
            files.push(argument);
        }
    }
    // Several stages of a conflict are one file.
    files.dedup();
    Ok(files)
}

/// Files of a tree, as arguments of a command that runs in `root`.
pub fn arguments<'e>(entries: impl Iterator<Item = &'e Entry>, root: &str) -> Vec<OsString> {
    entries
        .filter_map(|entry| within(entry.path.as_bstr(), root))
        .collect()
}

/// A path relative to the folder `root`, as an argument that no program takes for an option; `None` outside of it.
fn within(path: &BStr, root: &str) -> Option<OsString> {
    let relative: &[u8] = if root.is_empty() {
        path
    } else {
        path.strip_prefix(root.as_bytes())?.strip_prefix(b"/")?
    };
    let mut argument = Vec::with_capacity(relative.len() + 2);
    if relative.starts_with(b"-") {
        argument.extend_from_slice(b"./");
    }
    argument.extend_from_slice(relative);
    Some(OsString::from_vec(argument))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;
    use std::fs;

    use bstr::BString;

    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn a_path_is_relative_to_the_folder_and_never_an_option() {
        let within = |path: &[u8], root| within(BStr::new(path), root);
        assert_eq!(within(b"web/a.ts", "web"), Some("a.ts".into()));
        assert_eq!(within(b"website/a.ts", "web"), None);
        assert_eq!(within(b"a.ts", "web"), None);
        assert_eq!(within(b"web/a.ts", ""), Some("web/a.ts".into()));
        assert_eq!(within(b"--rf", ""), Some("./--rf".into()));
        assert_eq!(within(b"web/-x", "web"), Some("./-x".into()));
        let odd = OsString::from_vec(b"caf\xe9".to_vec());
        assert_eq!(within(b"web/caf\xe9", "web"), Some(odd));
    }

    #[test]
    fn only_files_that_are_there_and_selected_are_passed() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path();
        for path in ["a.py", "old/b.py", "c.txt"] {
            fs::create_dir_all(top.join(path).parent().unwrap()).unwrap();
            fs::write(top.join(path), "").unwrap();
        }
        fs::create_dir(top.join("folder.py")).unwrap();
        std::os::unix::fs::symlink("nowhere", top.join("link.py")).unwrap();
        let paths: BTreeSet<BString> = [
            "a.py",
            "old/b.py",
            "c.txt",
            "gone.py",
            "folder.py",
            "link.py",
        ]
        .map(BString::from)
        .into();
        let selection: Selection = serde_json::from_value(
            serde_json::json!({ "files": ["**/*.py"], "exclude": ["old/**"] }),
        )
        .unwrap();
        let found = changed(&Paths::Some(paths), &selection, top, "").unwrap();
        assert_eq!(found, words(&["a.py", "link.py"]));
    }
}
