//! A page of several parts, each under its title.

use super::text::Text;
use crate::cli::ui::Role;

/// Lines of at most so many columns.
#[derive(Debug)]
pub struct Page {
    lines: Vec<Text>,
    width: usize,
}

impl Page {
    /// Nothing yet.
    pub const fn new(width: usize) -> Self {
        Self {
            lines: Vec::new(),
            width,
        }
    }

    /// How wide lines below a title may be.
    pub const fn room(&self) -> usize {
        self.width.saturating_sub(2)
    }

    /// Adds lines as they are.
    pub fn add(&mut self, lines: Vec<Text>) {
        self.lines.extend(lines);
    }

    /// Adds lines under a title; nothing where there are no lines.
    pub fn section(&mut self, title: &str, lines: Vec<Text>) {
        if lines.is_empty() {
            return;
        }
        if !self.lines.is_empty() {
            self.lines.push(Text::default());
        }
        self.lines
            .push(Text::of(Role::Heading, title).cut(self.width));
        let indented = lines.into_iter().map(|line| {
            let indent = if line.is_empty() { "" } else { "  " };
            Text::new(indent).then(line)
        });
        self.lines.extend(indented.map(|line| line.cut(self.width)));
    }

    /// What the page has.
    pub fn lines(self) -> Vec<Text> {
        self.lines
    }
}
