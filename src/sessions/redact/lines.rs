//! Secrets in the headers of HTTP: what follows `Authorization:`, `Bearer` and `Cookie:`.

use super::Span;
use super::assigned::is_placeholder;
use super::bytes::{is_base64, is_blank, is_mixed, run};

/// Of a header's value, no more is looked at, in bytes.
const VALUE: usize = 4096;

/// Schemes whose credentials are one word.
const WORD_SCHEMES: [&[u8]; 6] = [b"bearer", b"basic", b"token", b"apikey", b"api-key", b"key"];
/// Schemes whose credentials fill the line.
const LINE_SCHEMES: [&[u8]; 7] = [
    b"digest",
    b"negotiate",
    b"ntlm",
    b"aws4-hmac-sha256",
    b"hawk",
    b"oauth",
    b"signature",
];

/// What a header's value is, if one is named just before `from`: where it begins and ends.
fn value(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let is_closing = |byte: u8| is_blank(byte) || matches!(byte, b'"' | b'\'' | b'`' | b']' | b')');
    let separator = run(text, from, 8, is_closing);
    if !matches!(text.get(separator)?, b':' | b'=' | b',') {
        return None;
    }
    // `=>` and `==` too, and the letter before a string of Python.
    let after = run(text, separator, 3, |byte| {
        matches!(byte, b':' | b'=' | b'>' | b',')
    });
    let quote = run(text, after, 8, |byte| {
        is_blank(byte) || byte == b'f' || byte == b'&'
    });
    let quoted = text
        .get(quote)
        .copied()
        .filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let start = match quoted {
        Some(_) => quote + 1,
        None => run(text, after, 8, is_blank),
    };
    let is_part = |byte: u8| match quoted {
        Some(quote) => byte != quote && byte != b'\n',
        None => !matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b'`'),
    };
    Some((start, run(text, start, VALUE, is_part)))
}

/// The credentials in a header whose name, `Authorization`, ends there.
pub(super) fn authorization(text: &[u8], from: usize) -> Option<Span> {
    let (start, line_end) = value(text, from)?;
    let is_part =
        |byte: u8| !byte.is_ascii_whitespace() && !matches!(byte, b',' | b';' | b'"' | b'\'');
    let word = text.get(start..run(text, start, line_end - start, is_part))?;
    let lower = word.to_ascii_lowercase();
    let after = run(text, start + word.len(), 8, is_blank);
    let (begin, end) = if WORD_SCHEMES.contains(&lower.as_slice()) {
        (
            after,
            run(text, after, line_end.saturating_sub(after), is_part),
        )
    } else if LINE_SCHEMES.contains(&lower.as_slice()) {
        // Parameters may be in quotes.
        (after, run(text, after, VALUE, |byte| byte != b'\n'))
    } else {
        (start, start + word.len())
    };
    credentials(text, begin, end, 6)
}

/// The token after the word `Bearer` that ends there.
pub(super) fn bearer(text: &[u8], from: usize) -> Option<Span> {
    let start = run(text, from, 4, is_blank);
    let is_part = |byte: u8| is_base64(byte) || matches!(byte, b'.' | b'~');
    if start == from {
        return None;
    }
    credentials(text, start, run(text, start, VALUE, is_part), 16)
}

fn credentials(text: &[u8], start: usize, end: usize, length: usize) -> Option<Span> {
    let found = text.get(start..end)?;
    // A word of the language is none.
    let is_random = is_mixed(found)
        || found.iter().any(|byte| matches!(byte, b'=' | b'+'))
        || (found.iter().skip(1).any(u8::is_ascii_uppercase)
            && found.iter().any(u8::is_ascii_lowercase));
    let is_one = found.len() >= length && is_random && !is_placeholder(found);
    is_one.then_some(Span {
        start,
        end,
        kind: "authorization",
    })
}

/// What a cookie holds, in a header whose name ends there.
pub(super) fn cookie(text: &[u8], from: usize) -> Option<Span> {
    let (start, end) = value(text, from)?;
    let is_name = |byte: u8| super::bytes::is_dotted(byte);
    let name = run(text, start, 128, is_name);
    let is_one =
        name > start && text.get(name) == Some(&b'=') && !is_placeholder(text.get(start..end)?);
    is_one.then_some(Span {
        start,
        end,
        kind: "cookie",
    })
}
