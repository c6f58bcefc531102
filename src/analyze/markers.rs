//! Markers of technical debt in comments: `TODO`, `FIXME` and their like. A function of bytes, the same for all languages.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use bstr::ByteSlice;
use serde::{Deserialize, Serialize};

/// The words, in capitals as they are written.
pub const WORDS: [&str; 7] = [
    "TODO", "FIXME", "HACK", "XXX", "BUG", "OPTIMIZE", "REFACTOR",
];

/// More in one file are counted and not kept.
const KEPT: usize = 200;

/// How many bytes before and after the word are looked at.
const NEAR: usize = 1000;

/// The longest text that is kept, in characters.
const LONGEST: usize = 160;

/// A marker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Marker {
    /// The word.
    pub word: String,
    /// Its line, from 1.
    pub line: u32,
    /// What the comment says after it, to the end of the line.
    pub text: String,
    /// What stands in parentheses after the word: a person, an issue.
    pub about: Option<String>,
}

impl Marker {
    /// What makes it the same marker when lines move: the word and the text.
    pub fn identity(&self) -> (&str, &str) {
        (&self.word, &self.text)
    }
}

/// What begins a comment, in one language or another.
const OPENERS: [&[u8]; 9] = [b"//", b"/*", b"#", b"--", b";", b"<!--", b"%", b"{-", b"(*"];

/// The markers of a file, in the order of their lines.
///
/// A word counts in a comment, as its first word or with `:` or `(` after it; and outside of what looks like a comment
/// (in documentation strings) as the first word of a line with `:` or `(` after it.
pub fn scan(source: &[u8]) -> Vec<Marker> {
    static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(WORDS).ok());
    let Some(search) = SEARCH.as_ref() else {
        return Vec::new();
    };
    let mut markers: Vec<Marker> = Vec::new();
    let (mut line, mut line_start, mut looked_to) = (1_u32, 0, 0);
    for hit in search.find_iter(source) {
        let passed = source.get(looked_to..hit.start()).unwrap_or_default();
        let ends = u32::try_from(passed.find_iter("\n").count()).unwrap_or(u32::MAX);
        line = line.saturating_add(ends);
        if let Some(last) = passed.rfind_byte(b'\n') {
            line_start = looked_to + last + 1;
        }
        looked_to = hit.start();
        // One for each line: the rest of it is the text.
        if markers.last().is_some_and(|marker| marker.line == line) {
            continue;
        }
        // However long the line is, no more of it is looked at than matters.
        let start = line_start.max(hit.start().saturating_sub(NEAR));
        let before = source.get(start..hit.start()).unwrap_or_default();
        let end = source.len().min(hit.end() + NEAR);
        let after = source.get(hit.end()..end).unwrap_or_default();
        let rest = after.lines().next().unwrap_or_default();
        if let Some(word) = WORDS.get(hit.pattern().as_usize())
            && is_marker(before, rest)
        {
            markers.push(marker(word, line, rest));
            if markers.len() == KEPT {
                break;
            }
        }
    }
    markers
}

fn is_marker(before: &[u8], rest: &[u8]) -> bool {
    let joined = |byte: Option<&u8>| {
        byte.is_some_and(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
        })
    };
    if joined(before.last()) || joined(rest.first()) {
        return false;
    }
    // `TODO-list` and `"TODO"` are words like others.
    if rest.first().is_some_and(|byte| {
        matches!(
            byte,
            b'-' | b'"' | b'\'' | b'`' | b'.' | b'=' | b'/' | b'[' | b']'
        )
    }) {
        return false;
    }
    let is_marked = matches!(rest.first(), Some(b':' | b'('));
    let blank = before.trim_start();
    if blank.is_empty()
        || blank
            .iter()
            .all(|byte| matches!(byte, b'*' | b' ' | b'\t' | b'@'))
    {
        // Between the lines of a comment, or at the beginning of one in a documentation string.
        return is_marked || blank.starts_with(b"*");
    }
    let opener = OPENERS
        .iter()
        .filter_map(|opener| Some(before.rfind(opener)? + opener.len()))
        .max();
    let Some(end) = opener else {
        return false;
    };
    let between = before.get(end..).unwrap_or_default();
    is_marked
        || between.iter().all(|byte| {
            !byte.is_ascii_alphanumeric() && byte.is_ascii() && !matches!(byte, b'"' | b'\'' | b'`')
        })
}

fn marker(word: &str, line: u32, rest: &[u8]) -> Marker {
    let mut rest = rest;
    let mut about = None;
    if let Some(inside) = rest.strip_prefix(b"(")
        && let Some(end) = inside.find_byte(b')')
        && end <= 60
    {
        about = inside
            .get(..end)
            .map(|who| who.to_str_lossy().trim().to_owned());
        rest = inside.get(end + 1..).unwrap_or_default();
    }
    let text = rest.trim_start_with(|c| c == ':' || c == '-' || c.is_whitespace());
    let text = ["*/", "-->", "-}", "*)"]
        .iter()
        .fold(text.trim_end(), |text, closer| {
            text.strip_suffix(closer.as_bytes()).unwrap_or(text)
        });
    let words: Vec<_> = text.fields().map(|word| word.to_str_lossy()).collect();
    Marker {
        word: word.to_owned(),
        line,
        text: words.join(" ").chars().take(LONGEST).collect(),
        about: about.filter(|who| !who.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn found(source: &str) -> Vec<String> {
        scan(source.as_bytes())
            .into_iter()
            .map(|marker| {
                let about = marker
                    .about
                    .map(|who| format!("({who})"))
                    .unwrap_or_default();
                format!("{} {}{about} {}", marker.line, marker.word, marker.text)
            })
            .collect()
    }

    #[test]
    fn comments_of_many_languages() {
        for (source, expected) in [
            ("# TODO: a b\n", &["1 TODO a b"][..]),
            ("x = 1  # FIXME a\n", &["1 FIXME a"]),
            ("\n\n// TODO(bob): a\n", &["3 TODO(bob) a"]),
            (
                "/* XXX a */\n/**\n * HACK a\n */\n",
                &["1 XXX a", "3 HACK a"],
            ),
            ("<!-- TODO a -->", &["1 TODO a"]),
            (
                "-- TODO a\n; FIXME b\n% BUG c\n",
                &["1 TODO a", "2 FIXME b", "3 BUG c"],
            ),
            ("'''\n    TODO: a\n'''", &["2 TODO a"]),
            ("// see the TODO: a", &["1 TODO a"]),
            ("// @todo TODO", &[]),
            ("// TODO TODO FIXME: x", &["1 TODO TODO FIXME: x"]),
            ("// a\n// TODO\n//TODO\n", &["2 TODO ", "3 TODO "]),
            ("# TODO a\r\n# BUG b\r\n", &["1 TODO a", "2 BUG b"]),
        ] {
            assert_eq!(found(source), expected, "{source:?}");
        }
    }

    #[test]
    fn words_that_mark_nothing() {
        for source in [
            "TODO = 1",
            "let x = TODO;",
            "// the TODO list",
            "// TODOS: x",
            "// MYTODO: x",
            "# a TODO-list",
            "x = 'TODO'",
            "# \"TODO\" is a word",
            "// DEBUG: x",
            "todo: x",
        ] {
            assert_eq!(found(source), Vec::<String>::new(), "{source:?}");
        }
    }

    #[test]
    fn the_first_two_hundred_are_kept() {
        let source = "# TODO a\n".repeat(KEPT + 50);
        assert_eq!(scan(source.as_bytes()).len(), KEPT);
        let long = "// TODO ".repeat(100_000);
        assert_eq!(scan(long.as_bytes()).len(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(source in proptest::collection::vec(any::<u8>(), 0..300)) {
            scan(&source);
        }

        #[test]
        fn lines_are_counted_right(parts in proptest::collection::vec(proptest::sample::select(vec!["# TODO x\n", "a\n", "\n", "// FIXME(é) y\n", "TODO\n", "x TODO TODO\n"]), 0..40)) {
            let source = parts.concat();
            for marker in scan(source.as_bytes()) {
                let line = source.lines().nth(marker.line as usize - 1).unwrap();
                prop_assert!(line.contains(&marker.word));
            }
        }
    }
}
