//! Where git looks for hooks in a repository, who that folder belongs to, and what is in it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::manager::Manager;
use super::receipt::Receipt;
use super::shim::{self, Shim};
use crate::config::HookName;
use crate::git::{GitError, Repo};
use crate::system::filesystem;
use crate::system::git_command::GitCommandError;

/// A larger file is nobody's hook.
const LARGEST: u64 = 4 << 20;

/// Whose a folder of hooks is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This repository's: git's own, or one inside it that `core.hooksPath` names and nobody else writes.
    Repository,
    /// The files of the repository: everybody who clones it has them.
    Tracked,
    /// Another tool makes it.
    Tool(Manager),
    /// It lies outside of the repository, which may share it with others.
    Elsewhere,
}

/// A folder of hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its absolute path. It need not exist.
    pub path: PathBuf,
    /// Whose it is.
    pub owner: Owner,
}

/// Why hooks cannot be looked at, installed or removed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// Git could not be asked.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Git could not be asked.
    #[error(transparent)]
    Command(#[from] GitCommandError),
    /// The file system refused.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> InstallError {
    let path = path.to_path_buf();
    move |source| InstallError::Io {
        action,
        path,
        source,
    }
}

/// The folder in which git looks for the hooks of a repository.
pub fn find(repo: &Repo) -> Result<Folder, InstallError> {
    let located = repo.located();
    let asked = repo
        .git(["config", "--type=path", "--null", "--get", "core.hooksPath"])
        .output()?;
    let named = asked.stdout.strip_suffix(b"\0").unwrap_or_default();
    let path = if asked.code != Some(0) || named.is_empty() {
        located.common_dir.join("hooks")
    } else {
        // Git runs hooks at the top of the worktree, and reads a relative path from there.
        let top = match (&located.worktree, located.git_dir.parent()) {
            (Some(top), _) => top,
            (None, Some(top)) if located.git_dir.ends_with(".git") && !located.bare => top,
            (None, _) => &located.git_dir,
        };
        let path = top.join(PathBuf::from(OsString::from_vec(named.to_vec())));
        // Without a slash at its end, and otherwise as git writes it: a hook finds what it took the place of beside the
        // path by which it was called. Only the owner is a matter of where links lead.
        path.components().collect()
    };
    let owner = owner(repo, &canonical(&path))?;
    Ok(Folder { path, owner })
}

/// Without links and `..` as far as it exists.
fn canonical(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(path), _, _) => path,
        (Err(_), Some(parent), Some(name)) => canonical(parent).join(name),
        (Err(_), _, _) => path.to_path_buf(),
    }
}

fn owner(repo: &Repo, path: &Path) -> Result<Owner, InstallError> {
    let located = repo.located();
    if path.starts_with(&located.common_dir) {
        return Ok(Owner::Repository);
    }
    let inside = located
        .worktree
        .as_deref()
        .and_then(|top| path.strip_prefix(top).ok());
    let Some(inside) = inside else {
        return Ok(Owner::Elsewhere);
    };
    if inside.components().any(|part| part.as_os_str() == ".husky") {
        return Ok(Owner::Tool(Manager::Husky));
    }
    let tracked = repo.git(["ls-files", "-z", "--"]).arg(inside).run()?;
    if !tracked.is_empty() {
        return Ok(Owner::Tracked);
    }
    let tool = HookName::ALL
        .into_iter()
        .filter_map(|hook| contents(&path.join(hook.name())))
        .map(|text| Manager::of(&text))
        .find(|manager| *manager != Manager::Unknown);
    Ok(tool.map_or(Owner::Repository, Owner::Tool))
}

/// What stands in a hook's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// One of ours, of today's form.
    Ours(Shim),
    /// One of ours as an earlier version made it.
    OursOld,
    /// One of ours that somebody changed.
    OursEdited,
    /// Somebody else's.
    Foreign(Manager),
    /// No file that could be a hook.
    Odd,
}

/// What stands in a hook's place, and in the place of the hook that it took the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where git looks.
    pub now: Found,
    /// What ours runs first.
    pub before: Found,
}

/// The folder beside that of the hooks, with those that ours took the place of.
pub fn set_aside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".tend-prev");
    folder.with_file_name(name)
}

/// Looks at every hook that we could install.
pub fn look(folder: &Path, receipt: &Receipt) -> BTreeMap<HookName, Seen> {
    let aside = set_aside(folder);
    HookName::ALL
        .into_iter()
        .map(|hook| {
            let seen = Seen {
                now: found(&folder.join(hook.name()), hook, receipt),
                before: match aside.join(hook.name()) {
                    link if is_companion(folder, &link) => Found::Nothing,
                    before => found(&before, hook, receipt),
                },
            };
            (hook, seen)
        })
        .collect()
}

/// Whether something beside the folder of the hooks is our own link to what lies in it: a hook that ours took the place
/// of may call another one, which stayed where it was.
pub(super) fn is_companion(folder: &Path, link: &Path) -> bool {
    link.file_name()
        .is_some_and(|name| fs::read_link(link).is_ok_and(|found| found == target(folder, name)))
}

/// From beside the folder of the hooks into it.
pub(super) fn target(folder: &Path, name: &OsStr) -> PathBuf {
    let folder = folder.file_name().unwrap_or_default();
    Path::new("..").join(folder).join(name)
}

/// What a file is.
pub(super) fn found(path: &Path, hook: HookName, receipt: &Receipt) -> Found {
    match path.symlink_metadata() {
        Err(_) => return Found::Nothing,
        Ok(found) if found.is_file() || found.is_symlink() => {}
        Ok(_) => return Found::Odd,
    }
    let Some(text) = contents(path) else {
        // A link that leads nowhere, or a file that nobody may read: a hook for all that we know.
        return Found::Foreign(Manager::Unknown);
    };
    if let Some(shim) = Shim::parse(&text, hook) {
        Found::Ours(shim)
    } else if !shim::is_ours(&text) {
        Found::Foreign(Manager::of(&text))
    } else if receipt.wrote(hook, &text) {
        Found::OursOld
    } else {
        Found::OursEdited
    }
}

/// The bytes of a file that could be a hook.
pub(super) fn contents(path: &Path) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut text = Vec::new();
    let file = filesystem::open_regular(path).ok()?;
    file.take(LARGEST).read_to_end(&mut text).ok()?;
    Some(text)
}

/// What else lies in the folder and may be read by a hook from beside it: everything but samples and what is ours, which
/// would be called in circles.
pub(super) fn companions(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_sample = name.as_encoded_bytes().ends_with_str(".sample");
        if !is_sample && !contents(&entry.path()).is_some_and(|text| shim::is_ours(&text)) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
