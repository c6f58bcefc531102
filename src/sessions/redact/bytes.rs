//! Words of bytes: what every form of a secret is made of.

/// How far a run of such bytes goes from `from`, but not beyond `limit` bytes.
pub(super) fn run(text: &[u8], from: usize, limit: usize, is: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let rest = rest.get(..limit.min(rest.len())).unwrap_or_default();
    from + rest
        .iter()
        .position(|byte| !is(*byte))
        .unwrap_or(rest.len())
}

/// From where on a run of such bytes goes to `to`, but not more than `limit` bytes.
pub(super) fn run_back(text: &[u8], to: usize, limit: usize, is: impl Fn(u8) -> bool) -> usize {
    let head = text.get(to.saturating_sub(limit)..to).unwrap_or_default();
    let before = head.iter().rev().position(|byte| !is(*byte));
    to - before.unwrap_or(head.len())
}

pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub(super) fn is_token(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

pub(super) fn is_dotted(byte: u8) -> bool {
    is_token(byte) || byte == b'.'
}

pub(super) fn is_base64(byte: u8) -> bool {
    is_token(byte) || matches!(byte, b'+' | b'/' | b'=')
}

/// Whether something in it looks random: so many characters or more without a dash, underscore or dot between, with a digit and
/// a letter among them. Words and names are not, and neither are numbers.
pub(super) fn is_dense(value: &[u8], length: usize) -> bool {
    value
        .split(|byte| matches!(byte, b'-' | b'_' | b'.' | b'/' | b' '))
        .any(|part| part.len() >= length && is_mixed(part))
}

/// Whether digits and letters are among it.
pub(super) fn is_mixed(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic)
}
