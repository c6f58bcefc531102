//! Counting while commits pass by: nothing is kept of a commit but sums.

use std::collections::HashMap;

use super::table::Table;
use crate::git::history::CommitFacts;

/// Numbers for distinct byte strings, in the order of their arrival.
#[derive(Debug, Default)]
struct Names(HashMap<Box<[u8]>, u32>);

impl Names {
    fn number(&mut self, string: &[u8]) -> u32 {
        if let Some(number) = self.0.get(string) {
            return *number;
        }
        // Git cannot hold 2³² paths in one index either; beyond that they are counted as one.
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.insert(string.into(), number);
        number
    }

    /// In order, and the rank of each number.
    fn ranked(self) -> (Table, Vec<u32>) {
        let mut all: Vec<_> = self.0.into_iter().collect();
        all.sort_unstable();
        let mut table = Table::default();
        let mut ranks = vec![0; all.len()];
        for (rank, (string, number)) in (0..).zip(&all) {
            table.push(string);
            if let Some(place) = ranks.get_mut(*number as usize) {
                *place = rank;
            }
        }
        (table, ranks)
    }
}

/// How often each pair came. Pairs are collected and folded together by sorting: an eighth of the time and half of the
/// memory of a hash table, and the order comes with it.
#[derive(Debug, Default)]
struct PairCounts {
    /// Ascending, distinct.
    folded: Vec<(u64, u32)>,
    /// As they come.
    fresh: Vec<u64>,
}

impl PairCounts {
    fn add(&mut self, path: u32, author: u32) {
        self.fresh.push(u64::from(path) << 32 | u64::from(author));
        // Folding costs what is folded already: it waits until as much is new.
        if self.fresh.len() >= (1 << 16) && self.fresh.len() >= self.folded.len() {
            self.fold();
        }
    }

    fn fold(&mut self) {
        self.fresh.sort_unstable();
        let mut fresh: Vec<(u64, u32)> = Vec::new();
        for pair in self.fresh.drain(..) {
            match fresh.last_mut() {
                Some((last, count)) if *last == pair => *count = count.saturating_add(1),
                _ => fresh.push((pair, 1)),
            }
        }
        if self.folded.is_empty() {
            self.folded = fresh;
            return;
        }
        let mut merged = Vec::with_capacity(self.folded.len() + fresh.len());
        let mut fresh = fresh.into_iter().peekable();
        for (pair, count) in self.folded.drain(..) {
            while let Some(before) = fresh.next_if(|(new, _)| *new < pair) {
                merged.push(before);
            }
            let more = fresh.next_if(|(new, _)| *new == pair);
            merged.push((pair, count.saturating_add(more.map_or(0, |(_, more)| more))));
        }
        merged.extend(fresh);
        self.folded = merged;
    }
}

/// What one author has done: commits, and how many of them are merges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct AuthorCounts {
    pub(super) commits: u32,
    pub(super) merges: u32,
}

/// The sums over some commits.
#[derive(Debug, Default)]
pub(super) struct Tally {
    paths: Names,
    authors: Names,
    by_author: Vec<AuthorCounts>,
    pairs: PairCounts,
    key: Vec<u8>,
    numbers: Vec<u32>,
    borders: u64,
}

impl Tally {
    /// Counts a commit. Returns its author's number and those of its paths, until the next one.
    pub(super) fn add(&mut self, commit: &CommitFacts<'_>) -> (u32, &[u32]) {
        self.key.clear();
        self.key.extend_from_slice(commit.author_name);
        // Neither contains a NUL.
        self.key.push(0);
        self.key.extend_from_slice(commit.author_email);
        let author = self.authors.number(&self.key);
        if author as usize == self.by_author.len() {
            self.by_author.push(AuthorCounts::default());
        }
        if let Some(counts) = self.by_author.get_mut(author as usize) {
            counts.commits += 1;
            counts.merges += u32::from(commit.is_merge());
        }
        self.borders += u64::from(commit.border);
        self.numbers.clear();
        for change in commit.changes.clone() {
            let path = self.paths.number(change.path);
            self.numbers.push(path);
            self.pairs.add(path, author);
        }
        (author, &self.numbers)
    }

    /// In order, with the new numbers of authors and paths.
    pub(super) fn ranked(mut self) -> Ranked {
        self.pairs.fold();
        let (paths, path_ranks) = self.paths.ranked();
        let (authors, author_ranks) = self.authors.ranked();
        let rank = |ranks: &[u32], number: u64| {
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            ranks.get(number).copied().unwrap_or_default()
        };
        let mut pairs: Vec<Pair> = std::mem::take(&mut self.pairs.folded)
            .into_iter()
            .map(|(pair, commits)| Pair {
                path: rank(&path_ranks, pair >> 32),
                author: rank(&author_ranks, pair & u64::from(u32::MAX)),
                commits,
            })
            .collect();
        pairs.sort_unstable_by_key(|pair| (pair.path, pair.author));
        let mut by_author = vec![AuthorCounts::default(); self.by_author.len()];
        for (counts, rank) in self.by_author.iter().zip(&author_ranks) {
            if let Some(place) = by_author.get_mut(*rank as usize) {
                *place = *counts;
            }
        }
        Ranked {
            sums: super::sums::Sums {
                paths,
                authors,
                by_author,
                pairs,
                borders: self.borders,
            },
            path_ranks,
            author_ranks,
        }
    }
}

/// How many commits of an author changed a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) path: u32,
    pub(super) author: u32,
    pub(super) commits: u32,
}

/// A tally in order.
#[derive(Debug, Default)]
pub(super) struct Ranked {
    pub(super) sums: super::sums::Sums,
    /// The rank of each path's number.
    pub(super) path_ranks: Vec<u32>,
    /// The rank of each author's number.
    pub(super) author_ranks: Vec<u32>,
}
