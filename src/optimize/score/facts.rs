//! What is known of a pattern.

use serde::{Deserialize, Serialize};

use super::entropy;
use crate::metrics::stats::as_f64;
use crate::optimize::episode::Episodes;
use crate::optimize::event::{Actor, Corpus, Event};
use crate::optimize::mine::{Bounds, Pattern};

const DAY_MS: f64 = 86_400_000.0;
/// Rates are of at least so many days: two busy hours are no habit of a week.
pub const LEAST_DAYS: f64 = 7.0;

/// What is known of a pattern, and how well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// How often it was done.
    pub support: u32,
    /// How often a week, over the time that was observed: from the first event within the look-back until now, at least
    /// [`LEAST_DAYS`]. What has no time is taken to be spread over the whole look-back.
    pub per_week: f64,
    /// Whether some of it had no time.
    pub rate_estimated: bool,
    /// How many minutes a week it takes; nothing if nothing is known of any step.
    pub minutes_per_week: Option<f64>,
    /// Whether the time of a step was estimated, by [`StepTimes`].
    pub time_estimated: bool,
    /// How many slots it has that differ from each other.
    pub slots: usize,
    /// The mean of their entropies, 0 to 1.
    pub entropy: f64,
    /// The share of occurrences in which no step is known to have failed, of those in which any step's end is known.
    pub success: Option<f64>,
    /// In how many occurrences that is known.
    pub outcomes: u32,
    /// Days since it was done last, if any time is known.
    pub days_since: Option<f64>,
    /// When it was done first and last, in ms UTC, if any time is known.
    pub first_at: Option<i64>,
    /// See `first_at`.
    pub last_at: Option<i64>,
    /// How often an agent did it.
    pub by_agents: u32,
    /// How often git-tend itself did.
    pub by_machine: u32,
    /// Whether a step destroys or publishes something.
    pub risky: bool,
    /// Whether a step waits for a person.
    pub interactive: bool,
}

/// How long each step usually takes, in ms: the median of its known durations; where none is known, of the times until the
/// next event within an episode, which have a person's thinking in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepTimes(Vec<Option<u64>>);

impl StepTimes {
    /// Of all events that are part of an episode.
    pub fn of(corpus: &Corpus, episodes: &Episodes) -> Self {
        let mut known: Vec<Vec<u64>> = vec![Vec::new(); corpus.steps.len()];
        let mut gaps = known.clone();
        for (event, deed) in corpus.events.iter().zip(&episodes.deeds) {
            let step = event.step as usize;
            if deed.place.is_none() {
                continue;
            }
            if let (Some(ms), Some(known)) = (deed.duration_ms, known.get_mut(step)) {
                known.push(ms);
            } else if let (Some(ms), Some(gaps)) = (deed.gap_ms, gaps.get_mut(step)) {
                gaps.push(u64::from(ms));
            }
        }
        let times = known.into_iter().zip(gaps);
        Self(
            times
                .map(|(known, gaps)| median(known).or_else(|| median(gaps)))
                .collect(),
        )
    }

    /// How long a step usually takes, in ms, if anything is known of it.
    pub fn get(&self, step: u32) -> Option<u64> {
        self.0.get(step as usize).copied().flatten()
    }
}

/// The lower one of the two in the middle.
fn median(mut values: Vec<u64>) -> Option<u64> {
    let middle = values.len().checked_sub(1)? / 2;
    let (_, median, _) = values.select_nth_unstable(middle);
    Some(*median)
}

/// What all patterns of a corpus are measured by.
#[derive(Clone, Debug)]
pub struct Measure<'a> {
    /// The events.
    pub corpus: &'a Corpus,
    /// Their episodes.
    pub episodes: &'a Episodes,
    /// How long each step takes.
    pub times: StepTimes,
    /// When it is, in ms UTC.
    pub now: i64,
    /// For how many days anything was observed.
    pub observed_days: f64,
    /// How many days are looked back.
    pub look_back_days: f64,
}

/// Differences of times; they fit for 285,000 years.
#[allow(clippy::cast_precision_loss)]
const fn ms(ms: i64) -> f64 {
    ms as f64
}

impl<'a> Measure<'a> {
    /// Of episodes within bounds.
    pub fn of(corpus: &'a Corpus, episodes: &'a Episodes, bounds: &Bounds, now: i64) -> Self {
        let look_back_days = (ms(bounds.look_back_ms) / DAY_MS).max(LEAST_DAYS);
        let oldest = episodes
            .sequence
            .iter()
            .filter_map(|position| corpus.events.get(*position as usize))
            .filter(|event| event.timed)
            .map(|event| event.at)
            .min();
        let observed = oldest.map_or(0.0, |oldest| ms(now.saturating_sub(oldest)) / DAY_MS);
        Self {
            corpus,
            episodes,
            times: StepTimes::of(corpus, episodes),
            now,
            observed_days: observed.clamp(LEAST_DAYS, look_back_days),
            look_back_days,
        }
    }

    /// What is known of a pattern.
    pub fn facts(&self, pattern: &Pattern) -> Facts {
        let (slots, entropy) = entropy::of_slots(self.corpus, pattern);
        let any = |is: fn(&crate::optimize::event::StepFacts) -> bool| {
            let mut steps = pattern.steps.iter();
            steps.any(|step| self.corpus.steps.get(*step as usize).is_some_and(is))
        };
        let (mut timed, mut untimed) = (0_u32, 0_u32);
        let mut tally = Tally::default();
        for events in pattern.occurrences() {
            let first = events.first().and_then(|event| self.event(*event));
            if first.is_some_and(|event| event.timed) {
                timed += 1;
            } else {
                untimed += 1;
            }
            self.add(&mut tally, events);
        }
        let per_week = |count: u32, days: f64| f64::from(count) * 7.0 / days;
        let per_week = per_week(timed, self.observed_days) + per_week(untimed, self.look_back_days);
        let mean_minutes = (tally.known > 0).then(|| tally.ms / as_f64(tally.known) / 60_000.0);
        let outcomes = tally.succeeded + tally.failed;
        Facts {
            support: pattern.support,
            per_week,
            rate_estimated: untimed > 0,
            minutes_per_week: mean_minutes.map(|minutes| minutes * per_week),
            time_estimated: tally.estimated,
            slots,
            entropy,
            success: (outcomes > 0).then(|| f64::from(tally.succeeded) / f64::from(outcomes)),
            outcomes,
            days_since: tally
                .last
                .map(|last| (ms(self.now.saturating_sub(last)) / DAY_MS).max(0.0)),
            first_at: tally.first,
            last_at: tally.last,
            by_agents: tally.agents,
            by_machine: tally.machine,
            risky: any(|step| step.risky),
            interactive: any(|step| step.interactive),
        }
    }

    fn event(&self, position: u32) -> Option<&Event> {
        self.corpus.events.get(position as usize)
    }

    fn add(&self, tally: &mut Tally, events: &[u32]) {
        let mut took = None;
        let (mut failed, mut succeeded) = (false, false);
        for position in events {
            let (Some(event), Some(deed)) = (self.event(*position), self.episodes.deed(*position))
            else {
                continue;
            };
            match deed.succeeded {
                Some(true) => succeeded = true,
                Some(false) => failed = true,
                None => {}
            }
            let step = deed.duration_ms.or_else(|| {
                let usual = self.times.get(event.step);
                tally.estimated |= usual.is_some();
                usual
            });
            if let Some(step) = step {
                took = Some(took.unwrap_or(0_u64).saturating_add(step));
            }
            if event.timed {
                tally.first = Some(tally.first.map_or(event.at, |first| first.min(event.at)));
                tally.last = Some(tally.last.map_or(event.at, |last| last.max(event.at)));
            }
        }
        match events.first().and_then(|event| self.event(*event)) {
            Some(event) if event.actor == Actor::Agent => tally.agents += 1,
            Some(event) if event.actor == Actor::Machine => tally.machine += 1,
            _ => {}
        }
        tally.failed += u32::from(failed);
        tally.succeeded += u32::from(succeeded && !failed);
        if let Some(took) = took {
            tally.known += 1;
            // Durations of a century lose microseconds here.
            #[allow(clippy::cast_precision_loss)]
            let took = took as f64;
            tally.ms += took;
        }
    }
}

#[derive(Default)]
struct Tally {
    ms: f64,
    known: usize,
    estimated: bool,
    succeeded: u32,
    failed: u32,
    first: Option<i64>,
    last: Option<i64>,
    agents: u32,
    machine: u32,
}
