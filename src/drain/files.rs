//! The files that a job is about: which they are, what `{files}` in a command stands for, and how many calls that takes.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

use bstr::{BStr, ByteSlice as _};

use crate::config::task::FILES;
use crate::git::{GitEnv, Repo, discover};
use crate::queue::Paths;
use crate::system::git_command::{GitCommand, GitCommandError};
use crate::system::process;
use crate::tasks::Selection;

/// For the auxiliary vector, the interpreter of a script, and what else the kernel puts beside the arguments.
const HEADROOM: usize = 4096;

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

/// The bytes that all arguments of one call may take together.
///
/// Half of what is left beside the environment: programs that are scripts call others, with more arguments.
pub fn room(program: &Path, env: &[(OsString, OsString)]) -> usize {
    let env: usize = env
        .iter()
        .map(|(name, value)| name.len() + 1 + cost(value))
        .sum();
    // The program's path is there twice: as what is executed and as the first argument.
    let taken = HEADROOM + env + 2 * cost(program.as_os_str());
    process::argument_space().saturating_sub(taken) / 2
}

/// The arguments of each call: all of `args`, with as many of `files` in the place of `{files}` as fit into `room`, and
/// at least one.
pub fn calls(args: &[OsString], files: &[OsString], room: usize) -> Vec<Vec<OsString>> {
    let fixed: usize = args
        .iter()
        .filter(|argument| *argument != FILES)
        .map(|argument| cost(argument))
        .sum();
    let room = room.saturating_sub(fixed);
    let mut calls = Vec::new();
    let mut rest = files;
    while !rest.is_empty() {
        let mut used = 0;
        let fitting = rest
            .iter()
            .take_while(|file| {
                used += cost(file);
                used <= room
            })
            .count();
        let (chunk, others) = rest.split_at(fitting.max(1));
        calls.push(expanded(args, chunk));
        rest = others;
    }
    calls
}

fn expanded(args: &[OsString], files: &[OsString]) -> Vec<OsString> {
    let mut call = Vec::with_capacity(args.len() + files.len());
    for argument in args {
        if argument == FILES {
            call.extend_from_slice(files);
        } else {
            call.push(argument.clone());
        }
    }
    call
}

/// What the kernel counts for a string: its bytes, the NUL behind them, and the pointer to them.
fn cost(text: &OsStr) -> usize {
    text.len() + 1 + size_of::<usize>()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;
    use std::fs;

    use bstr::BString;
    use proptest::prelude::*;

    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn files_stand_where_the_placeholder_stood() {
        let args = words(&["--check", "{files}", "--last"]);
        assert_eq!(
            calls(&args, &words(&["a", "b c"]), 10_000),
            [words(&["--check", "a", "b c", "--last"])]
        );
        assert_eq!(calls(&args, &[], 10_000), Vec::<Vec<OsString>>::new());
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

    proptest! {
        #[test]
        fn every_file_is_passed_once_and_no_call_is_larger_than_its_room(
            files in proptest::collection::vec("[a-z]{1,30}", 0..60),
            room in 0_usize..400,
        ) {
            let files: Vec<OsString> = files.iter().map(OsString::from).collect();
            let args = words(&["-q", "{files}"]);
            let calls = calls(&args, &files, room);
            for call in &calls {
                let size: usize = call.iter().map(|it| cost(it)).sum();
                prop_assert!(size <= room || call.len() == 2);
            }
            // No two neighbours would have fitted into one call.
            for pair in calls.windows(2) {
                let first: usize = pair[0].iter().map(|it| cost(it)).sum();
                prop_assert!(first + cost(&pair[1][1]) > room);
            }
            let passed: Vec<OsString> = calls.into_iter().flat_map(|call| call.into_iter().skip(1)).collect();
            prop_assert_eq!(passed, files);
        }
    }
}
