//! Errors of tools without what is different every time: the same trouble has the same words.

use crate::sessions::redact::excerpt;

/// Of an error's first line, so many characters are kept. Source: pi-brain, `src/parser/signals.ts`.
const LENGTH: usize = 100;
/// So many of them are looked at.
const LOOKED_AT: usize = 1000;

/// The first line of an error that says something, in small letters: numbers are `N`, paths `PATH` and what is in quotes
/// `STR`; at most 100 characters, without secrets. `unknown` if there is none.
pub fn normalised(text: &str) -> String {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
    let Some(line) = first else {
        return "unknown".to_owned();
    };
    let line: Vec<char> = excerpt(line, LOOKED_AT).to_lowercase().chars().collect();
    let mut kept = String::new();
    let mut at = 0;
    let mut before = ' ';
    while let Some(&letter) = line.get(at) {
        let rest = line.get(at..).unwrap_or_default();
        let (length, word) = quoted(rest, before)
            .map(|length| (length, "STR"))
            .or_else(|| path(rest, before).map(|length| (length, "PATH")))
            .or_else(|| number(rest).map(|length| (length, "N")))
            .unwrap_or((1, ""));
        if word.is_empty() {
            kept.push(letter);
        } else {
            kept.push_str(word);
        }
        at += length;
        before = line.get(at - 1).copied().unwrap_or(' ');
    }
    let kept: String = kept.chars().take(LENGTH).collect();
    kept.trim_end().to_owned()
}

/// How long the quotation is that begins there. An apostrophe within a word begins none.
fn quoted(rest: &[char], before: char) -> Option<usize> {
    let quote = *rest
        .first()
        .filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    if before.is_alphanumeric() {
        return None;
    }
    let length = rest.iter().skip(1).position(|letter| *letter == quote)?;
    (length > 0).then_some(length + 2)
}

/// How long the path is that begins there: of Unix from the root, the home or here, or of Windows with its drive.
fn path(rest: &[char], before: char) -> Option<usize> {
    let begins = match rest {
        [drive, ':', '\\' | '/', ..] => drive.is_ascii_alphabetic(),
        ['/', next, ..] => is_part(*next),
        ['~', '/', ..] | ['.', '/', ..] | ['.', '.', '/', ..] => true,
        _ => false,
    };
    if !begins || is_part(before) {
        return None;
    }
    let is_path =
        |letter: &char| is_part(*letter) || matches!(letter, '/' | '\\' | '~' | '@' | '+');
    // The colon of a drive is part of it; any other ends it, as before the number of a line.
    let drive = if rest.get(1) == Some(&':') { 2 } else { 0 };
    let length = rest.iter().skip(drive).position(|letter| !is_path(letter));
    let length = length.map_or(rest.len(), |length| length + drive);
    let dots = rest
        .get(..length)?
        .iter()
        .rev()
        .take_while(|letter| **letter == '.')
        .count();
    Some((length - dots).max(1))
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

fn number(rest: &[char]) -> Option<usize> {
    let length = rest
        .iter()
        .take_while(|letter| letter.is_ascii_digit())
        .count();
    (length > 0).then_some(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_differs_every_time_is_left_out() {
        for (text, expected) in [
            (
                "ENOENT: no such file, open '/tmp/a1/b.txt'",
                "enoent: no such file, open STR",
            ),
            (
                "cat: /home/dev/proj/a-1.txt: No such file",
                "cat: PATH: no such file",
            ),
            ("\n\n  Exit code 127 after 3.5s", "exit code N after N.Ns"),
            ("can't find it, don't ask", "can't find it, don't ask"),
            ("error in C:\\Users\\x\\y.rs:12:7", "error in PATH:N:N"),
            (
                "see ./src/main.rs and ../x and ~/y.",
                "see PATH and PATH and PATH.",
            ),
            ("read/write and/or", "read/write and/or"),
            ("", "unknown"),
            (" \n ", "unknown"),
        ] {
            assert_eq!(normalised(text), expected, "{text}");
        }
        assert_eq!(normalised(&"ab ".repeat(200)).chars().count(), 100);
        let secret = format!("bad key {}{}", "ghp_", "a1B2c3D4e5".repeat(4));
        assert_eq!(normalised(&secret), "bad key [redacted:github-token]");
    }

    proptest! {
        #[test]
        fn the_same_with_other_numbers_paths_and_names_is_the_same(
            one in 0_u32..100_000, other in 0_u32..100_000,
            path in "/[a-z]{1,8}(/[a-z0-9_.-]{1,8}[a-z]){0,3}", second in "/[a-z]{1,8}(/[a-z0-9_.-]{1,8}[a-z]){0,3}",
            name in "[a-z ]{1,9}", title in "[a-z ]{1,9}",
        ) {
            prop_assert_eq!(
                normalised(&format!("line {one} of {path}: unknown '{name}'")),
                normalised(&format!("line {other} of {second}: unknown '{title}'"))
            );
        }

        #[test]
        fn any_text_is_read_and_short(text in "\\PC{0,300}") {
            let error = normalised(&text);
            prop_assert!(error.chars().count() <= LENGTH);
            prop_assert!(!error.is_empty());
        }
    }
}
