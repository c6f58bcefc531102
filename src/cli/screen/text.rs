//! Text in several looks whose width in columns is known.

use std::fmt::Display;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr as _};

use super::flow::wrapped;
use crate::cli::ui::{Role, paint, plain};

/// So many characters without a width of their own may follow another one: accents do, heaps of them hide lines.
const MARKS: usize = 4;

/// What stands for what was cut off.
const ELLIPSIS: char = '…';

/// One line of text in several looks, without terminal sequences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<(Option<Role>, String)>);

impl Text {
    /// Text without a look of its own. What is in it may be from anywhere: it becomes one harmless line.
    pub fn new(text: impl Display) -> Self {
        Self::default().with(None, text)
    }

    /// Text in the look of its role.
    pub fn of(role: Role, text: impl Display) -> Self {
        Self::default().with(Some(role), text)
    }

    /// The same text with more after it.
    #[must_use]
    pub fn and(self, text: impl Display) -> Self {
        self.with(None, text)
    }

    /// The same text with more after it, in the look of its role.
    #[must_use]
    pub fn and_of(self, role: Role, text: impl Display) -> Self {
        self.with(Some(role), text)
    }

    /// The same text with another one after it.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn with(mut self, role: Option<Role>, text: impl Display) -> Self {
        let text = harmless(&text.to_string());
        if !text.is_empty() {
            self.0.push((role, text));
        }
        self
    }

    /// Texts one after the other, with `between` between those that are not empty.
    pub fn joined(parts: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let mut joined = Self::default();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            if !joined.is_empty() {
                joined = joined.and(between);
            }
            joined = joined.then(part);
        }
        joined
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many columns it takes.
    pub fn columns(&self) -> usize {
        self.0.iter().map(|(_, text)| columns(text)).sum()
    }

    /// Its beginning, with an ellipsis if it is wider than `width` columns.
    #[must_use]
    pub fn cut(&self, width: usize) -> Self {
        if self.columns() <= width {
            return self.clone();
        }
        let mut left = width.saturating_sub(1);
        let mut kept = Self::default();
        for (role, text) in &self.0 {
            let part = beginning(text, left);
            left = left.saturating_sub(columns(part));
            let is_whole = part.len() == text.len();
            kept.0.push((*role, part.to_owned()));
            if !is_whole {
                break;
            }
        }
        while let Some((_, text)) = kept.0.last_mut() {
            text.truncate(text.trim_end().len());
            if !text.is_empty() {
                break;
            }
            kept.0.pop();
        }
        if width > 0 {
            match kept.0.last_mut() {
                Some((_, text)) => text.push(ELLIPSIS),
                None => kept.0.push((None, ELLIPSIS.to_string())),
            }
        }
        kept
    }

    /// In lines of at most `width` columns, broken at blanks; text in several looks loses them where it does not fit.
    pub fn broken(&self, width: usize) -> Vec<Self> {
        if self.columns() <= width {
            return vec![self.clone()];
        }
        let role = match self.0.as_slice() {
            [(role, _)] => *role,
            _ => None,
        };
        let lines = wrapped(&self.bare(), width).into_iter();
        lines
            .map(|line| Self::default().with(role, line).cut(width))
            .collect()
    }

    /// The characters alone.
    pub fn bare(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// With its looks.
    pub fn painted(&self) -> String {
        let parts = self.0.iter().map(|(role, text)| match role {
            Some(role) => paint(*role, text),
            None => text.clone(),
        });
        parts.collect()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// One line that neither steers the terminal nor piles up marks.
fn harmless(text: &str) -> String {
    let text = plain(&text.replace('\t', " "));
    let mut marks = 0;
    let is_kept = |c: &char| {
        marks = if c.width().unwrap_or_default() == 0 {
            marks + 1
        } else {
            0
        };
        marks <= MARKS
    };
    text.chars().filter(is_kept).collect()
}

/// The columns of text. Terminals differ over sequences such as families of emoji: the larger number is never too small.
pub(super) fn columns(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let each: usize = text.chars().filter_map(UnicodeWidthChar::width).sum();
    each.max(text.width())
}

/// As much of text as fits, whole characters with their marks.
pub(super) fn beginning(text: &str, width: usize) -> &str {
    let mut used = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        used += c.width().unwrap_or_default();
        if used > width {
            break;
        }
        end = next;
    }
    let mut kept = text.get(..end).unwrap_or_default();
    // A mark that makes the character before it wider.
    while columns(kept) > width {
        let Some((at, _)) = kept.char_indices().next_back() else {
            break;
        };
        kept = kept.get(..at).unwrap_or_default();
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_cut_fits_and_says_so() {
        let text = Text::of(Role::Name, "日本語").and(" text");
        assert_eq!(text.columns(), 11);
        assert_eq!(text.cut(11).bare(), "日本語 text");
        assert_eq!(text.cut(10).bare(), "日本語 te…");
        assert_eq!(text.cut(6).bare(), "日本…", "no half of a character");
        assert_eq!(text.cut(1).bare(), "…");
        assert_eq!(text.cut(0).bare(), "");
        assert_eq!(Text::new("one   two").cut(6).bare(), "one…");
    }

    #[test]
    fn what_comes_from_elsewhere_is_one_harmless_line() {
        let text = Text::new("a\u{1b}[31m\nb\tc\u{202e}d\u{2028}");
        assert_eq!(text.bare(), "a\\u{1b}[31m\\nb c\\u{202e}d\\u{2028}");
        let heap = format!("e{}", "\u{301}".repeat(500));
        assert_eq!(Text::new(heap).bare().chars().count(), 1 + MARKS);
    }

    #[test]
    fn looks_stand_around_what_is_left() {
        let text = Text::of(Role::Good, "done").and(" and more").cut(6);
        assert_eq!(text.bare(), "done…");
        assert!(text.painted().starts_with(&paint(Role::Good, "done")[..4]));
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_it_may_be(text in "\\PC{0,40}", more in any::<String>(), width in 0_usize..50) {
            let cut = Text::of(Role::Name, text).and(more).cut(width);
            prop_assert!(cut.columns() <= width);
            prop_assert!(columns(&cut.bare()) <= width);
            prop_assert!(!cut.bare().chars().any(char::is_control));
        }
    }
}
