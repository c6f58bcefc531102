//! Whether steps stand together more often than by chance.
//!
//! *Lift* is P(sequence) / ∏ P(step), with P(sequence) = places where it begins / places where one of its length fits into an
//! episode, and P(step) = times it was done / steps done; it is reckoned as a sum of logarithms. It says nothing about a
//! sequence of which a part is a habit and the rest stands beside it by chance, nor whether three times in a long history are
//! many. So a sequence is also cut in two at every place: `expected` is how often its parts would stand together by chance,
//! and it has to be there [`LIFT`] times as often at the place where that is hardest (*cohesion*). How likely as many are by
//! chance ([`tail`]) has to be at most [`LIKELIHOOD`] divided by the number of n-grams of its length that were tried
//! (Bonferroni's bound: with that likelihood any at all of a length is there by chance).
//!
//! What is usual in one repository, or for one actor, is not chance but no habit either: two steps that are done all day there
//! and nowhere else. `expected` is therefore the sum over *strata*: each repository and actor with at least [`STRATUM`] steps
//! is one, all others together are another.
//!
//! Nor is it chance what cannot stand elsewhere: inside a habit nothing but its steps stands, so whatever else is done is
//! done more often after a habit than on the whole, and would seem to belong to it. So only *seams* count that are not bound by
//! a pair that is surely no chance: `expected` is the number of such seams, times the share of the ends there that are the
//! one part's, times the share of the begins that are the other's. Where nothing is bound these are the usual frequencies.

use std::collections::{BTreeMap, HashMap};

use super::grams::{Grams, Level, NONE};
use crate::metrics::binomial::upper_tail;
use crate::metrics::stats::as_f64;
use crate::optimize::episode::{Episode, Episodes};

/// A sequence that is no more frequent than this over chance is none.
pub const LIFT: f64 = 2.0;
/// How likely it may be that one of all n-grams of a length is told that is there by chance.
pub const LIKELIHOOD: f64 = 0.05;
/// A pair that is so many times as frequent as by chance, and is so surely (see [`LIKELIHOOD`]), is bound.
pub const BINDING: f64 = 5.0;
/// With so many steps a repository and actor have rates of their own.
pub const STRATUM: usize = 1000;

/// How a sequence compares with chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// P(sequence) / ∏ P(step).
    pub lift: f64,
    /// The least of times it is there / times expected, over the places where it can be cut in two; 1 for a single step.
    pub cohesion: f64,
    /// How often it would be there by chance, where it is cut at the place where that is most.
    pub expected: f64,
    /// How often the rarer one of its parts is there, at that place.
    pub trials: u32,
    /// The largest of the likelihoods that so many are there by chance.
    pub tail: f64,
}

impl Chance {
    /// Of a single step.
    pub const SINGLE: Self = Self {
        lift: 1.0,
        cohesion: 1.0,
        expected: 0.0,
        trials: 0,
        tail: 1.0,
    };

    /// Whether it is no chance, where tails are believed up to `most`.
    pub fn is_beyond(&self, most: f64) -> bool {
        self.tail <= most && self.lift >= LIFT && self.cohesion >= LIFT
    }
}

/// How likely it is that two parts stand together at least so often by chance, where so many times are expected and the rarer
/// of them is there `trials` times: the upper tail of the binomial distribution, which is above that of the hypergeometric
/// (Hoeffding, "Probability Inequalities for Sums of Bounded Random Variables", J. Am. Stat. Assoc. 58, 1963).
pub fn tail(count: u32, expected: f64, trials: u32) -> f64 {
    let share = expected / f64::from(trials.max(1));
    upper_tail(count as usize, trials as usize, share)
}

/// The largest tail that is believed when so many were tried.
pub const fn least_likely(tried: usize) -> f64 {
    LIKELIHOOD / as_f64(if tried == 0 { 1 } else { tried })
}

/// The strata and what is bound in them.
pub struct Strata {
    /// The stratum of each episode.
    of_episode: Vec<u32>,
    how_many: usize,
    longest: usize,
    /// By length less one: how many places there are for n-grams.
    fitting: Vec<f64>,
    /// Of each index whether a habit binds it to the next.
    bound: Vec<bool>,
    /// By stratum, then by length less one of what is before and what is after: seams that are not bound. Of two lengths,
    /// those where both fit into the episode; of one, all ends of its length, the episode's included.
    seams: Vec<Vec<Vec<f64>>>,
    ends: Vec<Vec<f64>>,
    begins: Vec<Vec<f64>>,
    /// By length less one and number.
    counts: Vec<Vec<Counts>>,
}

/// By stratum, ascending: how often an n-gram ends, and begins, where nothing binds it to what is beyond.
type Counts = Vec<(u32, f64, f64)>;

impl Strata {
    /// Of all n-grams. Pairs that are surely no chance bind their seams.
    pub fn of(episodes: &Episodes, grams: &Grams) -> Self {
        let mut strata = Self::without_counts(episodes, grams.levels.len());
        let pairs = grams
            .levels
            .get(..grams.levels.len().min(2))
            .unwrap_or_default();
        strata.count(episodes, pairs);
        if let [_, level] = pairs {
            let sure = least_likely(level.tried);
            let is_sure: Vec<bool> = (0_u32..)
                .take(level.grams.len())
                .map(|number| {
                    let chance = chance(grams, &strata, 2, number);
                    chance.is_some_and(|it| it.cohesion >= BINDING && it.tail <= sure)
                })
                .collect();
            for (bound, number) in strata.bound.iter_mut().zip(&level.at) {
                *bound = is_sure.get(*number as usize).copied().unwrap_or(false);
            }
        }
        strata.count(episodes, &grams.levels);
        strata
    }

    fn without_counts(episodes: &Episodes, longest: usize) -> Self {
        let mut sizes = BTreeMap::new();
        for episode in &episodes.episodes {
            *sizes.entry((episode.scope, episode.actor)).or_insert(0) +=
                episode.end - episode.begin;
        }
        let own: HashMap<_, u32> = sizes
            .into_iter()
            .filter(|(_, size)| *size >= STRATUM)
            .map(|(key, _)| key)
            .zip(1..)
            .collect();
        let of_episode = episodes
            .episodes
            .iter()
            .map(|episode| {
                let key = (episode.scope, episode.actor);
                own.get(&key).copied().unwrap_or(0)
            })
            .collect();
        Self {
            of_episode,
            how_many: own.len() + 1,
            longest,
            fitting: (1..=longest)
                .map(|length| fitting(episodes, length))
                .collect(),
            bound: vec![false; episodes.sequence.len()],
            seams: Vec::new(),
            ends: Vec::new(),
            begins: Vec::new(),
            counts: Vec::new(),
        }
    }

    /// Whether nothing binds an index to the next one.
    fn is_free(&self, index: usize) -> bool {
        !self.bound.get(index).copied().unwrap_or(false)
    }

    fn count(&mut self, episodes: &Episodes, levels: &[Level]) {
        self.count_seams(episodes);
        self.counts = levels
            .iter()
            .zip(1..)
            .map(|(level, length)| self.count_level(episodes, level, length))
            .collect();
    }

    fn count_level(&self, episodes: &Episodes, level: &Level, length: usize) -> Vec<Counts> {
        let mut counts: Vec<Counts> = vec![Vec::new(); level.grams.len()];
        for (episode, stratum) in episodes.episodes.iter().zip(&self.of_episode) {
            for index in episode.begin..episode.end {
                let number = level.at.get(index).copied().unwrap_or(NONE);
                let Some(counts) = counts.get_mut(number as usize) else {
                    continue;
                };
                let begins = index == episode.begin || self.is_free(index - 1);
                let end = index + length;
                let ends = end == episode.end || self.is_free(end - 1);
                let add = |free: bool| if free { 1.0 } else { 0.0 };
                match counts.iter_mut().find(|(other, ..)| other == stratum) {
                    Some((_, all_ends, all_begins)) => {
                        *all_ends += add(ends);
                        *all_begins += add(begins);
                    }
                    None => counts.push((*stratum, add(ends), add(begins))),
                }
            }
        }
        counts
    }

    fn count_seams(&mut self, episodes: &Episodes) {
        let longest = self.longest;
        let mut seams = vec![vec![vec![0.0; longest]; longest]; self.how_many];
        let mut ends = vec![vec![0.0; longest]; self.how_many];
        let mut begins = ends.clone();
        let add = |counts: Option<&mut Vec<f64>>, steps: usize| {
            let count =
                counts.and_then(|counts| counts.get_mut(steps.min(longest).saturating_sub(1)));
            if let Some(count) = count {
                *count += 1.0;
            }
        };
        for (episode, stratum) in episodes.episodes.iter().zip(&self.of_episode) {
            let stratum = *stratum as usize;
            add(begins.get_mut(stratum), episode.end - episode.begin);
            add(ends.get_mut(stratum), episode.end - episode.begin);
            for last in episode.begin..episode.end.saturating_sub(1) {
                if self.is_free(last) {
                    let (before, after) = (last + 1 - episode.begin, episode.end - last - 1);
                    add(ends.get_mut(stratum), before);
                    add(begins.get_mut(stratum), after);
                    let seams = seams.get_mut(stratum);
                    let row =
                        seams.and_then(|rows| rows.get_mut(before.min(longest).saturating_sub(1)));
                    add(row, after);
                }
            }
        }
        // Where more steps fit, fewer do.
        let at_least = |counts: &mut Vec<f64>| {
            let mut sum = 0.0;
            for count in counts.iter_mut().rev() {
                sum += *count;
                *count = sum;
            }
        };
        ends.iter_mut().for_each(at_least);
        begins.iter_mut().for_each(at_least);
        for rows in &mut seams {
            rows.iter_mut().for_each(at_least);
            let mut sums = vec![0.0; longest];
            for row in rows.iter_mut().rev() {
                for (count, sum) in row.iter_mut().zip(&mut sums) {
                    *sum += *count;
                    *count = *sum;
                }
            }
        }
        (self.seams, self.ends, self.begins) = (seams, ends, begins);
    }

    fn counts(&self, length: usize, number: u32) -> &[(u32, f64, f64)] {
        let level = length.checked_sub(1).and_then(|at| self.counts.get(at));
        level
            .and_then(|level| level.get(number as usize))
            .map_or(&[], Vec::as_slice)
    }

    /// How often one would stand directly before the other by chance.
    fn expected(&self, before: (usize, u32), after: (usize, u32)) -> f64 {
        let others = self.counts(after.0, after.1);
        let share = |count: f64, of: &[Vec<f64>], stratum: u32, length: usize| {
            let all = *of.get(stratum as usize)?.get(length - 1)?;
            (all > 0.0).then_some(count / all)
        };
        self.counts(before.0, before.1)
            .iter()
            .filter_map(|(stratum, ends, _)| {
                let (.., begins) = others.iter().find(|(other, ..)| other == stratum)?;
                let seams = self.seams.get(*stratum as usize)?.get(before.0 - 1)?;
                Some(
                    seams.get(after.0 - 1)?
                        * share(*ends, &self.ends, *stratum, before.0)?
                        * share(*begins, &self.begins, *stratum, after.0)?,
                )
            })
            .sum()
    }
}

/// How many places there are for n-grams of a length.
fn fitting(episodes: &Episodes, length: usize) -> f64 {
    let fit = |episode: &Episode| (episode.end - episode.begin + 1).saturating_sub(length);
    as_f64(episodes.episodes.iter().map(fit).sum())
}

/// How an n-gram of at least two steps compares with chance.
pub fn chance(grams: &Grams, strata: &Strata, length: usize, number: u32) -> Option<Chance> {
    let gram = grams.gram(length, number)?;
    let first = gram.first as usize;
    let fit = |length: usize| strata.fitting.get(length - 1).copied().unwrap_or(0.0);
    let done = fit(1);
    let mut lift = (f64::from(gram.places) / fit(length)).ln();
    for index in first..first + length {
        let single = grams.gram(1, grams.at(1, index).unwrap_or(NONE))?;
        lift -= (f64::from(single.places) / done).ln();
    }
    let mut found = Chance {
        lift: lift.exp(),
        cohesion: f64::INFINITY,
        expected: 0.0,
        trials: 0,
        tail: 0.0,
    };
    for (cut, (before, after)) in (1..).zip(grams.splits(length, number)) {
        let expected = strata.expected((cut, before), (length - cut, after));
        found.cohesion = found.cohesion.min(f64::from(gram.places) / expected);
        let places = |length, number| grams.gram(length, number).map_or(0, |gram| gram.places);
        let trials = places(cut, before).min(places(length - cut, after));
        found.tail = found.tail.max(tail(gram.support, expected, trials));
        if expected >= found.expected {
            (found.expected, found.trials) = (expected, trials);
        }
    }
    Some(found)
}

/// The n-grams of a length that are no chance, by number.
pub fn beyond_chance(grams: &Grams, strata: &Strata, length: usize) -> Vec<Option<Chance>> {
    let Some(level) = grams.level(length) else {
        return Vec::new();
    };
    let numbers = (0_u32..).take(level.grams.len());
    if length < 2 {
        return numbers.map(|_| Some(Chance::SINGLE)).collect();
    }
    let most = least_likely(level.tried);
    numbers
        .map(|number| chance(grams, strata, length, number))
        .map(|chance| chance.filter(|chance| chance.is_beyond(most)))
        .collect()
}
