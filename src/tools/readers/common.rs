//! What the readers share: text without control characters, numbers that a tool got wrong, lines of bounded length.

use std::fmt::{self, Display};
use std::io::{self, BufRead};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::tools::ReadError;

/// A message is cut after so many characters.
pub const LONGEST_MESSAGE: usize = 4_000;
/// A line of a report is cut after so many bytes.
pub const LONGEST_LINE: usize = 4 << 20;

/// The error of a report that is not what it should be.
pub fn malformed(expected: &'static str, message: impl Display) -> ReadError {
    ReadError::Malformed {
        expected,
        message: clean_text(&message.to_string()),
    }
}

/// A tool's words without what only a terminal understands: escape sequences and control characters, apart from line ends
/// and tabs; without white space at both ends; at most [`LONGEST_MESSAGE`] characters.
pub fn clean_text(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(LONGEST_MESSAGE));
    for (length, c) in plain(text).skip_while(|c| c.is_whitespace()).enumerate() {
        if length == LONGEST_MESSAGE - 1 {
            clean.push('…');
            break;
        }
        clean.push(c);
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// The characters of a text without escape sequences (ECMA-48: CSI, OSC and the other strings, single shifts) and without
/// control characters, apart from line ends and tabs.
pub fn plain(text: &str) -> impl Iterator<Item = char> {
    let mut rest = text.chars().peekable();
    std::iter::from_fn(move || {
        loop {
            let c = rest.next()?;
            let introducer = match c {
                '\u{1b}' => match rest.next_if(|next| !next.is_control()) {
                    Some(introducer) => introducer,
                    None => continue,
                },
                '\u{9b}' => '[',
                '\u{9d}' => ']',
                '\n' | '\t' => return Some(c),
                c if c.is_control() => continue,
                c => return Some(c),
            };
            match introducer {
                '[' => {
                    while rest.next_if(|c| (' '..='?').contains(c)).is_some() {}
                    rest.next_if(|c| ('@'..='~').contains(c));
                }
                // Strings such as titles and links end with BEL or ESC \; one that does not end costs its line.
                ']' | 'P' | 'X' | '^' | '_' => {
                    while rest.next_if(|c| !c.is_control()).is_some() {}
                    if rest.next_if_eq(&'\u{1b}').is_some() {
                        rest.next_if_eq(&'\\');
                    }
                }
                ' '..='/' => {
                    while rest.next_if(|c| (' '..='/').contains(c)).is_some() {}
                    rest.next_if(|c| ('0'..='~').contains(c));
                }
                _ => {}
            }
        }
    })
}

/// A number of a report, nothing if it is none: tools write `null`, `NaN`, `"12"`, negative and huge ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Number(pub Option<i64>);

impl Number {
    /// A line or column that is counted from 1.
    pub fn from_one(self) -> Option<u32> {
        self.0
            .and_then(|it| u32::try_from(it).ok())
            .filter(|it| *it > 0)
    }

    /// A column that is counted from 0, counted from 1.
    pub fn from_zero(self) -> Option<u32> {
        self.0
            .and_then(|it| u32::try_from(it).ok())
            .and_then(|it| it.checked_add(1))
    }

    /// A number of things.
    pub fn count(self) -> Option<u64> {
        self.0.and_then(|it| u64::try_from(it).ok())
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
        Ok(Number(Some(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
        Ok(Number(i64::try_from(value).ok()))
    }

    // A cast of a float saturates; a line of 1e300 is no line after that either.
    #[allow(clippy::cast_possible_truncation)]
    fn visit_f64<E>(self, value: f64) -> Result<Number, E> {
        Ok(Number(value.is_finite().then_some(value as i64)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Number, E> {
        Ok(Number(value.trim().parse().ok()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Number, E> {
        Ok(Number(None))
    }

    fn visit_unit<E>(self) -> Result<Number, E> {
        Ok(Number(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Number, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Number(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Number, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Number(None))
    }
}

/// Reads a line without its end; nothing at the end of the report. What is beyond [`LONGEST_LINE`] is read and dropped,
/// which the returned flag tells.
pub fn next_line(report: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let (mut any, mut cut) = (false, false);
    loop {
        let buffer = match report.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer.is_empty() {
            return Ok(any.then_some(cut));
        }
        any = true;
        let end = memchr::memchr(b'\n', buffer);
        let (part, _) = buffer.split_at(end.unwrap_or(buffer.len()));
        let (kept, dropped) = part.split_at(part.len().min(LONGEST_LINE - line.len()));
        line.extend_from_slice(kept);
        cut |= !dropped.is_empty();
        let used = part.len() + usize::from(end.is_some());
        report.consume(used);
        if end.is_some() {
            if !cut && line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(Some(cut));
        }
    }
}

/// Skips a byte order mark and white space; whether anything is left.
pub fn skip_blank(report: &mut dyn BufRead) -> io::Result<bool> {
    loop {
        let buffer = match report.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let blank = |byte: &u8| byte.is_ascii_whitespace() || [0xef, 0xbb, 0xbf].contains(byte);
        let skipped = buffer
            .iter()
            .position(|byte| !blank(byte))
            .unwrap_or(buffer.len());
        let (is_end, is_found) = (buffer.is_empty(), skipped < buffer.len());
        report.consume(skipped);
        if is_end || is_found {
            return Ok(is_found);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_loses_what_only_terminals_understand() {
        for (text, expected) in [
            ("  plain\n\ttext \n", "plain\n\ttext"),
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("a\u{9b}4mb\0c\r\nd\u{7}", "abc\nd"),
            (
                "\u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{7} on",
                "link on",
            ),
            ("\u{1b}]0;never closed\nnext", "next"),
            ("\u{1b}(Bx\u{1b}cy\u{1b}", "xy"),
            ("\u{1b}[31", ""),
        ] {
            assert_eq!(clean_text(text), expected, "{text:?}");
        }
        let long = clean_text(&"ä".repeat(LONGEST_MESSAGE + 1));
        assert_eq!(long.chars().count(), LONGEST_MESSAGE);
        assert!(long.ends_with("ä…"));
        assert_eq!(
            clean_text(&"x".repeat(LONGEST_MESSAGE - 1)).len(),
            LONGEST_MESSAGE - 1
        );
    }

    #[test]
    fn numbers_that_are_none_are_none() {
        let read = |json: &str| serde_json::from_str::<Number>(json).unwrap();
        assert_eq!(read("7").from_one(), Some(7));
        assert_eq!(read("7").from_zero(), Some(8));
        assert_eq!(read("0").from_one(), None);
        assert_eq!(read("\" 12\"").from_one(), Some(12));
        assert_eq!(read("3.0").from_one(), Some(3));
        for json in [
            "-1",
            "null",
            "[1,[2]]",
            "{\"a\":{}}",
            "true",
            "1e300",
            "99999999999999999999",
            "\"x\"",
        ] {
            assert_eq!(read(json).from_one(), None, "{json}");
            assert_eq!(read(json).from_zero(), None, "{json}");
        }
        assert_eq!(Number(Some(i64::from(u32::MAX))).from_zero(), None);
    }

    #[test]
    fn long_lines_are_cut_and_the_next_one_is_whole() {
        let mut bytes = vec![b'x'; LONGEST_LINE + 9];
        bytes.extend_from_slice(b"\nshort\r\n\nlast");
        let report: &mut dyn BufRead = &mut bytes.as_slice();
        let mut line = Vec::new();
        assert_eq!(next_line(report, &mut line).unwrap(), Some(true));
        assert_eq!(line.len(), LONGEST_LINE);
        for expected in ["short", "", "last"] {
            assert_eq!(next_line(report, &mut line).unwrap(), Some(false));
            assert_eq!(line, expected.as_bytes());
        }
        assert_eq!(next_line(report, &mut line).unwrap(), None);
    }

    proptest! {
        #[test]
        fn cleaned_text_has_no_control_characters_and_stays_as_it_is(text in any::<String>()) {
            let once = clean_text(&text);
            prop_assert!(!once.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
            prop_assert_eq!(clean_text(&once), once);
        }
    }
}
