//! Which steps could run at the same time.
//!
//! A set of steps of which none needs another one, and of which none certainly writes what another one touches: an
//! antichain of the needed order, in which such steps are ordered. All maximal ones of a small workflow are found (Bron and
//! Kerbosch, "Finding All Cliques of an Undirected Graph", 1973, with Tomita's pivot); there can be 3^(steps/3) of them, so
//! that of larger ones some are, those with the longest steps first. Time is bounded by [`WORK`].

use serde::{Deserialize, Serialize};

use super::bits::{places, remove};
use super::graph::Graph;
use super::schedule::{longest_first, schedule, total};

/// The most sets that are told.
pub const MOST_SETS: usize = 64;
/// So many words of 64 steps are compared at most before the search ends: some tens of milliseconds.
const WORK: usize = 20_000_000;
/// For each of so many steps, the longest, one set with it is found before anything else.
const LONGEST: usize = 16;

/// Steps that could run at the same time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Together {
    /// Their places, ascending.
    pub steps: Vec<usize>,
    /// What they take one after the other, in ms.
    pub in_a_row_ms: f64,
    /// What they take on the workers that there are, in ms.
    pub at_once_ms: f64,
}

/// The sets of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parallel {
    /// Sets to which no step can be added, of two steps at least; those first that save most.
    pub sets: Vec<Together>,
    /// Whether these are all.
    pub complete: bool,
}

impl Parallel {
    /// Of a needed order, on so many workers.
    pub fn of(needed: &Graph, ms: &[f64], workers: usize) -> Self {
        let mut search = Search::new(needed, ms);
        let complete = search.run();
        let sets = search.found.into_iter();
        let mut sets: Vec<Together> = sets.map(|set| together(set, ms, workers)).collect();
        let saved = |it: &Together| it.in_a_row_ms - it.at_once_ms;
        sets.sort_by(|one, other| {
            let by_saving = saved(other).total_cmp(&saved(one));
            by_saving.then_with(|| one.steps.cmp(&other.steps))
        });
        Self { sets, complete }
    }
}

fn together(steps: Vec<usize>, ms: &[f64], workers: usize) -> Together {
    let each = steps.iter().filter_map(|at| ms.get(*at).copied());
    let each: Vec<f64> = each.collect();
    let free = Graph::new(each.len(), []).unwrap_or_default();
    let ranks = longest_first(&free, &each);
    Together {
        steps,
        in_a_row_ms: total(each.iter().copied()),
        at_once_ms: schedule(&free, &each, workers, &ranks).ms,
    }
}

/// Steps are numbered anew by their time, the longest first.
struct Search {
    /// The place of each.
    steps: Vec<usize>,
    /// With which others each can run at the same time.
    friends: Vec<Vec<u64>>,
    words: usize,
    left: usize,
    found: Vec<Vec<usize>>,
}

impl Search {
    fn new(needed: &Graph, ms: &[f64]) -> Self {
        let count = needed.len();
        let words = count.div_ceil(64);
        let takes = |at: &usize| ms.get(*at).copied().unwrap_or(0.0);
        let mut steps: Vec<usize> = (0..count).collect();
        steps.sort_by(|one, other| takes(other).total_cmp(&takes(one)));
        let number = super::schedule::ranks(&steps);
        let closure = needed.closure();
        let everyone: Vec<u64> = full(count, words);
        let mut friends = vec![everyone; count];
        for at in 0..count {
            let mine = number.get(at).copied().unwrap_or(0);
            if let Some(set) = friends.get_mut(mine) {
                remove(set, mine);
            }
            for before in places(closure.row(at)) {
                let other = number.get(before).copied().unwrap_or(0);
                for (one, two) in [(mine, other), (other, mine)] {
                    if let Some(set) = friends.get_mut(one) {
                        remove(set, two);
                    }
                }
            }
        }
        Self {
            steps,
            friends,
            words,
            left: WORK,
            found: Vec::new(),
        }
    }

    fn friends(&self, at: usize) -> &[u64] {
        self.friends.get(at).map_or(&[], Vec::as_slice)
    }

    /// Whether all sets were found.
    fn run(&mut self) -> bool {
        let count = self.steps.len();
        for seed in 0..count.min(LONGEST) {
            let mut set = vec![seed];
            let mut rest = self.friends(seed).to_vec();
            loop {
                let first = places(&rest).next();
                let Some(next) = first else { break };
                set.push(next);
                rest = both(&rest, self.friends(next));
            }
            self.keep(&set);
        }
        let everyone = full(count, self.words);
        let nobody = vec![0; self.words];
        self.expand(&mut Vec::new(), everyone, nobody)
    }

    fn keep(&mut self, set: &[usize]) {
        let places = set.iter().filter_map(|at| self.steps.get(*at).copied());
        let mut places: Vec<usize> = places.collect();
        places.sort_unstable();
        if places.len() > 1 && !self.found.contains(&places) {
            self.found.push(places);
        }
    }

    /// Looks for all sets with these steps, some of the candidates and none of the excluded; whether it came to an end.
    /// Its depth is that of the largest set.
    fn expand(
        &mut self,
        chosen: &mut Vec<usize>,
        mut candidates: Vec<u64>,
        mut excluded: Vec<u64>,
    ) -> bool {
        let Some(pivot) = self.pivot(&candidates, &excluded) else {
            self.keep(chosen);
            return true;
        };
        let around = self.friends(pivot);
        let tried = candidates.iter().zip(around).map(|(all, not)| all & !not);
        let tried: Vec<u64> = tried.collect();
        for at in places(&tried) {
            if self.found.len() >= MOST_SETS || self.left == 0 || chosen.len() > DEEPEST {
                return false;
            }
            let friends = self.friends(at);
            let (less, out) = (both(&candidates, friends), both(&excluded, friends));
            chosen.push(at);
            let ended = self.expand(chosen, less, out);
            chosen.pop();
            if !ended {
                return false;
            }
            remove(&mut candidates, at);
            if let Some(word) = excluded.get_mut(at / 64) {
                *word |= 1 << (at % 64);
            }
        }
        true
    }

    /// The step with the most friends among the candidates: those need not be tried in its place.
    fn pivot(&mut self, candidates: &[u64], excluded: &[u64]) -> Option<usize> {
        let both = candidates.iter().zip(excluded).map(|(one, two)| one | two);
        let both: Vec<u64> = both.collect();
        let mut best = None;
        let mut looked = 0;
        for at in places(&both) {
            let friends = self.friends(at).iter().zip(candidates);
            let common: u32 = friends.map(|(one, two)| (one & two).count_ones()).sum();
            looked += self.words;
            if best.is_none_or(|(most, _)| common > most) {
                best = Some((common, at));
            }
        }
        self.left = self.left.saturating_sub(looked);
        best.map(|(_, at)| at)
    }
}

/// Sets of more steps are found by their longest ones alone: each level is a call within a call.
const DEEPEST: usize = 1_000;

fn full(count: usize, words: usize) -> Vec<u64> {
    let mut set = vec![u64::MAX; words];
    for at in count..words * 64 {
        remove(&mut set, at);
    }
    set
}

fn both(one: &[u64], other: &[u64]) -> Vec<u64> {
    one.iter().zip(other).map(|(a, b)| a & b).collect()
}
