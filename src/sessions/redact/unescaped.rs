//! A text with its escapes of JSON undone, and where in the text itself each part of that is.

use super::Span;
use super::bytes::{run, run_back};
use super::search;

/// How often escapes are undone: JSON in JSON in JSON.
const LEVELS: u32 = 3;

/// So much of a text is undone at once, in bytes.
const BLOCK: usize = 1024 * 1024;
/// So much of a block is the end of the one before: more than the longest secret has.
const OVERLAP: usize = 80 * 1024;

/// So far around an escape a secret may be seen only without it, in bytes; and then to the end of the word.
const AROUND: usize = 1024;
/// A word is not longer.
const WORD: usize = 16 * 1024;

/// The secrets of a text as it stands and with its escapes undone, in any order.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let text = text.as_bytes();
    let mut spans = search::spans(text);
    undone_spans(text, LEVELS, &mut spans);
    spans
}

/// Adds the secrets of a text with its escapes undone. Where there are none, everything was seen.
fn undone_spans(text: &[u8], levels: u32, spans: &mut Vec<Span>) {
    let mut next = 0;
    while let Some((from, to)) = with_escapes(text, next).filter(|_| levels > 0) {
        let mut block = from;
        loop {
            let end = to.min(block + BLOCK);
            let undone = Undone::new(text.get(block..end).unwrap_or_default());
            let mut found = search::spans(&undone.text);
            undone_spans(&undone.text, levels - 1, &mut found);
            spans.extend(found.into_iter().map(|span| Span {
                start: block + undone.origin(span.start),
                end: block + undone.origin(span.end),
                kind: span.kind,
            }));
            if end == to {
                break;
            }
            block = end - OVERLAP;
        }
        next = to;
    }
}

/// The next stretch of a text in which escapes are never far from each other, with what is around it.
fn with_escapes(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let escape = |from: usize| Some(from + memchr::memchr(b'\\', text.get(from..)?)?);
    let is_word = |byte: u8| !byte.is_ascii_whitespace();
    let first = escape(from)?;
    let begin = run_back(text, first.saturating_sub(AROUND), WORD, is_word);
    let mut end = first;
    loop {
        // Both bytes of an escape, so that the second is not taken for the first of another.
        let last = end + 2;
        end = run(text, text.len().min(last + AROUND), WORD, is_word);
        match memchr::memrchr(b'\\', text.get(last..end).unwrap_or_default()) {
            Some(at) => end = last + at,
            None => return Some((begin, end)),
        }
    }
}

struct Undone {
    text: Vec<u8>,
    /// Where the two texts part: a place in this one and in the other, before and after each escape.
    parts: Vec<(u32, u32)>,
}

impl Undone {
    /// `block` is not longer than [`BLOCK`].
    fn new(block: &[u8]) -> Self {
        let mut undone = Self {
            text: Vec::with_capacity(block.len()),
            parts: Vec::new(),
        };
        let mut at = 0;
        while let Some(rest) = block.get(at..).filter(|rest| !rest.is_empty()) {
            let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
            undone
                .text
                .extend_from_slice(rest.get(..plain).unwrap_or_default());
            at += plain;
            let Some(escape) = block.get(at..).filter(|escape| !escape.is_empty()) else {
                break;
            };
            let (character, length) = undo(escape);
            undone.mark(at);
            match character {
                Some(character) => {
                    let mut bytes = [0; 4];
                    undone
                        .text
                        .extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
                }
                None => undone
                    .text
                    .extend_from_slice(escape.get(..length).unwrap_or_default()),
            }
            at += length;
            undone.mark(at);
        }
        undone
    }

    fn mark(&mut self, at: usize) {
        let short = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        self.parts.push((short(self.text.len()), short(at)));
    }

    /// Where in the other text a place of this one is.
    fn origin(&self, place: usize) -> usize {
        let part = self
            .parts
            .partition_point(|(undone, _)| *undone as usize <= place);
        match part.checked_sub(1).and_then(|part| self.parts.get(part)) {
            Some((undone, origin)) => *origin as usize + (place - *undone as usize),
            None => place,
        }
    }
}

/// The character that an escape stands for, if it is one, and how long it is.
fn undo(escape: &[u8]) -> (Option<char>, usize) {
    let unit = |from: usize| {
        let digits = std::str::from_utf8(escape.get(from..from + 4)?).ok()?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex
            .then(|| u32::from_str_radix(digits, 16).ok())
            .flatten()
    };
    let simple = |character| (Some(character), 2);
    match escape.get(1) {
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'"') => simple('"'),
        Some(b'\'') => simple('\''),
        Some(b'\\') => simple('\\'),
        Some(b'/') => simple('/'),
        Some(b'u') => match unit(2) {
            Some(high @ 0xD800..=0xDBFF) => match (escape.get(6..8), unit(8)) {
                (Some(br"\u"), Some(low @ 0xDC00..=0xDFFF)) => {
                    let scalar = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                    (char::from_u32(scalar), 12)
                }
                _ => (Some(char::REPLACEMENT_CHARACTER), 6),
            },
            Some(unit) => (
                Some(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)),
                6,
            ),
            None => (None, 1),
        },
        _ => (None, 1),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_escape_is_undone_and_its_place_known() {
        let text = br#"a\n\u00e9\ud83d\ude00\\x\q\"b"#;
        let undone = Undone::new(text);
        assert_eq!(undone.text, "a\n\u{e9}\u{1f600}\\x\\q\"b".as_bytes());
        assert_eq!(undone.origin(0), 0);
        assert_eq!(undone.origin(1), 1);
        assert_eq!(undone.origin(2), 3);
        assert_eq!(undone.origin(undone.text.len()), text.len());
    }

    proptest! {
        #[test]
        fn what_json_escapes_is_what_it_was(text in "[\\PC\n\t\"\\\\]{0,60}") {
            let json = serde_json::to_string(&text).unwrap();
            let inner = &json.as_bytes()[1..json.len() - 1];
            prop_assert_eq!(Undone::new(inner).text, text.as_bytes());
        }

        #[test]
        fn places_grow(text in proptest::collection::vec(any::<u8>(), 0..80)) {
            let undone = Undone::new(&text);
            let places: Vec<usize> = (0..=undone.text.len()).map(|place| undone.origin(place)).collect();
            prop_assert!(places.is_sorted());
            prop_assert!(places.iter().all(|place| *place <= text.len() + 3));
        }
    }
}
