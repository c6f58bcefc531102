//! The logical lines of a Makefile.

/// A line, with what continues it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins, from 1.
    pub number: usize,
    /// Whether it begins with a tab.
    pub tab: bool,
    /// As it stands there, without the tab, its continuations with their backslashes and newlines.
    pub raw: String,
}

impl Line {
    /// The line as make reads it outside of recipes: continuations become one space, and comments go.
    pub fn folded(&self) -> String {
        let mut text = String::with_capacity(self.raw.len());
        for (at, part) in self.raw.split('\n').enumerate() {
            let part = part.strip_suffix('\r').unwrap_or(part);
            let part = if ends_open(part) {
                part.get(..part.len().saturating_sub(1)).unwrap_or(part)
            } else {
                part
            };
            if at > 0 {
                text.truncate(text.trim_end().len());
                text.push(' ');
                text.push_str(part.trim_start());
            } else {
                text.push_str(part);
            }
        }
        without_comment(&text)
    }
}

/// Whether a line goes on: it ends in an odd number of backslashes.
fn ends_open(line: &str) -> bool {
    line.bytes().rev().take_while(|it| *it == b'\\').count() % 2 == 1
}

fn without_comment(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut slashes = 0;
    for letter in text.chars() {
        if letter == '#' {
            if slashes % 2 == 0 {
                break;
            }
            made.pop();
        }
        slashes = if letter == '\\' { slashes + 1 } else { 0 };
        made.push(letter);
    }
    made
}

/// The lines of a text.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut found: Vec<Line> = Vec::new();
    let mut open = false;
    for (at, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match found.last_mut() {
            Some(last) if open => {
                last.raw.push('\n');
                last.raw.push_str(line);
            }
            _ => {
                let tab = line.starts_with('\t');
                found.push(Line {
                    number: at + 1,
                    tab,
                    raw: line.strip_prefix('\t').unwrap_or(line).to_owned(),
                });
            }
        }
        open = ends_open(line);
    }
    found
}
