//! Sequences with something in between: the same steps in the same order, with at most [`GAP`] others between two.
//!
//! Prefix growth (Pei et al., "`PrefixSpan`", ICDE 2001): a sequence is continued by what stands within reach of where it ends.
//! For each end only the latest begin is kept, as every continuation of an earlier one is one of the latest, too: so a
//! sequence never has more occurrences than there are steps. Support is counted without overlap, as everywhere, and only a
//! prefix of a frequent sequence need be frequent; that is all that growing relies on.
//!
//! This is not linear. It is done for the newest [`WINDOW`] steps, and stops after [`WORK`] looks at a step.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::chance::{Chance, least_likely, tail};
use super::closed::CONTAINED;
use crate::metrics::stats::as_f64;

/// How many other steps may stand between two.
pub const GAP: usize = 2;
/// On so many days a sequence with gaps has to occur.
pub const DAYS: usize = 2;
/// So many of the newest steps are looked at.
pub const WINDOW: usize = 10_000;
/// After looking at so many steps what was found is enough: some seconds.
pub const WORK: u64 = 50_000_000;

/// A frequent sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gapped {
    /// What is done.
    pub steps: Vec<u32>,
    /// How often without overlap; as many as in `spans`.
    pub support: u32,
    /// At how many places it ends, with overlap.
    pub places: u32,
    /// The first and the last index of each occurrence, without overlap, in their order.
    pub spans: Vec<(usize, usize)>,
}

/// All that is frequent, and how many were tried of each length (from one step on).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grown {
    /// Sequences of two and more steps, in the order in which they were grown.
    pub found: Vec<Gapped>,
    /// By length less one: each step that is frequent after each sequence that is.
    pub tried: Vec<usize>,
    /// Whether growing stopped before it was complete.
    pub stopped: bool,
}

struct Growing<'a> {
    steps: &'a [u32],
    /// Where the episode of each index ends.
    ends: &'a [usize],
    /// Steps that are done often enough.
    frequent: HashSet<u32>,
    longest: usize,
    least: u32,
    work: u64,
    grown: Grown,
    singles: Vec<Gapped>,
}

/// Grows all sequences of up to `longest` steps that occur at least `least` times. `episodes` are stretches of `steps`.
pub fn grow(
    steps: &[u32],
    episodes: &[(usize, usize)],
    longest: usize,
    least: u32,
    work: u64,
) -> (Grown, Vec<Gapped>) {
    let mut ends = vec![0; steps.len()];
    let mut first: BTreeMap<u32, Vec<(usize, usize)>> = BTreeMap::new();
    for (begin, end) in episodes {
        for index in *begin..*end {
            if let (Some(step), Some(place)) = (steps.get(index), ends.get_mut(index)) {
                *place = *end;
                first.entry(*step).or_default().push((index, index));
            }
        }
    }
    // What is rare on its own is not tried.
    let often = |spans: &Vec<(usize, usize)>| spans.len() >= least.max(1) as usize;
    first.retain(|_, spans| often(spans));
    let mut growing = Growing {
        frequent: first.keys().copied().collect(),
        steps,
        ends: &ends,
        longest,
        least: least.max(1),
        work,
        grown: Grown {
            tried: vec![0; longest],
            ..Grown::default()
        },
        singles: Vec::new(),
    };
    growing.try_all(&mut Vec::new(), first);
    (growing.grown, growing.singles)
}

impl Growing<'_> {
    fn try_all(&mut self, prefix: &mut Vec<u32>, next: BTreeMap<u32, Vec<(usize, usize)>>) {
        if let Some(tried) = self.grown.tried.get_mut(prefix.len()) {
            *tried += self.frequent.len();
        }
        for (step, mut spans) in next {
            // The latest begin of each end.
            spans.sort_unstable_by_key(|(begin, end)| (*end, std::cmp::Reverse(*begin)));
            spans.dedup_by_key(|(_, end)| *end);
            let apart = without_overlap(&spans);
            let support = u32::try_from(apart.len()).unwrap_or(u32::MAX);
            if support < self.least {
                continue;
            }
            prefix.push(step);
            let gapped = Gapped {
                steps: prefix.clone(),
                support,
                places: u32::try_from(spans.len()).unwrap_or(u32::MAX),
                spans: apart,
            };
            if prefix.len() == 1 {
                self.singles.push(gapped);
            } else {
                self.grown.found.push(gapped);
            }
            if prefix.len() < self.longest {
                let next = self.next(&spans);
                self.try_all(prefix, next);
            }
            prefix.pop();
        }
    }

    fn next(&mut self, spans: &[(usize, usize)]) -> BTreeMap<u32, Vec<(usize, usize)>> {
        let mut next: BTreeMap<u32, Vec<(usize, usize)>> = BTreeMap::new();
        for (begin, end) in spans {
            let limit = self.ends.get(*end).copied().unwrap_or(0);
            for index in end + 1..limit.min(end + GAP + 2) {
                let Some(left) = self.work.checked_sub(1) else {
                    self.grown.stopped = true;
                    return BTreeMap::new();
                };
                self.work = left;
                if let Some(step) = self.steps.get(index)
                    && self.frequent.contains(step)
                {
                    next.entry(*step).or_default().push((*begin, index));
                }
            }
        }
        next
    }
}

/// As many as fit without overlap: always the one that ends first.
fn without_overlap(spans: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut free = 0;
    let mut apart = Vec::new();
    for (begin, end) in spans {
        if *begin >= free {
            free = end + 1;
            apart.push((*begin, *end));
        }
    }
    apart
}

/// Those that no longer one contains that has at least the share `share` of their support, or all but fewer than `least` of
/// it; the longest first.
pub fn closed(mut found: Vec<Gapped>, share: f64, least: u32) -> Vec<Gapped> {
    found.sort_by(|one, other| {
        let longer = other.steps.len().cmp(&one.steps.len());
        longer
            .then(other.support.cmp(&one.support))
            .then(one.spans.cmp(&other.spans))
            .then(one.steps.cmp(&other.steps))
    });
    let mut kept: Vec<Gapped> = Vec::new();
    // Whatever contains a sequence contains its first step.
    let mut with: HashMap<u32, Vec<usize>> = HashMap::new();
    for gapped in found {
        let empty = Vec::new();
        let first = gapped.steps.first().copied().unwrap_or_default();
        let contained = with.get(&first).unwrap_or(&empty).iter().any(|longer| {
            kept.get(*longer).is_some_and(|longer| {
                longer.steps.len() > gapped.steps.len()
                    && (f64::from(longer.support) >= share * f64::from(gapped.support)
                        || gapped.support.saturating_sub(longer.support) < least)
                    && is_within(&gapped.steps, &longer.steps)
            })
        });
        if contained {
            continue;
        }
        for step in &gapped.steps {
            let with = with.entry(*step).or_default();
            if with.last() != Some(&kept.len()) {
                with.push(kept.len());
            }
        }
        kept.push(gapped);
    }
    kept
}

/// Whether all steps of one are steps of the other, in their order.
pub fn is_within(one: &[u32], other: &[u32]) -> bool {
    let mut rest = other.iter();
    one.iter().all(|step| rest.any(|other| other == step))
}

/// Those that are no chance, with how they compare. A step within reach may stand at [`GAP`] + 1 places, so that many times
/// as much is expected as without gaps; strata are not told apart, in a history as thin as this.
pub fn beyond_chance(grown: Grown, singles: &[Gapped], done: usize) -> Vec<(Gapped, Chance)> {
    let done = as_f64(done);
    let reach = as_f64(GAP + 1);
    let places: HashMap<&[u32], u32> = grown
        .found
        .iter()
        .chain(singles)
        .map(|gapped| (gapped.steps.as_slice(), gapped.places))
        .collect();
    let times = |steps: &[u32]| places.get(steps).copied();
    let of = |steps: &[u32]| times(steps).map(f64::from);
    let compare = |gapped: &Gapped| {
        let own = f64::from(gapped.places);
        let mut lift = (own / done).ln();
        for (at, step) in gapped.steps.iter().enumerate() {
            lift -= (of(&[*step])? / done).ln();
            lift -= if at > 0 { reach.ln() } else { 0.0 };
        }
        let mut chance = Chance {
            lift: lift.exp(),
            cohesion: f64::INFINITY,
            expected: 0.0,
            trials: 0,
            tail: 0.0,
        };
        for cut in 1..gapped.steps.len() {
            let (before, after) = gapped.steps.split_at(cut);
            let expected = of(before)? * of(after)? * reach / done;
            chance.cohesion = chance.cohesion.min(own / expected);
            let trials = times(before)?.min(times(after)?);
            chance.tail = chance.tail.max(tail(gapped.support, expected, trials));
            if expected >= chance.expected {
                (chance.expected, chance.trials) = (expected, trials);
            }
        }
        Some(chance)
    };
    let chances: Vec<Option<Chance>> = grown.found.iter().map(compare).collect();
    drop(places);
    let Grown { found, tried, .. } = grown;
    found
        .into_iter()
        .zip(chances)
        .filter_map(|(gapped, chance)| {
            let tried = tried.get(gapped.steps.len() - 1).copied().unwrap_or(0);
            let chance = chance.filter(|chance| chance.is_beyond(least_likely(tried)))?;
            Some((gapped, chance))
        })
        .collect()
}

/// Without loops: neither what repeats itself, nor what lies in a loop of one that is kept (`BA` in `ABAB`).
pub fn without_loops(found: Vec<(Gapped, Chance)>) -> Vec<(Gapped, Chance)> {
    let mut kept: Vec<(Gapped, Chance)> = Vec::new();
    for (gapped, chance) in found {
        let repeats = (1..=gapped.steps.len() / 2).any(|period| {
            let shifted = gapped.steps.iter().skip(period);
            shifted.eq(gapped.steps.iter().take(gapped.steps.len() - period))
        });
        let in_loop = kept.iter().any(|(other, _)| {
            let twice = [other.steps.as_slice(), other.steps.as_slice()].concat();
            other.steps.len() >= gapped.steps.len()
                && is_within(&gapped.steps, &twice)
                && covers(&other.spans, &gapped.spans)
        });
        if !repeats && !in_loop {
            kept.push((gapped, chance));
        }
    }
    kept
}

/// Whether most of what is `inner` lies in occurrences of `outer` that follow each other within reach.
fn covers(outer: &[(usize, usize)], inner: &[(usize, usize)]) -> bool {
    let mut regions: Vec<(usize, usize)> = Vec::new();
    for (begin, end) in outer {
        match regions.last_mut() {
            Some((_, last)) if *begin <= *last + GAP + 1 => *last = *end,
            _ => regions.push((*begin, *end)),
        }
    }
    let inside = |(begin, end): &&(usize, usize)| {
        let after = regions.partition_point(|(other, _)| other <= begin);
        let region = after.checked_sub(1).and_then(|at| regions.get(at));
        region.is_some_and(|(_, last)| end <= last)
    };
    as_f64(inner.iter().filter(inside).count()) >= CONTAINED * as_f64(inner.len())
}

/// Where the steps stand in an occurrence.
pub fn trace(steps: &[u32], text: &[u32], span: (usize, usize)) -> Option<Vec<usize>> {
    let mut ways: Vec<Vec<usize>> = vec![vec![span.0]];
    for step in text.iter().skip(1) {
        let mut next: Vec<Vec<usize>> = Vec::new();
        for way in &ways {
            let last = *way.last()?;
            for index in last + 1..=(last + GAP + 1).min(span.1) {
                let reached = next.iter().any(|other| other.last() == Some(&index));
                if steps.get(index) == Some(step) && !reached {
                    next.push(way.iter().copied().chain([index]).collect());
                }
            }
        }
        ways = next;
    }
    ways.into_iter().find(|way| way.last() == Some(&span.1))
}
