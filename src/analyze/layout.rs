//! How the lines of a source file are laid out: indentation, length, line ends. A function of bytes.

use bstr::ByteSlice;
use serde::{Deserialize, Serialize};

/// Lines longer than this are counted: the usual limit of formatters that are generous.
pub const LONG_LINE: usize = 120;

/// The layout of a file, in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Indented with tabs.
    pub tabs: u32,
    /// Indented with spaces.
    pub spaces: u32,
    /// Steps to the right by two spaces, as against the line before.
    pub by_two: u32,
    /// By four.
    pub by_four: u32,
    /// By eight.
    pub by_eight: u32,
    /// Longer than [`LONG_LINE`] characters.
    pub long: u32,
    /// That end with a carriage return and a line feed.
    pub crlf: u32,
    /// With blanks at their end.
    pub trailing: u32,
}

impl Layout {
    /// Reads a file.
    pub fn of(bytes: &[u8]) -> Self {
        let mut layout = Self::default();
        let mut before = 0;
        for line in bytes.lines_with_terminator() {
            let body = line.trim_end_with(|c| c == '\n' || c == '\r');
            layout.crlf = layout
                .crlf
                .saturating_add(u32::from(line.ends_with(b"\r\n")));
            let Some(indent) = body.iter().position(|byte| !matches!(byte, b' ' | b'\t')) else {
                layout.trailing = layout.trailing.saturating_add(u32::from(!body.is_empty()));
                continue;
            };
            let ends_blank = body.last().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
            layout.trailing = layout.trailing.saturating_add(u32::from(ends_blank));
            if body.len() > LONG_LINE && body.chars().nth(LONG_LINE).is_some() {
                layout.long = layout.long.saturating_add(1);
            }
            match body.first() {
                Some(b'\t') => layout.tabs = layout.tabs.saturating_add(1),
                // A single blank is the star of a comment's block, not a level.
                Some(b' ') if indent > 1 => layout.spaces = layout.spaces.saturating_add(1),
                _ => {}
            }
            if body
                .get(..indent)
                .is_some_and(|blank| !blank.contains(&b'\t'))
            {
                let step = match indent.checked_sub(before) {
                    Some(2) => Some(&mut layout.by_two),
                    Some(4) => Some(&mut layout.by_four),
                    Some(8) => Some(&mut layout.by_eight),
                    _ => None,
                };
                if let Some(step) = step {
                    *step = step.saturating_add(1);
                }
                before = indent;
            }
        }
        layout
    }

    /// Counts what another has counted.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in [
            (&mut self.tabs, other.tabs),
            (&mut self.spaces, other.spaces),
            (&mut self.by_two, other.by_two),
            (&mut self.by_four, other.by_four),
            (&mut self.by_eight, other.by_eight),
            (&mut self.long, other.long),
            (&mut self.crlf, other.crlf),
            (&mut self.trailing, other.trailing),
        ] {
            *count = count.saturating_add(more);
        }
    }

    /// What most indented lines are indented with, and the share of lines that are: `tabs`, `2 spaces`, `4 spaces`,
    /// `8 spaces`; `None` where nothing is indented.
    pub fn indentation(&self) -> Option<(&'static str, f64)> {
        let total = self.tabs.saturating_add(self.spaces);
        if total == 0 {
            return None;
        }
        if self.tabs >= self.spaces {
            return Some(("tabs", f64::from(self.tabs) / f64::from(total)));
        }
        let steps = [
            (self.by_two, "2 spaces"),
            (self.by_four, "4 spaces"),
            (self.by_eight, "8 spaces"),
        ];
        let (_, name) = steps.into_iter().rev().max_by_key(|(count, _)| *count)?;
        Some((name, f64::from(self.spaces) / f64::from(total)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn indentation_is_told_by_the_steps() {
        for (text, expected) in [
            ("a\n  b\n    c\n  d\n", Some("2 spaces")),
            ("a\n    b\n        c\n    d\n", Some("4 spaces")),
            ("a\n\tb\n\t\tc\n", Some("tabs")),
            ("/*\n * a\n */\n", None),
            ("a\nb\n", None),
        ] {
            let found = Layout::of(text.as_bytes())
                .indentation()
                .map(|(name, _)| name);
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn line_ends_and_long_lines_are_counted() {
        let text = format!("a \r\n\t \nb\r\n{}\n{}\n", "x".repeat(121), "é".repeat(120));
        let layout = Layout::of(text.as_bytes());
        assert_eq!((layout.crlf, layout.trailing, layout.long), (2, 2, 1));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_and_two_files_are_the_sum(a in proptest::collection::vec(any::<u8>(), 0..200), b in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (one, other) = (Layout::of(&a), Layout::of(&b));
            let mut sum = one;
            sum.merge(&other);
            prop_assert_eq!(sum.tabs, one.tabs + other.tabs);
            let kept = serde_json::to_string(&sum).unwrap();
            prop_assert_eq!(serde_json::from_str::<Layout>(&kept).unwrap(), sum);
        }
    }
}
