//! Secrets that are known by the name that they are given to: `DB_PASSWORD=…`, `"api_key": "…"`, `--token …`.

use super::bytes::{is_blank, is_dense, is_dotted, is_mixed, is_word, run, run_back};
use super::{MARK, Span};

/// Words in the names of secrets, in any case of letters, and what they say.
pub(super) const WORDS: [(&str, Word); 33] = [
    ("password", Word::Password),
    ("passwd", Word::Password),
    ("passphrase", Word::Password),
    ("passcode", Word::Password),
    ("pwd", Word::Password),
    ("_pass", Word::Password),
    ("_pw", Word::Password),
    ("secret", Word::Secret),
    ("token", Word::Secret),
    ("credential", Word::Secret),
    ("apikey", Word::Secret),
    ("api_key", Word::Secret),
    ("api-key", Word::Secret),
    ("access_key", Word::Secret),
    ("accesskey", Word::Secret),
    ("access-key", Word::Secret),
    ("private_key", Word::Secret),
    ("privatekey", Word::Secret),
    ("private-key", Word::Secret),
    ("auth_key", Word::Secret),
    ("authkey", Word::Secret),
    ("client_key", Word::Secret),
    ("signing_key", Word::Secret),
    ("signingkey", Word::Secret),
    ("encryption_key", Word::Secret),
    ("encryptionkey", Word::Secret),
    ("accountkey", Word::Secret),
    ("sharedaccesskey", Word::Secret),
    ("account_key", Word::Secret),
    ("master_key", Word::Secret),
    ("session_key", Word::Secret),
    ("_key", Word::Key),
    ("signature", Word::Key),
];

/// What a word in a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A person may have made it up: anything may be one.
    Password,
    /// A machine made it, or a person.
    Secret,
    /// A machine made it, if it is one at all.
    Key,
}

/// Names that end so are of what is said about a secret.
const ABOUT: [&[u8]; 22] = [
    b"count",
    b"limit",
    b"type",
    b"url",
    b"uri",
    b"endpoint",
    b"name",
    b"file",
    b"path",
    b"length",
    b"len",
    b"size",
    b"expiry",
    b"expires",
    b"ttl",
    b"_in",
    b"_at",
    b"budget",
    b"usage",
    b"_id",
    b"field",
    b"policy",
];

/// Values that are none: what stands where one would be, and what types are called.
const NO_VALUES: [&[u8]; 32] = [
    b"none",
    b"null",
    b"nil",
    b"true",
    b"false",
    b"undefined",
    b"string",
    b"str",
    b"bool",
    b"boolean",
    b"int",
    b"number",
    b"bytes",
    b"required",
    b"optional",
    b"todo",
    b"redacted",
    b"unset",
    b"empty",
    b"any",
    b"unknown",
    b"password",
    b"secret",
    b"token",
    b"value",
    b"object",
    b"default",
    b"hidden",
    b"text",
    b"option",
    b"self",
    b"must",
];

/// To decide, no more of a value is looked at, in bytes.
const DECIDES: usize = 256;
/// A value in quotes is not longer, in bytes.
const LONGEST: usize = 16 * 1024;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// Between quotes.
    Quoted,
    /// Directly after its name and an equals sign.
    Joined,
    /// The same with a name in capital letters: as in `.env`.
    Environment,
    /// After the name of an option.
    Option,
    /// In any other way.
    Bare,
}

/// Whether it only says that a secret would be here: a variable, a mark of ours, or a filler.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let is_variable = match value {
        [b'$', b'{' | b'(', ..]
        | [b'{', b'{', ..]
        | [b'%', b'(' | b's' | b'{', ..]
        | [b'<', .., b'>']
        | [b'{', .., b'}'] => true,
        [b'$', name @ ..] => {
            !name.is_empty()
                && name
                    .iter()
                    .all(|byte| is_word(*byte) && !byte.is_ascii_lowercase())
        }
        [b'%', name @ .., b'%'] => name.iter().all(|byte| is_word(*byte)),
        _ => false,
    };
    is_variable
        || value.starts_with(MARK.as_bytes())
        || value
            .iter()
            .all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'-' | b'_' | b'#'))
}

/// Whether `name` is one of a secret, and which word says it.
pub(super) fn word_in(name: &str) -> Option<Word> {
    let bytes = name.as_bytes();
    let lower = name.to_ascii_lowercase();
    WORDS
        .iter()
        .filter_map(|(word, says)| {
            let at = lower.rfind(word)?;
            Some((ends_word(bytes, at + word.len())?, *says))
        })
        .map(|(_, says)| says)
        .next()
}

/// What is given to a name of a secret as a whole, where name and value are known apart.
pub(super) fn is_secret_value(name: &str, value: &str) -> bool {
    let (name, value) = (name.trim(), value.trim().as_bytes());
    let head = value.get(..DECIDES.min(value.len())).unwrap_or_default();
    word_in(name)
        .is_some_and(|word| is_secret(word, is_about(name.as_bytes()), Written::Quoted, head))
}

/// The value of the assignment in whose name a word ends at `end`.
pub(super) fn find(text: &[u8], word: Word, start: usize, end: usize) -> Option<Span> {
    let end = ends_word(text, end)?;
    let name_end = run(text, end, 40, is_dotted);
    let name_start = run_back(text, start, 64, is_dotted);
    let name = text.get(name_start..name_end)?;
    let is_closing = |byte: u8| matches!(byte, b'"' | b'\'' | b'`' | b']' | b')' | b'*');
    let closed = run(text, name_end, 4, is_closing);
    let sign = run(text, closed, 8, is_blank);
    let (after, joined) = match text.get(sign..)? {
        [b':' | b'+' | b'?', b'=', ..] | [b'=', b'>' | b'=', ..] => (sign + 2, false),
        [b'=', ..] => (sign + 1, sign == name_end),
        [b':', ..] => (past_type(text, sign + 1), false),
        _ if name.starts_with(b"--") && sign > closed && closed == name_end => (sign, false),
        _ => return None,
    };
    let begin = run(text, after, 8, is_blank);
    let mut value = Value::at(text, begin)?;
    if value.written == Written::Bare && name.starts_with(b"-") {
        value.written = Written::Option;
    } else if value.written == Written::Bare && joined && begin == after {
        let is_capital = !name.iter().any(u8::is_ascii_lowercase);
        value.written = if is_capital {
            Written::Environment
        } else {
            Written::Joined
        };
    }
    value.end = value.end_within(text, DECIDES);
    let head = text.get(value.start..value.end)?;
    let is_alone = || {
        let line = text.get(..name_start).unwrap_or_default();
        let begins = line
            .iter()
            .rfind(|byte| !is_blank(**byte))
            .is_none_or(|byte| *byte == b'\n');
        let rest = run(text, value.end, 8, is_blank);
        begins
            && text
                .get(rest)
                .is_none_or(|byte| matches!(byte, b'\n' | b'\r' | b'#'))
    };
    let is_code = match value.written {
        Written::Bare => !is_mixed(head) && (!is_alone() || is_name_of_secret(head)),
        Written::Joined | Written::Option => is_name_of_secret(head),
        Written::Quoted | Written::Environment => false,
    };
    let is_called = matches!(text.get(value.end), Some(b'(' | b'[' | b'{'));
    if is_code || is_called || !is_secret(word, is_about(name), value.written, head) {
        return None;
    }
    Some(Span {
        start: value.start,
        end: value.end_within(text, LONGEST),
        kind: if word == Word::Password {
            "password"
        } else {
            "assigned-secret"
        },
    })
}

/// Whether a value is itself called as a secret is: then it is a variable.
fn is_name_of_secret(value: &[u8]) -> bool {
    let is_name =
        value.iter().all(|byte| is_dotted(*byte)) && !value.iter().any(u8::is_ascii_digit);
    is_name && std::str::from_utf8(value).is_ok_and(|value| word_in(value).is_some())
}

/// Where a word of a name ends that ends there, if no other word goes on: a `tokenizer` is none.
fn ends_word(text: &[u8], end: usize) -> Option<usize> {
    let last = *text.get(end.checked_sub(1)?)?;
    let goes_on = |at: usize| {
        text.get(at).is_some_and(|next| {
            if last.is_ascii_lowercase() {
                next.is_ascii_lowercase()
            } else {
                next.is_ascii_uppercase()
            }
        })
    };
    let plural = matches!(text.get(end), Some(b's' | b'S')) && !goes_on(end + 1);
    (!goes_on(end) || plural).then_some(end)
}

fn is_about(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    ABOUT.iter().any(|end| lower.ends_with(end))
}

/// After a name and a colon: past a type, if an equals sign follows.
fn past_type(text: &[u8], colon: usize) -> usize {
    let is_part = |byte: u8| {
        is_word(byte)
            || matches!(
                byte,
                b' ' | b'&' | b'\'' | b'<' | b'>' | b'[' | b']' | b'|' | b':'
            )
    };
    let end = run(text, colon, 32, is_part);
    if end > colon && text.get(end) == Some(&b'=') {
        end + 1
    } else {
        colon
    }
}

/// A value in a text.
#[derive(Clone, Copy, Debug)]
struct Value {
    start: usize,
    end: usize,
    written: Written,
    quote: u8,
}

impl Value {
    /// The value that begins there. Where it ends is not known yet.
    fn at(text: &[u8], begin: usize) -> Option<Self> {
        // Letters before strings, as in Python and C++.
        let prefix = run(text, begin, 2, |byte| {
            matches!(byte, b'b' | b'r' | b'f' | b'u' | b'L' | b'@')
        });
        let quote = text
            .get(prefix)
            .copied()
            .filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        let start = quote.map_or(begin, |quote| run(text, prefix, 3, |byte| byte == quote));
        (start < text.len()).then_some(Self {
            start,
            end: start,
            written: if quote.is_some() {
                Written::Quoted
            } else {
                Written::Bare
            },
            quote: quote.unwrap_or_default(),
        })
    }

    /// Where it ends, if it is not longer than `limit` bytes.
    fn end_within(&self, text: &[u8], limit: usize) -> usize {
        let is_quote = |byte: u8| matches!(byte, b'"' | b'\'' | b'`');
        match self.written {
            Written::Quoted => self.end_of_quoted(text, limit),
            // Such a value ends with its word, whatever is in it.
            Written::Environment => run(text, self.start, limit, |byte| {
                !byte.is_ascii_whitespace() && !is_quote(byte)
            }),
            _ => {
                let ends = |byte: u8| {
                    byte.is_ascii_whitespace()
                        || is_quote(byte)
                        || matches!(
                            byte,
                            b',' | b';'
                                | b'('
                                | b')'
                                | b'['
                                | b']'
                                | b'{'
                                | b'}'
                                | b'&'
                                | b'|'
                                | b'<'
                                | b'>'
                        )
                };
                run(text, self.start, limit, |byte| !ends(byte))
            }
        }
    }

    fn end_of_quoted(&self, text: &[u8], limit: usize) -> usize {
        let mut end = self.start;
        while let Some(byte) = text.get(end).filter(|_| end - self.start < limit) {
            match byte {
                b'\\' => end += 2,
                b'\n' | b'\r' => break,
                byte if *byte == self.quote => break,
                _ => end += 1,
            }
        }
        end.min(text.len())
    }
}

fn is_secret(word: Word, is_about: bool, written: Written, value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    if value.len() < 4 || is_placeholder(value) || NO_VALUES.contains(&lower.as_slice()) {
        return false;
    }
    let has_space = value.iter().any(u8::is_ascii_whitespace);
    let is_number = value
        .iter()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'));
    // Attributes and paths of code: `config.password`, `process.env.TOKEN`.
    let is_path =
        value.contains(&b'.') && value.iter().all(|byte| is_dotted(*byte)) && !is_mixed(value);
    if is_dense(value, 16) && distinct(value) >= 8 {
        return true;
    }
    match (word, written) {
        _ if is_about || (is_path && written != Written::Environment) => false,
        (Word::Key, _) => false,
        (Word::Password, Written::Quoted) => !has_space || is_mixed(value),
        (Word::Password, _) => true,
        _ if is_number => false,
        (Word::Secret, Written::Environment) => value.len() >= 6,
        (Word::Secret, Written::Option) => value.len() >= 6 && is_mixed(value),
        (Word::Secret, Written::Quoted | Written::Joined) => {
            value.len() >= 8 && is_mixed(value) && !has_space
        }
        (Word::Secret, Written::Bare) => {
            value.len() >= 12 && is_mixed(value) && distinct(value) >= 8
        }
    }
}

fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    for byte in value {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count()
}
