//! Errors of tools without what is different every time: the same trouble has the same words.

use crate::sessions::redact::excerpt;

/// Of an error's first line, so many characters are kept. Source: pi-brain, `src/parser/signals.ts`.
const LENGTH: usize = 100;
/// So many lines are looked at.
const LINES: usize = 50;
/// So many characters of it are looked at.
const LOOKED_AT: usize = 1000;

/// The first line of an error that says what went wrong, in small letters: numbers are `N`, paths `PATH` and what is in quotes
/// `STR`; at most 100 characters, without secrets. `unknown` if there is none.
pub fn normalised(text: &str) -> String {
    let mut lines = text
        .lines()
        .take(LINES)
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .peekable();
    let Some(first) = lines.peek().copied() else {
        return "unknown".to_owned();
    };
    let line = lines
        .find(|line| !is_about_the_command(line))
        .unwrap_or(first);
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

/// Whether a line says of every command that failed the same: agents write such before what it printed.
fn is_about_the_command(line: &str) -> bool {
    let line: String = line.chars().take(60).collect::<String>().to_lowercase();
    let line = line.strip_prefix("error:").unwrap_or(&line).trim_start();
    let is_status = [
        "exit code",
        "exit status",
        "process exited with",
        "command exited with",
        "command failed with exit",
    ]
    .iter()
    .any(|begin| line.starts_with(begin));
    let is_header = [
        "chunk id:",
        "wall time:",
        "original token count:",
        "total output lines:",
        "output:",
    ]
    .iter()
    .any(|begin| line.starts_with(begin));
    // What follows the number is what it printed.
    is_header && (!line.starts_with("output:") || line.len() == 7)
        || is_status && line.ends_with(|end: char| end.is_ascii_digit() || end == '.')
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
        ['~' | '.', '/', ..] | ['.', '.', '/', ..] => true,
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
            (
                "\n\n  Exit code 127 after 3.5s: x",
                "exit code N after N.Ns: x",
            ),
            ("Exit code 1\ncat: a: no such file", "cat: a: no such file"),
            ("Exit code 1", "exit code N"),
            ("Command exited with code 2\n", "command exited with code N"),
            (
                "Chunk ID: 1a\nWall time: 0.1 seconds\nProcess exited with code 1\nOutput:\nnot found",
                "not found",
            ),
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
