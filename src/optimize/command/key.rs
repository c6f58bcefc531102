//! The text that makes two steps the same.

use crate::optimize::recipe::{Piece, Redirect, SlotKind, Word};

use super::digest;

/// Longer text and code stand in a key as a digest: a key is read by people.
const LONGEST: usize = 60;

/// The key of words in this order.
pub(super) fn of_words(order: &[usize], words: &[Word]) -> String {
    of_kinds(order, words, &[])
}

/// The same, with the kinds of slots.
pub(super) fn of_kinds(order: &[usize], words: &[Word], kinds: &[SlotKind]) -> String {
    let mut key = String::new();
    for word in order.iter().filter_map(|at| words.get(*at)) {
        if !key.is_empty() {
            key.push(' ');
        }
        push(&mut key, word, kinds);
    }
    key
}

/// Adds a redirection to a key.
pub(super) fn push_redirect(key: &mut String, redirect: &Redirect, kinds: &[SlotKind]) {
    key.push(' ');
    if let Some(fd) = redirect.fd {
        key.push_str(&fd.to_string());
    }
    key.push_str(&redirect.operator);
    push(key, &redirect.target, kinds);
}

/// The name of a program without the folder in which systems keep programs.
pub(super) fn program_name(text: &str) -> &str {
    [
        "/usr/local/bin/",
        "/usr/bin/",
        "/bin/",
        "/usr/sbin/",
        "/sbin/",
        "/opt/homebrew/bin/",
    ]
    .iter()
    .find_map(|folder| text.strip_prefix(folder))
    .filter(|name| !name.is_empty() && !name.contains('/'))
    .unwrap_or(text)
}

fn push(key: &mut String, word: &Word, kinds: &[SlotKind]) {
    for piece in &word.0 {
        match piece {
            Piece::Text(text) => push_text(key, program_name(text)),
            Piece::Slot(slot) => {
                key.push('<');
                key.push_str(kinds.get(*slot).map_or("", |kind| kind.name()));
                key.push('>');
            }
            // What might be taken for a slot is not shown.
            Piece::Code(code) if code.len() > LONGEST || code.contains(['<', '\n']) => {
                key.push_str(&format!("{{code:{}}}", digest::short(code)));
            }
            Piece::Code(code) => key.push_str(code),
        }
    }
}

fn push_text(key: &mut String, text: &str) {
    if text.chars().count() > LONGEST {
        key.push_str(&format!("{{text:{}}}", digest::short(text)));
    } else if !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "_./=:@,+%^-~#{}[]".contains(c))
    {
        key.push_str(text);
    } else {
        key.push('\'');
        // Quoted text can hold nothing that looks like a slot.
        key.push_str(
            &text
                .replace('\'', "\\'")
                .replace('<', "\\<")
                .replace('\n', "\\n"),
        );
        key.push('\'');
    }
}
