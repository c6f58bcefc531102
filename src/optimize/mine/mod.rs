//! Steps that recur in the same order.
//!
//! [`patterns`] counts contiguous n-grams ([`grams`]), drops those that stand together by chance ([`chance`]) and those that a
//! longer one tells ([`closed`]); where few are left it looks for sequences with something in between ([`gapped`]). Of each
//! pattern it says when it is done ([`regular`]) and which hook of git could do it ([`hooks`]). Files that change together
//! are another matter ([`cochange`]).
//!
//! Time is linear in the events, times the longest n-gram (8); memory is some hundred bytes an event.

pub mod chance;
pub mod closed;
pub mod cochange;
pub mod gapped;
pub mod grams;
pub mod hooks;
mod places;
pub mod regular;

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use self::chance::{Chance, Strata, beyond_chance};
use self::closed::CONTAINED;
use self::gapped::Gapped;
use self::grams::Grams;
use self::hooks::{HookSuggestion, hook};
use self::regular::{Local, Regularity, Usual, regularity};
use super::episode::Episodes;
use super::event::Corpus;

pub use gapped::GAP;

/// The longest pattern.
pub const LONGEST: usize = 8;
/// Fewer than so many patterns of two and more steps are thin: sequences with gaps are looked for. So many are proposed at
/// once.
pub const THIN: usize = 5;

/// What is mined, and what is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How far back, in ms: 30 days.
    pub look_back_ms: i64,
    /// At most so many events, the newest: a million, which takes some seconds and some hundred megabytes.
    pub newest: usize,
    /// The most steps of a pattern: 8.
    pub longest: usize,
    /// How often a pattern has to occur: 3 times.
    pub least: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            look_back_ms: 30 * 86_400_000,
            newest: 1_000_000,
            longest: LONGEST,
            least: 3,
        }
    }
}

/// Steps that recur.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// Of the keys of its steps: the same in every run and on every machine.
    pub id: String,
    /// What is done, by [`Corpus::steps`].
    pub steps: Vec<u32>,
    /// Whether other steps may stand in between.
    pub gapped: bool,
    /// How often, without overlap.
    pub support: u32,
    /// In how many episodes.
    pub episodes: u32,
    /// On how many days of the person's calendar, as far as times are known.
    pub days: u32,
    /// How it compares with chance.
    pub chance: Chance,
    /// Positions in [`Corpus::events`], as many for each occurrence as there are steps: see [`Pattern::occurrences`].
    pub events: Vec<u32>,
    /// When it is done, if there is a rule in it.
    pub regularity: Option<Regularity>,
    /// Which hook could do it.
    pub hook: Option<HookSuggestion>,
}

impl Pattern {
    /// The events of each occurrence, in the order of the steps.
    pub fn occurrences(&self) -> impl Iterator<Item = &[u32]> {
        self.events.chunks_exact(self.steps.len().max(1))
    }
}

/// The id of a pattern of steps with these keys: the first twelve hexadecimal digits of the SHA-256 of the keys, each with a
/// line feed after it.
pub fn id<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for key in keys {
        hash.update(key.as_bytes());
        hash.update(b"\n");
    }
    let digits = hash.finalize();
    let digits = digits.iter().take(6).map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// The patterns of episodes, single steps included; the longest first. `offset_ms` tells how far the person's clocks are
/// ahead of UTC at a time (ms UTC).
pub fn patterns(
    corpus: &Corpus,
    episodes: &Episodes,
    bounds: &Bounds,
    offset_ms: &dyn Fn(i64) -> i64,
) -> Vec<Pattern> {
    let mining = Mining {
        corpus,
        episodes,
        bounds,
        offset_ms,
        steps: episodes
            .sequence
            .iter()
            .map(|position| {
                let event = corpus.events.get(*position as usize);
                event.map_or(u32::MAX, |event| event.step)
            })
            .collect(),
    };
    let usual = Usual::of(
        episodes
            .sequence
            .iter()
            .filter_map(|position| mining.local(*position)),
    );
    let mut found = mining.contiguous();
    if found
        .iter()
        .filter(|pattern| pattern.steps.len() > 1)
        .count()
        < THIN
    {
        mining.add_gapped(&mut found);
    }
    for pattern in &mut found {
        let times: Vec<Local> = pattern
            .occurrences()
            .filter_map(|events| mining.local(*events.first()?))
            .collect();
        pattern.regularity = regularity(&times, &usual);
    }
    found
}

struct Mining<'a> {
    corpus: &'a Corpus,
    episodes: &'a Episodes,
    bounds: &'a Bounds,
    offset_ms: &'a dyn Fn(i64) -> i64,
    /// The step at each index of the sequence.
    steps: Vec<u32>,
}

impl Mining<'_> {
    fn local(&self, position: u32) -> Option<Local> {
        let event = self.corpus.events.get(position as usize)?;
        event
            .timed
            .then(|| Local::of(event.at, (self.offset_ms)(event.at)))
    }

    fn contiguous(&self) -> Vec<Pattern> {
        let ends: Vec<usize> = self.episodes.episodes.iter().map(|it| it.end).collect();
        let longest = self.bounds.longest.max(1);
        let grams = grams::count(&self.steps, &ends, longest, self.bounds.least);
        let strata = Strata::of(self.episodes, &grams);
        let worthy: Vec<Vec<Option<Chance>>> = (1..=grams.levels.len())
            .map(|length| beyond_chance(&grams, &strata, length))
            .collect();
        drop(strata);
        let kept = closed::closed(
            self.episodes,
            &self.steps,
            &grams,
            &worthy,
            self.bounds.least,
        );
        kept.into_iter()
            .map(|kept| {
                let length = kept.length;
                let indices = kept.starts.iter().flat_map(|start| *start..start + length);
                let steps = grams.steps(length, kept.number);
                let mut pattern = self.pattern(steps, false, kept.chance, indices);
                let first = kept.starts.first().copied().unwrap_or_default();
                pattern.hook = hook(self.corpus, self.episodes, &pattern, |steps| {
                    places(&grams, first, &steps)
                });
                pattern
            })
            .collect()
    }

    fn pattern(
        &self,
        steps: Vec<u32>,
        gapped: bool,
        chance: Chance,
        indices: impl Iterator<Item = usize>,
    ) -> Pattern {
        let indices: Vec<usize> = indices.collect();
        let length = steps.len().max(1);
        let starts = || indices.iter().step_by(length);
        let mut begins: Vec<usize> = starts()
            .filter_map(|start| Some(self.episodes.episode_at(*start)?.begin))
            .collect();
        begins.dedup();
        let events: Vec<u32> = indices
            .iter()
            .filter_map(|index| self.episodes.sequence.get(*index).copied())
            .collect();
        let days: BTreeSet<i64> = events
            .iter()
            .step_by(length)
            .filter_map(|position| Some(self.local(*position)?.day))
            .collect();
        let key = |step: &u32| Some(self.corpus.steps.get(*step as usize)?.key.as_str());
        Pattern {
            id: id(steps.iter().filter_map(key)),
            gapped,
            support: count(starts().count()),
            episodes: count(begins.len()),
            days: count(days.len()),
            chance,
            events,
            regularity: None,
            hook: None,
            steps,
        }
    }

    fn add_gapped(&self, found: &mut Vec<Pattern>) {
        let mut grown = self.gapped();
        let told = |gapped: &Gapped| {
            found.iter().any(|pattern| {
                pattern.steps == gapped.steps
                    || (pattern.steps.len() > gapped.steps.len()
                        && f64::from(pattern.support) >= CONTAINED * f64::from(gapped.support)
                        && gapped::is_within(&gapped.steps, &pattern.steps))
            })
        };
        grown.retain(|(gapped, _)| !told(gapped));
        found.retain(|pattern| {
            !grown.iter().any(|(gapped, _)| {
                gapped.steps.len() > pattern.steps.len()
                    && f64::from(gapped.support) >= CONTAINED * f64::from(pattern.support)
                    && gapped::is_within(&pattern.steps, &gapped.steps)
            })
        });
        for (gapped, chance) in grown {
            let indices: Vec<usize> = gapped
                .spans
                .iter()
                .filter_map(|span| gapped::trace(&self.steps, &gapped.steps, *span))
                .flatten()
                .collect();
            let mut pattern = self.pattern(gapped.steps, true, chance, indices.into_iter());
            pattern.hook = hook(self.corpus, self.episodes, &pattern, |_| None);
            found.push(pattern);
        }
        found.sort_by_key(|pattern| std::cmp::Reverse(pattern.steps.len()));
    }

    /// The sequences with gaps in the newest episodes.
    fn gapped(&self) -> Vec<(Gapped, Chance)> {
        let mut newest: Vec<(usize, usize)> = self
            .episodes
            .episodes
            .iter()
            .map(|episode| (episode.begin, episode.end))
            .collect();
        newest.sort_by_key(|(_, end)| {
            let position = end
                .checked_sub(1)
                .and_then(|last| self.episodes.sequence.get(last));
            let event = position.and_then(|position| self.corpus.events.get(*position as usize));
            std::cmp::Reverse(event.map(|event| event.at))
        });
        let mut left = gapped::WINDOW;
        for (begin, end) in &mut newest {
            *begin = (*begin).max(end.saturating_sub(left));
            left -= *end - *begin;
        }
        newest.retain(|(begin, end)| begin < end);
        newest.sort_unstable();
        let longest = self.bounds.longest.max(1);
        let (grown, singles) = gapped::grow(
            &self.steps,
            &newest,
            longest,
            self.bounds.least,
            gapped::WORK,
        );
        let done = newest.iter().map(|(begin, end)| end - begin).sum();
        let found = gapped::beyond_chance(grown, &singles, done);
        let on_days = |gapped: &Gapped| {
            let days: BTreeSet<i64> = gapped
                .spans
                .iter()
                .filter_map(|(begin, _)| {
                    Some(self.local(*self.episodes.sequence.get(*begin)?)?.day)
                })
                .collect();
            days.len() >= gapped::DAYS
        };
        let (found, chances): (Vec<Gapped>, Vec<Chance>) = found
            .into_iter()
            .filter(|(gapped, _)| on_days(gapped))
            .unzip();
        let by_steps: std::collections::HashMap<Vec<u32>, Chance> = found
            .iter()
            .map(|gapped| gapped.steps.clone())
            .zip(chances)
            .collect();
        let found = gapped::closed(found, CONTAINED, self.bounds.least);
        let found = found.into_iter().filter_map(|gapped| {
            let chance = *by_steps.get(&gapped.steps)?;
            Some((gapped, chance))
        });
        gapped::without_loops(found.collect())
    }
}

/// At how many places a part of an n-gram begins that occurs at `first`.
fn places(grams: &Grams, first: usize, part: &std::ops::Range<usize>) -> Option<u32> {
    let number = grams.at(part.len(), first + part.start)?;
    Some(grams.gram(part.len(), number)?.places)
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
