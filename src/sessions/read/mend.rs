//! Lines that are nearly JSON: what a crash or a cut leaves behind is taken out.

/// `line` without NUL bytes, with what is no UTF-8 and what is half of a surrogate pair replaced; none if none of that
/// is in it.
///
/// Blocks of NUL bytes are what a file system leaves when power fails. Halves of pairs are what JavaScript writes
/// (`\ud83d`) when text is cut within an emoji.
pub fn mended(line: &[u8]) -> Option<Vec<u8>> {
    let text = match std::str::from_utf8(line) {
        Ok(_) if !line.contains(&0) && !has_surrogates(line) => return None,
        _ => String::from_utf8_lossy(line),
    };
    let bytes: Vec<u8> = text.bytes().filter(|byte| *byte != 0).collect();
    Some(without_halves(&bytes))
}

fn has_surrogates(line: &[u8]) -> bool {
    memchr::memmem::find_iter(line, br"\u")
        .any(|at| line.get(at..).and_then(surrogate_at).is_some())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    High,
    Low,
}

/// Which half the escape is that `bytes` begin with.
fn surrogate_at(bytes: &[u8]) -> Option<Half> {
    let [b'\\', b'u', first, second, third, fourth, ..] = bytes else {
        return None;
    };
    if !first.eq_ignore_ascii_case(&b'd')
        || !third.is_ascii_hexdigit()
        || !fourth.is_ascii_hexdigit()
    {
        return None;
    }
    match second.to_ascii_lowercase() {
        b'8' | b'9' | b'a' | b'b' => Some(Half::High),
        b'c'..=b'f' => Some(Half::Low),
        _ => None,
    }
}

fn without_halves(mut rest: &[u8]) -> Vec<u8> {
    const ESCAPE: usize = 6;
    let mut whole = Vec::with_capacity(rest.len());
    let copy = |whole: &mut Vec<u8>, rest: &mut &[u8], length: usize| {
        let (front, back) = rest.split_at(length.min(rest.len()));
        whole.extend_from_slice(front);
        *rest = back;
    };
    while let Some(at) = memchr::memchr(b'\\', rest) {
        copy(&mut whole, &mut rest, at);
        match surrogate_at(rest) {
            Some(Half::High) if rest.get(ESCAPE..).and_then(surrogate_at) == Some(Half::Low) => {
                copy(&mut whole, &mut rest, 2 * ESCAPE);
            }
            Some(_) => {
                whole.extend_from_slice(br"\ufffd");
                rest = rest.get(ESCAPE..).unwrap_or_default();
            }
            // The escape and what it escapes, which may be another backslash.
            None => copy(&mut whole, &mut rest, 2),
        }
    }
    whole.extend_from_slice(rest);
    whole
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(line: &[u8]) -> String {
        serde_json::from_slice(&mended(line).unwrap()).unwrap()
    }

    #[test]
    fn what_is_whole_is_left_alone() {
        assert_eq!(mended(br#"{"a":"b\\n\u00e9"}"#), None);
        assert_eq!(mended("\"\u{e9}\"".as_bytes()), None);
    }

    #[test]
    fn what_is_damaged_is_replaced() {
        assert_eq!(read(b"\0\0\"a\0b\"\0"), "ab");
        assert_eq!(read(b"\"a\xffb\""), "a\u{fffd}b");
        assert_eq!(read(br#""cut \ud83d""#), "cut \u{fffd}");
        assert_eq!(
            read(br#""\ude00 \ud83d\ude00 \ud83d\ud83d\uDE00""#),
            "\u{fffd} \u{1f600} \u{fffd}\u{1f600}"
        );
        assert_eq!(read(br#""\\ud83d\ud83d""#), "\\ud83d\u{fffd}");
    }
}
