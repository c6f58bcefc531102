//! How many lines are code, comments and blank, by tokei's rules.
//!
//! A line is blank if it is empty between comments and strings; those inside a comment are comments, those inside a
//! string are code. A line is a comment if it starts in one, starts with a sign for one up to its end, or starts one
//! that goes on; a string left open goes on to its next quote, whatever the lines between. Python's documentation
//! strings are strings.
//!
//! Differences to tokei, all on purpose: a language inside another (scripts in HTML, code in Markdown, Markdown in
//! Rust's documentation) is counted as part of the file; `'"'` is a character and no open string; a comment is closed
//! by its sign even after a stray opening one (`//*/`); the raw strings of Rust, Go and D and the text blocks of Java,
//! Scala, Swift, Groovy and C# are known.

use memchr::{memchr, memchr_iter, memchr2, memchr3};
use serde::{Deserialize, Serialize};

use super::language::{Kind, Language};
use super::syntax::{Delimiter, Role, Syntax};

/// The physical lines of one file; their sum is the number of line feeds, plus one for a last line without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// With something that is neither white space nor comment.
    pub code: u64,
    /// Comments.
    pub comments: u64,
    /// Nothing but white space.
    pub blanks: u64,
}

impl Lines {
    /// All of them.
    pub fn total(self) -> u64 {
        self.code + self.comments + self.blanks
    }
}

impl std::ops::AddAssign for Lines {
    fn add_assign(&mut self, other: Self) {
        self.code += other.code;
        self.comments += other.comments;
        self.blanks += other.blanks;
    }
}

/// Counts the lines of a file in this language.
///
/// Where the comments of a language are not known, every line of prose is a comment and every other line is code.
pub fn count(bytes: &[u8], language: &Language) -> Lines {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match language.syntax() {
        Some(syntax) if !syntax.prose => Scan::new(bytes, syntax).run(),
        Some(_) => plain(bytes, true),
        None => plain(bytes, language.kind == Kind::Prose),
    }
}

fn plain(bytes: &[u8], prose: bool) -> Lines {
    let mut lines = Lines::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, b""));
        if line.iter().all(u8::is_ascii_whitespace) {
            lines.blanks += 1;
        } else if prose {
            lines.comments += 1;
        } else {
            lines.code += 1;
        }
        rest = after.get(1..).unwrap_or_default();
    }
    lines
}

/// Finds the next byte that could start a comment or a string.
enum Finder {
    One(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    Many(Box<[bool; 256]>),
}

impl Finder {
    fn new(firsts: &[u8]) -> Option<Self> {
        Some(match firsts {
            [] => return None,
            [a] => Self::One(*a),
            [a, b] => Self::Two(*a, *b),
            [a, b, c] => Self::Three(*a, *b, *c),
            many => {
                let mut table = Box::new([false; 256]);
                for byte in many {
                    if let Some(entry) = table.get_mut(usize::from(*byte)) {
                        *entry = true;
                    }
                }
                Self::Many(table)
            }
        })
    }

    fn find(&self, text: &[u8]) -> Option<usize> {
        match self {
            Self::One(a) => memchr(*a, text),
            Self::Two(a, b) => memchr2(*a, *b, text),
            Self::Three(a, b, c) => memchr3(*a, *b, *c, text),
            Self::Many(table) => text
                .iter()
                .position(|byte| table.get(usize::from(*byte)) == Some(&true)),
        }
    }
}

/// One pass over a file.
struct Scan<'a> {
    bytes: &'a [u8],
    syntax: &'static Syntax,
    finder: Option<Finder>,
    lines: Lines,
    /// Where the line starts that is being read.
    line: usize,
    /// Where it ends: at its line feed, or at the end of the file.
    end: usize,
    /// Whether it started inside a comment.
    in_comment: bool,
}

/// What is open at the end of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    String,
    /// A comment that ends with this.
    Comment(&'static str),
}

impl<'a> Scan<'a> {
    fn new(bytes: &'a [u8], syntax: &'static Syntax) -> Self {
        Self {
            bytes,
            syntax,
            finder: Finder::new(syntax.firsts),
            lines: Lines::default(),
            line: 0,
            end: 0,
            in_comment: false,
        }
    }

    fn run(mut self) -> Lines {
        while self.line < self.bytes.len() {
            self.end = self.end_of_line(self.line);
            self.in_comment = false;
            let text = self.slice(self.line, self.end);
            let Some(indent) = text.iter().position(|byte| !is_space(*byte)) else {
                self.lines.blanks += 1;
                self.line = self.end + 1;
                continue;
            };
            self.read_line(self.line + indent);
            self.line = self.end + 1;
        }
        self.lines
    }

    /// Reads from a place outside of comments and strings to the end of its line, or of a later one that what this
    /// one opens goes on to.
    fn read_line(&mut self, from: usize) {
        let mut at = from;
        // A backslash before this place belongs to what was read.
        let mut floor = from;
        while let Some(found) = self
            .finder
            .as_ref()
            .and_then(|finder| finder.find(self.slice(at, self.end)))
        {
            at += found;
            if self.is_escaped(floor, at) || self.is_character(at) {
                at += 1;
                continue;
            }
            let Some(delimiter) = self.delimiter_at(at) else {
                at += 1;
                continue;
            };
            let inside = at + delimiter.start.len();
            let after = match delimiter.role {
                Role::Line => break,
                Role::String { end, escapes } => {
                    let after = self.end_of_string(inside, end, escapes);
                    self.go_to(after, Open::String)
                }
                Role::Block { end, nests } => {
                    let after = if nests {
                        self.end_of_nested(inside, delimiter.start, end)
                    } else {
                        self.end_of_block(inside, end)
                    };
                    self.go_to(after, Open::Comment(end))
                }
            };
            let Some(after) = after else {
                return;
            };
            at = after;
            floor = after;
        }
        self.close_line(Open::Nothing);
    }

    /// Goes on behind the end of what is open, counting the lines up to there; none if it is open to the end of the
    /// file, whose lines are then all counted.
    fn go_to(&mut self, after: Option<usize>, open: Open) -> Option<usize> {
        if after.is_some_and(|after| after <= self.end) {
            return after;
        }
        self.close_line(open);
        let next = (self.end + 1).min(self.bytes.len());
        let between = self.slice(next, after.unwrap_or(self.bytes.len()));
        let mut inside = memchr_iter(b'\n', between).count() as u64;
        if after.is_none() {
            inside += u64::from(between.last().is_some_and(|last| *last != b'\n'));
        }
        match open {
            Open::Comment(_) => self.lines.comments += inside,
            Open::Nothing | Open::String => self.lines.code += inside,
        }
        let Some(after) = after else {
            self.end = self.bytes.len();
            return None;
        };
        self.line = memchr::memrchr(b'\n', between).map_or(next, |feed| next + feed + 1);
        self.end = self.end_of_line(after);
        self.in_comment = matches!(open, Open::Comment(_));
        Some(after)
    }

    /// Counts the line that is being read.
    fn close_line(&mut self, open: Open) {
        let text = self.slice(self.line, self.end);
        let text = if self.syntax.fixed_columns {
            text.trim_ascii_end()
        } else {
            text.trim_ascii()
        };
        let starts = |delimiter: &Delimiter| text.starts_with(delimiter.start.as_bytes());
        // Most lines begin with no delimiter at all.
        let may_start = || {
            text.first()
                .is_some_and(|byte| self.syntax.firsts.contains(byte))
        };
        let is_comment = open != Open::String
            && (self.in_comment
                || may_start()
                    && self.syntax.delimiters.iter().any(|delimiter| {
                        starts(delimiter)
                            && match delimiter.role {
                                Role::Line => true,
                                Role::String { .. } => false,
                                Role::Block { end, .. } => {
                                    text.ends_with(end.as_bytes()) || open == Open::Comment(end)
                                }
                            }
                    }));
        if is_comment {
            self.lines.comments += 1;
        } else {
            self.lines.code += 1;
        }
    }

    fn delimiter_at(&self, at: usize) -> Option<&'static Delimiter> {
        let text = self.bytes.get(at..)?;
        self.syntax
            .delimiters
            .iter()
            .find(|delimiter| text.starts_with(delimiter.start.as_bytes()))
    }

    /// Behind the end of a string that starts before `at`.
    fn end_of_string(&self, at: usize, end: &str, escapes: bool) -> Option<usize> {
        let first = *end.as_bytes().first()?;
        let mut from = at;
        loop {
            let found = from + memchr(first, self.bytes.get(from..)?)?;
            let is_end = self.slice(found, found + end.len()) == end.as_bytes();
            if is_end && !(escapes && self.is_escaped(at, found)) {
                return Some(found + end.len());
            }
            from = found + 1;
        }
    }

    /// Behind the end of a comment that ends at the first sign.
    fn end_of_block(&self, at: usize, end: &str) -> Option<usize> {
        let first = *end.as_bytes().first()?;
        let mut from = at;
        loop {
            let found = from + memchr(first, self.bytes.get(from..)?)?;
            if self.slice(found, found + end.len()) == end.as_bytes() {
                return Some(found + end.len());
            }
            from = found + 1;
        }
    }

    /// Behind the end of a comment in which others may lie.
    fn end_of_nested(&self, at: usize, start: &str, end: &str) -> Option<usize> {
        let (opening, closing) = (start.as_bytes(), end.as_bytes());
        let (first, last) = (*opening.first()?, *closing.first()?);
        let mut depth = 1_usize;
        let mut from = at;
        loop {
            from += memchr2(first, last, self.bytes.get(from..)?)?;
            let text = self.bytes.get(from..)?;
            if text.starts_with(closing) {
                from += closing.len();
                depth -= 1;
                if depth == 0 {
                    return Some(from);
                }
            } else if text.starts_with(opening) {
                from += opening.len();
                depth += 1;
            } else {
                from += 1;
            }
        }
    }

    /// Whether a quote starts here and an odd number of backslashes stands before it.
    fn is_escaped(&self, floor: usize, at: usize) -> bool {
        if at == 0 || self.bytes.get(at - 1) != Some(&b'\\') {
            return false;
        }
        let before = self.slice(floor, at);
        let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\');
        let text = self.bytes.get(at..).unwrap_or_default();
        backslashes.count() % 2 == 1
            && self
                .syntax
                .escapable
                .iter()
                .any(|quote| text.starts_with(quote.as_bytes()))
    }

    /// Whether this is the quote of `'"'`, or Go's raw one between such, in a language where `'` starts no string.
    fn is_character(&self, at: usize) -> bool {
        at > 0
            && [&b"'\"'"[..], b"'`'"].contains(&self.slice(at - 1, at + 2))
            && !self.syntax.firsts.contains(&b'\'')
    }

    fn end_of_line(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        memchr(b'\n', rest).map_or(self.bytes.len(), |feed| at + feed)
    }

    fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn counted(language: &str, text: &str) -> (u64, u64, u64) {
        let language = Language::named(language).unwrap();
        let lines = count(text.as_bytes(), language);
        (lines.code, lines.comments, lines.blanks)
    }

    #[test]
    fn comments_are_lines_that_start_with_one_or_lie_in_one() {
        for (language, text, expected) in [
            (
                "C",
                "int a; // b\n// c\n\n/* d */\n/* e\n\nf */\nint g;",
                (2, 5, 1),
            ),
            ("C", "/* a */ int b;\nint c; /* d\ne */ int f;\n", (2, 1, 0)),
            ("C", "char *a = \"// b\";\n\"/*\" // c\n", (2, 0, 0)),
            ("C", "char a = '\"'; // b\n// c\n", (1, 1, 0)),
            ("Go", "var a = '`'\n// c\nvar b = '\"'\n// d\n", (2, 2, 0)),
            ("C", "char a = '\\\"';\n// c\n", (1, 1, 0)),
            ("C", "/*\n //*/\nint a;\n", (1, 2, 0)),
            ("C", "\"a\\\\\" // b\n/* c */\n", (1, 1, 0)),
            ("Rust", "/* a /* b */\nc */\nfn d() {}\n", (1, 2, 0)),
            ("Rust", "let a = r#\"\n// b\n\"#;\n// c\n", (3, 1, 0)),
            ("Rust", "let a = r\"\\\";\n// c\n", (1, 1, 0)),
            ("Rust", "/// a\n//! b\nfn c<'a>(d: &'a str) {}\n", (1, 2, 0)),
            (
                "Python",
                "\"\"\"a\n\n# b\n\"\"\"\n# c\nd = '#'\n",
                (5, 1, 0),
            ),
            ("Python", "a = \"\\\"# b\"\n\n  # c\n", (1, 1, 1)),
            ("JavaScript", "let a = `\n// b\n`; // c\n// d\n", (3, 1, 0)),
            ("Go", "a := `\n\" // b\n`\n// c\n", (3, 1, 0)),
            ("HTML", "<a>\n<!-- b\nc -->\n\n", (1, 2, 1)),
            ("Lua", "--[[ a\nb ]]\n-- c\nd()\n", (1, 3, 0)),
            ("Markdown", "# a\n\n```\nb\n```\n", (0, 4, 1)),
            ("JSON", "{\n\n}", (2, 0, 1)),
            ("Haskell", "{- a {- b -}\n-}\nc = d -- e\n", (1, 2, 0)),
            ("D", "/+ a /+ b +/\n+/\nc;\n", (1, 2, 0)),
            ("Fortran", "c a\n      call b\n! c\n", (1, 2, 0)),
        ] {
            assert_eq!(counted(language, text), expected, "{language} {text:?}");
        }
    }

    #[test]
    fn what_is_never_closed_goes_on_to_the_end() {
        assert_eq!(counted("C", "a /* b\n\nc"), (1, 2, 0));
        assert_eq!(counted("C", "/* b\n\nc\n"), (0, 3, 0));
        assert_eq!(counted("C", "a \" b\n\n// c\n"), (3, 0, 0));
        assert_eq!(counted("C", ""), (0, 0, 0));
        assert_eq!(counted("C", "\u{feff}// a"), (0, 1, 0));
    }

    proptest! {
        #[test]
        fn every_line_is_counted_once(
            text in "([ a\n]|\"|'|`|/|\\*|#|\\\\|\r|\"\"\"|r#|--|\\{-|-\\}|<!--|-->){0,60}",
            language in prop::sample::select(vec!["C", "Rust", "Python", "JavaScript", "HTML", "Haskell", "Lua", "PHP", "Markdown", "D", "Fortran", "Perl", "Nim"]),
        ) {
            let (code, comments, blanks) = counted(language, &text);
            let feeds = text.matches('\n').count() as u64;
            let open = u64::from(!text.is_empty() && !text.ends_with('\n'));
            prop_assert_eq!(code + comments + blanks, feeds + open);
        }

        #[test]
        fn any_bytes_are_counted(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for language in Language::all() {
                let feeds = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
                let total = count(&bytes, language).total();
                prop_assert!(total == feeds || total == feeds + 1);
            }
        }
    }
}
