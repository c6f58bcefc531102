//! Events become episodes: what somebody did in one place without a pause.
//!
//! First, the same deed told by two sources is made one ([`once`]). Then events are laid in streams: those of one session
//! of a source, and without sessions those of one source, actor and (as the source told it) repository, so that two
//! terminals do not cut each other's work to pieces. A stream breaks after [`IDLE_MS`] without an event, and where repository
//! or actor change; an unknown repository is no change. Events without a time of their own say nothing about pauses:
//! theirs break only by session and repository, and no time is measured on them.
//!
//! Noise (`ls`, `cd`) fills pauses and ends the time of the step before it, but is no part of an episode.

mod once;

use std::collections::BTreeMap;

use super::event::{Actor, Corpus, Event, Source};

pub use once::{SAME_MS, SAME_VERB_MS, once, verb};

/// A pause that ends an episode: 10 minutes, in ms.
pub const IDLE_MS: i64 = 10 * 60 * 1000;

/// What is known of an event when all sources have been heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// Whether another event tells the same deed better, or it lies outside of what was asked for; the rest is empty then.
    pub left_out: bool,
    /// The repository, by [`Corpus::scopes`].
    pub scope: Option<u32>,
    /// How long it took, in ms.
    pub duration_ms: Option<u64>,
    /// Whether it succeeded.
    pub succeeded: Option<bool>,
    /// Until the next event of its stream, noise included, if that came before the episode ended; in ms.
    pub gap_ms: Option<u32>,
    /// Its index in [`Episodes::sequence`], if it is part of an episode.
    pub place: Option<u32>,
}

/// Events of one stream without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Episode {
    /// Where it begins in [`Episodes::sequence`].
    pub begin: usize,
    /// Where the next one begins.
    pub end: usize,
    /// The repository, if any of its events told one.
    pub scope: Option<u32>,
    /// Who did it.
    pub actor: Actor,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Episodes {
    /// What is known of each event, by its position in [`Corpus::events`].
    pub deeds: Vec<Deed>,
    /// Positions of events, episode by episode.
    pub sequence: Vec<u32>,
    /// Where each episode lies in `sequence`; none is empty.
    pub episodes: Vec<Episode>,
}

impl Episodes {
    /// The number of the episode that has this index of the sequence.
    pub fn episode_at(&self, index: usize) -> Option<&Episode> {
        let after = self
            .episodes
            .partition_point(|episode| episode.begin <= index);
        let episode = self.episodes.get(after.checked_sub(1)?)?;
        (index < episode.end).then_some(episode)
    }

    /// What is known of the event at a position.
    pub fn deed(&self, position: u32) -> Option<&Deed> {
        self.deeds.get(position as usize)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stream {
    Session(Source, u32),
    Loose(Source, Actor, Option<u32>),
}

impl Stream {
    const fn of(event: &Event) -> Self {
        match event.session {
            Some(session) => Self::Session(event.source, session),
            None => Self::Loose(event.source, event.actor, event.scope),
        }
    }
}

/// What was done since `since` (ms UTC; of sources without times: what stood in a file that was written since then), of that
/// the `newest` events, as episodes. Time is linear in the events but for sorting them where they are in no order.
pub fn episodes(corpus: &Corpus, since: i64, newest: usize) -> Episodes {
    let order = order(corpus, since, newest);
    let mut deeds = once(corpus, &order);
    let mut numbers: BTreeMap<Stream, usize> = BTreeMap::new();
    let mut streams: Vec<Vec<u32>> = Vec::new();
    for position in order {
        let Some(event) = kept(corpus, &deeds, position) else {
            continue;
        };
        let number = *numbers.entry(Stream::of(event)).or_insert(streams.len());
        if number == streams.len() {
            streams.push(Vec::new());
        }
        if let Some(stream) = streams.get_mut(number) {
            stream.push(position);
        }
    }
    let mut found = Episodes::default();
    for stream in &streams {
        lay(corpus, &mut deeds, stream, &mut found);
    }
    found.deeds = deeds;
    found
}

fn order(corpus: &Corpus, since: i64, newest: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0_u32..)
        .zip(&corpus.events)
        .filter(|(_, event)| event.at >= since && (event.step as usize) < corpus.steps.len())
        .map(|(position, _)| position)
        .collect();
    let time = |position: &u32| corpus.events.get(*position as usize).map(|event| event.at);
    if !order.is_sorted_by_key(time) {
        order.sort_by_key(time);
    }
    order.split_off(order.len().saturating_sub(newest))
}

fn kept<'a>(corpus: &'a Corpus, deeds: &[Deed], position: u32) -> Option<&'a Event> {
    let deed = deeds.get(position as usize)?;
    let event = corpus.events.get(position as usize)?;
    (!deed.left_out).then_some(event)
}

fn lay(corpus: &Corpus, deeds: &mut [Deed], stream: &[u32], found: &mut Episodes) {
    let mut open: Option<Episode> = None;
    let mut last: Option<(u32, &Event)> = None;
    for position in stream {
        let (Some(event), Some(deed)) = (
            corpus.events.get(*position as usize),
            deeds.get_mut(*position as usize),
        ) else {
            continue;
        };
        let scope = deed.scope;
        let pause = last
            .filter(|(_, last)| last.timed && event.timed)
            .map(|(_, last)| event.at.saturating_sub(last.at));
        let goes_on = open.as_ref().is_some_and(|open| {
            open.actor == event.actor
                && (open.scope.is_none() || scope.is_none() || open.scope == scope)
                && pause.is_none_or(|pause| pause <= IDLE_MS)
        });
        let noise = is_noise(corpus, event);
        if !goes_on {
            found.close(open.take());
        }
        let episode = open.get_or_insert(Episode {
            begin: found.sequence.len(),
            end: found.sequence.len(),
            scope,
            actor: event.actor,
        });
        episode.scope = episode.scope.or(scope);
        if !noise {
            deed.place = u32::try_from(found.sequence.len()).ok();
            found.sequence.push(*position);
            episode.end = found.sequence.len();
        }
        if goes_on
            && let Some((before, _)) = last
            && let Some(before) = deeds.get_mut(before as usize)
        {
            before.gap_ms = pause.and_then(|pause| u32::try_from(pause).ok());
        }
        last = Some((*position, event));
    }
    found.close(open);
}

fn is_noise(corpus: &Corpus, event: &Event) -> bool {
    let step = corpus.steps.get(event.step as usize);
    step.is_none_or(|step| step.noise)
}

impl Episodes {
    fn close(&mut self, episode: Option<Episode>) {
        self.episodes
            .extend(episode.filter(|episode| episode.begin < episode.end));
    }
}

#[cfg(test)]
mod tests;
