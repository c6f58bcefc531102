//! Entries put into parts.

use std::ops::Range;

use super::entry::{Entry, Turn};

/// An entry, and how it is shown.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    pub entry: &'a Entry,
    pub text: String,
    /// The characters of it.
    pub size: usize,
}

/// How many entries are missing before one; `before` is the one that is shown before it.
pub fn missing(before: Option<&Shown<'_>>, shown: &Shown<'_>) -> u64 {
    let before = before.map_or(0, |before| before.entry.number);
    shown.entry.number.saturating_sub(before + 1)
}

/// The line that says so; nothing if none is.
pub fn gap(missing: u64) -> String {
    match missing {
        0 => String::new(),
        1 => "… 1 entry left out here …\n".to_owned(),
        more => format!("… {more} entries left out here …\n"),
    }
}

/// Where pairs begin: the user's messages, an answer to them, and what tools answered to that.
fn pairs(shown: &[Shown<'_>]) -> Vec<Range<usize>> {
    let mut pairs: Vec<Range<usize>> = Vec::new();
    let mut answered: Option<&Option<String>> = None;
    let mut has_followers = false;
    for (index, it) in shown.iter().enumerate() {
        let begins = match &it.entry.turn {
            Turn::Asks => answered.is_some() || has_followers,
            // Parts of one answer stay together.
            Turn::Answers(request) => {
                answered.is_some_and(|before| before.is_none() || before != request)
            }
            Turn::Follows => false,
        };
        match pairs.last_mut() {
            Some(pair) if !begins => pair.end = index + 1,
            _ => {
                pairs.push(index..index + 1);
                answered = None;
                has_followers = false;
            }
        }
        match &it.entry.turn {
            Turn::Asks => (),
            Turn::Answers(request) => answered = Some(request),
            Turn::Follows => has_followers = true,
        }
    }
    pairs
}

/// The last message of the user and the last answer before an entry, which a part that begins with it repeats.
pub fn before<'a>(shown: &[Shown<'a>], index: usize) -> Vec<&'a Entry> {
    let earlier = shown.get(..index).unwrap_or_default();
    let last = |is: fn(&Turn) -> bool| {
        let found = earlier.iter().rev().find(|it| is(&it.entry.turn));
        found.map(|it| it.entry)
    };
    let mut both: Vec<&Entry> = [
        last(|turn| matches!(turn, Turn::Asks)),
        last(|turn| matches!(turn, Turn::Answers(_))),
    ]
    .into_iter()
    .flatten()
    .collect();
    both.sort_by_key(|entry| entry.number);
    both
}

/// The parts, as ranges of entries. Pairs are torn only where they are too large for a part of their own.
///
/// `room` is what a part holds, and `prelude` how much of that what is said before its first entry takes, both in
/// characters; no entry is so large that it would not fit behind that.
pub fn parts(
    shown: &[Shown<'_>],
    room: usize,
    prelude: impl Fn(usize) -> usize,
) -> Vec<Range<usize>> {
    let cost = |index: usize| {
        let Some(it) = shown.get(index) else { return 0 };
        let earlier = index.checked_sub(1).and_then(|index| shown.get(index));
        it.size + gap(missing(earlier, it)).chars().count()
    };
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut used = 0;
    for pair in pairs(shown) {
        let whole: usize = pair.clone().map(cost).sum();
        let is_begun = !parts.is_empty();
        if is_begun && used + whole <= room {
            used += whole;
            if let Some(part) = parts.last_mut() {
                part.end = pair.end;
            }
            continue;
        }
        let alone = prelude(pair.start) + whole;
        if alone <= room {
            used = alone;
            parts.push(pair);
            continue;
        }
        for index in pair {
            match parts.last_mut() {
                Some(part) if used + cost(index) <= room => {
                    used += cost(index);
                    part.end = index + 1;
                }
                _ => {
                    used = prelude(index) + cost(index);
                    parts.push(index..index + 1);
                }
            }
        }
    }
    parts
}
