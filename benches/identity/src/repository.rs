//! A throw-away clone of the repository that is looked at.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use git_tend::findings::Changes;
use git_tend::findings::changes::ARGUMENTS;

use crate::Outcome;

/// A clone that is removed in the end.
pub struct Clone {
    /// Its worktree.
    pub folder: PathBuf,
}

impl Drop for Clone {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Clone {
    pub fn of(repository: &Path) -> Outcome<Self> {
        let folder = std::env::temp_dir().join(format!("identity-bench-{}", std::process::id()));
        let this = Self { folder };
        let status = Command::new("git")
            .args(["clone", "-q", "-s"])
            .arg(repository)
            .arg(&this.folder)
            .status()?;
        if !status.success() {
            return Err("git clone failed".into());
        }
        Ok(this)
    }

    pub fn git(&self, arguments: &[&str]) -> Outcome<Vec<u8>> {
        let output = Command::new("git")
            .arg("-C")
            .arg(&self.folder)
            .args(["-c", "user.name=bench", "-c", "user.email=bench@localhost"])
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("git {arguments:?} failed").into());
        }
        Ok(output.stdout)
    }

    pub fn head(&self) -> Outcome<String> {
        Ok(String::from_utf8(self.git(&["rev-parse", "HEAD"])?)?
            .trim()
            .to_owned())
    }

    /// The last commits of the branch's own line, oldest first, and the one before them.
    pub fn first_parents(&self, count: usize) -> Outcome<Vec<String>> {
        let limit = format!("-n{}", count + 1);
        let text = String::from_utf8(self.git(&[
            "rev-list",
            "--first-parent",
            "--reverse",
            &limit,
            "HEAD",
        ])?)?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    pub fn check_out(&self, commit: &str) -> Outcome<()> {
        self.git(&["checkout", "-q", "-f", "--detach", commit])?;
        self.git(&["clean", "-qfdx"]).map(|_| ())
    }

    pub fn commit(&self, message: &str) -> Outcome<String> {
        self.git(&["add", "-A"])?;
        self.git(&[
            "commit",
            "-q",
            "--allow-empty",
            "--no-verify",
            "-m",
            message,
        ])?;
        self.head()
    }

    pub fn blobs(&self) -> Outcome<HashMap<String, String>> {
        let listed = self.git(&["ls-tree", "-r", "-z", "HEAD"])?;
        let records = listed.split(|byte| *byte == 0);
        Ok(records
            .filter_map(|record| {
                let text = std::str::from_utf8(record).ok()?;
                let (meta, path) = text.split_once('\t')?;
                Some((path.to_owned(), meta.rsplit(' ').next()?.to_owned()))
            })
            .collect())
    }

    pub fn changes(&self, old: &str, new: &str) -> Outcome<Changes> {
        self.read_changes(&ARGUMENTS, old, new)
    }

    /// As tools that look at added lines compare: white space is a difference.
    pub fn plain_changes(&self, old: &str, new: &str) -> Outcome<Changes> {
        let others = |argument: &&&str| !matches!(**argument, "-w" | "--diff-algorithm=histogram");
        let arguments: Vec<&str> = ARGUMENTS.iter().filter(others).copied().collect();
        self.read_changes(&arguments, old, new)
    }

    fn read_changes(&self, arguments: &[&str], old: &str, new: &str) -> Outcome<Changes> {
        let mut all = arguments.to_vec();
        all.extend([old, new]);
        Ok(Changes::read(&mut self.git(&all)?.as_slice())?)
    }

    pub fn show(&self, commit: &str, path: &str) -> Option<Vec<u8>> {
        self.git(&["show", &format!("{commit}:{path}")]).ok()
    }
}
