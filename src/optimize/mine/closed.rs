//! What of the frequent n-grams is worth telling: none that a longer one tells already, and each loop once.
//!
//! An n-gram is left out if one that is kept *covers* at least [`CONTAINED`] of its support: the longer are judged first,
//! among equals the more frequent, then the earlier. Covered is what lies within an occurrence, and within occurrences that
//! follow each other directly: in a loop `ABCABC` the rotations `BCA` and `CAB` and the seam `CA` are covered by `ABC`. Covered
//! are also the fragments of an occurrence that was interrupted, by at most [`super::GAP`] steps at a place or by a pause: without this each
//! half of a habit would be a habit of its own as soon as one time in ten something came between.
//!
//! What is not covered has to be a pattern by itself: frequent enough, and no chance. Else two steps of a habit that also meet
//! by chance, now and then, would be told beside it.
//!
//! A repetition (`ABAB`, `AAA`) is never told: it is the loop that is. What begins to repeat itself (`ABA`) is left out where
//! at least half of its occurrences go on that way, before or after.
//!
//! Of what is longer than the longest n-gram its first steps are told, then the next as many: the longest n-grams cover those
//! of their length that overlap them.

use std::collections::HashMap;

use super::GAP;
use super::chance::{Chance, LIFT, least_likely, tail};
use super::grams::{Grams, NONE};
use super::places::{Places, without_overlap};
use crate::optimize::episode::Episodes;

/// The share of an n-gram's support that one longer n-gram has to cover to stand for it.
pub const CONTAINED: f64 = 0.9;

/// An n-gram that is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// How many steps it has.
    pub length: usize,
    /// Its number on its level.
    pub number: u32,
    /// How it compares with chance.
    pub chance: Chance,
    /// Where it occurs without overlap: indices of the sequence.
    pub starts: Vec<usize>,
}

/// The n-grams that are told, of those that are no chance: `worthy` has them by length less one and number. The longest come
/// first.
pub fn closed(
    episodes: &Episodes,
    steps: &[u32],
    grams: &Grams,
    worthy: &[Vec<Option<Chance>>],
    least: u32,
) -> Vec<Kept> {
    let mut found = Vec::new();
    let Some(first) = grams.levels.first() else {
        return found;
    };
    let mut judge = Judge {
        episodes,
        steps,
        grams,
        least,
        singles: Places::of(&first.at, first.grams.len()),
        covered: grams
            .levels
            .iter()
            .map(|level| vec![0; level.grams.len()])
            .collect(),
        taken: vec![false; steps.len()],
    };
    let longest = grams.levels.len();
    for (shorter, (level, worthy)) in grams.levels.iter().zip(worthy).enumerate().rev() {
        let length = shorter + 1;
        let mut numbers: Vec<(u32, Chance)> = (0_u32..)
            .zip(worthy)
            .filter_map(|(number, chance)| Some((number, (*chance)?)))
            .collect();
        numbers.sort_by_key(|(number, _)| {
            let gram = level.grams.get(*number as usize);
            let (support, first) = gram.map_or((0, 0), |gram| (gram.support, gram.first));
            (std::cmp::Reverse(support), first)
        });
        let places = Places::of(&level.at, level.grams.len());
        for (number, chance) in numbers {
            let starts = without_overlap(places.get(number), length);
            if judge.repeats(length, &starts) || judge.is_covered(length, number, &chance) {
                continue;
            }
            let in_chain = length == longest && length > 2 && judge.is_in_chain(length, &starts);
            judge.cover(length, number, &starts);
            if in_chain {
                continue;
            }
            if length == longest {
                judge.take(length, &starts);
            }
            found.push(Kept {
                length,
                number,
                chance,
                starts,
            });
        }
    }
    found
}

struct Judge<'a> {
    episodes: &'a Episodes,
    steps: &'a [u32],
    grams: &'a Grams,
    /// How often a pattern has to occur.
    least: u32,
    singles: Places,
    /// By length less one and number: the most that one that is kept covers.
    covered: Vec<Vec<u32>>,
    /// What lies in occurrences of the longest that are kept.
    taken: Vec<bool>,
}

impl Judge<'_> {
    fn is_covered(&self, length: usize, number: u32, chance: &Chance) -> bool {
        let support = self
            .grams
            .gram(length, number)
            .map_or(0, |gram| gram.support);
        let covered = self
            .covered
            .get(length - 1)
            .and_then(|level| level.get(number as usize));
        let covered = covered.copied().unwrap_or(0);
        if covered == 0 {
            return false;
        }
        let left = support.saturating_sub(covered);
        let tried = self.grams.level(length).map_or(0, |level| level.tried);
        f64::from(covered) >= CONTAINED * f64::from(support)
            || left < self.least
            || f64::from(left) < LIFT * chance.expected
            || (length > 1 && tail(left, chance.expected, chance.trials) > least_likely(tried))
    }

    fn repeats(&self, length: usize, starts: &[usize]) -> bool {
        let Some(text) = starts
            .first()
            .and_then(|start| self.steps.get(*start..start + length))
        else {
            return false;
        };
        let period = period(text);
        if period == length || length < 2 {
            return false;
        }
        let goes_on = |start: &&usize| {
            let start = **start;
            let Some(episode) = self.episodes.episode_at(start) else {
                return false;
            };
            let same = |one: usize, other: usize| self.steps.get(one) == self.steps.get(other);
            let end = start + length;
            (start > episode.begin && same(start - 1, start - 1 + period))
                || (end < episode.end && same(end, end - period))
        };
        2 * period <= length || 2 * starts.iter().filter(goes_on).count() >= starts.len()
    }

    /// Whether nearly all occurrences overlap one of an n-gram as long that is kept.
    fn is_in_chain(&self, length: usize, starts: &[usize]) -> bool {
        let overlaps = |start: &&usize| {
            let steps = self.taken.get(**start..**start + length);
            steps.is_some_and(|steps| steps.contains(&true))
        };
        let overlapping = u32::try_from(starts.iter().filter(overlaps).count()).unwrap_or(0);
        let all = u32::try_from(starts.len()).unwrap_or(u32::MAX);
        f64::from(overlapping) >= CONTAINED * f64::from(all)
    }

    fn take(&mut self, length: usize, starts: &[usize]) {
        for start in starts {
            if let Some(steps) = self.taken.get_mut(*start..start + length) {
                steps.fill(true);
            }
        }
    }

    fn cover(&mut self, length: usize, number: u32, starts: &[usize]) {
        let mut parts: Vec<(usize, usize)> = starts
            .iter()
            .map(|start| (*start, start + length))
            .collect();
        if length > 2 {
            self.interrupted(length, starts, &mut parts);
            parts.sort_unstable();
        }
        let mut regions: Vec<(usize, usize)> = Vec::new();
        for (begin, end) in parts {
            match regions.last_mut() {
                Some((_, last)) if *last == begin && self.is_one_episode(begin - 1, begin) => {
                    *last = end;
                }
                _ => regions.push((begin, end)),
            }
        }
        // By length and number: how many, and where the last one ends.
        let mut counts: HashMap<(usize, u32), (u32, usize)> = HashMap::new();
        for shorter in 1..=length {
            for (begin, end) in &regions {
                for index in *begin..(end + 1).saturating_sub(shorter) {
                    let Some(other) = self.grams.at(shorter, index) else {
                        continue;
                    };
                    if shorter == length && other == number {
                        continue;
                    }
                    let (count, free) = counts.entry((shorter, other)).or_default();
                    if *free <= index {
                        *count += 1;
                        *free = index + shorter;
                    }
                }
            }
        }
        for ((shorter, other), (count, _)) in counts {
            if let Some(most) = self
                .covered
                .get_mut(shorter - 1)
                .and_then(|level| level.get_mut(other as usize))
            {
                *most = count.max(*most);
            }
        }
    }

    fn is_one_episode(&self, one: usize, other: usize) -> bool {
        let episode = self.episodes.episode_at(one);
        episode.is_some_and(|episode| other < episode.end)
    }

    /// Adds the fragments of occurrences that something came between.
    fn interrupted(&self, length: usize, starts: &[usize], regions: &mut Vec<(usize, usize)>) {
        let Some(text) = starts
            .first()
            .and_then(|start| self.steps.get(*start..start + length))
        else {
            return;
        };
        let first = starts.first().and_then(|start| self.grams.at(1, *start));
        let mut whole = starts.iter().copied().peekable();
        let mut free = 0;
        let mut fragments = Vec::new();
        for index in self.singles.get(first.unwrap_or(NONE)) {
            let index = *index as usize;
            while whole.next_if(|start| start + length <= index).is_some() {}
            if index < free || whole.peek().is_some_and(|start| *start <= index) {
                continue;
            }
            // The next episode of a stream is the next in the sequence: a pause is crossed like anything that comes between.
            let end = whole.peek().copied().unwrap_or(self.steps.len());
            if self.follow(text, index, end, &mut fragments) {
                free = fragments.last().map_or(free, |(_, end)| *end);
                regions.append(&mut fragments);
            }
        }
    }

    /// Whether the steps follow each other from `index` on with at most [`GAP`] others between two; `fragments` are then the
    /// stretches without any.
    fn follow(
        &self,
        text: &[u32],
        index: usize,
        end: usize,
        fragments: &mut Vec<(usize, usize)>,
    ) -> bool {
        fragments.clear();
        let (mut begin, mut next) = (index, index + 1);
        for step in text.iter().skip(1) {
            let reach = self.steps.get(next..end.min(next + GAP + 1));
            let found = reach.and_then(|reach| reach.iter().position(|other| other == step));
            let Some(skipped) = found else {
                return false;
            };
            if skipped > 0 {
                fragments.push((begin, next));
                begin = next + skipped;
            }
            next += skipped + 1;
        }
        fragments.push((begin, next));
        true
    }
}

/// The least number of steps after which it repeats itself; its length if it does not.
fn period(text: &[u32]) -> usize {
    (1..text.len())
        .find(|period| {
            text.iter()
                .skip(*period)
                .eq(text.iter().take(text.len() - period))
        })
        .unwrap_or(text.len())
}
