//! Heuristics that are code because their patterns look around.

use super::modeline;

/// A line of a hosts file: an IPv4 address, perhaps `/24`, names.
///
/// Linguist's pattern has look-around and possessive repetition; this reads what it reads.
pub fn is_hosts_line(line: &[u8]) -> bool {
    let Some(rest) = ipv4(line) else {
        return false;
    };
    let mut rest = network_size(rest).unwrap_or(rest);
    while let Some(after) = domain(rest) {
        rest = after;
    }
    rest.first().is_none_or(|byte| is_space(*byte))
}

/// Whether a text has a line that makes it Vim's help.
pub fn has_vim_help_modeline(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, b"help").any(|at| {
        let (before, after) = text.split_at_checked(at).unwrap_or_default();
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', after).map_or(text.len(), |end| at + end);
        // Each line is read for its first `help` only.
        let line = text.get(start..end).unwrap_or_default();
        memchr::memmem::find(line, b"help") == Some(at - start) && modeline::is_vim_help(line)
    })
}

fn ipv4(text: &[u8]) -> Option<&[u8]> {
    let mut rest = octet(text)?;
    for _ in 0..3 {
        rest = octet(rest.strip_prefix(b".")?)?;
    }
    Some(rest)
}

/// A number up to 255 without leading zeros, and no letter or digit after it.
fn octet(text: &[u8]) -> Option<&[u8]> {
    number(text, 255)
}

/// `/24`.
fn network_size(text: &[u8]) -> Option<&[u8]> {
    let digits = text.strip_prefix(b"/")?;
    // `/05` is none, `/00` neither.
    number(digits, 32)
}

fn number(text: &[u8], largest: u32) -> Option<&[u8]> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(length)?;
    if !(1..=3).contains(&length) || (length > 1 && digits.starts_with(b"0")) {
        return None;
    }
    let value = digits
        .iter()
        .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    let ends = rest.first().is_none_or(|byte| !is_word(*byte));
    (value <= largest && ends).then_some(rest)
}

/// Blanks and a name: words and hyphens, joined by dots, without hyphens at its start and end.
fn domain(text: &[u8]) -> Option<&[u8]> {
    let blanks = text
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let name = text.get(blanks..).filter(|_| blanks > 0)?;
    let mut length = label(name)?;
    while let Some(next) = name.get(length..)?.strip_prefix(b".").and_then(label) {
        length += 1 + next;
    }
    let hyphens = name
        .get(..length)?
        .iter()
        .rev()
        .take_while(|byte| **byte == b'-')
        .count();
    name.get(length - hyphens..)
}

/// The length of a part of a name.
fn label(text: &[u8]) -> Option<usize> {
    let length = text
        .iter()
        .take_while(|byte| is_word(**byte) || **byte == b'-')
        .count();
    text.first()
        .is_some_and(|byte| is_word(*byte))
        .then_some(length)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'\x0b'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_addresses_with_names() {
        for line in [
            "127.0.0.1 localhost",
            "127.0.0.1\tlocalhost a-b.example.org",
            "0.0.0.0 example.com # comment",
            "10.0.0.0/8 internal",
            "1.2.3.4",
        ] {
            assert!(is_hosts_line(line.as_bytes()), "{line}");
        }
        for line in [
            "127.0.0 localhost",
            "127.0.0.256 x",
            "01.2.3.4 x",
            "1.2.3.4.5 x",
            ".1.2.3.4",
            "1.2.3.4/33 x",
            "1.2.3.4x",
            "1.2.3.4 foo-",
            "version 1.2.3.4",
        ] {
            assert!(!is_hosts_line(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn vims_help_says_so() {
        assert!(has_vim_help_modeline(
            b"a\nhelp help\n vim:tw=78:ft=help:norl:\n"
        ));
        assert!(!has_vim_help_modeline(b"a\nhelp\nft=help\n"));
    }
}
