//! What regularly happens directly before or after a command of git, which has a hook for it.

use std::ops::Range;

use super::Pattern;
use crate::config::HookName;
use crate::metrics::stats::as_f64;
use crate::optimize::episode::{Episodes, verb};
use crate::optimize::event::Corpus;

/// The share of occurrences that the command of git has to follow, or to precede.
pub const SHARE: f64 = 0.7;

/// The hooks that are suggested.
const SUGGESTED: [HookName; 5] = [
    HookName::PreCommit,
    HookName::PrePush,
    HookName::PostCommit,
    HookName::PostMerge,
    HookName::PostCheckout,
];

/// The hook that runs before the command of a key.
fn before(key: &str) -> Option<HookName> {
    match verb(key)? {
        "commit" => Some(HookName::PreCommit),
        "push" => Some(HookName::PrePush),
        _ => None,
    }
}

/// The hook that runs after it.
fn after(key: &str) -> Option<HookName> {
    match verb(key)? {
        "commit" => Some(HookName::PostCommit),
        "merge" | "pull" => Some(HookName::PostMerge),
        "checkout" | "switch" => Some(HookName::PostCheckout),
        _ => None,
    }
}

/// That steps could be done by a hook.
#[derive(Clone, Debug, PartialEq)]
pub struct HookSuggestion {
    /// Which.
    pub hook: HookName,
    /// Which of the pattern's steps: all, or all but the command of git itself.
    pub steps: Range<usize>,
    /// How often the command of git stands there, of all times these steps are done.
    pub share: f64,
}

/// The hook that would do a pattern's work, if there is one.
///
/// Before is better than after, where both are true. `around` gives, for the numbers of the steps of a part of the pattern,
/// at how many places of the sequence these begin: how often they are done with or without the command of git.
pub fn hook(
    corpus: &Corpus,
    episodes: &Episodes,
    pattern: &Pattern,
    around: impl Fn(Range<usize>) -> Option<u32>,
) -> Option<HookSuggestion> {
    let key = |step: &u32| Some(corpus.steps.get(*step as usize)?.key.as_str());
    let length = pattern.steps.len();
    let part = |hook: Option<HookName>, steps: Range<usize>| {
        let whole = around(0..length)?;
        let share = f64::from(whole) / f64::from(around(steps.clone())?.max(1));
        Some(HookSuggestion {
            hook: hook?,
            steps,
            share: share.min(1.0),
        })
    };
    let last = pattern.steps.last().and_then(key).and_then(before);
    let first = pattern.steps.first().and_then(key).and_then(after);
    let inner = || {
        let before = (length > 1).then(|| part(last, 0..length - 1)).flatten();
        before.or_else(|| (length > 1).then(|| part(first, 1..length)).flatten())
    };
    let outer = || {
        let next = neighbours(corpus, episodes, pattern, before, true);
        next.or_else(|| neighbours(corpus, episodes, pattern, after, false))
    };
    let is_good = |found: &HookSuggestion| {
        let steps = pattern.steps.get(found.steps.clone()).unwrap_or_default();
        // A hook that calls what calls it would never end.
        let calls_itself = steps
            .iter()
            .filter_map(key)
            .any(|key| before(key) == Some(found.hook) || after(key) == Some(found.hook));
        found.share >= SHARE && !calls_itself
    };
    inner().filter(is_good).or_else(|| outer().filter(is_good))
}

fn neighbours(
    corpus: &Corpus,
    episodes: &Episodes,
    pattern: &Pattern,
    hook: fn(&str) -> Option<HookName>,
    after: bool,
) -> Option<HookSuggestion> {
    let found: Vec<Option<HookName>> = pattern
        .occurrences()
        .map(|events| {
            let event = if after { events.last() } else { events.first() };
            let place = episodes.deed(*event?)?.place? as usize;
            let episode = episodes.episode_at(place)?;
            let place = if after {
                place + 1
            } else {
                place.checked_sub(1)?
            };
            let inside = (episode.begin..episode.end).contains(&place);
            let position = episodes.sequence.get(place).filter(|_| inside)?;
            let event = corpus.events.get(*position as usize)?;
            hook(&corpus.steps.get(event.step as usize)?.key)
        })
        .collect();
    let (hook, count) = SUGGESTED
        .into_iter()
        .map(|name| {
            (
                name,
                found.iter().filter(|other| **other == Some(name)).count(),
            )
        })
        .max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)))?;
    Some(HookSuggestion {
        hook,
        steps: 0..pattern.steps.len(),
        share: as_f64(count) / as_f64(found.len()),
    })
}
