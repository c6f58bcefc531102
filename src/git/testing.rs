//! Repositories for tests: made by git itself, with nothing of the user's configuration and with fixed dates.

#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use bstr::ByteSlice;
use tempfile::TempDir;

use super::{GitEnv, Located, Oid, Repo, discover};
use crate::system::git_command::GitCommand;

/// A repository in a temporary folder.
pub(crate) struct TestRepo {
    folder: TempDir,
    top: PathBuf,
    clock: Cell<u32>,
}

impl TestRepo {
    /// `git init` with options such as `--object-format=sha256`.
    pub(crate) fn new(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let top = fs::canonicalize(folder.path()).unwrap().join("top");
        fs::create_dir(&top).unwrap();
        let repo = Self {
            folder,
            top,
            clock: Cell::new(0),
        };
        repo.git(
            &["init", "--quiet", "--initial-branch=main"]
                .iter()
                .chain(options)
                .copied()
                .collect::<Vec<_>>(),
        );
        repo
    }

    /// The top folder.
    pub(crate) fn top(&self) -> &Path {
        &self.top
    }

    /// A path beside the repository, removed with it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap().join(name)
    }

    /// Runs git at the top.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.top, args, b"")
    }

    /// Runs git in a folder, with standard input. Every call's commits are a minute younger.
    pub(crate) fn git_in(&self, folder: &Path, args: &[&str], stdin: &[u8]) -> String {
        self.clock.set(self.clock.get() + 60);
        let date = format!("{} +0130", 1_700_000_000 + self.clock.get());
        let said = GitCommand::in_folder(folder)
            .args([
                "-c",
                "protocol.file.allow=always",
                "-c",
                "user.name=T",
                "-c",
                "user.email=t@example.org",
            ])
            .args(args)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_ALLOW_PROTOCOL", "file")
            .env("GIT_NO_LAZY_FETCH", "0")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .stdin(stdin)
            .run()
            .unwrap();
        said.trim_end().to_str_lossy().into_owned()
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.top.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Commits everything.
    pub(crate) fn commit(&self, message: &str) -> Oid {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.tip("HEAD")
    }

    /// Writes files and commits them.
    pub(crate) fn commit_files(&self, files: &[(&str, &str)]) -> Oid {
        for (path, content) in files {
            self.write(path, content);
        }
        self.commit("files")
    }

    /// What a revision is.
    pub(crate) fn tip(&self, rev: &str) -> Oid {
        self.git(&["rev-parse", rev]).parse().unwrap()
    }

    /// Where discovery finds it.
    pub(crate) fn located(&self) -> Located {
        discover(&self.top, &GitEnv::default()).unwrap()
    }

    /// Open.
    pub(crate) fn open(&self) -> Repo {
        Repo::open(&self.located()).unwrap()
    }
}
