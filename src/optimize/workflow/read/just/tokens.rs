//! The words of a line of a justfile that is not in a recipe's body.

use super::super::ReadError;

/// A word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name.
    Name(&'t str),
    /// A text with its quotes, or the output of a command with its backticks.
    Text(&'t str),
    /// Anything else: `:=`, `::`, `:`, `&&`, `(`, …
    Sign(&'t str),
}

impl<'t> Token<'t> {
    /// As it stands there.
    pub fn raw(self) -> &'t str {
        match self {
            Self::Name(raw) | Self::Text(raw) | Self::Sign(raw) => raw,
        }
    }
}

/// Signs of several characters, longer ones first.
const SIGNS: &[&str] = &[":=", "::", "&&", "||", "==", "!=", "=~", "!~"];
/// Quotes, longer ones first.
const QUOTES: &[&str] = &["'''", "\"\"\"", "```", "'", "\"", "`"];

/// The words from the beginning of a text to the end of its first line, which goes on within brackets, within texts of
/// several lines and behind a backslash; and how many bytes that was, its newline included. `line` is its number.
pub(super) fn line(text: &str, line: usize) -> Result<(Vec<Token<'_>>, usize), ReadError> {
    let (mut tokens, mut at, mut depth) = (Vec::new(), 0, 0_usize);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let letter = rest.chars().next().unwrap_or_default();
        if letter == '\n' {
            at += 1;
            if depth == 0 {
                break;
            }
        } else if letter.is_whitespace() {
            at += letter.len_utf8();
        } else if letter == '\\' && (rest.starts_with("\\\n") || rest.starts_with("\\\r\n")) {
            at += rest.find('\n').map_or(1, |end| end + 1);
        } else if letter == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(quote) = QUOTES.iter().find(|it| rest.starts_with(**it)) {
            let length = quoted(rest, quote).ok_or_else(|| {
                let lines = text.get(..at).unwrap_or_default().matches('\n').count();
                ReadError::at(line + lines, format!("{quote} is not closed"))
            })?;
            tokens.push(Token::Text(rest.get(..length).unwrap_or_default()));
            at += length;
        } else if letter.is_alphanumeric() || letter == '_' {
            let is_part = |it: char| it.is_alphanumeric() || it == '_' || it == '-';
            let length = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
            tokens.push(Token::Name(rest.get(..length).unwrap_or_default()));
            at += length;
        } else {
            let sign = SIGNS.iter().find(|it| rest.starts_with(**it));
            let length = sign.map_or(letter.len_utf8(), |it| it.len());
            match letter {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            tokens.push(Token::Sign(rest.get(..length).unwrap_or_default()));
            at += length;
        }
    }
    Ok((tokens, at))
}

/// How long a text is, with its quotes.
fn quoted(text: &str, quote: &str) -> Option<usize> {
    let escapes = quote.starts_with('"');
    let mut at = quote.len();
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(quote) {
            return Some(at + quote.len());
        }
        let mut letters = rest.chars();
        let letter = letters.next()?;
        at += letter.len_utf8();
        if escapes && letter == '\\' {
            at += letters.next()?.len_utf8();
        }
    }
}
