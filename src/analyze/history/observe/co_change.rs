//! Files that change together.

use std::cmp::Reverse;
use std::collections::HashMap;

use bstr::{BStr, ByteSlice};
use serde::Serialize;

use super::super::recent::Row;
use super::super::state::State;
use crate::analyze::text::Text;

/// Commits of more files say little about any two of them; the same limit as code-maat's `max-changeset-size`.
const MOST_FILES: usize = 30;
/// Fewer joint commits may be chance; code-maat's `min-shared-revs`.
const SUPPORT: u32 = 5;
/// Less coupled pairs are not told; code-maat's `min-coupling`.
const LEAST_DEGREE: f64 = 0.3;
const PAIRS: usize = 20;
const GROUPS: usize = 10;

/// Pairs of files that change together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CoChange {
    /// Commits that were looked at: of the latest, those of 2 to 30 files that are no merges.
    pub commits: usize,
    /// How the degree is computed.
    pub formula: &'static str,
    /// At most 20, highest degree first, then most joint commits, then by path. Of files that never change without each
    /// other, the first stands for all: they are a group and not as many pairs as there are ways to choose two.
    pub pairs: Vec<Pair>,
    /// Files that never change without each other: at most 10 groups, most commits first, then by path.
    pub groups: Vec<Group>,
}

/// Files that never change without each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The first 10, by path.
    pub files: Vec<Text>,
    /// How many there are.
    pub count: usize,
    /// Commits that changed all of them.
    pub commits: u32,
}

/// Two files that change together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// One, the first by path.
    pub file: Text,
    /// The other.
    pub with: Text,
    /// Commits that changed both.
    pub together: u32,
    /// 0 to 1; see [`CoChange::formula`].
    pub degree: f64,
}

/// Code-maat's measure of logical coupling (`code_maat.analysis.logical-coupling`).
const FORMULA: &str = "commits of both / average of the commits of each";

/// Only pairs of tracked files are told; `tracked` is ascending.
///
/// At most 5,000 commits with 435 pairs each are collected: 17 MiB.
pub(in super::super) fn observe(state: &State, tracked: &[&BStr]) -> CoChange {
    let is_counted =
        |row: &&Row| !row.is_merge() && (1..=MOST_FILES).contains(&(row.changed as usize));
    let rows = || state.recent.latest().iter().filter(is_counted);
    // Which of the commits changed each file.
    let mut changed: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut commits = 0;
    for (nth, row) in (0..).zip(rows()) {
        commits += usize::from(row.changed > 1);
        for path in state.recent.paths_of(row) {
            changed.entry(*path).or_default().push(nth);
        }
    }
    // A pair cannot be seen more often than the rarer of its files.
    changed.retain(|path, commits| {
        let name = state.sums.paths.get(*path).unwrap_or_default().as_bstr();
        commits.len() >= SUPPORT as usize && tracked.binary_search(&name).is_ok()
    });
    let groups = inseparable(&changed);
    let mut revisions = vec![0_u32; state.sums.paths.len()];
    for files in &groups {
        let first = files.first().copied().unwrap_or(u32::MAX);
        let count = changed.get(&first).map_or(0, Vec::len);
        if let Some(place) = revisions.get_mut(first as usize) {
            *place = u32::try_from(count).unwrap_or(u32::MAX);
        }
    }
    let of = |path: u32| revisions.get(path as usize).copied().unwrap_or(0);
    let mut pairs: Vec<u64> = Vec::new();
    for row in rows() {
        let files = state.recent.paths_of(row).iter();
        let files: Vec<u32> = files.copied().filter(|path| of(*path) > 0).collect();
        for (nth, one) in files.iter().enumerate() {
            for other in files.iter().skip(nth + 1) {
                pairs.push(u64::from(*one) << 32 | u64::from(*other));
            }
        }
    }
    pairs.sort_unstable();
    let mut found: Vec<(f64, u32, u64)> = pairs
        .chunk_by(|one, other| one == other)
        .filter_map(|group| {
            let together = u32::try_from(group.len()).ok()?;
            let pair = *group.first()?;
            let both = of(high(pair)) + of(low(pair));
            let degree = f64::from(2 * together) / f64::from(both);
            (together >= SUPPORT && degree >= LEAST_DEGREE).then_some((degree, together, pair))
        })
        .collect();
    found.sort_unstable_by(|one, other| {
        let by_degree = other.0.total_cmp(&one.0);
        by_degree
            .then(other.1.cmp(&one.1))
            .then(one.2.cmp(&other.2))
    });
    let name = |path: u32| state.sums.paths.get(path).map(|path| path.as_bstr().into());
    let pairs = found.into_iter().filter_map(|(degree, together, pair)| {
        Some(Pair {
            file: name(high(pair))?,
            with: name(low(pair))?,
            together,
            degree: (degree * 1e4).round() / 1e4,
        })
    });
    let mut groups: Vec<Group> = groups
        .into_iter()
        .filter(|files| files.len() > 1)
        .map(|files| Group {
            count: files.len(),
            commits: files.first().map_or(0, |first| of(*first)),
            files: files.into_iter().take(GROUPS).filter_map(name).collect(),
        })
        .collect();
    groups.sort_by_key(|group| Reverse(group.commits));
    groups.truncate(GROUPS);
    CoChange {
        commits,
        formula: FORMULA,
        pairs: pairs.take(PAIRS).collect(),
        groups,
    }
}

/// Files grouped by the commits that changed them, in the order of the first of each; most groups are of one file.
fn inseparable(changed: &HashMap<u32, Vec<u32>>) -> Vec<Vec<u32>> {
    let mut by_commits: HashMap<&[u32], Vec<u32>> = HashMap::new();
    for (path, commits) in changed {
        by_commits.entry(commits).or_default().push(*path);
    }
    let mut groups: Vec<Vec<u32>> = by_commits.into_values().collect();
    for files in &mut groups {
        files.sort_unstable();
    }
    groups.sort_unstable();
    groups
}

fn high(pair: u64) -> u32 {
    u32::try_from(pair >> 32).unwrap_or(u32::MAX)
}

fn low(pair: u64) -> u32 {
    u32::try_from(pair & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}
