//! The lines of a `.gitattributes` file, read as git reads them.

use super::attributes::Override;
use super::language::Language;
use super::pattern::PathPattern;

#[derive(Debug)]
pub(super) struct Line {
    /// The paths that it is about.
    pub(super) pattern: PathPattern,
    /// What it sets, in its order.
    pub(super) settings: Vec<(Name, Setting)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Language,
    Vendored,
    Generated,
    Documentation,
    Detectable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// `!attribute`: as if no line said anything.
    Unspecified,
    Flag(bool),
    Language(Override),
}

/// Git ignores longer lines.
const LONGEST: usize = 2048;

/// The lines of a file that are of interest.
pub(super) fn lines(content: &[u8]) -> Vec<Line> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    content
        .split(|byte| *byte == b'\n')
        .filter(|line| line.len() < LONGEST)
        .filter_map(line)
        .collect()
}

fn line(text: &[u8]) -> Option<Line> {
    let text = skip_blanks(text);
    // Git ignores patterns that start with an exclamation mark; `[attr]` defines a macro.
    if text.starts_with(b"#") || text.starts_with(b"!") || text.starts_with(b"[attr]") {
        return None;
    }
    let (pattern, rest) = match text.strip_prefix(b"\"") {
        Some(quoted) => unquote(quoted).unwrap_or_else(|| split_word(text)),
        None => split_word(text),
    };
    if pattern.starts_with(b"!") {
        return None;
    }
    let mut settings = Vec::new();
    for word in rest
        .split(|byte| is_blank(*byte))
        .filter(|word| !word.is_empty())
    {
        // One name that is none spoils the line.
        settings.extend(setting(word)?);
    }
    if settings.is_empty() {
        return None;
    }
    let pattern = PathPattern::parse(&pattern)?;
    Some(Line { pattern, settings })
}

fn split_word(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let end = text
        .iter()
        .position(|byte| is_blank(*byte))
        .unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, b""));
    (word.to_vec(), rest)
}

/// A text in quotes as C has it, from behind the first quote, and what follows the last.
fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        let (byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b'"' => return Some((out, rest)),
            b'\\' => {
                let (escaped, after) = rest.split_first()?;
                rest = after;
                out.push(match escaped {
                    b'a' => 7,
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'v' => 11,
                    b'\\' | b'"' => *escaped,
                    b'0'..=b'3' => {
                        let (digits, after) = rest.split_at_checked(2)?;
                        rest = after;
                        digits.iter().try_fold(escaped - b'0', |value, digit| {
                            matches!(digit, b'0'..=b'7').then(|| (value << 3) | (digit - b'0'))
                        })?
                    }
                    _ => return None,
                });
            }
            byte => out.push(*byte),
        }
    }
}

/// What one word of a line sets, if it is of interest; none if it is no attribute at all.
#[allow(clippy::option_option)] // Three outcomes: spoils the line, says nothing, sets something.
fn setting(word: &[u8]) -> Option<Option<(Name, Setting)>> {
    let (word, flag) = match word {
        [b'-', rest @ ..] => (rest, Setting::Flag(false)),
        [b'!', rest @ ..] => (rest, Setting::Unspecified),
        _ => (word, Setting::Flag(true)),
    };
    let equals = word.iter().position(|byte| *byte == b'=');
    let (name, value) = match equals.and_then(|at| word.split_at_checked(at)) {
        Some((name, value)) => (name, value.get(1..)),
        None => (word, None),
    };
    if !is_attribute_name(name) {
        return None;
    }
    let name = match name {
        b"linguist-language" => Name::Language,
        b"linguist-vendored" => Name::Vendored,
        b"linguist-generated" => Name::Generated,
        b"linguist-documentation" => Name::Documentation,
        b"linguist-detectable" => Name::Detectable,
        _ => return Some(None),
    };
    // Behind a sign, a value has no meaning.
    let value = value.filter(|_| flag == Setting::Flag(true));
    let setting = match (name, flag, value) {
        (_, Setting::Unspecified, _) => Setting::Unspecified,
        (Name::Language, _, Some(value)) => {
            Setting::Language(Language::called(value).map_or(Override::Unknown, Override::Language))
        }
        (Name::Language, Setting::Flag(true), None) => Setting::Language(Override::Unknown),
        (Name::Language, _, None) => Setting::Unspecified,
        (_, _, Some(value)) => Setting::Flag(value != b"false"),
        (_, flag, None) => flag,
    };
    Some(Some((name, setting)))
}

fn is_attribute_name(name: &[u8]) -> bool {
    !name.is_empty()
        && !name.starts_with(b"-")
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| is_blank(**byte)).count();
    text.get(blanks..).unwrap_or_default()
}
