//! Where the changes of all time went, and where none go any more.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bstr::{BStr, ByteSlice};
use jiff::Timestamp;
use serde::Serialize;

use super::super::state::State;
use super::super::window::{Window, share};
use crate::analyze::text::Text;

const FILES: usize = 20;
const FOLDERS: usize = 10;
/// A file that nobody touched for so long rests.
const DAYS: i64 = 365;

/// Changes of all time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Churn {
    /// Paths that ever changed, gone ones included.
    pub paths: usize,
    /// Changes of a path by a commit, all together.
    pub changes: u64,
    /// The share of all changes that went to the tenth of the paths with the most.
    pub top_tenth_share: f64,
    /// The 20 tracked files with the most commits, most first, then by path.
    pub files: Vec<Changed>,
    /// Files that rest.
    pub untouched: Untouched,
}

/// A file, and how often it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Relative to the top.
    pub path: Text,
    /// Commits that changed it, without merges.
    pub commits: u64,
}

/// Tracked files that no commit of the last year changed.
///
/// A commit of very many files ([`super::super::WIDE`]) is no work on any of them and does not count here.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Untouched {
    /// The last 365 days; where more commits lie in them than are kept, the time since the oldest of the latest.
    #[serde(flatten)]
    pub window: Window,
    /// How many.
    pub files: u64,
    /// Of the tracked files.
    pub share: f64,
    /// The folders at the top with the most of them; files at the top itself are in `.`.
    pub folders: Vec<FolderCount>,
}

/// A folder, and how many of its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FolderCount {
    /// At the top; `.` is the top itself.
    pub folder: Text,
    /// So many.
    pub files: u64,
}

/// The folder at the top that a path is in.
pub(super) fn top_folder(path: &[u8]) -> &[u8] {
    let end = path.find_byte(b'/');
    end.and_then(|end| path.get(..end)).unwrap_or(b".")
}

/// `tracked` is ascending.
pub(in super::super) fn observe(state: &State, tracked: &[&BStr], now: Timestamp) -> Churn {
    let is_tracked = |path: &[u8]| tracked.binary_search(&path.as_bstr()).is_ok();
    let mut totals: Vec<u64> = Vec::with_capacity(state.sums.paths.len());
    let mut best: Vec<(Reverse<u64>, &[u8])> = Vec::new();
    for (path, row) in state.sums.rows() {
        let commits = row.iter().map(|pair| u64::from(pair.commits)).sum();
        totals.push(commits);
        let enters = best.len() < FILES || best.last().is_some_and(|last| last.0.0 < commits);
        if enters && is_tracked(path) {
            let place = best.partition_point(|other| *other <= (Reverse(commits), path));
            best.insert(place, (Reverse(commits), path));
            best.truncate(FILES);
        }
    }
    let changes = totals.iter().sum();
    totals.sort_unstable_by_key(|commits| Reverse(*commits));
    let tenth = totals.iter().take(totals.len().div_ceil(10)).sum();
    let files = best.into_iter().map(|(Reverse(commits), path)| Changed {
        path: path.as_bstr().into(),
        commits,
    });
    Churn {
        paths: state.sums.paths.len(),
        changes,
        top_tenth_share: share(tenth, changes),
        files: files.collect(),
        untouched: untouched(state, tracked, now),
    }
}

fn untouched(state: &State, tracked: &[&BStr], now: Timestamp) -> Untouched {
    let (mut window, rows) = Window::latest(state, now, DAYS);
    if !window.complete
        && let Some(oldest) = rows.iter().map(|row| row.committed).min()
    {
        window.since = super::super::window::instant(oldest);
    }
    let mut touched = vec![false; state.sums.paths.len()];
    for row in rows {
        for path in state.recent.paths_of(row) {
            if let Some(touched) = touched.get_mut(*path as usize) {
                *touched = true;
            }
        }
    }
    let mut folders: BTreeMap<&[u8], u64> = BTreeMap::new();
    let mut files = 0;
    let mut known = state.sums.paths.iter().zip(&touched).peekable();
    for path in tracked {
        let path: &[u8] = path;
        while known.next_if(|(other, _)| *other < path).is_some() {}
        let found = known.next_if(|(other, _)| *other == path);
        if found.is_none_or(|(_, touched)| !touched) {
            files += 1;
            *folders.entry(top_folder(path)).or_default() += 1;
        }
    }
    let mut folders: Vec<_> = folders.into_iter().collect();
    folders.sort_by_key(|(_, files)| Reverse(*files));
    folders.truncate(FOLDERS);
    Untouched {
        window,
        files,
        share: share(files, tracked.len() as u64),
        folders: folders
            .into_iter()
            .map(|(folder, files)| FolderCount {
                folder: folder.as_bstr().into(),
                files,
            })
            .collect(),
    }
}
