//! The parts of a segment as texts.

use std::ops::Range;

use super::entry::OUTPUTS;
use super::pack::{Shown, before, gap, missing, parts};
use super::read::SegmentEvents;
use super::text::{MARKS, Text, block_of, indented};
use super::{LEAST_TOKENS, Settings};
use crate::sessions::segment::CHARACTERS_PER_TOKEN;

/// A part of a segment, as one call is given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Which part it is, from 1.
    pub number: usize,
    /// The block of data with its marks: what the whole setting of a part's size is about.
    pub text: String,
    /// The word in the marks, which the data does not hold.
    pub boundary: String,
    /// Its first entry's id, on one line.
    pub first: String,
    /// Its last entry's id, on one line.
    pub last: String,
    /// How many entries are shown.
    pub entries: usize,
    /// How many of the segment's entries are left out before or between those.
    pub missing: u64,
}

/// How large parts and what they are made of may be, in characters.
#[derive(Clone, Copy)]
struct Sizes {
    part: usize,
    entry: usize,
    context: usize,
    repeated: usize,
}

impl Sizes {
    fn of(settings: Settings) -> Self {
        let tokens = usize::try_from(settings.chunk_tokens.get()).unwrap_or(usize::MAX);
        let per_token = usize::try_from(CHARACTERS_PER_TOKEN).unwrap_or(4);
        let part = tokens.max(LEAST_TOKENS).saturating_mul(per_token);
        Self {
            part,
            entry: part / 2,
            context: part / 5,
            repeated: part / 10,
        }
    }
}

const TOLD_BEFORE: &str = "(context) summary of what was before, which the model had in mind\n";

/// The parts of a segment, in their order; none if it has no entries.
///
/// No part is larger than its setting. Where there would be more parts than there may be, what tools printed is shortened
/// step by step, and at last entries in the middle are left out, which a line tells.
pub fn render(segment: &SegmentEvents, settings: &Settings) -> Vec<Chunk> {
    let sizes = Sizes::of(*settings);
    let most = usize::try_from(settings.max_chunks.get()).unwrap_or(usize::MAX);
    let context = segment.context.as_ref();
    let context = context.map_or_else(String::new, |text| context_of(text, sizes.context));
    let mut shown = Vec::new();
    for output in OUTPUTS {
        shown = all(segment, output, sizes.entry);
        // More than fits in any case need not be tried.
        let size: usize = shown.iter().map(|it| it.size).sum();
        if size <= sizes.part.saturating_mul(most) {
            let parts = divided(&shown, &context, sizes);
            if parts.len() <= most {
                return written(&shown, &parts, &context, sizes);
            }
        }
    }
    let shown = without_middle(&shown, |shown| {
        divided(shown, &context, sizes).len() <= most
    });
    let parts = divided(&shown, &context, sizes);
    written(&shown, &parts, &context, sizes)
}

fn all(segment: &SegmentEvents, output: usize, most: usize) -> Vec<Shown<'_>> {
    let shown = segment.entries().map(|entry| {
        let text = entry.shown(output, most);
        Shown {
            entry,
            size: text.chars().count(),
            text,
        }
    });
    shown.collect()
}

fn divided(shown: &[Shown<'_>], context: &str, sizes: Sizes) -> Vec<Range<usize>> {
    let prelude = |index| prelude(shown, index, context, sizes).chars().count();
    parts(shown, sizes.part.saturating_sub(MARKS), prelude)
}

/// What is said before the first entry of a part.
fn prelude(shown: &[Shown<'_>], index: usize, context: &str, sizes: Sizes) -> String {
    if index == 0 {
        return context.to_owned();
    }
    let earlier = before(shown, index).into_iter();
    earlier
        .map(|entry| entry.repeated(sizes.repeated))
        .collect()
}

fn context_of(text: &Text, most: usize) -> String {
    let mut share = most;
    loop {
        let context = format!(
            "{TOLD_BEFORE}{}",
            indented(&text.shortened(share).to_string())
        );
        if context.chars().count() <= most || share == 0 {
            return context;
        }
        share /= 2;
    }
}

/// As many entries from the beginning and the end as `fits` lets pass.
fn without_middle<'a>(shown: &[Shown<'a>], fits: impl Fn(&[Shown<'a>]) -> bool) -> Vec<Shown<'a>> {
    let kept = |count: usize| -> Vec<Shown<'a>> {
        let last = shown.len().saturating_sub(count / 2);
        let head = shown.iter().take(count.div_ceil(2));
        head.chain(shown.iter().skip(last)).cloned().collect()
    };
    let (mut least, mut most) = (1, shown.len());
    while least < most {
        let middle = least + (most - least).div_ceil(2);
        if fits(&kept(middle)) {
            least = middle;
        } else {
            most = middle - 1;
        }
    }
    kept(least)
}

fn written(shown: &[Shown<'_>], parts: &[Range<usize>], context: &str, sizes: Sizes) -> Vec<Chunk> {
    let mut chunks = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let mut body = prelude(shown, part.start, context, sizes);
        let mut left_out = 0;
        let mut earlier = part.start.checked_sub(1).and_then(|at| shown.get(at));
        let entries = shown.get(part.clone()).unwrap_or_default();
        for it in entries {
            let missing = missing(earlier, it);
            left_out += missing;
            body.push_str(&gap(missing));
            body.push_str(&it.text);
            earlier = Some(it);
        }
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            continue;
        };
        let (text, boundary) = block_of(&body);
        chunks.push(Chunk {
            number: index + 1,
            text,
            boundary,
            first: first.entry.id.clone(),
            last: last.entry.id.clone(),
            entries: entries.len(),
            missing: left_out,
        });
    }
    chunks
}
