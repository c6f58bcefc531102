//! Short names for long text.

/// The first eight hexadecimal digits of the BLAKE3 digest of a text. Two of the few thousand scripts of a user have
/// the same with a probability of about 0.001.
pub(super) fn short(text: &str) -> String {
    blake3::hash(text.as_bytes())
        .to_hex()
        .chars()
        .take(8)
        .collect()
}
