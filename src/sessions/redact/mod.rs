//! Secrets taken out of what sessions hold, before any of it is stored: each becomes `[redacted:kind]`.
//!
//! Where the analysis of a repository must not cry wolf, this must not let a wolf through. So it looks for forms and names
//! alone, whether they stand in words or between them, and whether or not a secret works; a few words too many are lost.
//! Text is looked at as it stands and with its escapes of JSON undone, up to three times, since sessions hold JSON in JSON.
//! Time is linear in the length of the text.

mod assigned;
mod bytes;
mod forms;
mod harmless;
mod keys;
mod lines;
mod search;
#[cfg(test)]
mod tests;
mod unescaped;
mod value;

use std::borrow::Cow;

pub use harmless::{harmless, harmless_line};
pub use value::{redact_event, redact_value};

/// With what every mark of a secret begins.
const MARK: &str = "[redacted:";

/// Marks may make new neighbours; as often as this, what they make is looked at again.
const ROUNDS: usize = 8;

/// Of a text of which a little is kept, no more is looked at, in bytes: more than the longest secret has.
const EXCERPTED: usize = 64 * 1024;

/// Where a secret is, in bytes, and of what kind.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
    kind: &'static str,
}

/// A text without its secrets. Doing it twice is doing it once.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..ROUNDS {
        let spans = merged(unescaped::spans(&text), &text);
        if spans.is_empty() {
            break;
        }
        text = Cow::Owned(without(&text, &spans));
    }
    text
}

/// At most so many characters from the beginning of a text, without secrets; an ellipsis is the last of them if there is more.
pub fn excerpt(text: &str, characters: usize) -> String {
    let mut end = EXCERPTED.min(text.len());
    if end < text.len() {
        // Between words, so that no secret is cut in two.
        let head = text.as_bytes().get(..end).unwrap_or_default();
        end = head.iter().rposition(u8::is_ascii_whitespace).unwrap_or(0);
    }
    let clean = redact(text.get(..end).unwrap_or_default());
    shortened(&clean, characters, end < text.len())
}

/// At most so many characters of a text; an ellipsis is the last of them if there is, or was, more.
pub(super) fn shortened(text: &str, characters: usize, is_cut: bool) -> String {
    let text = text.trim_end();
    if !is_cut && text.chars().nth(characters).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters.saturating_sub(1)).collect();
    let mut kept = kept.trim_end().to_owned();
    kept.push('…');
    kept
}

/// Spans in their order, those that overlap made one, with ends between characters. Of several kinds the first counts.
fn merged(mut spans: Vec<Span>, text: &str) -> Vec<Span> {
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for mut span in spans {
        span.start = before_character(text, span.start);
        span.end = after_character(text, span.end);
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ if span.start < span.end => merged.push(span),
            _ => (),
        }
    }
    merged
}

/// The place itself, or the beginning of the character that it is in.
pub(super) fn before_character(text: &str, place: usize) -> usize {
    let place = place.min(text.len());
    (0..=place)
        .rev()
        .find(|place| text.is_char_boundary(*place))
        .unwrap_or(0)
}

/// The place itself, or the end of the character that it is in.
fn after_character(text: &str, place: usize) -> usize {
    (place..text.len())
        .find(|place| text.is_char_boundary(*place))
        .unwrap_or(text.len())
}

fn without(text: &str, spans: &[Span]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        kept.push_str(text.get(from..span.start).unwrap_or_default());
        kept.push_str(MARK);
        kept.push_str(span.kind);
        kept.push(']');
        from = span.end;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    kept
}
