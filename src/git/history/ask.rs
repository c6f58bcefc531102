//! The question: which commits, in what form, whatever the user's configuration.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use bstr::ByteSlice;

use super::super::error::GitError;
use super::super::oid::Oid;
use super::super::repo::Repo;
use super::frame::{Changes, CommitFacts, FORMAT, Framer, Malformed};
use super::id::Id;

/// A million commits take git half a minute; a slow disk with a cold cache takes many times that.
const WHOLE_HISTORY: Duration = Duration::from_secs(30 * 60);

/// Settings of the user's that would change the answer, or make git refuse to give one. Where git has an option that
/// wins over a setting, the option says the same: settings unknown to an old git are ignored, unknown options are not.
const SETTINGS: [&str; 7] = [
    "log.showRoot=true",
    "log.showSignature=false",
    "log.follow=false",
    "log.diffMerges=off",
    "diff.relative=false",
    "diff.orderFile=/dev/null",
    "diff.ignoreSubmodules=none",
];

const OPTIONS: [&str; 14] = [
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=none",
    "-O/dev/null",
    "--no-color",
    "--no-decorate",
    "--no-notes",
    "--no-show-signature",
    "--encoding=UTF-8",
    "--date=raw",
];

/// Which commits: those that can be reached from `tips` and not from `exclude`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range<'a> {
    /// Where to begin; with none there are no commits.
    pub tips: &'a [Oid],
    /// What is known already.
    pub exclude: &'a [Oid],
}

/// How much, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct HistoryOptions {
    /// At most so many commits, the first in git's order.
    pub limit: Option<usize>,
    /// How long git may take.
    pub timeout: Duration,
}

impl Default for HistoryOptions {
    fn default() -> Self {
        Self {
            limit: None,
            timeout: WHOLE_HISTORY,
        }
    }
}

impl Repo {
    /// Hands over every commit of a range, in the order of `git log`: by committer date, as the walk finds them.
    ///
    /// Commits are read while git writes them. What was handed over before an error is not all there is. A commit whose
    /// tree is not here (a treeless clone) is an error; blobs are never read.
    pub fn history(
        &self,
        range: Range<'_>,
        options: HistoryOptions,
        mut each: impl FnMut(&CommitFacts<'_>),
    ) -> Result<(), GitError> {
        if range.tips.is_empty() {
            // Without a tip, git would begin at HEAD.
            return Ok(());
        }
        let borders = self.shallow_borders()?;
        let mut each = |facts: &CommitFacts<'_>| {
            if borders.contains(&facts.id) {
                each(&CommitFacts {
                    border: true,
                    changes: Changes::default(),
                    ..facts.clone()
                });
            } else {
                each(facts);
            }
        };
        let mut command = self.git(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        command = command.arg("log").args(OPTIONS).arg(FORMAT);
        if let Some(limit) = options.limit {
            command = command.arg(format!("--max-count={limit}"));
        }
        let mut framer = Framer::default();
        let mut malformed = None;
        let end = command
            .args(["--stdin", "--"])
            .stdin(revisions(range))
            // Without it git writes each commit to a pipe on its own.
            .env("GIT_FLUSH", "0")
            .timeout(options.timeout)
            .stream(|piece| match framer.push(piece, &mut each) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    malformed = Some(error);
                    ControlFlow::Break(())
                }
            })?;
        match malformed {
            Some(error) if end.is_break() => Err(unreadable(error)),
            _ => framer.finish(&mut each).map_err(unreadable),
        }
    }

    /// Committer times of commits, in their order; an error when one is not here.
    pub fn commit_times(&self, ids: &[Id]) -> Result<Vec<(Id, i64)>, GitError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut asked = String::new();
        for id in ids {
            asked.push_str(&format!("{id}\n"));
        }
        let said = self
            .git(["-c", "log.showSignature=false", "log"])
            .args(["--no-walk=unsorted", "--no-patch", "--no-color"])
            .args(["--format=tformat:%H %ct", "--stdin", "--"])
            .stdin(asked)
            .timeout(WHOLE_HISTORY)
            .run()?;
        said.lines()
            .map(|line| {
                let (digits, seconds) = line.split_once_str(" ")?;
                Some((Id::from_hex(digits)?, seconds.to_str().ok()?.parse().ok()?))
            })
            .collect::<Option<_>>()
            .ok_or_else(|| GitError::Unreadable {
                question: "log --no-walk".into(),
            })
    }

    /// The commits at which a shallow clone ends.
    fn shallow_borders(&self) -> Result<HashSet<Id>, GitError> {
        let content = self.common_file("shallow")?;
        Ok(content.lines().filter_map(Id::from_hex).collect())
    }

    /// What changes the parents of commits that are already known: the borders of a shallow clone, and grafts.
    ///
    /// What was summed up over a history holds as long as this stays the same.
    pub fn history_shape(&self) -> Result<[u8; 16], GitError> {
        let mut hasher = blake3::Hasher::new();
        for name in ["shallow", "info/grafts"] {
            let content = self.common_file(name)?;
            hasher.update(&(content.len() as u64).to_le_bytes());
            hasher.update(&content);
        }
        let mut shape = [0; 16];
        hasher.finalize_xof().fill(&mut shape);
        Ok(shape)
    }

    fn common_file(&self, name: &str) -> Result<Vec<u8>, GitError> {
        let path = self.located().common_dir.join(name);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(GitError::Io { path, source }),
            Ok(content) => Ok(content),
        }
    }
}

fn revisions(range: Range<'_>) -> String {
    let mut text = String::new();
    for tip in range.tips {
        text.push_str(&format!("{tip}\n"));
    }
    for known in range.exclude {
        text.push_str(&format!("^{known}\n"));
    }
    text
}

fn unreadable(error: Malformed) -> GitError {
    GitError::Unreadable {
        question: format!("log --raw -z ({error})"),
    }
}
