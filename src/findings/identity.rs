//! Which findings of a scan are those of an earlier one: matching in tiers, from the surest sign to the weakest.
//!
//! Each tier compares what the ones before it have left, and gives every finding at most one counterpart. Findings that
//! are alike in what a tier compares are told apart by their distance: the nearest lines go together (`super::nearest`).
//! What is left of the old ones is fixed, what is left of the new ones is new. `benches/identity` shows how often each
//! tier is right on real histories.

mod advisories;
mod moves;
mod row;
#[cfg(test)]
mod tests;
mod tiers;

pub(super) use row::without_numbers;
use row::{Row, rows};
use tiers::{Group, Key, MOVED, PASSES, Pass};

use super::Finding;
use super::changes::Changes;
use super::nearest::{Spot, pair};

/// By what a finding was recognised. Tool and rule are always the same; the rule of a dependency's fault is its advisory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// What it is about: an advisory by any of its names, a function, a secret, a test.
    Subject,
    /// T0: the file is the same blob; line, column and message are the same.
    SameBlob,
    /// T1: the line is the same by git's difference, which follows renames.
    SameLine,
    /// T2: path, text of the line, message.
    TextAndMessage,
    /// T3: path, text of the line.
    Text,
    /// T4: text of the line and message, at another path: there is one such finding on either side, or other lines moved
    /// from the same file to the same file, too.
    Moved,
    /// T5: path and message, its numbers aside, where git's difference says that the same lines were replaced.
    Edited,
    /// T5: path and message, its numbers aside: nothing else of the kind is left in the file, or it is near.
    Message,
}

impl Tier {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::SameBlob => "same-blob",
            Self::SameLine => "same-line",
            Self::TextAndMessage => "text-and-message",
            Self::Text => "text",
            Self::Moved => "moved",
            Self::Edited => "edited",
            Self::Message => "message",
        }
    }
}

/// Which findings are the same, by their numbers in the two lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// The old finding, the new one, and by what it was recognised; in the order of the old ones.
    pub pairs: Vec<(usize, usize, Tier)>,
    /// Findings that were not there before, ascending.
    pub new: Vec<usize>,
    /// Findings that are not there any more, ascending.
    pub fixed: Vec<usize>,
}

/// Matches the findings of two scans.
///
/// `changes` is the difference between what was scanned before and what was scanned after; without it, findings are
/// recognised by what they are alone. The result does not depend on the order of the findings, except that of two that are
/// alike in everything either may stand for the other. Takes n log n steps, whatever the findings are.
pub fn match_findings(
    before: &[Finding],
    after: &[Finding],
    changes: Option<&Changes>,
) -> Matching {
    let (old, new) = rows(before, after, changes);
    let mut state = State {
        knows_lines: changes.is_some(),
        old_is_open: vec![true; old.len()],
        new_is_open: vec![true; new.len()],
        old,
        new,
        pairs: Vec::new(),
    };
    for pass in &PASSES {
        if pass.group == Group::Followed {
            state.follow();
        }
        state.run(pass);
    }
    state.finish()
}

struct State {
    /// Whether lines of the old side are given as lines of the new one.
    knows_lines: bool,
    old: Vec<Row>,
    new: Vec<Row>,
    old_is_open: Vec<bool>,
    new_is_open: Vec<bool>,
    /// By the numbers of the rows.
    pairs: Vec<(usize, usize, Tier)>,
}

/// The key of a row, whether it is a new one, and its number.
type Keyed = (Key, bool, usize);

impl State {
    fn run(&mut self, pass: &Pass) {
        let mut keyed = keyed(pass, &self.old, &self.old_is_open, false);
        let old_count = keyed.len();
        keyed.extend(self::keyed(pass, &self.new, &self.new_is_open, true));
        if old_count == 0 || old_count == keyed.len() {
            return;
        }
        keyed.sort_unstable();
        let reach = match pass.group {
            Group::Near { lines } if self.knows_lines => u64::from(lines) << 32,
            _ => u64::MAX,
        };
        let unique = match pass.group {
            Group::Unique => self.unique(pass, &keyed),
            _ => Vec::new(),
        };
        for group in keyed.chunk_by(|one, other| one.0 == other.0) {
            let (old, new) = sides(group);
            let may_pair = match pass.group {
                Group::Single => is_single(group),
                Group::Unique => {
                    let is_unique = |(key, _, _): &Keyed| unique.binary_search(key).is_ok();
                    group.first().is_some_and(is_unique)
                }
                Group::Any | Group::Followed | Group::Near { .. } => {
                    !old.is_empty() && !new.is_empty()
                }
            };
            if may_pair {
                let (old, new) = (spots(&self.old, old), spots(&self.new, new));
                pair(&old, &new, reach, |old, new| {
                    close(&mut self.old_is_open, old);
                    close(&mut self.new_is_open, new);
                    self.pairs.push((old, new, pass.tier));
                });
            }
        }
    }

    /// Notes which files findings moved to. That one line is left on either side may be chance, of several it is none.
    fn follow(&mut self) {
        let mut keyed = keyed(&MOVED, &self.old, &self.old_is_open, false);
        keyed.extend(self::keyed(&MOVED, &self.new, &self.new_is_open, true));
        keyed.sort_unstable();
        let groups = keyed.chunk_by(|one, other| one.0 == other.0);
        let mut moved: Vec<(usize, usize)> = groups
            .filter(|group| is_single(group))
            .filter_map(|group| Some((group.first()?.2, group.last()?.2)))
            .collect();
        let surely = self.pairs.iter().filter(|pair| pair.2 == Tier::Moved);
        moved.extend(surely.map(|(old, new, _)| (*old, *new)));
        moves::follow(&mut self.old, &mut self.new, &moved);
    }

    /// The keys that one row of either side has, whether it is open or not; sorted.
    fn unique(&self, pass: &Pass, keyed: &[Keyed]) -> Vec<Key> {
        let groups = keyed.chunk_by(|one, other| one.0 == other.0);
        let single = groups.filter(|group| is_single(group));
        let mut counted: Vec<(Key, usize)> = single
            .filter_map(|group| Some((group.first()?.0, 0)))
            .collect();
        if counted.is_empty() {
            return Vec::new();
        }
        for key in self.old.iter().chain(&self.new).filter_map(pass.key) {
            if let Ok(at) = counted.binary_search_by(|(counted, _)| counted.cmp(&key))
                && let Some((_, count)) = counted.get_mut(at)
            {
                *count += 1;
            }
        }
        // Either side has one at least.
        let unique = counted.into_iter().filter(|(_, count)| *count == 2);
        unique.map(|(key, _)| key).collect()
    }

    fn finish(self) -> Matching {
        let found = self.pairs.iter().filter_map(|(old, new, tier)| {
            Some((self.old.get(*old)?.index, self.new.get(*new)?.index, *tier))
        });
        let mut pairs: Vec<(usize, usize, Tier)> = found.collect();
        pairs.sort_unstable();
        Matching {
            pairs,
            new: left(&self.new, &self.new_is_open),
            fixed: left(&self.old, &self.old_is_open),
        }
    }
}

/// The old and the new ones of a group.
fn sides(group: &[Keyed]) -> (&[Keyed], &[Keyed]) {
    group.split_at(group.partition_point(|(_, is_new, _)| !is_new))
}

fn is_single(group: &[Keyed]) -> bool {
    let (old, new) = sides(group);
    old.len() == 1 && new.len() == 1
}

/// The open rows of a side that a pass has something to say about.
fn keyed(pass: &Pass, rows: &[Row], is_open: &[bool], is_new: bool) -> Vec<Keyed> {
    let rows = rows.iter().zip(is_open).enumerate();
    let open = rows.filter(|(_, (_, is_open))| **is_open);
    open.filter_map(|(number, (row, _))| Some(((pass.key)(row)?, is_new, number)))
        .collect()
}

fn close(is_open: &mut [bool], number: usize) {
    if let Some(is_open) = is_open.get_mut(number) {
        *is_open = false;
    }
}

/// The findings that have no counterpart.
fn left(rows: &[Row], is_open: &[bool]) -> Vec<usize> {
    let open = rows.iter().zip(is_open).filter(|(_, is_open)| **is_open);
    let mut left: Vec<usize> = open.map(|(row, _)| row.index).collect();
    left.sort_unstable();
    left
}

/// Where the findings of a group are, in ascending order: lines first, columns where lines are the same.
fn spots(rows: &[Row], group: &[Keyed]) -> Vec<Spot> {
    let spot = |(_, _, number): &Keyed| {
        let row = rows.get(*number)?;
        Some(Spot {
            position: u64::from(row.line) << 32 | u64::from(row.column),
            number: *number,
        })
    };
    let mut spots: Vec<Spot> = group.iter().filter_map(spot).collect();
    spots.sort_unstable();
    spots
}
