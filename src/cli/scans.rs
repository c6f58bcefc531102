//! The findings of this repository as a document, for the verbs that show them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::app::App;
use super::error::{CommandError, Context};
use super::ui::plain;
use crate::findings::baseline::FILE_NAME;
use crate::findings::configured;
use crate::findings::source::primary_location_line_hashes;
use crate::findings::{Baseline, Finding, Markers, Stored};
use crate::gates::compare::{self, Compared};
use crate::git::{Blob, Oid, Repo};
use crate::report::findings::gather::{Wanted, gather};
use crate::report::findings::{Document, Excerpt};

/// Larger files are not looked into.
const LARGEST: u64 = 16 << 20;
/// So many lines around a finding may be shown.
const AROUND: u32 = 2;

/// The document for a commit, or for HEAD and what is changed since.
pub fn document(app: &App, rev: Option<&str>, tasks: &[String]) -> Result<Document, CommandError> {
    let repo = app.repo()?;
    let commit = match rev {
        Some(rev) => Some(app.commit(rev)?),
        None => repo.head().context("read HEAD")?.oid().cloned(),
    };
    let queue = app.queue_to_read()?;
    let stored = Stored::new(&queue, repo).context("list the findings")?;
    let keys: Vec<String> = tasks.iter().map(|name| app.task_key(name)).collect();
    if let Some(unknown) = keys
        .iter()
        .find(|key| !stored.tasks().any(|task| task == *key))
    {
        let known: Vec<&str> = stored.tasks().collect();
        return Err(
            CommandError::usage(format!("no findings of {}", plain(unknown))).hint(
                if known.is_empty() {
                    format!("git tend run {} looks for some", plain(unknown))
                } else {
                    format!("there are some of {}", known.join(", "))
                },
            ),
        );
    }
    let located = app.located()?;
    let suppressions = configured::suppressions(app.loaded()?, located.worktree.as_deref());
    let baseline = read_baseline(app)?;
    let files = Files::new(app)?;
    gather(&Wanted {
        repo,
        stored: &stored,
        name: name(app),
        commit,
        with_changes: rev.is_none(),
        tasks: &keys,
        suppressions: &suppressions,
        baseline: baseline.as_ref(),
        read: &|commit, path| files.read(commit, path),
        now: app.now(),
        today: today(app),
    })
    .context("put the findings together")
}

/// The tasks that have findings stored.
pub fn tasks_with_findings(app: &App) -> Result<Vec<String>, CommandError> {
    let queue = app.queue_to_read()?;
    let stored = Stored::new(&queue, app.repo()?).context("list the findings")?;
    Ok(stored.tasks().map(str::to_owned).collect())
}

/// The repository's name: that of its folder.
pub fn name(app: &App) -> String {
    let folder = app.located().ok().map(|located| {
        let top = located.worktree.as_ref().unwrap_or(&located.common_dir);
        top.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    });
    folder
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "repository".to_owned())
}

/// The present day, where the user is.
pub fn today(app: &App) -> Date {
    app.now().to_zoned(app.zone()).date()
}

/// Takes out what the configuration, or a comment beside it, says does not count.
pub fn without_suppressed(
    app: &App,
    worktree: Option<&Path>,
    compared: Compared,
) -> Result<Compared, CommandError> {
    let suppressions = configured::suppressions(app.loaded()?, worktree);
    let markers = |finding: &Finding| {
        let blob: Oid = finding.line.as_ref()?.blob.as_ref()?.parse().ok()?;
        let mut found = None;
        let each = |_: &Oid, blob: Blob<'_>| {
            if let Blob::Bytes(bytes) = blob {
                found = Some(Markers::of(bytes));
            }
        };
        let blobs = app.repo().ok()?.blobs(LARGEST).ok()?;
        let mut blobs = blobs;
        blobs.read([&blob], each).ok()?;
        found
    };
    Ok(compare::without_suppressed(
        compared,
        &suppressions,
        markers,
        today(app),
    ))
}

/// Where the baseline file is.
pub fn baseline_path(app: &App) -> Result<PathBuf, CommandError> {
    let worktree = app.located()?.worktree.as_ref();
    worktree
        .map(|top| top.join(FILE_NAME))
        .ok_or_else(|| CommandError::usage("a bare repository has no baseline file"))
}

/// The accepted findings; nothing where there is no such file.
pub fn read_baseline(app: &App) -> Result<Option<Baseline>, CommandError> {
    let Ok(path) = baseline_path(app) else {
        return Ok(None);
    };
    match fs::read_to_string(&path) {
        Ok(text) => Baseline::read(&text).map(Some).map_err(|error| {
            CommandError::usage("the baseline is not valid")
                .because(&error)
                .hint("git tend baseline set writes it anew")
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context(&format!("read {FILE_NAME}")),
    }
}

/// Files as they were when something was found in them.
pub struct Files<'a> {
    repo: &'a Repo,
    worktree: Option<PathBuf>,
    /// The blobs of the commits that were asked about, by path.
    commits: RefCell<HashMap<String, HashMap<String, Oid>>>,
    /// The file that was asked about last: findings come file by file.
    last: RefCell<Option<File>>,
    /// The fingerprints of the lines of the file that was asked about last.
    hashes: RefCell<Option<(String, Vec<String>)>>,
}

impl<'a> Files<'a> {
    /// Nothing is read yet.
    pub fn new(app: &'a App) -> Result<Self, CommandError> {
        Ok(Self {
            repo: app.repo()?,
            worktree: app.located()?.worktree.clone(),
            commits: RefCell::default(),
            last: RefCell::default(),
            hashes: RefCell::default(),
        })
    }

    /// A file of a commit; as it is now where none is named.
    fn read(&self, commit: Option<&str>, path: &str) -> Option<Vec<u8>> {
        let Some(commit) = commit else {
            let path = self.worktree.as_ref()?.join(path);
            let found = fs::symlink_metadata(&path).ok()?;
            return (found.is_file() && found.len() <= LARGEST)
                .then(|| fs::read(path).ok())
                .flatten();
        };
        let mut commits = self.commits.borrow_mut();
        let blobs = commits.entry(commit.to_owned()).or_insert_with(|| {
            let entries = commit
                .parse()
                .ok()
                .and_then(|oid| self.repo.entries(&oid).ok());
            let known = entries.into_iter().flatten();
            known
                .map(|entry| (entry.path.to_string(), entry.oid))
                .collect()
        });
        self.blob(blobs.get(path)?)
    }

    fn blob(&self, oid: &Oid) -> Option<Vec<u8>> {
        let mut found = None;
        let each = |_: &Oid, blob: Blob<'_>| {
            if let Blob::Bytes(bytes) = blob {
                found = Some(bytes.to_vec());
            }
        };
        self.repo.blobs(LARGEST).ok()?.read([oid], each).ok()?;
        found
    }

    /// GitHub's fingerprint of a finding's line.
    pub fn line_hash(&self, finding: &Finding) -> Option<String> {
        let line = finding.place.as_ref()?.line?;
        self.excerpt(finding)?;
        let last = self.last.borrow();
        let File { key, bytes, .. } = last.as_ref()?;
        let mut hashes = self.hashes.borrow_mut();
        if hashes.as_ref().is_none_or(|(known, _)| known != key) {
            *hashes = Some((key.clone(), primary_location_line_hashes(bytes)));
        }
        let (_, hashes) = hashes.as_ref()?;
        hashes
            .get(usize::try_from(line.checked_sub(1)?).ok()?)
            .cloned()
    }

    /// The lines of a finding and around it, as they were when it was found.
    pub fn excerpt(&self, finding: &Finding) -> Option<Excerpt> {
        let place = finding.place.as_ref()?;
        let line = place.line?;
        let blob = finding.line.as_ref().and_then(|line| line.blob.clone());
        let key = blob.clone().unwrap_or_else(|| format!("./{}", place.path));
        let mut last = self.last.borrow_mut();
        if last.as_ref().is_none_or(|known| known.key != key) {
            let bytes = match &blob {
                Some(blob) => self.blob(&blob.parse().ok()?)?,
                None => self.read(None, &place.path)?,
            };
            *last = Some(File::new(key, bytes));
        }
        let file = last.as_ref()?;
        let first = line.saturating_sub(AROUND).max(1);
        let end = place
            .end_line
            .unwrap_or(line)
            .max(line)
            .saturating_add(AROUND);
        let end = end.min(first.saturating_add(40));
        let lines: Vec<String> = (first..=end)
            .map_while(|number| file.line(number))
            .collect();
        let reached = first.saturating_add(u32::try_from(lines.len()).ok()?);
        (reached > line).then(|| Excerpt {
            first_line: first,
            text: lines.join("\n"),
        })
    }
}

/// A file whose lines can be found.
struct File {
    /// Its blob, or its path in the worktree.
    key: String,
    bytes: Vec<u8>,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl File {
    fn new(key: String, bytes: Vec<u8>) -> Self {
        let ends = memchr::memchr_iter(b'\n', &bytes);
        let starts = std::iter::once(0).chain(ends.map(|end| end + 1)).collect();
        Self { key, bytes, starts }
    }

    /// A line without its end, by its number from 1.
    fn line(&self, number: u32) -> Option<String> {
        let at = usize::try_from(number.checked_sub(1)?).ok()?;
        let start = *self.starts.get(at)?;
        let end = match self.starts.get(at + 1) {
            Some(next) => next - 1,
            None => self.bytes.len(),
        };
        let text = String::from_utf8_lossy(self.bytes.get(start..end)?);
        Some(text.trim_end_matches('\r').to_owned())
    }
}
