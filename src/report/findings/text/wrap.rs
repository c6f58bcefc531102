//! Lines that fit, counted in columns of a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that text takes; text without terminal sequences.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// Text cut into lines, at blanks where there are any; `first` columns of the first line are taken. Words longer than a
/// line are cut.
pub(super) fn wrapped(text: &str, first: usize, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut used = first;
    let words = text.trim_start_matches(' ');
    let mut line = " ".repeat((text.len() - words.len()).min(width / 2));
    used += line.len();
    let mut has_words = false;
    for word in words.split(' ') {
        let wide = columns(word);
        let gap = usize::from(std::mem::replace(&mut has_words, true) && !line.is_empty());
        if used + gap + wide <= width {
            line.extend(std::iter::repeat_n(' ', gap));
            line.push_str(word);
            used += gap + wide;
            continue;
        }
        if !line.is_empty() || used > 0 {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or_default();
            if used + wide > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += wide;
        }
    }
    lines.push(line);
    lines
}

/// Text and blanks up to a width.
pub(super) fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_it_may_be() {
        assert_eq!(wrapped("one two three", 0, 7), ["one two", "three"]);
        assert_eq!(wrapped("one two", 5, 7), ["", "one two"]);
        assert_eq!(wrapped("abcdefgh", 0, 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("日本語です", 0, 4), ["日本", "語で", "す"]);
        assert_eq!(wrapped("", 0, 4), [""]);
        assert_eq!(wrapped("  a  b c", 0, 7), ["  a  b", "c"]);
    }
}
