//! All n-grams of steps that are done often enough, counted level by level.
//!
//! An n-gram can be frequent only if its first n−1 and its last n−1 steps are (support without overlap is anti-monotone: of
//! disjoint occurrences the parts are disjoint, too). So a level is counted on the numbers that the level below gave to what
//! is frequent there: one pass with one look-up for each event, in tables no larger than the events. (Agrawal and Srikant,
//! "Mining Sequential Patterns", ICDE 1995, for the pruning.)

use std::collections::HashMap;

/// No n-gram that is frequent begins here.
pub const NONE: u32 = u32::MAX;

/// A frequent n-gram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gram {
    /// Its first n−1 steps, as a number of the level below; on the first level the step.
    pub prefix: u32,
    /// Its last n−1 steps, likewise.
    pub suffix: u32,
    /// How often it occurs without overlap with itself, counted greedily from left to right, which gives the most.
    pub support: u32,
    /// At how many places it begins, with overlap.
    pub places: u32,
    /// The first of them.
    pub first: u32,
    /// Where an occurrence may begin that does not overlap the last one counted.
    free: u32,
}

/// The frequent n-grams of one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// By number, in the order in which they first occur.
    pub grams: Vec<Gram>,
    /// The number of the n-gram that begins at an index of the sequence, or [`NONE`].
    pub at: Vec<u32>,
    /// How many different n-grams were counted, the rare ones included.
    pub tried: usize,
}

/// All levels; the first has n-grams of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grams {
    /// By length less one.
    pub levels: Vec<Level>,
}

impl Grams {
    /// The level of n-grams of this length.
    pub fn level(&self, length: usize) -> Option<&Level> {
        self.levels.get(length.checked_sub(1)?)
    }

    /// An n-gram of a length.
    pub fn gram(&self, length: usize, number: u32) -> Option<&Gram> {
        self.level(length)?.grams.get(number as usize)
    }

    /// The number at a length of an index of the sequence.
    pub fn at(&self, length: usize, index: usize) -> Option<u32> {
        let number = *self.level(length)?.at.get(index)?;
        (number != NONE).then_some(number)
    }

    /// The numbers of its first 1, 2, … n−1 steps, and those of what follows each.
    pub fn splits(&self, length: usize, number: u32) -> Vec<(u32, u32)> {
        let chain = |part: fn(&Gram) -> u32| {
            let mut chain = Vec::new();
            let mut number = number;
            for length in (2..=length).rev() {
                let Some(gram) = self.gram(length, number) else {
                    break;
                };
                number = part(gram);
                chain.push(number);
            }
            chain
        };
        let (prefixes, suffixes) = (chain(|gram| gram.prefix), chain(|gram| gram.suffix));
        prefixes.into_iter().rev().zip(suffixes).collect()
    }

    /// The steps of an n-gram.
    pub fn steps(&self, length: usize, number: u32) -> Vec<u32> {
        let Some(first) = self.gram(length, number).map(|gram| gram.first as usize) else {
            return Vec::new();
        };
        (first..first + length)
            .filter_map(|index| Some(self.gram(1, self.at(1, index)?)?.prefix))
            .collect()
    }
}

#[derive(Default)]
struct Counts {
    numbers: HashMap<u64, u32>,
    grams: Vec<Gram>,
}

impl Counts {
    fn count(&mut self, index: usize, length: usize, prefix: u32, suffix: u32) -> u32 {
        let (Ok(index), Ok(length)) = (u32::try_from(index), u32::try_from(length)) else {
            return NONE;
        };
        let key = u64::from(prefix) << 32 | u64::from(suffix);
        let next = u32::try_from(self.grams.len()).unwrap_or(NONE);
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.grams.push(Gram {
                prefix,
                suffix,
                support: 0,
                places: 0,
                first: index,
                free: index,
            });
        }
        if let Some(gram) = self.grams.get_mut(number as usize) {
            gram.places += 1;
            if gram.free <= index {
                gram.support += 1;
                gram.free = index + length;
            }
        }
        number
    }

    /// What occurs at least `least` times, with new numbers.
    fn level(self, mut at: Vec<u32>, least: u32) -> Level {
        let tried = self.grams.len();
        let mut kept = Vec::new();
        let renumbered: Vec<u32> = self
            .grams
            .into_iter()
            .map(|gram| {
                if gram.support < least {
                    return NONE;
                }
                kept.push(gram);
                u32::try_from(kept.len() - 1).unwrap_or(NONE)
            })
            .collect();
        for number in &mut at {
            *number = renumbered.get(*number as usize).copied().unwrap_or(NONE);
        }
        Level {
            grams: kept,
            at,
            tried,
        }
    }
}

/// Counts n-grams of up to `longest` steps that occur at least `least` times (at least once). `ends` tells where each episode
/// of `steps` ends, ascending; none may reach beyond.
pub fn count(steps: &[u32], ends: &[usize], longest: usize, least: u32) -> Grams {
    let least = least.max(1);
    let mut counts = Counts::default();
    let at = steps
        .iter()
        .enumerate()
        .map(|(index, step)| counts.count(index, 1, *step, *step))
        .collect();
    let mut levels = vec![counts.level(at, least)];
    for length in 2..=longest {
        let Some(below) = levels.last().filter(|below| !below.grams.is_empty()) else {
            break;
        };
        let mut counts = Counts::default();
        let mut at = vec![NONE; below.at.len()];
        let mut begin = 0;
        for end in ends {
            let pairs = below.at.get(begin..*end).unwrap_or_default().windows(2);
            for (offset, pair) in pairs.enumerate() {
                // What begins too near to the end of its episode has no number on the level below.
                if let [prefix, suffix] = *pair
                    && prefix != NONE
                    && suffix != NONE
                    && let Some(number) = at.get_mut(begin + offset)
                {
                    *number = counts.count(begin + offset, length, prefix, suffix);
                }
            }
            begin = *end;
        }
        levels.push(counts.level(at, least));
    }
    Grams { levels }
}
