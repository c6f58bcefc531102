//! What is known from earlier scans, and what the user does not want to hear of.

use jiff::Timestamp;
use jiff::civil::Date;

use super::run::Memory;
use super::workplace::Workplace;
use crate::findings::stored::changes;
use crate::findings::suppress::{State, apply};
use crate::findings::{
    Checked, Finding, Looked, Markers, Stored, Suppression, link, match_findings, source,
};
use crate::git::{Oid, Repo};
use crate::queue::Queue;

/// The scans in the queue's database and the suppressions of the configuration.
pub struct Remembered<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// Its queue, if it can be read.
    pub queue: Option<&'a Queue>,
    /// What the configuration says does not count.
    pub suppressions: &'a [Suppression],
    /// The present day, where the user is.
    pub today: Date,
}

impl Remembered<'_> {
    /// The findings of the last scan that tells about a commit, and how the files have changed since.
    fn before(
        &self,
        task: &str,
        commit: Option<&Oid>,
    ) -> Option<(Vec<Finding>, Option<crate::findings::Changes>)> {
        let stored = Stored::new(self.queue?, self.repo).ok()?;
        let head = match commit {
            Some(commit) => Some(commit.clone()),
            None => self.repo.head().ok()?.oid().cloned(),
        };
        let entry = stored.newest(task, head.as_ref())?;
        // One that cannot be read is as good as none: findings are then first seen now.
        let scan = stored.load(entry).ok()??;
        let from: Option<Oid> = entry.commit.as_ref().and_then(|it| it.parse().ok());
        let to = commit.map_or(Looked::Worktree, Looked::Commit);
        let changes = from.and_then(|from| changes(self.repo, &from, to));
        Some((scan.findings, changes))
    }
}

impl Remembered<'_> {
    /// Gives findings their identities: what the last scan of the task found too keeps its own.
    pub fn recognise(
        &self,
        task: &str,
        findings: &mut [Finding],
        commit: Option<&str>,
        now: Timestamp,
    ) {
        let since: Vec<_> = findings.iter_mut().map(|it| it.first_seen.take()).collect();
        let oid: Option<Oid> = commit.and_then(|commit| commit.parse().ok());
        let (before, changes) = self.before(task, oid.as_ref()).unwrap_or_default();
        let matching = match_findings(&before, findings, changes.as_ref());
        link(&before, findings, &matching, now, commit);
        // Of some it is known from the history since when they are there.
        for (finding, since) in findings.iter_mut().zip(since) {
            if since.is_some() {
                finding.first_seen = since;
            }
        }
    }
}

impl Memory for Remembered<'_> {
    fn identify(
        &self,
        task: &str,
        findings: &mut [Finding],
        place: &Workplace,
        commit: Option<&str>,
        now: Timestamp,
    ) {
        source::fill(findings, &|path| {
            let (blob, bytes) = place.source(path)?;
            Some((blob.unwrap_or_default(), bytes))
        });
        for line in findings.iter_mut().filter_map(|it| it.line.as_mut()) {
            // Of files that are changed no blob is known.
            let is_commit = commit.is_some();
            line.blob = line
                .blob
                .take()
                .filter(|blob| is_commit && !blob.is_empty());
        }
        self.recognise(task, findings, commit, now);
    }

    fn suppressed(&self, findings: &[Finding], place: &Workplace) -> Vec<bool> {
        let paths = findings
            .iter()
            .filter_map(|it| Some(it.place.as_ref()?.path.as_str()));
        let mut paths: Vec<&str> = paths.collect();
        paths.sort_unstable();
        paths.dedup();
        let markers: Vec<(String, Markers)> = paths
            .into_iter()
            .filter_map(|path| {
                let (_, bytes) = place.source(path)?;
                Some((path.to_owned(), Markers::of(&bytes)))
            })
            .collect();
        // Which words say nothing any more is told where findings are listed, over all tasks.
        let checked = Checked {
            tools: &std::collections::BTreeSet::new(),
            has_all_tools: false,
            has_file: &|_| false,
            has_all_files: false,
        };
        apply(findings, self.suppressions, &markers, &checked, self.today)
            .states
            .iter()
            .map(|state| *state != State::Active)
            .collect()
    }
}
