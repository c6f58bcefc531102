//! Text from elsewhere as text: nothing in it steers a terminal or hides from a reader.

use std::borrow::Cow;

/// Characters that steer a terminal, change the direction of text, end a line or cannot be seen at all: the controls (C0,
/// DEL, C1), the bidirectional marks of UAX #9, line and paragraph separators, the byte order mark, interlinear
/// annotations, tag characters (which smuggle text past a reader), and the noncharacters that XML forbids.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The text with such characters written as Rust writes them (`\n`, `\u{1b}`); always a single line.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if steers(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The lines of a message, each of them plain, tabs as four blanks, without empty lines at either end.
pub fn lines(text: &str) -> impl Iterator<Item = String> {
    text.trim_matches(['\n', '\r', ' ', '\t'])
        .split('\n')
        .map(|line| {
            let line = line.trim_end();
            plain(&line.replace('\t', "    ")).into_owned()
        })
}

/// A message on one line of at most `most` characters: its first line, with an ellipsis where something is missing.
pub fn first_line(text: &str, most: usize) -> String {
    let mut all = lines(text);
    let first = all.next().unwrap_or_default();
    let more = all.next().is_some();
    if more || first.chars().nth(most).is_some() {
        let kept: String = first.chars().take(most.saturating_sub(1)).collect();
        format!("{}…", kept.trim_end())
    } else {
        first
    }
}

/// The text, shortened to `most` characters.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            Cow::Owned(format!("{kept}…"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_becomes_visible() {
        assert_eq!(plain("a\u{1b}[31mb\nc\td"), "a\\u{1b}[31mb\\nc\\td");
        assert_eq!(plain("x\u{202e}y\u{9b}z"), "x\\u{202e}y\\u{9b}z");
        assert_eq!(plain("größe 👩‍💻"), "größe 👩‍💻");
    }

    #[test]
    fn a_message_on_one_line_says_that_there_is_more() {
        assert_eq!(first_line("\n one\ntwo", 10), "one…");
        assert_eq!(first_line("one\n", 10), "one");
        assert_eq!(first_line("abcdefghijk", 5), "abcd…");
        assert_eq!(first_line("", 5), "");
    }
}
