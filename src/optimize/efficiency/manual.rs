//! How long it took by hand, from histories.
//!
//! From the beginning of the first step to the end of the last one, pauses included: that is the time that somebody spent on it.
//! What git-tend itself did counts for nothing, and what coding agents did is no time of a person's: it is kept apart, and
//! is no baseline. Nothing can be told where a step has no time of its own, or where nothing is known of how long
//! the last one took, or usually takes.

use std::collections::HashMap;

use super::{Baseline, Origin};
use crate::optimize::episode::Episodes;
use crate::optimize::event::{Actor, Corpus};
use crate::optimize::score::facts::StepTimes;

/// At most so many times are told, the newest.
pub const MOST: usize = 1000;

/// A time it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// When it was begun, in ms UTC.
    pub at: i64,
    /// How long it took, in ms.
    pub ms: u64,
}

/// How often and how long it was done by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manual {
    /// By people, oldest first.
    pub people: Vec<Done>,
    /// How often people did it, those times included of which nobody knows how long they took.
    pub times: usize,
    /// By coding agents, oldest first.
    pub agents: Vec<Done>,
}

impl Manual {
    /// Of occurrences: for each, the positions of its events in [`Corpus::events`], in the order of the steps.
    pub fn of<'a>(
        corpus: &Corpus,
        episodes: &Episodes,
        usual: &StepTimes,
        occurrences: impl IntoIterator<Item = &'a [u32]>,
    ) -> Self {
        let mut found = Self::default();
        for events in occurrences {
            let first = events
                .first()
                .and_then(|it| corpus.events.get(*it as usize));
            let Some(actor) = first.map(|first| first.actor) else {
                continue;
            };
            let done = done(corpus, episodes, usual, events);
            match actor {
                Actor::Human => {
                    found.times += 1;
                    found.people.extend(done);
                }
                Actor::Agent => found.agents.extend(done),
                Actor::Machine => {}
            }
        }
        for times in [&mut found.people, &mut found.agents] {
            times.sort_by_key(|it| it.at);
            times.drain(..times.len().saturating_sub(MOST));
        }
        found
    }

    /// What it took people, as a baseline that is taken `now` (ms UTC); nothing if no time is known. `per_week` is how
    /// often they did it.
    pub fn baseline(&self, per_week: Option<f64>, now: i64) -> Option<Baseline> {
        if self.people.is_empty() {
            return None;
        }
        Some(Baseline {
            origin: Origin::History,
            at: now,
            durations: self.people.iter().map(|it| it.ms).collect(),
            per_week: per_week.filter(|it| it.is_finite() && *it > 0.0),
        })
    }
}

fn done(corpus: &Corpus, episodes: &Episodes, usual: &StepTimes, events: &[u32]) -> Option<Done> {
    let mut begin = None;
    let mut end = None;
    for position in events {
        let event = corpus.events.get(*position as usize)?;
        if !event.timed {
            return None;
        }
        let begin = *begin.get_or_insert(event.at);
        let deed = episodes.deed(*position);
        let took = deed.and_then(|deed| deed.duration_ms).or(event.duration_ms);
        let before = u64::try_from(event.at.saturating_sub(begin)).ok()?;
        end = took
            .or_else(|| usual.get(event.step))
            .map(|took| before.saturating_add(took));
    }
    Some(Done {
        at: begin?,
        ms: end?,
    })
}

/// Where steps with these keys were done one after the other, noise aside: the positions of their events, as many for
/// each time as there are keys. No event is told twice.
pub fn occurrences(corpus: &Corpus, episodes: &Episodes, keys: &[String]) -> Vec<u32> {
    let numbers: HashMap<&str, u32> = (0_u32..)
        .zip(&corpus.steps)
        .map(|(number, step)| (step.key.as_str(), number))
        .collect();
    let wanted: Option<Vec<u32>> = keys
        .iter()
        .map(|key| numbers.get(key.as_str()).copied())
        .collect();
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for episode in &episodes.episodes {
        let events = episodes.sequence.get(episode.begin..episode.end);
        let mut left = events.unwrap_or_default();
        while let Some(window) = left.get(..wanted.len()) {
            let steps = window
                .iter()
                .map(|it| corpus.events.get(*it as usize).map(|event| event.step));
            let is_it = steps.eq(wanted.iter().map(|it| Some(*it)));
            if is_it {
                found.extend_from_slice(window);
            }
            let next = if is_it { wanted.len() } else { 1 };
            left = left.get(next..).unwrap_or_default();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::optimize::episode::episodes;
    use crate::optimize::event::{Event, Source, StepFacts};

    const KEYS: [&str; 4] = ["make", "make install", "ls", "true"];

    /// Of (second, step, actor, how long it took in ms).
    fn corpus(events: &[(i64, u32, Actor, Option<u64>)]) -> Corpus {
        Corpus {
            steps: KEYS
                .iter()
                .map(|key| StepFacts {
                    key: (*key).to_owned(),
                    folder: String::new(),
                    noise: *key == "ls",
                    risky: false,
                    interactive: false,
                })
                .collect(),
            events: events
                .iter()
                .map(|(second, step, actor, ms)| Event {
                    at: second * 1000,
                    timed: true,
                    source: Source::Shell,
                    actor: *actor,
                    scope: None,
                    session: None,
                    step: *step,
                    values: Box::default(),
                    duration_ms: *ms,
                    succeeded: None,
                })
                .collect(),
            ..Corpus::default()
        }
    }

    fn found(corpus: &Corpus, keys: &[&str]) -> Manual {
        let episodes = episodes(corpus, i64::MIN, usize::MAX);
        let usual = StepTimes::of(corpus, &episodes);
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        let events = occurrences(corpus, &episodes, &keys);
        Manual::of(corpus, &episodes, &usual, events.chunks_exact(keys.len()))
    }

    const YOU: Actor = Actor::Human;

    #[test]
    fn pauses_are_part_of_it_and_the_last_step_is_taken_to_its_end() {
        let corpus = corpus(&[
            (0, 0, YOU, Some(2000)),
            (5, 2, YOU, Some(1)),
            (30, 1, YOU, Some(4000)),
            // An hour later, and nobody measured the last step: it takes as long as it did before.
            (4000, 0, YOU, Some(2000)),
            (4010, 1, YOU, None),
            (8000, 1, YOU, Some(1000)),
            (12_000, 0, Actor::Agent, Some(2000)),
            (12_003, 1, Actor::Agent, Some(1000)),
            (16_000, 0, Actor::Machine, Some(2000)),
            (16_003, 1, Actor::Machine, Some(1000)),
        ]);
        let both = found(&corpus, &["make", "make install"]);
        let people = [
            Done { at: 0, ms: 34_000 },
            Done {
                at: 4_000_000,
                ms: 11_000,
            },
        ];
        assert_eq!(both.people, people);
        assert_eq!(
            both.agents,
            [Done {
                at: 12_000_000,
                ms: 4000
            }]
        );
        assert_eq!(both.times, 2);
        let baseline = both.baseline(Some(1.5), 99).unwrap();
        assert_eq!(baseline.durations, [34_000, 11_000]);
        assert_eq!((baseline.at, baseline.per_week), (99, Some(1.5)));
    }

    #[test]
    fn what_nobody_measured_is_not_told() {
        let mut corpus = corpus(&[
            (0, 0, YOU, Some(1)),
            (1, 3, YOU, None),
            (9000, 3, YOU, None),
        ]);
        // Nothing is known of how long `true` takes.
        let alone = found(&corpus, &["make", "true"]);
        assert_eq!((alone.people.len(), alone.times), (0, 1));
        assert_eq!(alone.baseline(None, 0), None);
        for event in &mut corpus.events {
            event.duration_ms = Some(5);
            event.timed = event.at > 0;
        }
        assert_eq!(found(&corpus, &["true"]).people.len(), 2);
        assert_eq!(found(&corpus, &["make", "true"]).people, []);
        assert_eq!(found(&corpus, &["no such step"]), Manual::default());
    }

    #[test]
    fn no_event_is_told_twice_and_the_newest_are() {
        let events: Vec<_> = (0..3000).map(|at| (at * 2, 0, YOU, Some(1))).collect();
        let corpus = corpus(&events);
        let pairs = found(&corpus, &["make", "make"]);
        assert_eq!(pairs.times, 1500);
        assert_eq!(pairs.people.len(), MOST);
        let newest = Done {
            at: 2998 * 2000,
            ms: 2001,
        };
        assert_eq!(pairs.people.last(), Some(&newest));
    }
}
