//! What the child processes of jobs know of their repository.

use std::ffi::OsStr;
use std::path::Path;

use super::threads;
use crate::analyze::{as_findings, builtin};
use crate::config::{Config, Files};
use crate::findings::{Finding, Suppression, configured};
use crate::git::{GitEnv, Located, Repo, discover};
use crate::queue::Queue;
use crate::store::{Access, OpenOptions};
use crate::system::dirs::Dirs;
use crate::system::{clock, zone};
use crate::tools::memory::Remembered;

/// A repository, its earlier scans, and what its configuration does not want to hear of.
pub struct Known {
    located: Located,
    /// The repository.
    pub repo: Repo,
    queue: Option<Queue>,
    suppressions: Vec<Suppression>,
}

impl Known {
    /// Of a git directory, with the state directory of its queue. Nothing is suppressed yet.
    pub fn open(git_dir: &OsStr, state: &Path) -> Result<Self, String> {
        let environment = GitEnv {
            git_dir: Some(git_dir.to_os_string()),
            ..GitEnv::default()
        };
        let located =
            discover(Path::new("/"), &environment).map_err(|error| format!("failed to {error}"))?;
        let repo = Repo::open(&located).map_err(|error| format!("failed to {error}"))?;
        Ok(Self {
            located,
            repo,
            // Without its earlier scans every finding is first seen now.
            queue: Queue::open(state, &OpenOptions::new(Access::ReadOnly)).ok(),
            suppressions: Vec::new(),
        })
    }

    /// With what the configuration of a worktree says does not count.
    #[must_use]
    pub fn configured(self, worktree: &Path) -> Self {
        // Which files are the repository's, its folder alone does not tell.
        let worktree = Some(worktree).filter(|path| !path.as_os_str().is_empty());
        let dirs = Dirs::from_environment().ok();
        let files = Files::new(dirs.as_ref().map(|it| it.config.as_path()), worktree, None);
        // The job was enqueued under a valid configuration; if it is not valid now, nothing is suppressed by it.
        let loaded = Config::load(&files).ok();
        let suppressions = loaded.map(|loaded| configured::suppressions(&loaded, worktree));
        Self {
            suppressions: suppressions.unwrap_or_default(),
            ..self
        }
    }

    /// The secrets in a commit's files and in the latest commits; in HEAD's where none is named.
    pub fn secrets(
        &self,
        commit: Option<&str>,
        state: &Path,
    ) -> Result<(Vec<Finding>, u64), String> {
        let commit = commit.and_then(|commit| commit.parse().ok());
        let setting = builtin::Setting {
            located: &self.located,
            commit: commit.as_ref(),
            state: Some(state),
            user: None,
            sessions: None,
            threads: threads::count(),
            now: clock::now(),
        };
        let found = builtin::run(builtin::SECRETS, &setting).map_err(|error| error.to_string())?;
        let body = found.results.last().map(|result| &result.body);
        Ok(body.map(as_findings::secrets).unwrap_or_default())
    }

    /// For recognising findings.
    pub fn remembered(&self) -> Remembered<'_> {
        Remembered {
            repo: &self.repo,
            queue: self.queue.as_ref(),
            suppressions: &self.suppressions,
            today: clock::now().to_zoned(zone::local()).date(),
        }
    }
}
