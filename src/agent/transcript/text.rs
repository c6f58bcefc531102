//! Texts shortened in the middle, and blocks of data that cannot be closed from inside.

use std::fmt::Write as _;

/// A text of which the middle may be left out. Shortening it twice is shortening it once to the smaller size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    head: String,
    tail: String,
    left_out: usize,
}

impl Text {
    /// All of a text.
    pub const fn whole(text: String) -> Self {
        Self {
            head: text,
            tail: String::new(),
            left_out: 0,
        }
    }

    /// How many characters are there.
    pub fn characters(&self) -> usize {
        self.head.chars().count() + self.tail.chars().count()
    }

    /// Whether there is nothing.
    pub const fn is_empty(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty() && self.left_out == 0
    }

    /// At most so many characters of it, half of them from its end.
    #[must_use]
    pub fn shortened(&self, most: usize) -> Self {
        let there = self.characters();
        if there <= most {
            return self.clone();
        }
        let of_end = most / 2;
        let head = first(&self.head, most - of_end);
        let end = if self.left_out == 0 {
            &self.head
        } else {
            &self.tail
        };
        Self {
            head: head.to_owned(),
            tail: last(end, of_end).to_owned(),
            left_out: self.left_out + (there - most),
        }
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.head)?;
        if self.left_out > 0 {
            write!(f, "\n… {} characters left out …\n", self.left_out)?;
        }
        f.write_str(&self.tail)
    }
}

/// The first characters of a text.
fn first(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most).map_or(text.len(), |it| it.0);
    text.get(..end).unwrap_or_default()
}

/// The last characters of a text.
fn last(text: &str, most: usize) -> &str {
    let Some(before) = most.checked_sub(1) else {
        return "";
    };
    let start = text.char_indices().nth_back(before).map_or(0, |it| it.0);
    text.get(start..).unwrap_or_default()
}

/// Every line of a text indented, so that none reads like an entry or a mark. Ends with a line end unless it is empty.
pub fn indented(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.trim_end().trim_start_matches('\n').split('\n') {
        let line = line.trim_end();
        // No blanks behind an empty line.
        let _ = if line.is_empty() {
            out.write_char('\n')
        } else {
            writeln!(out, "  {line}")
        };
    }
    if out == "\n" {
        out.clear();
    }
    out
}

/// What the mark of a block is made of: it is not in `body`.
pub fn boundary_of(body: &str) -> String {
    let mut digest = blake3::hash(body.as_bytes());
    loop {
        let hex = digest.to_hex();
        let word: String = hex.chars().take(16).collect();
        if !body.contains(&word) {
            return word;
        }
        digest = blake3::hash(digest.as_bytes());
    }
}

/// A block of data: a text whose lines end, between two marks that do not stand in it. Gives the word of the marks, too.
pub fn block_of(body: &str) -> (String, String) {
    let word = boundary_of(body);
    let block = format!("<<<data {word}>>>\n{body}<<<end of data {word}>>>\n");
    (block, word)
}

/// How many characters the marks of a block have.
pub const MARKS: usize = "<<<data >>>\n<<<end of data >>>\n".len() + 2 * 16;
