//! From a corpus to a ranked list.

use std::collections::BTreeMap;

use super::facts::Measure;
use super::{Band, Facts, PROPOSED, Potential, Priority, vy};
use crate::optimize::episode::{Episodes, episodes};
use crate::optimize::event::Corpus;
use crate::optimize::mine::{Bounds, Pattern, patterns};

/// The share of a pattern's occurrences that has to be in one repository, for the pattern to belong to it.
pub const AT_HOME: f64 = 0.9;

/// A pattern that could be automated.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What recurs.
    pub pattern: Pattern,
    /// What is known of it.
    pub facts: Facts,
    /// What it is worth, in parts.
    pub potential: Potential,
    /// What is done with it.
    pub band: Band,
    /// How much work it is.
    pub priority: Priority,
    /// The original's score, 0 to 100.
    pub vy: u32,
    /// The repository that nearly all of its occurrences are in, by [`Corpus::scopes`].
    pub scope: Option<u32>,
}

/// What recurs in a corpus, scored: the highest potential first, then the most work (times × steps), then by id. `now` is in
/// ms UTC; `offset_ms` tells how far the person's clocks are ahead of UTC at a time.
pub fn candidates(
    corpus: &Corpus,
    bounds: &Bounds,
    now: i64,
    offset_ms: &dyn Fn(i64) -> i64,
) -> Vec<Candidate> {
    let since = now.saturating_sub(bounds.look_back_ms);
    let episodes = episodes(corpus, since, bounds.newest);
    let patterns = patterns(corpus, &episodes, bounds, offset_ms);
    let measure = Measure::of(corpus, &episodes, bounds, now);
    let mut found: Vec<Candidate> = patterns
        .into_iter()
        .map(|pattern| {
            let facts = measure.facts(&pattern);
            let potential = Potential::of(&facts);
            Candidate {
                band: potential.band(PROPOSED),
                priority: Priority::of(pattern.support, pattern.steps.len()),
                vy: vy::potential(pattern.support, pattern.steps.len()),
                scope: home(&episodes, &pattern),
                pattern,
                facts,
                potential,
            }
        })
        .collect();
    let work = |it: &Candidate| u64::from(it.pattern.support) * it.pattern.steps.len() as u64;
    found.sort_by(|one, other| {
        let worth = other.potential.total.total_cmp(&one.potential.total);
        worth
            .then(work(other).cmp(&work(one)))
            .then_with(|| one.pattern.id.cmp(&other.pattern.id))
    });
    found
}

fn home(episodes: &Episodes, pattern: &Pattern) -> Option<u32> {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for events in pattern.occurrences() {
        let place = events
            .first()
            .and_then(|event| episodes.deed(*event)?.place);
        let episode = place.and_then(|place| episodes.episode_at(place as usize));
        if let Some(scope) = episode.and_then(|episode| episode.scope) {
            *counts.entry(scope).or_insert(0) += 1;
        }
    }
    let (scope, count) = counts
        .into_iter()
        .max_by_key(|(scope, count)| (*count, std::cmp::Reverse(*scope)))?;
    (f64::from(count) >= AT_HOME * f64::from(pattern.support)).then_some(scope)
}
