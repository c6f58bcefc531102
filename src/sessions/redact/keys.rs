//! Secrets with a form of their own: private keys over several lines, web tokens, bots' tokens, and passwords in URLs.

use memchr::memmem;

use super::Span;
use super::assigned::is_placeholder;
use super::bytes::{is_base64, is_blank, is_dense, is_dotted, is_token, run, run_back};

/// A private key, from its first line to its last, is not longer.
const LONGEST_KEY: usize = 64 * 1024;

/// Private keys: what was seen of them already, so that no text makes the search for their ends slow.
#[derive(Default)]
pub(super) struct PrivateKeys {
    /// From where the next end was searched, and where it is.
    end: Option<(usize, Option<usize>)>,
    /// To where keys are found.
    done: usize,
}

impl PrivateKeys {
    /// The key at whose beginning or end `PRIVATE KEY` stands there.
    pub(super) fn find(&mut self, text: &[u8], start: usize, end: usize) -> Option<Span> {
        if start < self.done {
            return None;
        }
        let before = start.saturating_sub(40);
        let near = text.get(before..start)?;
        let mark = |mark: &[u8]| memmem::rfind(near, mark).map(|at| before + at);
        let span = match (mark(b"-----BEGIN "), mark(b"-----END ")) {
            (Some(begin), after) if after.is_none_or(|after| after < begin) => {
                self.with_beginning(text, begin, end)?
            }
            (_, Some(last)) => self.with_end(text, last)?,
            _ => return None,
        };
        self.done = span.end;
        Some(span)
    }

    fn with_beginning(&mut self, text: &[u8], begin: usize, end: usize) -> Option<Span> {
        let body = end + memmem::find(text.get(end..text.len().min(end + 16))?, b"-----")? + 5;
        let near = text.get(body..text.len().min(body + 400))?;
        // Code that speaks of keys has none after the word.
        if !near
            .split(|byte| !is_base64(*byte))
            .any(|part| part.len() >= 20)
        {
            return None;
        }
        let last = self
            .next_end(text, body)
            .filter(|last| last - body <= LONGEST_KEY);
        let end = last.map_or_else(|| end_of_body(text, body), |last| end_of_mark(text, last));
        Some(Span {
            start: begin,
            end,
            kind: "private-key",
        })
    }

    /// A key whose beginning is not there, as at the end of a file.
    fn with_end(&self, text: &[u8], last: usize) -> Option<Span> {
        let floor = self.done.max(last.saturating_sub(LONGEST_KEY));
        let mut start = last;
        while start > floor {
            let line_end = run_back(text, start, 64, is_between_lines);
            let line = run_back(text, line_end, 200, is_base64);
            if line_end - line < 20 || line < floor {
                break;
            }
            start = line;
        }
        (start < last).then(|| Span {
            start,
            end: end_of_mark(text, last),
            kind: "private-key",
        })
    }

    /// Where the next mark of an end is. It is searched once for all keys before it.
    fn next_end(&mut self, text: &[u8], from: usize) -> Option<usize> {
        if let Some((searched, found)) = self.end
            && searched <= from
            && found.is_none_or(|found| found >= from)
        {
            return found;
        }
        let found = memmem::find(text.get(from..)?, b"-----END").map(|at| from + at);
        self.end = Some((from, found));
        found
    }
}

/// What stands between two lines of a key: the ends of lines, and what quotes or numbers them.
fn is_between_lines(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'\\' | b'"' | b'\'' | b'>' | b'#' | b'|' | b',')
}

fn end_of_mark(text: &[u8], mark: usize) -> usize {
    let from = (mark + 8).min(text.len());
    let near = text
        .get(from..text.len().min(from + 60))
        .unwrap_or_default();
    memmem::find(near, b"-----").map_or(from, |at| from + at + 5)
}

/// Where a key ends whose end is not there: after the last line that holds little but a part of one, or a header.
fn end_of_body(text: &[u8], body: usize) -> usize {
    let mut end = body;
    while end < text.len() {
        let next = memchr::memchr(b'\n', text.get(end..).unwrap_or_default())
            .map_or(text.len(), |at| end + at + 1);
        let line = text.get(end..next).unwrap_or_default();
        let parts = line.split(|byte| !is_base64(*byte)).map(<[u8]>::len);
        let of_key: usize = parts.filter(|length| *length >= 16).sum();
        let is_header = line.contains(&b':') && line.len() < 80;
        let is_rest = line.len() < 80
            && line
                .iter()
                .all(|byte| is_base64(*byte) || is_between_lines(*byte));
        let has_words = line.iter().filter(|byte| **byte == b' ').count() > 2;
        if !(of_key * 2 > line.len() || is_header || (is_rest && !has_words)) {
            break;
        }
        end = next;
    }
    end
}

/// A JSON web token that begins there.
pub(super) fn web_token(text: &[u8], start: usize) -> Option<Span> {
    let near = run(text, start, 512, is_dotted);
    let token = text.get(start..near)?;
    let is_one = token.starts_with(b"eyJ")
        && token.len() >= 36
        && token.contains(&b'.')
        && is_dense(token, 16);
    is_one.then(|| Span {
        start,
        end: run(text, near, usize::MAX, is_dotted),
        kind: "jwt",
    })
}

/// A token of a Telegram bot around the `:AA` there.
pub(super) fn bot_token(text: &[u8], start: usize, end: usize) -> Option<Span> {
    let number = run_back(text, start, 16, |byte| byte.is_ascii_digit());
    let near = run(text, end, 64, is_token);
    let is_one = start - number >= 8 && near - end >= 30 && text.get(start..end)? == b":AA";
    is_one.then(|| Span {
        start: number,
        end: run(text, near, usize::MAX, is_token),
        kind: "telegram-bot-token",
    })
}

/// Of what follows `://`, no more is looked at.
const AUTHORITY: usize = 400;

/// The password, or the token, in the URL whose `://` ends there.
pub(super) fn url_password(text: &[u8], from: usize) -> Option<Span> {
    let is_part =
        |byte: u8| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'<' | b'>' | b'`');
    let limit = run(text, from, AUTHORITY, is_part);
    let whole = text.get(from..limit)?;
    let authority_end = whole
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    let authority = whole.get(..authority_end.unwrap_or(whole.len()))?;
    let at = authority
        .iter()
        .rposition(|byte| *byte == b'@')
        .or_else(|| {
            // A password may hold what should have been escaped in it; a port does not.
            let colon = authority.iter().position(|byte| *byte == b':')?;
            let has_port = authority.get(colon + 1..)?.iter().all(u8::is_ascii_digit);
            let at = whole.iter().rposition(|byte| *byte == b'@')?;
            (!has_port && at > colon).then_some(at)
        })?;
    let user = whole.get(..at)?;
    let colon = user.iter().position(|byte| *byte == b':');
    let start = match colon {
        Some(colon) => colon + 1,
        // Some services take a token for a name.
        None if is_dense(user, 16) => 0,
        None => return None,
    };
    let secret = user.get(start..)?;
    (!secret.is_empty() && !is_placeholder(secret)).then_some(Span {
        start: from + start,
        end: from + at,
        kind: "url-credentials",
    })
}

/// The password in `-u name:password` whose `-u` ends there.
pub(super) fn user_and_password(text: &[u8], from: usize) -> Option<Span> {
    let begin = run(text, from, 4, |byte| {
        is_blank(byte) || byte == b'"' || byte == b'\''
    });
    let is_part = |byte: u8| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'`');
    let end = run(text, begin, 200, is_part);
    let both = text.get(begin..end)?;
    let colon = both.iter().position(|byte| *byte == b':')?;
    let secret = both.get(colon + 1..)?;
    let is_one = begin > from
        && colon > 0
        && secret.len() >= 4
        && !secret.iter().all(u8::is_ascii_digit)
        && !secret.starts_with(b"/")
        && !is_placeholder(secret);
    is_one.then_some(Span {
        start: begin + colon + 1,
        end,
        kind: "password",
    })
}
