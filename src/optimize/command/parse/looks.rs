//! What a word looks like.

use crate::optimize::recipe::{Piece, Word};

pub(super) fn is_flag_name(text: &str) -> bool {
    let name = text.trim_start_matches('-');
    text.len() - name.len() <= 2
        && text.starts_with('-')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.:".contains(c))
}

pub(super) fn is_subcommand(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.:/-".contains(c))
}

/// A flag of one letter with its value behind it, as in `-j8` and `-I/usr/include`.
pub(super) fn glued(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_at_checked(2)?;
    let letter = name.starts_with('-') && name.ends_with(|c: char| c.is_ascii_alphabetic());
    let glued = value.chars().all(|c| c.is_ascii_digit()) || !is_flag_name(text);
    (letter && !value.is_empty() && glued).then_some((name, value))
}

/// `name=value`, of which the name is one.
pub(super) fn pair(text: &str) -> Option<(&str, &str)> {
    let at = text.find('=')?;
    let (name, value) = text.split_at_checked(at + 1)?;
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.=".contains(c));
    (plain && !value.is_empty() && !value.contains(char::is_whitespace)).then_some((name, value))
}

/// The text of a word without slots, code as it was typed.
pub(super) fn plain(word: &Word) -> String {
    word.0
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) | Piece::Code(text) => text.as_str(),
            Piece::Slot(_) => "",
        })
        .collect()
}
