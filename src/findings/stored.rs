//! The scans that the queue's database holds, and how the files changed between them.

use std::collections::BTreeMap;

use super::changes::{ARGUMENTS, Changes};
use super::scan::{Scan, ScanHead};
use crate::git::{Oid, Repo};
use crate::queue::{Queue, QueueError, ResultEntry};

/// The type of the results that are scans.
pub const KIND: &str = "findings";
/// Of so many scans of a task it is asked whether they belong to a commit's history.
const ASKED: usize = 20;

/// The scans that there are.
pub struct Stored<'a> {
    queue: &'a Queue,
    repo: &'a Repo,
    /// By task, newest first.
    entries: BTreeMap<String, Vec<ResultEntry>>,
}

/// Which files were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked<'a> {
    /// A commit's.
    Commit(&'a Oid),
    /// The worktree's, as they are now.
    Worktree,
}

/// Why a scan is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// The database.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// It was written by another version, or damaged.
    #[error(
        "read the findings of {task}, which are damaged or of another version: git tend run {task} looks anew"
    )]
    Unreadable {
        /// The task.
        task: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl<'a> Stored<'a> {
    /// Lists what there is.
    pub fn new(queue: &'a Queue, repo: &'a Repo) -> Result<Self, QueueError> {
        let mut entries: BTreeMap<String, Vec<ResultEntry>> = BTreeMap::new();
        for entry in queue.results_of_kind(KIND)? {
            entries.entry(entry.task.clone()).or_default().push(entry);
        }
        Ok(Self {
            queue,
            repo,
            entries,
        })
    }

    /// The tasks that have scans, sorted.
    pub fn tasks(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The newest scan of a task that tells about the worktree whose HEAD is a commit: of it, of files that had been
    /// changed, or, where it was not looked at itself, of one of its ancestors.
    pub fn newest(&self, task: &str, commit: Option<&Oid>) -> Option<&ResultEntry> {
        if let Some(own) = commit.and_then(|commit| self.at(task, commit)) {
            let changed = self.of(task).iter().find(|entry| entry.commit.is_none());
            return Some(changed.filter(|it| it.id > own.id).unwrap_or(own));
        }
        let of_commit = |entry: &ResultEntry| match (&entry.commit, commit) {
            (None, _) => true,
            (Some(own), Some(commit)) => self.leads_to(own, commit),
            (Some(_), None) => false,
        };
        self.of(task).iter().take(ASKED).find(|it| of_commit(it))
    }

    /// The newest scan of a task that tells about a commit or one of its ancestors, among those up to number `last`; if there
    /// is none, the newest of those at all.
    pub fn newest_until(
        &self,
        task: &str,
        commit: Option<&Oid>,
        last: i64,
    ) -> Option<&ResultEntry> {
        let known = || self.of(task).iter().filter(|entry| entry.id <= last);
        let of_commit = |entry: &ResultEntry| match (&entry.commit, commit) {
            (None, _) => true,
            (Some(own), Some(commit)) => self.leads_to(own, commit),
            (Some(_), None) => false,
        };
        known()
            .take(ASKED)
            .find(|it| of_commit(it))
            .or_else(|| known().next())
    }

    /// The scans of a task, newest first.
    pub fn of(&self, task: &str) -> &[ResultEntry] {
        self.entries.get(task).map_or(&[], Vec::as_slice)
    }

    /// The scans of a task that came after number `after`, newest first.
    pub fn since(&self, task: &str, after: i64) -> impl Iterator<Item = &ResultEntry> {
        let scans = self.of(task).iter();
        scans.take_while(move |entry| entry.id > after)
    }

    /// The newest scan of exactly this commit.
    pub fn at(&self, task: &str, commit: &Oid) -> Option<&ResultEntry> {
        let is_it = |entry: &&ResultEntry| entry.commit.as_deref() == Some(commit.as_str());
        self.of(task).iter().find(is_it)
    }

    /// The newest scan of this commit or, if there is none, of one of its ancestors.
    pub fn nearest(&self, task: &str, commit: &Oid) -> Option<&ResultEntry> {
        self.at(task, commit).or_else(|| {
            let is_before = |entry: &&ResultEntry| {
                let own = entry.commit.as_deref();
                own.is_some_and(|own| self.leads_to(own, commit))
            };
            self.of(task).iter().take(ASKED).find(is_before)
        })
    }

    /// Whether a commit is another one or one of its ancestors.
    fn leads_to(&self, own: &str, commit: &Oid) -> bool {
        own == commit.as_str()
            || own
                .parse()
                .ok()
                .and_then(|own| self.repo.is_ancestor(&own, commit).ok())
                .unwrap_or(false)
    }

    /// Reads a scan.
    pub fn load(&self, entry: &ResultEntry) -> Result<Option<Scan>, StoredError> {
        let Some(text) = self.queue.result_text(entry.id)? else {
            return Ok(None);
        };
        let scan = serde_json::from_str(&text);
        scan.map(Some).map_err(|source| unreadable(entry, source))
    }

    /// Reads a scan without its findings, which may be many.
    pub fn load_head(&self, entry: &ResultEntry) -> Result<Option<ScanHead>, StoredError> {
        let head = self
            .queue
            .read_result(entry.id, |body| ScanHead::read(body))?;
        let head = head.transpose();
        head.map_err(|source| unreadable(entry, source))
    }
}

fn unreadable(entry: &ResultEntry, source: serde_json::Error) -> StoredError {
    StoredError::Unreadable {
        task: entry.task.clone(),
        source,
    }
}

/// How the files of a commit became others. What git cannot tell (a commit that is gone, a partial clone) is not known.
pub fn changes(repo: &Repo, from: &Oid, to: Looked<'_>) -> Option<Changes> {
    let arguments = ARGUMENTS.iter().map(|argument| match (*argument, to) {
        ("diff-tree", Looked::Worktree) => "diff-index",
        // diff-index knows no folders to go into: it always does.
        (argument, _) => argument,
    });
    let arguments = arguments.filter(|argument| *argument != "-r" || to != Looked::Worktree);
    let mut git = repo.git(arguments).arg(from.as_str());
    if let Looked::Commit(commit) = to {
        git = git.arg(commit.as_str());
    }
    // Without the commit git would say nothing, which looks like no difference.
    if !repo.contains(from).ok()? {
        return None;
    }
    let mut git = git.arg("--").timeout(PATIENCE).converse().ok()?;
    Changes::read(git.answers()).ok()
}

/// The difference between two distant commits of a large repository takes its time.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
