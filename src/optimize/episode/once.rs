//! The same deed told by two sources is one deed.
//!
//! Two events are the same deed if they are of the same step, of different sources, at most [`SAME_MS`] apart, and of the
//! same repository as far as both know it. git's reflog tells a command by its verb alone and when it ended: such an event
//! belongs to a step of the same verb that another source saw at most [`SAME_VERB_MS`] before or after, or that was running
//! then. One command may leave several entries in the reflog (a rebase), but a source other than git tells a deed once.
//!
//! The event of the richest source stands for the deed and is given what only the others know: duration, success,
//! repository. Events without a time of their own are never the same as another.

use std::collections::{HashMap, VecDeque};

use super::{Deed, IDLE_MS};
use crate::optimize::event::{Corpus, Event, Source};

/// How far the times may be apart that two sources tell for a step, in ms.
pub const SAME_MS: i64 = 2000;
/// How far a reflog's time may be from the command's, in ms.
pub const SAME_VERB_MS: i64 = 5000;
/// So many deeds of one step or verb are compared with, the newest: a loop that commits a thousand times a minute would cost
/// its square otherwise.
const COMPARED: usize = 64;

/// The richer the source, the higher: agents and the queue know who acted, in which session and what came of it; atuin and
/// the shell's journal know folder, duration and exit; then shells by what their files keep.
const fn richness(source: Source) -> u8 {
    match source {
        Source::Agents => 8,
        Source::Jobs => 7,
        Source::Atuin => 6,
        Source::Shell => 5,
        Source::Zsh => 4,
        Source::Fish => 3,
        Source::Bash => 2,
        Source::Git => 1,
    }
}

/// The verb of a git step: `commit` of `git commit -m <str>`.
pub fn verb(key: &str) -> Option<&str> {
    let mut words = key.split_ascii_whitespace();
    if words.next()? != "git" {
        return None;
    }
    words.find(|word| word.starts_with(|first: char| first.is_ascii_alphabetic()))
}

/// A deed and the events that tell it.
struct Told {
    /// When its first event is said to have begun, and until when it ran.
    at: i64,
    until: i64,
    scope: Option<u32>,
    /// Bits of the sources.
    sources: u16,
    /// The richest event.
    best: u32,
    members: Vec<u32>,
}

const fn bit(source: Source) -> u16 {
    1 << (source as u16)
}

const GIT: u16 = bit(Source::Git);

impl Told {
    fn has_room(&self, event: &Event) -> bool {
        let known = self.scope.is_none() || event.scope.is_none() || self.scope == event.scope;
        let another = if event.source == Source::Git {
            // Entries of the reflog alone are deeds of their own.
            self.sources != GIT
        } else {
            self.sources & bit(event.source) == 0
        };
        known && another
    }

    fn is_near(&self, event: &Event, ms: i64) -> bool {
        event.at.saturating_sub(self.at) <= ms
    }

    /// Whether a reflog's entry and a command fit, one of which is told already.
    fn is_near_reflog(&self, event: &Event) -> bool {
        if event.source == Source::Git {
            event.at.saturating_sub(self.until) <= SAME_VERB_MS
        } else {
            self.sources == GIT && self.is_near(event, SAME_VERB_MS)
        }
    }
}

/// For each event what is known of its deed; `order` names the events that count, oldest first.
pub fn once(corpus: &Corpus, order: &[u32]) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = corpus.events.iter().map(told_alone).collect();
    for position in order {
        if let Some(deed) = deeds.get_mut(*position as usize) {
            deed.left_out = false;
        }
    }
    let sources = order
        .iter()
        .filter_map(|position| corpus.events.get(*position as usize))
        .fold(0, |sources, event| sources | bit(event.source));
    if sources.count_ones() < 2 {
        return deeds;
    }
    let verbs = verbs(corpus);
    let steps = plain(corpus);
    let mut told: Vec<Told> = Vec::new();
    let mut by_step: HashMap<u32, VecDeque<usize>> = HashMap::new();
    let mut by_verb: HashMap<u32, VecDeque<usize>> = HashMap::new();
    for position in order {
        let Some(event) = corpus.events.get(*position as usize) else {
            continue;
        };
        if !event.timed {
            continue;
        }
        let verb = verbs.get(event.step as usize).copied().flatten();
        // One source may know the folder, and another not.
        let step = steps
            .get(event.step as usize)
            .copied()
            .unwrap_or(event.step);
        let same_step = by_step.entry(step).or_default();
        let mut found = find(same_step, &told, event, SAME_MS, |told| {
            told.is_near(event, SAME_MS)
        });
        if let (None, Some(verb)) = (found, verb) {
            let same_verb = by_verb.entry(verb).or_default();
            found = find(same_verb, &told, event, IDLE_MS + SAME_VERB_MS, |told| {
                told.is_near_reflog(event)
            });
        }
        if let Some(told) = found.and_then(|found| told.get_mut(found)) {
            told.add(corpus, *position, event);
            continue;
        }
        by_step.entry(step).or_default().push_back(told.len());
        if let Some(verb) = verb {
            by_verb.entry(verb).or_default().push_back(told.len());
        }
        told.push(Told::new(*position, event));
    }
    for told in told.iter().filter(|told| told.members.len() > 1) {
        tell_once(corpus, &mut deeds, told);
    }
    deeds
}

fn told_alone(event: &Event) -> Deed {
    Deed {
        left_out: true,
        scope: event.scope,
        duration_ms: event.duration_ms,
        succeeded: event.succeeded,
        gap_ms: None,
        place: None,
    }
}

/// A number for each step, the same for steps that differ in their folder alone.
fn plain(corpus: &Corpus) -> Vec<u32> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let steps = corpus.steps.iter().zip(0..);
    steps
        .map(|(step, number)| *numbers.entry(step.plain_key()).or_insert(number))
        .collect()
}

fn verbs(corpus: &Corpus) -> Vec<Option<u32>> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut next = 0;
    corpus
        .steps
        .iter()
        .map(|step| {
            verb(&step.key).map(|verb| {
                *numbers.entry(verb).or_insert_with(|| {
                    next += 1;
                    next
                })
            })
        })
        .collect()
}

/// The first of the deeds in a queue that an event tells again. What is older than `reach` leaves the queue.
fn find(
    queue: &mut VecDeque<usize>,
    told: &[Told],
    event: &Event,
    reach: i64,
    fits: impl Fn(&Told) -> bool,
) -> Option<usize> {
    while let Some(oldest) = queue.front() {
        let old = told
            .get(*oldest)
            .is_none_or(|told| event.at.saturating_sub(told.at) > reach);
        if !old && queue.len() <= COMPARED {
            break;
        }
        queue.pop_front();
    }
    queue.iter().copied().find(|number| {
        told.get(*number)
            .is_some_and(|told| told.has_room(event) && fits(told))
    })
}

impl Told {
    fn new(position: u32, event: &Event) -> Self {
        Self {
            at: event.at,
            until: until(event),
            scope: event.scope,
            sources: bit(event.source),
            best: position,
            members: vec![position],
        }
    }

    fn add(&mut self, corpus: &Corpus, position: u32, event: &Event) {
        let best = corpus.events.get(self.best as usize);
        if best.is_none_or(|best| richness(event.source) > richness(best.source)) {
            self.best = position;
        }
        self.until = self.until.max(until(event));
        self.scope = self.scope.or(event.scope);
        self.sources |= bit(event.source);
        self.members.push(position);
    }
}

/// Until when a command may have written to the reflog. An editor that was left open all night is not waited for.
fn until(event: &Event) -> i64 {
    let took = event
        .duration_ms
        .map_or(0, |ms| i64::try_from(ms).unwrap_or(IDLE_MS));
    event.at.saturating_add(took.min(IDLE_MS))
}

fn tell_once(corpus: &Corpus, deeds: &mut [Deed], told: &Told) {
    let mut members: Vec<(u32, &Event)> = told
        .members
        .iter()
        .filter_map(|position| Some((*position, corpus.events.get(*position as usize)?)))
        .collect();
    members.sort_by_key(|(_, event)| std::cmp::Reverse(richness(event.source)));
    for (position, event) in &members {
        let (duration_ms, succeeded) = (event.duration_ms, event.succeeded);
        if *position == told.best {
            continue;
        }
        if let Some(deed) = deeds.get_mut(*position as usize) {
            deed.left_out = true;
        }
        if let Some(best) = deeds.get_mut(told.best as usize) {
            best.scope = best.scope.or(told.scope);
            best.duration_ms = best.duration_ms.or(duration_ms);
            best.succeeded = best.succeeded.or(succeeded);
        }
    }
}
