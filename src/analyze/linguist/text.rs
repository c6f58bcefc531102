//! What is text, and its first and last lines.

use memchr::{memchr, memchr2};

/// Linguist reads no more of a blob than this.
pub const CONSIDERED: usize = 128 << 10;

/// The part of a blob that says what it is.
pub fn considered(bytes: &[u8]) -> &[u8] {
    bytes.get(..CONSIDERED).unwrap_or(bytes)
}

/// Git's own rule, a NUL among the first 8000 bytes; but UTF-16 with its mark is text.
pub fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..8000).unwrap_or(bytes);
    memchr(0, head).is_none() || head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")
}

/// The first lines, without their ends: `\n`, `\r\n` or `\r`. As with linguist, a line without an end is none of them.
pub fn first_lines(bytes: &[u8], count: usize) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (line, ended) = rest.split_at_checked(memchr2(b'\n', b'\r', rest)?)?;
        rest = ended
            .strip_prefix(b"\r\n")
            .or_else(|| ended.get(1..))
            .unwrap_or_default();
        Some(line)
    })
    .take(count)
}

/// The last lines, without their ends, the last one first. As with linguist, the first line of a text is none of them.
pub fn last_lines(bytes: &[u8], count: usize) -> impl Iterator<Item = &[u8]> {
    let mut rest = without_end(bytes).unwrap_or(bytes);
    std::iter::from_fn(move || {
        let end = memchr::memrchr2(b'\n', b'\r', rest)?;
        let (head, line) = rest.split_at_checked(end + 1)?;
        rest = without_end(head)?;
        Some(line)
    })
    .take(count)
}

fn without_end(text: &[u8]) -> Option<&[u8]> {
    text.strip_suffix(b"\r\n")
        .or_else(|| text.strip_suffix(b"\n"))
        .or_else(|| text.strip_suffix(b"\r"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn texts<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<&'a str> {
        lines
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect()
    }

    #[test]
    fn lines_end_in_three_ways() {
        for text in ["a\nb\nc\nd\n", "a\r\nb\r\nc\r\nd", "a\rb\rc\rd\r"] {
            let bytes = text.as_bytes();
            assert_eq!(texts(first_lines(bytes, 2)), ["a", "b"], "{text:?}");
            assert_eq!(texts(last_lines(bytes, 2)), ["d", "c"], "{text:?}");
            assert_eq!(texts(first_lines(bytes, 9))[..3], ["a", "b", "c"]);
            assert_eq!(texts(last_lines(bytes, 9)), ["d", "c", "b"]);
        }
        assert_eq!(texts(last_lines(b"a\n\nb\n", 9)), ["b", ""]);
        assert_eq!(texts(first_lines(b"a", 9)), [""; 0]);
        assert_eq!(texts(last_lines(b"a", 9)), [""; 0]);
    }

    #[test]
    fn a_nul_makes_a_blob_binary_unless_it_is_utf_16() {
        assert!(is_text(b"") && is_text(b"a") && is_text(b"\xff\xfea\0"));
        assert!(!is_text(b"a\0"));
        let late = [&[b'a'; 8000][..], b"\0"].concat();
        assert!(is_text(&late));
    }

    proptest! {
        #[test]
        fn all_lines_are_the_same_from_both_ends(text in "[a\n\r]{0,12}") {
            let text = format!("{text}\n");
            let mut backwards = texts(last_lines(text.as_bytes(), 20));
            backwards.reverse();
            prop_assert_eq!(&texts(first_lines(text.as_bytes(), 20))[1..], backwards);
        }
    }
}
