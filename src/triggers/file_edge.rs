//! Files: looks at those that some task is about, and enqueues the tasks whose files changed.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use bstr::{BStr, BString, ByteSlice};
use globset::{Candidate, GlobSet};
use jiff::Timestamp;
use serde_json::json;

use super::changes::{ChangeKind, ContentHash, FileChange, Seen, Stat, look};
use super::disk::Disk;
use super::note::Note;
use super::packages::is_package_file;
use super::reconcile::{Batch, Call, Context, Reconciled};
use crate::config::pattern::Pattern;
use crate::config::schema::FileWatch;
use crate::git::Repo;
use crate::queue::{FileStat, How, Input, Paths, Queue, Trigger};
use crate::system::clock;
use crate::tasks::Task;

/// What one pass may read although nothing says that it changed, in bytes: a fraction of a second.
const EAGER_BYTES: u64 = 64 << 20;

/// Opening a file takes about as long as reading this much.
const OPENING_BYTES: u64 = 16 << 10;

/// The worktree's own row among its files: no file has an empty path. Its hash is that of the globs.
const WORKTREE: &str = "";

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Enqueues tasks whose files changed since the last look, to run once they have been quiet for the task's `debounce`.
///
/// The first look records what is there, without jobs: nothing is known to have changed. So does a look with other
/// globs, for the files that the ones before did not select.
pub(super) fn reconcile(
    queue: &mut Queue,
    repo: &Repo,
    context: &Context<'_>,
    seen: &mut Reconciled,
) -> Outcome<()> {
    let Some(top) = repo.located().worktree.as_deref() else {
        return Ok(());
    };
    let Some(watch) = Watch::of(&context.config.file_watch, context.tasks)? else {
        return Ok(());
    };
    // Before anything is looked at: what changes meanwhile is then at least as new.
    let look_ns = clock::file_stamp();
    let mut remembered: BTreeMap<BString, Seen> = queue
        .files(top)?
        .into_iter()
        .map(|file| {
            let seen = seen_of(&file);
            (file.path, seen)
        })
        .collect();
    let globs = watch.fingerprint();
    let watched_before = remembered.remove(WORKTREE.as_bytes().as_bstr());
    let baseline = watched_before.and_then(|row| row.hash) != Some(globs);
    let listed = listed(repo, &watch)?;

    let mut pass = Pass::new(top, look_ns, baseline);
    for path in &listed {
        pass.look(path, remembered.get(path));
    }
    for (path, before) in remembered
        .iter()
        .filter(|(path, _)| !listed.contains(*path))
    {
        if watch.selects(path.as_bstr()) {
            pass.look_unlisted(path, before);
        } else {
            pass.gone.push(path.clone());
        }
    }
    if baseline {
        pass.seen.push(worktree_row(globs));
    }
    if watched_before.is_none() && !context.dry_run {
        seen.notes.push(Note::Recorded {
            files: listed.len(),
        });
    }

    let batch = wanted(repo, context, &watch, &pass.changes)?;
    if context.dry_run {
        seen.would_add(batch.jobs(), "changed files");
        return Ok(());
    }
    // The jobs first: if the process dies in between, the files are seen as changed once more, and the twins coalesce.
    if !batch.jobs().is_empty() {
        let entered = queue.enqueue(batch.jobs(), context.limit(), context.now)?;
        seen.add(batch.jobs(), &entered, "changed files");
        if entered.iter().any(|one| one.how == How::Refused) {
            return Ok(());
        }
    }
    queue.update_files(top, &pass.seen, &pass.gone)?;
    Ok(())
}

/// Which files are looked at, and for whom.
///
/// `[file_watch]` says what is watched for tasks that name no `files`; a task that names its own is about those. The
/// watch's `exclude` holds for all.
struct Watch<'a> {
    tasks: Vec<&'a Task>,
    config: &'a FileWatch,
    include: GlobSet,
    exclude: GlobSet,
}

impl<'a> Watch<'a> {
    /// `None` when no task asks for changes.
    fn of(config: &'a FileWatch, tasks: &'a [Task]) -> Outcome<Option<Self>> {
        let tasks: Vec<&Task> = tasks
            .iter()
            .filter(|task| task.enabled)
            .filter(|task| task.triggers.change || task.triggers.package_change)
            .collect();
        if tasks.is_empty() || !config.enabled {
            return Ok(None);
        }
        Ok(Some(Self {
            tasks,
            config,
            include: Pattern::compile(&config.paths)?,
            exclude: Pattern::compile(&config.exclude)?,
        }))
    }

    fn selects(&self, path: &BStr) -> bool {
        let candidate = Candidate::from_bytes(path);
        !self.exclude.is_match_candidate(&candidate)
            && self
                .tasks
                .iter()
                .any(|task| self.is_about(task, path, &candidate))
    }

    fn is_about(&self, task: &Task, path: &BStr, candidate: &Candidate<'_>) -> bool {
        let own = &task.selection;
        // A glob that does not compile was refused when the configuration was read.
        let selected = own.contains(path).unwrap_or(true);
        let change = task.triggers.change
            && selected
            && (!own.files().is_empty() || self.include.is_match_candidate(candidate));
        change || (task.triggers.package_change && is_package_file(path))
    }

    /// What the selection of files depends on.
    fn fingerprint(&self) -> ContentHash {
        let mut hasher = blake3::Hasher::new();
        let mut list = |name: &str, patterns: &[Pattern]| {
            for part in std::iter::once(name).chain(patterns.iter().map(Pattern::as_str)) {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
            hasher.update(&u64::MAX.to_le_bytes());
        };
        list("paths", &self.config.paths);
        list("exclude", &self.config.exclude);
        for task in &self.tasks {
            if task.triggers.change {
                list("files", task.selection.files());
                list("but", task.selection.exclude());
            }
            if task.triggers.package_change {
                list("packages", &[]);
            }
        }
        *hasher.finalize().as_bytes()
    }
}

/// The watched files that git knows or would know: tracked ones, and untracked ones that are not ignored.
fn listed(repo: &Repo, watch: &Watch<'_>) -> Outcome<BTreeSet<BString>> {
    let tracked = repo
        .index()?
        .into_iter()
        .filter(|entry| entry.mode.is_file());
    Ok(tracked
        .map(|entry| entry.path)
        .chain(repo.untracked()?)
        .filter(|path| watch.selects(path.as_bstr()))
        .collect())
}

/// One job of each task for what changed of its files.
fn wanted(
    repo: &Repo,
    context: &Context<'_>,
    watch: &Watch<'_>,
    changes: &[FileChange],
) -> Outcome<Batch> {
    let mut batch = Batch::default();
    if changes.is_empty() {
        return Ok(batch);
    }
    let head = repo.head()?.oid().map(|oid| oid.as_str().to_owned());
    for task in &watch.tasks {
        let mine: Vec<&FileChange> = changes
            .iter()
            .filter(|change| {
                let path = change.path.as_bstr();
                watch.is_about(task, path, &Candidate::from_bytes(path))
            })
            .collect();
        let Some(newest) = mine.iter().map(|change| moment(change, context.now)).max() else {
            continue;
        };
        let count = |kind| mine.iter().filter(|change| change.kind == kind).count();
        let call = Call {
            trigger: Trigger::Change,
            data: json!({
                "created": count(ChangeKind::Created),
                "modified": count(ChangeKind::Modified),
                "deleted": count(ChangeKind::Deleted),
            }),
            input: Input {
                commit: head.clone(),
                base: None,
                paths: Paths::Some(mine.iter().map(|change| change.path.clone()).collect()),
                worktree: repo.located().worktree.clone(),
            },
            run_at: quiet_at(newest, task.debounce),
        };
        batch.add(context.jobs(repo, task, call));
    }
    Ok(batch)
}

/// When a change happened: its newest stamp, unless that lies in the future. What is gone has none; it went by now.
fn moment(change: &FileChange, now: Timestamp) -> Timestamp {
    change
        .stamp_ns
        .and_then(|stamp| Timestamp::from_nanosecond(stamp.into()).ok())
        .map_or(now, |stamp| stamp.min(now))
}

/// When the files have been quiet for `debounce`, rounded up to the grain of the queue's times.
fn quiet_at(newest: Timestamp, debounce: Duration) -> Timestamp {
    const ALMOST_A_MILLISECOND: Duration = Duration::from_nanos(999_999);
    newest
        .checked_add(debounce.saturating_add(ALMOST_A_MILLISECOND))
        .and_then(|at| Timestamp::from_millisecond(at.as_millisecond()))
        .unwrap_or(newest)
}

/// One look at all files.
struct Pass<'a> {
    disk: Disk<'a>,
    look_ns: i64,
    baseline: bool,
    /// What may still be read without need.
    eager: u64,
    changes: Vec<FileChange>,
    seen: Vec<FileStat>,
    gone: Vec<BString>,
}

impl<'a> Pass<'a> {
    fn new(top: &'a Path, look_ns: i64, baseline: bool) -> Self {
        Self {
            disk: Disk::new(top),
            look_ns,
            baseline,
            eager: EAGER_BYTES,
            changes: Vec::new(),
            seen: Vec::new(),
            gone: Vec::new(),
        }
    }

    fn look(&mut self, path: &BString, before: Option<&Seen>) {
        let stat = self.disk.stat(path.as_bstr());
        self.compare(path, before, stat);
    }

    /// A file that was watched and that git does not list any more: deleted, or ignored by now, which is no event.
    fn look_unlisted(&mut self, path: &BString, before: &Seen) {
        match self.disk.stat(path.as_bstr()) {
            None => self.compare(path, Some(before), None),
            Some(_) => self.gone.push(path.clone()),
        }
    }

    fn compare(&mut self, path: &BString, before: Option<&Seen>, stat: Option<Stat>) {
        let unread = before.is_some_and(|seen| seen.hash.is_none());
        let cost = stat.map_or(0, |stat| stat.size.saturating_add(OPENING_BYTES));
        let eager = unread && cost <= self.eager;
        if eager {
            self.eager -= cost;
        }
        let (look_ns, baseline) = (self.look_ns, self.baseline);
        let found = look(path, before, stat, look_ns, baseline, eager, &mut self.disk);
        if let Some(kind) = found.kind {
            self.changes.push(FileChange {
                path: path.clone(),
                kind,
                stamp_ns: stat.map(|stat| stat.mtime_ns.max(stat.ctime_ns)),
            });
        }
        match found.remember {
            Some(Some(now)) => self.seen.push(stored(path, &now)),
            Some(None) => self.gone.push(path.clone()),
            None => {}
        }
    }
}

fn seen_of(file: &FileStat) -> Seen {
    Seen {
        stat: Stat {
            size: file.size,
            mtime_ns: file.mtime_ns,
            ctime_ns: file.ctime_ns,
            inode: file.inode,
        },
        hash: file.hash,
        racy: file.racy,
    }
}

fn stored(path: &BString, seen: &Seen) -> FileStat {
    FileStat {
        path: path.clone(),
        size: seen.stat.size,
        mtime_ns: seen.stat.mtime_ns,
        ctime_ns: seen.stat.ctime_ns,
        inode: seen.stat.inode,
        hash: seen.hash,
        racy: seen.racy,
    }
}

fn worktree_row(globs: ContentHash) -> FileStat {
    FileStat {
        path: WORKTREE.into(),
        size: 0,
        mtime_ns: 0,
        ctime_ns: 0,
        inode: 0,
        hash: Some(globs),
        racy: false,
    }
}
