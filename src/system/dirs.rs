//! The folders in which git-tend keeps things: the XDG layout on every platform, and a repository's own state.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::env;

/// The name of git-tend's folder in each of the user's base folders.
const NAME: &str = "git-tend";

/// Why the user's folders are unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirsError {
    /// Neither the home folder nor the variable that would make it unnecessary is set.
    #[error(
        "find the {folder} folder: HOME is not set to an absolute path, and neither is {variable}"
    )]
    NoHome {
        /// What the folder is for.
        folder: &'static str,
        /// The variable that names it directly.
        variable: &'static str,
    },
}

/// The user's folders for git-tend. They need not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// The user's configuration.
    pub config: PathBuf,
    /// What must survive but is not configuration: approvals, the registry of repositories, machine-wide slots.
    pub state: PathBuf,
    /// What can be made again: workspaces.
    pub cache: PathBuf,
    /// The user's own queue, the graph, the profile.
    pub data: PathBuf,
}

impl Dirs {
    /// From this process's environment.
    pub fn from_environment() -> Result<Self, DirsError> {
        Self::from_variables(env::raw)
    }

    /// From variables. As the XDG specification demands, a relative path counts as none.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, DirsError> {
        let absolute = |name: &str| {
            variable(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = absolute(env::HOME);
        let base = |folder, name: &'static str, below_home: &str| {
            absolute(name)
                .or_else(|| home.as_ref().map(|home| home.join(below_home)))
                .map(|base| base.join(NAME))
                .ok_or(DirsError::NoHome {
                    folder,
                    variable: name,
                })
        };
        Ok(Self {
            config: base("configuration", env::XDG_CONFIG_HOME, ".config")?,
            state: base("state", env::XDG_STATE_HOME, ".local/state")?,
            cache: base("cache", env::XDG_CACHE_HOME, ".cache")?,
            data: base("data", env::XDG_DATA_HOME, ".local/share")?,
        })
    }

    /// Where approvals are kept, one file a repository.
    pub fn approvals(&self) -> PathBuf {
        self.state.join("approvals")
    }

    /// The checkouts in which a repository's jobs run.
    pub fn workspaces(&self, repository: &RepositoryId) -> PathBuf {
        self.cache.join("ws").join(&repository.0)
    }

    /// The checkout of one slot.
    pub fn workspace(&self, repository: &RepositoryId, slot: u32) -> PathBuf {
        self.workspaces(repository).join(format!("{slot:02}"))
    }
}

/// What names a repository outside of it: a hash of the canonical path of its common git folder.
///
/// All linked worktrees share it; a copy of the repository has another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepositoryId(String);

impl RepositoryId {
    /// The name of the repository with this common git folder, which must exist.
    pub fn of(common_dir: &Path) -> io::Result<Self> {
        let canonical = common_dir.canonicalize()?;
        let hash = blake3::hash(canonical.as_os_str().as_encoded_bytes());
        // 128 bits: nobody finds a second path with the same name.
        Ok(Self(hash.to_hex().chars().take(32).collect()))
    }

    /// The name: 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a repository keeps its queue, locks and logs: one folder for each user who works with it.
///
/// `TEND_REPO_STATE` replaces it.
pub fn repository_state(common_dir: &Path) -> PathBuf {
    match env::raw(env::REPO_STATE) {
        Some(path) if !path.is_empty() => PathBuf::from(path),
        _ => common_dir
            .join("tend")
            .join(rustix::process::geteuid().as_raw().to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn dirs(variables: &[(&str, &str)]) -> Result<Dirs, DirsError> {
        Dirs::from_variables(|name| {
            variables
                .iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_home_folder_is_the_base_of_what_is_not_set() {
        let dirs = dirs(&[("HOME", "/home/u"), ("XDG_STATE_HOME", "/state")]).unwrap();
        assert_eq!(dirs.config, Path::new("/home/u/.config/git-tend"));
        assert_eq!(dirs.state, Path::new("/state/git-tend"));
        assert_eq!(dirs.cache, Path::new("/home/u/.cache/git-tend"));
        assert_eq!(dirs.data, Path::new("/home/u/.local/share/git-tend"));
        assert_eq!(dirs.approvals(), Path::new("/state/git-tend/approvals"));
    }

    #[test]
    fn without_a_home_folder_the_error_names_what_to_set() {
        for home in [&[][..], &[("HOME", "")], &[("HOME", "relative")]] {
            let error = dirs(home).unwrap_err().to_string();
            assert_eq!(
                error,
                "find the configuration folder: HOME is not set to an absolute path, and neither is XDG_CONFIG_HOME"
            );
        }
    }

    #[test]
    fn without_a_home_folder_the_variables_are_enough() {
        let all = [
            "XDG_CONFIG_HOME",
            "XDG_STATE_HOME",
            "XDG_CACHE_HOME",
            "XDG_DATA_HOME",
        ];
        assert!(dirs(&all.map(|name| (name, "/x"))).is_ok());
        let mut relative = all.map(|name| (name, "/x"));
        relative[2].1 = "x";
        assert!(dirs(&relative).is_err());
    }

    #[test]
    fn every_way_to_a_repository_gives_it_the_same_name() {
        let temp = tempfile::tempdir().unwrap();
        let git = temp.path().join("a/.git");
        std::fs::create_dir_all(&git).unwrap();
        std::fs::create_dir_all(temp.path().join("b/.git")).unwrap();
        let id = RepositoryId::of(&git).unwrap();
        assert_eq!(
            id,
            RepositoryId::of(&temp.path().join("b/../a/.git")).unwrap()
        );
        assert_ne!(id, RepositoryId::of(&temp.path().join("b/.git")).unwrap());
        assert_eq!(id.as_str().len(), 32);
        assert!(RepositoryId::of(&temp.path().join("gone")).is_err());
    }
}
