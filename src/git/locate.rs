//! Finding the repository without libgit2 and without starting git: hooks pay for every millisecond.
//!
//! Follows git's own `setup.c`: `GIT_DIR`, else `.git` (a folder, or a file that names one) or a bare repository in the
//! current folder or one above it, down from the nearest ceiling and within one file system.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use bstr::ByteSlice;

use super::core_settings::CoreSettings;
use super::error::GitError;
use crate::system::{env, user};

/// Where a repository is. Absolute paths without symbolic links, so that two ways to it give the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The top of the files; `None` in a bare repository and inside a `.git` folder.
    pub worktree: Option<PathBuf>,
    /// What belongs to this worktree: HEAD, the index.
    pub git_dir: PathBuf,
    /// What all worktrees share: objects, refs, configuration. The same as `git_dir` but in a linked worktree.
    pub common_dir: PathBuf,
    /// Whether the repository has no worktree of its own.
    pub bare: bool,
    /// Whether the effective user owns the repository and its worktree.
    pub owned_by_us: bool,
    /// Whether `GIT_DIR` named it: then the caller has decided to trust it, as for git.
    pub explicit: bool,
}

/// What the environment says about where to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the constants in `system::env` carry the explanations
pub struct GitEnv {
    pub git_dir: Option<OsString>,
    pub common_dir: Option<OsString>,
    pub work_tree: Option<OsString>,
    pub ceilings: Vec<PathBuf>,
    pub across_file_systems: bool,
}

impl GitEnv {
    /// What this process was given.
    pub fn of_process() -> Self {
        let set = |name| env::raw(name).filter(|value| !value.is_empty());
        Self {
            git_dir: set(env::GIT_DIR),
            common_dir: set(env::GIT_COMMON_DIR),
            work_tree: set(env::GIT_WORK_TREE),
            ceilings: env::folders(env::GIT_CEILING_DIRECTORIES),
            across_file_systems: env::text(env::GIT_DISCOVERY_ACROSS_FILESYSTEM)
                .is_some_and(|value| is_true(&value)),
        }
    }
}

/// Git's idea of a true value in the environment.
fn is_true(value: &str) -> bool {
    ["1", "true", "yes", "on"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

/// Finds the repository that a command started in `cwd` is about.
pub fn discover(cwd: &Path, env: &GitEnv) -> Result<Located, GitError> {
    let cwd = canonical(cwd)?;
    if let Some(git_dir) = &env.git_dir {
        return named(&cwd, &cwd.join(git_dir), env);
    }
    let ceilings: Vec<PathBuf> = env
        .ceilings
        .iter()
        .filter(|ceiling| ceiling.is_absolute())
        .map(|ceiling| fs::canonicalize(ceiling).unwrap_or_else(|_| ceiling.clone()))
        .collect();
    let device = |folder: &Path| fs::metadata(folder).map(|found| found.dev()).ok();
    let home = device(&cwd);
    for folder in cwd.ancestors() {
        let walked_up = folder != cwd;
        if walked_up && ceilings.iter().any(|ceiling| ceiling == folder) {
            break;
        }
        if walked_up && !env.across_file_systems && device(folder) != home {
            break;
        }
        let dot_git = folder.join(".git");
        match fs::metadata(&dot_git) {
            Ok(found) if found.is_dir() && is_git_dir(&dot_git) => {
                return located(&canonical(&dot_git)?, Some(folder.to_path_buf()), env);
            }
            Ok(found) if found.is_file() => {
                let git_dir = follow(&dot_git)?;
                return located(&git_dir, Some(folder.to_path_buf()), env);
            }
            _ => {}
        }
        if is_git_dir(folder) {
            return located(folder, None, env);
        }
    }
    Err(GitError::NotARepository { from: cwd })
}

/// The repository that `GIT_DIR` names; its files are where the command was started, unless something says otherwise.
fn named(cwd: &Path, git_dir: &Path, env: &GitEnv) -> Result<Located, GitError> {
    let git_dir = match fs::metadata(git_dir) {
        Ok(found) if found.is_file() => follow(git_dir)?,
        Ok(_) if is_git_dir(git_dir) || env.common_dir.is_some() => canonical(git_dir)?,
        Ok(_) => return Err(invalid(git_dir, "GIT_DIR names it, and it is not one")),
        Err(source) => {
            let path = git_dir.to_path_buf();
            return Err(GitError::Io { path, source });
        }
    };
    let worktree = match &env.work_tree {
        Some(worktree) => canonical(&cwd.join(worktree))?,
        None => cwd.to_path_buf(),
    };
    let mut found = located(&git_dir, Some(worktree.clone()), env)?;
    if env.work_tree.is_some() {
        found.worktree = Some(worktree);
        found.bare = false;
    }
    found.explicit = true;
    Ok(found)
}

/// Completes what is known about a repository whose `.git` was found in `top`.
fn located(git_dir: &Path, top: Option<PathBuf>, env: &GitEnv) -> Result<Located, GitError> {
    let linked = common_dir_of(git_dir)?;
    let common_dir = match &env.common_dir {
        Some(named) if env.git_dir.is_some() => canonical(&git_dir.join(named))?,
        _ => linked.clone().unwrap_or_else(|| git_dir.to_path_buf()),
    };
    let settings = CoreSettings::of(git_dir, &common_dir)?;
    let worktree = match settings.worktree {
        Some(worktree) => Some(canonical(&git_dir.join(worktree))?),
        None if settings.bare == Some(true) => None,
        // In `.git` itself there are no files to speak of, whatever git makes of the current folder there.
        None => top.filter(|top| !top.starts_with(git_dir)),
    };
    let bare = worktree.is_none()
        && settings
            .bare
            .unwrap_or(git_dir.file_name() != Some(".git".as_ref()));
    let uid = user::effective_uid();
    let ours = |path: &Path| fs::metadata(path).is_ok_and(|found| found.uid() == uid);
    Ok(Located {
        owned_by_us: ours(git_dir) && ours(&common_dir) && worktree.as_deref().is_none_or(ours),
        worktree,
        git_dir: git_dir.to_path_buf(),
        common_dir,
        bare,
        explicit: false,
    })
}

/// Whether a folder is a repository, by the same signs as git: HEAD, and the shared parts.
fn is_git_dir(folder: &Path) -> bool {
    // A symbolic link as HEAD is how the oldest repositories wrote it.
    let head = folder.join("HEAD");
    let head_is_well = fs::symlink_metadata(&head).is_ok_and(|found| {
        found.is_symlink()
            || fs::read(&head).is_ok_and(|text| {
                let text = text.trim_end();
                text.strip_prefix(b"ref:")
                    .is_some_and(|name| name.trim_start().starts_with(b"refs/"))
                    || super::Oid::from_hex(text).is_ok()
            })
    });
    head_is_well
        && common_dir_of(folder).is_ok_and(|common| {
            let common = common.as_deref().unwrap_or(folder);
            common.join("objects").is_dir() && common.join("refs").is_dir()
        })
}

/// What the `commondir` file of a linked worktree names.
fn common_dir_of(git_dir: &Path) -> Result<Option<PathBuf>, GitError> {
    let file = git_dir.join("commondir");
    match fs::read(&file) {
        Ok(text) => Ok(Some(canonical(&git_dir.join(path_from(text.trim_end())))?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(GitError::Io { path: file, source }),
    }
}

/// What a `.git` file names.
fn follow(file: &Path) -> Result<PathBuf, GitError> {
    let text = fs::read(file).map_err(|source| GitError::Io {
        path: file.to_path_buf(),
        source,
    })?;
    let Some(target) = text.strip_prefix(b"gitdir: ") else {
        return Err(invalid(file, "the file does not say `gitdir: …`"));
    };
    let parent = file.parent().unwrap_or(Path::new("/"));
    let target = parent.join(path_from(target.trim_end_with(|c| c == '\n' || c == '\r')));
    if is_git_dir(&target) {
        canonical(&target)
    } else {
        let reason = format!("it names {}, which is not a repository", target.display());
        Err(invalid(file, &reason))
    }
}

fn path_from(bytes: &[u8]) -> PathBuf {
    OsString::from_vec(bytes.to_vec()).into()
}

fn canonical(path: &Path) -> Result<PathBuf, GitError> {
    fs::canonicalize(path).map_err(|source| GitError::Io {
        path: path.to_path_buf(),
        source,
    })
}

fn invalid(path: &Path, reason: &str) -> GitError {
    GitError::Invalid {
        path: path.to_path_buf(),
        reason: reason.to_owned(),
    }
}
