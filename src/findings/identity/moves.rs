//! Where the code of a file went, by the findings that seem to have moved.

use std::collections::{BTreeMap, BTreeSet};

use super::row::{NONE, Row};

/// So many different lines show that code moved from one file to another.
const ENOUGH: usize = 2;

/// Notes on each new row which file most of what moved to its file came from, and on each old one which file most of what
/// left its file went to. `moved` are the numbers of rows that may be the same, old and new.
pub(super) fn follow(old: &mut [Row], new: &mut [Row], moved: &[(usize, usize)]) {
    let mut lines: BTreeSet<(u32, u32, u32)> = BTreeSet::new();
    for (from, to) in moved {
        if let (Some(from), Some(to)) = (old.get(*from), new.get(*to)) {
            // Several findings of one line say no more than one.
            lines.insert((from.origin, to.path, from.text));
        }
    }
    let mut counts: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for (from, to, _) in lines {
        *counts.entry((from, to)).or_default() += 1;
    }
    let (mut origins, mut targets) = (Most::default(), Most::default());
    for ((from, to), count) in counts.into_iter().filter(|(_, count)| *count >= ENOUGH) {
        origins.count(to, from, count);
        targets.count(from, to, count);
    }
    for row in new {
        row.origin = origins.of(row.path);
        row.target = row.path;
    }
    for row in old {
        row.target = targets.of(row.origin);
    }
}

/// Of each path, the other path that most moved from or to; the first of several.
#[derive(Default)]
struct Most(BTreeMap<u32, (usize, u32)>);

impl Most {
    fn count(&mut self, path: u32, other: u32, count: usize) {
        let most = self.0.entry(path).or_insert((count, other));
        if count > most.0 {
            *most = (count, other);
        }
    }

    fn of(&self, path: u32) -> u32 {
        self.0.get(&path).map_or(NONE, |(_, other)| *other)
    }
}
