//! The files that change most these days.

use std::collections::HashMap;

use bstr::BStr;
use jiff::Timestamp;
use serde::Serialize;

use super::super::state::State;
use super::super::window::Window;
use crate::analyze::text::Text;

const DAYS: i64 = 30;
const COMMITS: usize = 50;
const FILES: usize = 10;

/// The files that the latest commits changed most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HotFiles {
    /// The last 30 days.
    #[serde(flatten)]
    pub window: Window,
    /// Commits that were looked at: at most the 50 latest of the window, without merges.
    pub commits: usize,
    /// Of these, commits of so many files that they are not kept one by one ([`super::super::WIDE`]); their files are
    /// not counted.
    pub wide_commits: usize,
    /// At most 10, most changes first, then by path.
    pub files: Vec<HotFile>,
    /// Prints the same paths, each as often as it changed.
    pub command: String,
}

/// A file, and in how many of the commits it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HotFile {
    /// Relative to the top.
    pub path: Text,
    /// In how many of the commits.
    pub changes: u32,
}

pub(in super::super) fn observe(state: &State, now: Timestamp) -> HotFiles {
    let (window, rows) = Window::latest(state, now, DAYS);
    let mut counts: HashMap<u32, u32> = HashMap::new();
    let (mut commits, mut wide_commits) = (0, 0);
    for row in rows.iter().filter(|row| !row.is_merge()).take(COMMITS) {
        commits += 1;
        wide_commits += usize::from(row.is_wide());
        for path in state.recent.paths_of(row) {
            *counts.entry(*path).or_default() += 1;
        }
    }
    let mut counts: Vec<(u32, u32)> = counts.into_iter().collect();
    // Ranks are in the order of paths.
    counts.sort_unstable_by_key(|(path, changes)| (std::cmp::Reverse(*changes), *path));
    let files = counts
        .into_iter()
        .take(FILES)
        .filter_map(|(path, changes)| {
            let path = Text::from(BStr::new(state.sums.paths.get(path)?));
            Some(HotFile { path, changes })
        });
    let command = format!(
        "git log --since={} --no-merges --max-count={COMMITS} --no-renames --name-only --format=",
        window.since
    );
    HotFiles {
        files: files.collect(),
        window,
        commits,
        wide_commits,
        command,
    }
}
