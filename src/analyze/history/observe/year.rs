//! How often each file changed in the last year.

use jiff::Timestamp;
use serde::Serialize;

use super::super::state::State;
use super::super::window::Window;
use super::hot_files::HotFile;
use crate::analyze::text::Text;
use bstr::BStr;

/// A year evens out what a release or a season does, and forgets what was finished long ago; A. Tornhill, *Your Code as a
/// Crime Scene*, takes six to twelve months.
const DAYS: i64 = 365;

/// The changes of the last year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Year {
    /// The last 365 days; where more commits lie in them than are kept, the latest of these.
    #[serde(flatten)]
    pub window: Window,
    /// Each path that changed, gone ones included, in the order of paths. Neither merges nor commits of very many files
    /// ([`super::super::WIDE`]) count.
    #[serde(skip)]
    pub files: Vec<HotFile>,
}

/// Counts the changes of the last year.
pub fn year(state: &State, now: Timestamp) -> Year {
    let (window, rows) = Window::latest(state, now, DAYS);
    let mut counts = vec![0_u32; state.sums.paths.len()];
    for row in rows.iter().filter(|row| !row.is_merge()) {
        for path in state.recent.paths_of(row) {
            if let Some(count) = counts.get_mut(*path as usize) {
                *count += 1;
            }
        }
    }
    let changed = (0..).zip(counts).filter(|(_, changes)| *changes > 0);
    let files = changed.filter_map(|(path, changes)| {
        let path = Text::from(BStr::new(state.sums.paths.get(path)?));
        Some(HotFile { path, changes })
    });
    Year {
        files: files.collect(),
        window,
    }
}
