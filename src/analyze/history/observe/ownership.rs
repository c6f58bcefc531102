//! How the knowledge of the code is spread over people. Of the repository, never of a person: names are said only where
//! a folder has somebody to ask about it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use bstr::{BStr, ByteSlice};
use serde::Serialize;

use super::super::people::People;
use super::super::state::State;
use super::super::window::share;
use super::churn::top_folder;
use crate::analyze::text::Text;

const FOLDERS: usize = 20;
/// With a smaller share nobody is named: there is no one to ask first.
const MAIN: f64 = 0.25;

/// Who knows what. Programs that commit are left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ownership {
    /// How the numbers are computed.
    pub formula: &'static str,
    /// People with commits, merges left aside.
    pub authors: usize,
    /// The smallest number of people with more than half of the commits.
    pub bus_factor: usize,
    /// Tracked files that somebody changed.
    pub files: u64,
    /// Of these, files that one person alone ever changed.
    pub single_author_files: u64,
    /// Their share.
    pub single_author_share: f64,
    /// The 20 folders at the top with the most changes, most first; `.` is the top itself.
    pub folders: Vec<FolderOwnership>,
}

/// Who knows a folder.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FolderOwnership {
    /// At the top; `.` is the top itself.
    pub folder: Text,
    /// Tracked files that somebody changed.
    pub files: u64,
    /// Of these, files that one person alone ever changed.
    pub single_author_files: u64,
    /// People who changed them.
    pub authors: usize,
    /// The smallest number of people with more than half of the changes.
    pub bus_factor: usize,
    /// The largest share of the changes that one person made.
    pub main_share: f64,
    /// Whom to ask: who made them, if that is a quarter at least.
    pub main_author: Option<Text>,
}

/// Who knows a file.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FileOwnership {
    /// Commits of people that changed it.
    pub commits: u64,
    /// How many people.
    pub authors: usize,
    /// The largest share of the commits that one of them made.
    pub main_share: f64,
    /// The smallest number of them with more than half of the commits.
    pub bus_factor: usize,
}

const FORMULA: &str = "a change is one commit that changed one tracked file; share = changes by one person / changes; \
                       bus factor = smallest set of people with more than half of the changes";

/// The smallest number of the largest counts that make more than half of all; sorts.
fn bus_factor(counts: &mut [u64]) -> usize {
    counts.sort_unstable_by_key(|count| Reverse(*count));
    let all: u64 = counts.iter().sum();
    let mut sum = 0;
    let enough = counts.iter().position(|count| {
        sum += count;
        sum * 2 > all
    });
    enough.map_or(0, |last| last + 1)
}

/// The changes of one path by person, programs left out.
fn by_person(row: &[super::super::tally::Pair], people: &People) -> Vec<(u32, u64)> {
    let mut counts: Vec<(u32, u64)> = row
        .iter()
        .map(|pair| (people.of_author(pair.author), u64::from(pair.commits)))
        .filter(|(person, _)| !people.is_bot(*person))
        .collect();
    counts.sort_unstable();
    counts.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 += later.1;
        }
        same
    });
    counts
}

/// Who knows a file; `None` if no person ever changed it.
pub fn of_file(state: &State, people: &People, path: &BStr) -> Option<FileOwnership> {
    let rank = state.sums.paths.find(path)?;
    let from = state.sums.pairs.partition_point(|pair| pair.path < rank);
    let to = state.sums.pairs.partition_point(|pair| pair.path <= rank);
    let counts = by_person(state.sums.pairs.get(from..to)?, people);
    let mut counts: Vec<u64> = counts.into_iter().map(|(_, commits)| commits).collect();
    let bus_factor = bus_factor(&mut counts);
    let commits = counts.iter().sum();
    Some(FileOwnership {
        commits,
        authors: counts.len(),
        main_share: share(*counts.first()?, commits),
        bus_factor,
    })
}

#[derive(Default)]
struct Folder {
    files: u64,
    single: u64,
    changes: u64,
    by_person: HashMap<u32, u64>,
}

/// `tracked` is ascending.
pub(in super::super) fn observe(state: &State, people: &People, tracked: &[&BStr]) -> Ownership {
    let mut folders: BTreeMap<&[u8], Folder> = BTreeMap::new();
    let mut known = state.sums.rows().peekable();
    for path in tracked {
        let path: &[u8] = path;
        while known.next_if(|(other, _)| *other < path).is_some() {}
        let Some((path, row)) = known.next_if(|(other, _)| *other == path) else {
            continue;
        };
        let counts = by_person(row, people);
        if counts.is_empty() {
            continue;
        }
        let folder = folders.entry(top_folder(path)).or_default();
        folder.files += 1;
        folder.single += u64::from(counts.len() == 1);
        for (person, changes) in counts {
            folder.changes += changes;
            *folder.by_person.entry(person).or_default() += changes;
        }
    }
    let mut commits: HashMap<u32, u64> = HashMap::new();
    for (author, counts) in (0..).zip(&state.sums.by_author) {
        let person = people.of_author(author);
        let own = counts.commits.saturating_sub(counts.merges);
        if own > 0 && !people.is_bot(person) {
            *commits.entry(person).or_default() += u64::from(own);
        }
    }
    let mut commits: Vec<u64> = commits.into_values().collect();
    let files = folders.values().map(|folder| folder.files).sum();
    let single = folders.values().map(|folder| folder.single).sum();
    let mut largest: Vec<_> = folders.into_iter().collect();
    largest.sort_by_key(|(_, folder)| Reverse(folder.changes));
    let told = largest.into_iter().take(FOLDERS);
    Ownership {
        formula: FORMULA,
        authors: commits.len(),
        bus_factor: bus_factor(&mut commits),
        files,
        single_author_files: single,
        single_author_share: share(single, files),
        folders: told
            .map(|(name, folder)| tell(name, folder, people))
            .collect(),
    }
}

fn tell(name: &[u8], folder: Folder, people: &People) -> FolderOwnership {
    // Of equals, the first by address: the order of persons follows the ranks of their authors.
    let main = folder
        .by_person
        .iter()
        .max_by_key(|(person, changes)| (**changes, Reverse(**person)));
    let main_share = share(main.map_or(0, |main| *main.1), folder.changes);
    let main_author = main
        .filter(|_| main_share >= MAIN)
        .and_then(|(person, _)| people.get(*person))
        .map(|person| person.name.as_bstr().into());
    let mut counts: Vec<u64> = folder.by_person.into_values().collect();
    FolderOwnership {
        folder: name.as_bstr().into(),
        files: folder.files,
        single_author_files: folder.single,
        authors: counts.len(),
        bus_factor: bus_factor(&mut counts),
        main_share,
        main_author,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_half_is_needed() {
        for (counts, expected) in [
            (&mut [][..], 0),
            (&mut [3], 1),
            (&mut [1, 1], 2),
            (&mut [1, 2], 1),
            (&mut [1, 1, 1, 1, 1], 3),
            (&mut [10, 1, 9], 2),
        ] {
            assert_eq!(bus_factor(counts), expected, "{counts:?}");
        }
    }
}
