//! What a word says once quotes and escapes are undone.

use crate::optimize::recipe::{Piece, Word};

/// Characters that end a word, if they are not quoted.
const ENDS: &[char] = &[' ', '\t', '\n', '\r', ';', '&', '|', '<', '>', '(', ')'];

/// Reads one word as it was typed. Of a word that the shell makes something of, what is before its value (`--flag=`) is
/// text and the rest is code. `None` if this is not exactly one word: then the parser and we understand it differently.
pub(super) fn word(typed: &str) -> Option<Word> {
    match unquoted(typed)? {
        Meaning::Text(text) => Some(Word(vec![Piece::Text(text)])),
        Meaning::Code => Some(code(typed)),
    }
}

enum Meaning {
    Text(String),
    Code,
}

/// Quoting the text before `=` changes nothing, unless a tilde follows.
fn code(typed: &str) -> Word {
    if let Some((name, rest)) = typed.split_once('=')
        && is_name(name)
        && !rest.is_empty()
        && !rest.contains('~')
    {
        return Word(vec![
            Piece::Text(format!("{name}=")),
            Piece::Code(rest.to_owned()),
        ]);
    }
    Word(vec![Piece::Code(typed.to_owned())])
}

fn is_name(name: &str) -> bool {
    let bare = name.trim_start_matches('-');
    bare.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && bare
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn unquoted(typed: &str) -> Option<Meaning> {
    if typed.starts_with('#') || typed.contains('\0') {
        return None;
    }
    let address = is_address(typed);
    let assigns = typed
        .split_once('=')
        .is_some_and(|(name, _)| is_name(name) && !name.starts_with('-'));
    let mut text = String::with_capacity(typed.len());
    let mut rest = typed;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..)?;
        rest = match c {
            '\\' => {
                let next = after.chars().next()?;
                if next != '\n' {
                    text.push(next);
                }
                after.get(next.len_utf8()..)?
            }
            '\'' => {
                let end = after.find('\'')?;
                text.push_str(after.get(..end)?);
                after.get(end + 1..)?
            }
            '"' => match in_double_quotes(after, &mut text)? {
                Some(rest) => rest,
                None => return Some(Meaning::Code),
            },
            '$' if after.starts_with('\'') => match ansi(after.get(1..)?, &mut text)? {
                Some(rest) => rest,
                None => return Some(Meaning::Code),
            },
            '$' if expands(after) || after.starts_with('"') => return Some(Meaning::Code),
            '`' => return Some(Meaning::Code),
            // A pattern that matches no file stays as it is, and no file is called as an address is.
            '*' | '?' if !address => return Some(Meaning::Code),
            '[' if !address && after.contains(']') => return Some(Meaning::Code),
            '{' if braces_expand(after) => return Some(Meaning::Code),
            '~' if rest.len() == typed.len() => return Some(Meaning::Code),
            '~' if assigns && text.ends_with(['=', ':']) => return Some(Meaning::Code),
            '<' | '>' if after.starts_with('(') => return Some(Meaning::Code),
            c if ENDS.contains(&c) => return None,
            c => {
                text.push(c);
                after
            }
        };
    }
    Some(Meaning::Text(text))
}

fn is_address(typed: &str) -> bool {
    typed.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '+')
    })
}

/// What follows the opening quote up to the closing one; `Some(None)` if something in it is expanded.
#[allow(clippy::option_option)] // no end, an expansion, or the rest: three answers
fn in_double_quotes<'t>(mut rest: &'t str, text: &mut String) -> Option<Option<&'t str>> {
    loop {
        let c = rest.chars().next()?;
        let after = rest.get(c.len_utf8()..)?;
        rest = match c {
            '"' => return Some(Some(after)),
            '`' => return Some(None),
            '$' if expands(after) => return Some(None),
            '\\' => {
                let next = after.chars().next()?;
                match next {
                    '$' | '`' | '"' | '\\' => text.push(next),
                    '\n' => {}
                    _ => {
                        text.push('\\');
                        text.push(next);
                    }
                }
                after.get(next.len_utf8()..)?
            }
            c => {
                text.push(c);
                after
            }
        };
    }
}

/// What follows `$'`; `Some(None)` if an escape is not one of the plain ones.
#[allow(clippy::option_option)] // the same
fn ansi<'t>(mut rest: &'t str, text: &mut String) -> Option<Option<&'t str>> {
    loop {
        let c = rest.chars().next()?;
        let after = rest.get(c.len_utf8()..)?;
        rest = match c {
            '\'' => return Some(Some(after)),
            '\\' => {
                let next = after.chars().next()?;
                text.push(match next {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '\\' | '\'' | '"' => next,
                    _ => return Some(None),
                });
                after.get(next.len_utf8()..)?
            }
            c => {
                text.push(c);
                after
            }
        };
    }
}

fn expands(after_dollar: &str) -> bool {
    after_dollar.starts_with(|c: char| c.is_ascii_alphanumeric() || "_{(*@#?$!-[".contains(c))
}

/// Whether `{`, with this after it, may begin a brace expansion.
fn braces_expand(after: &str) -> bool {
    after
        .find('}')
        .and_then(|end| after.get(..end))
        .is_some_and(|inner| inner.contains(',') || inner.contains(".."))
}
