//! Words of a session for a reader: no secrets, and nothing that hides or steers.

use super::redact;
use crate::system::plain::{shortened, steers};

/// A longer sequence that begins with an escape character is none that a terminal knows.
const SEQUENCE: usize = 64;

/// A text without secrets and without what steers a terminal, changes the direction of text or cannot be seen; its lines
/// end with `\n`.
///
/// Secrets are looked for before and after, for what cannot be seen may stand in the middle of one.
pub fn harmless(text: &str) -> String {
    let seen = visible(&redact(text));
    redact(&seen).into_owned()
}

/// The same on one line of at most so many characters; the last is an ellipsis if there was more.
pub fn harmless_line(text: &str, most: usize) -> String {
    let clean = harmless(text);
    let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    // Words that stood on lines of their own may be a secret now that they are neighbours.
    shortened(&redact(&line), most).into_owned()
}

fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => (),
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            // Colours and moves of the cursor: `ESC [`, parameters, one letter.
            '\u{1b}' if chars.peek() == Some(&'[') => {
                let mut ahead = chars.clone();
                ahead.next();
                let parameters = ahead.clone().take(SEQUENCE);
                let length = parameters.take_while(|c| matches!(c, ' '..='?')).count();
                let end = ahead.nth(length);
                if end.is_some_and(|end| matches!(end, '@'..='~')) {
                    chars = ahead;
                }
            }
            // Blanks without a width, and the hyphen that is not shown: `steers` lets them pass.
            '\u{200b}' | '\u{2060}' | '\u{ad}' => (),
            c if steers(c) => (),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_hides_is_gone_and_lines_stay() {
        assert_eq!(
            harmless("a\u{1b}[1;31mred\u{1b}[0m\r\nb\rc\u{2028}d\te\u{0}"),
            "ared\nb\nc\nd\te"
        );
        assert_eq!(harmless("x\u{202e}y\u{e0041}z\u{200b}!"), "xyz!");
        assert_eq!(harmless("\u{1b}[1;31"), "[1;31");
        assert_eq!(harmless("größe 👩‍💻"), "größe 👩‍💻");
        assert_eq!(harmless_line(" a\n\n b\u{7}c ", 10), "a bc");
        assert_eq!(harmless_line("abcdef", 4), "abc…");
    }

    #[test]
    fn a_secret_with_something_unseen_in_it_is_one() {
        let token = format!("{}{}", "ghp_", "a1B2c3D4e5".repeat(4));
        let (one, other) = token.split_at(12);
        for unseen in ["\u{200b}", "\u{1b}[0m", "\u{0}", "\u{202e}", "\u{e0020}"] {
            let clean = harmless(&format!("push {one}{unseen}{other} now"));
            assert_eq!(clean, "push [redacted:github-token] now", "{unseen:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_harmless_and_stays_so(text in "(?s).{0,200}", most in 1_usize..50) {
            let clean = harmless(&text);
            prop_assert!(!clean.chars().any(|c| steers(c) && c != '\n' && c != '\t'), "{clean:?}");
            prop_assert_eq!(harmless(&clean), clean.clone());
            let line = harmless_line(&text, most);
            prop_assert!(!line.chars().any(steers) && line.chars().count() <= most, "{line:?}");
        }
    }
}
