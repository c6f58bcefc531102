//! A repository, a home and the real binary, isolated from the machine's configuration.

pub mod browser;
pub mod crontab;
pub mod disk;
pub mod page;
mod tools;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

pub use self::tools::{npm_package, real_tools_required, tool, tool_of, tools_folder, tools_path};

/// One test's world: a folder with a home and a repository in it.
pub struct World {
    folder: TempDir,
    repo: PathBuf,
}

/// What an invocation left.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn new(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Requires an exit code.
    #[track_caller]
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(
            self.code, expected,
            "exit code\n--- stdout\n{}--- stderr\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "{error}\n--- stdout\n{}--- stderr\n{}",
                self.stdout, self.stderr
            )
        })
    }
}

impl World {
    /// A home and an empty folder, no repository yet.
    pub fn bare_folder() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("tend-it-")
            .tempdir()
            .unwrap();
        let repo = folder.path().join("repo");
        for name in ["home", "repo"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder, repo }
    }

    /// A repository without commits.
    pub fn unborn() -> Self {
        let world = Self::bare_folder();
        world.git(["init", "--quiet", "--initial-branch=main"]);
        world
    }

    /// A repository with one commit.
    pub fn new() -> Self {
        let world = Self::unborn();
        world.write("README.md", "# A repository\n");
        world.commit("Begin");
        world
    }

    /// A repository with one commit whose tasks are `tend.toml`.
    pub fn with_config(tend_toml: &str) -> Self {
        let world = Self::unborn();
        world.write("tend.toml", tend_toml);
        world.commit("Begin");
        world
    }

    pub fn repo(&self) -> &Path {
        &self.repo
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// What stands for the `crontab` command; there is none until a test makes it.
    pub fn crontab_program(&self) -> PathBuf {
        self.home().join("crontab-program")
    }

    pub fn state_dir(&self) -> PathBuf {
        let common = self.git(["rev-parse", "--path-format=absolute", "--git-common-dir"]);
        let uid = fs::metadata(self.folder.path())
            .map(|meta| std::os::unix::fs::MetadataExt::uid(&meta))
            .unwrap();
        Path::new(common.trim()).join("tend").join(uid.to_string())
    }

    /// Gives the repository's folder another name.
    pub fn move_repo(&mut self, name: &str) {
        let moved = self.folder.path().join(name);
        fs::rename(&self.repo, &moved).unwrap();
        self.repo = moved;
    }

    /// Another folder of this world is the repository from now on.
    pub fn enter(&mut self, name: &str) {
        self.repo = self.folder.path().join(name);
    }

    /// A transaction that nobody else can write beside, until it is dropped.
    pub fn lock_queue(&self) -> rusqlite::Connection {
        let queue = rusqlite::Connection::open(self.state_dir().join("queue.db")).unwrap();
        queue.execute_batch("BEGIN IMMEDIATE").unwrap();
        queue
    }

    /// Writes a file of the worktree, with its folders.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.repo.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits everything and returns the commit's id.
    pub fn commit(&self, message: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// A command in the repository with this world's environment and nothing of the machine's.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let home = self.folder.path().join("home");
        command
            .current_dir(&self.repo)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_STATE_HOME", home.join(".state"))
            .env("XDG_DATA_HOME", home.join(".data"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A. Author")
            .env("GIT_AUTHOR_EMAIL", "author@example.org")
            .env("GIT_COMMITTER_NAME", "A. Author")
            .env("GIT_COMMITTER_EMAIL", "author@example.org")
            .env("TZ", "UTC")
            // Other tests keep the machine busy; a test of the load gate says otherwise.
            .env("TEND_PRESSURE", "0,0")
            // Nobody's own crontab; a test that wants one makes the program.
            .env("TEND_CRONTAB", self.crontab_program())
            .env("TEND_PROCESSES", home.join("processes"))
            // Nobody's own desktop.
            .env("DBUS_SESSION_BUS_ADDRESS", "disabled:")
            .stdin(Stdio::null());
        command
    }

    /// Runs git and returns its output; it must succeed.
    #[track_caller]
    pub fn git<I, S>(&self, args: I) -> String
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let output = self.command("git").args(args).output().unwrap();
        assert!(
            output.status.success(),
            "git: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The real binary, ready for more arguments and variables.
    pub fn tend_command(&self) -> Command {
        self.command(env!("CARGO_BIN_EXE_git-tend"))
    }

    /// Runs the real binary.
    pub fn tend<I, S>(&self, args: I) -> Ran
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        Ran::new(&self.tend_command().args(args).output().unwrap())
    }

    /// Runs the real binary with more variables.
    pub fn tend_with<I, S>(&self, vars: &[(&str, &str)], args: I) -> Ran
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        Ran::new(
            &self
                .tend_command()
                .envs(vars.iter().copied())
                .args(args)
                .output()
                .unwrap(),
        )
    }

    /// The id of the newest job of a task.
    #[track_caller]
    pub fn newest_job(&self, task: &str) -> String {
        let all = self.tend(["queue", "--all", "--json"]).code(0).json();
        let jobs = all["jobs"].as_array().unwrap();
        let newest = jobs
            .iter()
            .filter(|job| job["task"] == task)
            .max_by_key(|job| job["queued_at"].as_str().unwrap().to_owned())
            .unwrap();
        newest["id"].as_str().unwrap().to_owned()
    }

    /// The text with what differs from run to run replaced.
    pub fn scrub(&self, text: &str) -> String {
        text.replace(self.folder.path().to_str().unwrap(), "[WORLD]")
    }
}

/// Waits until `condition` gives something, at most `seconds`.
#[track_caller]
pub fn until<T>(seconds: u64, what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(
            Instant::now() < deadline,
            "waited {seconds} s in vain: {what}"
        );
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
