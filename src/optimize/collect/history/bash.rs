//! bash's history file, as readline reads it (`lib/readline/histfile.c`, `read_history_range`).
//!
//! A line that begins with `#` and a digit is a time, whoever wrote it: readline looks no further, so that a comment such
//! as `#1 try` is lost to bash as well. If the file begins with a time, the lines up to the next time are one entry, and
//! blank lines belong to it but for those that follow the time; otherwise every line is an entry and blank ones are none.

use super::text::{Text, lossy};
use super::{Content, Entry, Lines, leading_number, moment};

pub(super) struct Bash {
    /// Whether entries may have several lines.
    by_times: bool,
    /// The last time that came, and where it stands, if nothing followed it yet.
    time: Option<(Option<i64>, u64)>,
    entry: Option<(Option<i64>, Text)>,
    skipped: u64,
}

impl Bash {
    /// For a file with this beginning.
    pub(super) fn new(head: &[u8]) -> Self {
        Self {
            by_times: is_time(head),
            time: None,
            entry: None,
            skipped: 0,
        }
    }

    /// Takes a line in that is no time.
    fn text(&mut self, line: Text, out: &mut dyn FnMut(Entry)) {
        let time = self.time.take();
        match (&mut self.entry, time) {
            (Some((_, text)), None) if self.by_times => text.next_line(line),
            (_, time) => {
                self.give(out);
                self.entry = Some((time.and_then(|(at, _)| at), line));
            }
        }
    }

    fn give(&mut self, out: &mut dyn FnMut(Entry)) {
        let Some((at, text)) = self.entry.take() else {
            return;
        };
        match text.bytes() {
            Some(bytes) => out(Entry {
                at,
                // A here-document leaves a blank line behind it.
                text: lossy(bytes.trim_ascii_end().to_vec()),
                ..Entry::default()
            }),
            None => self.skipped = self.skipped.saturating_add(1),
        }
    }
}

fn is_time(line: &[u8]) -> bool {
    matches!(line, [b'#', digit, ..] if digit.is_ascii_digit())
}

impl Lines for Bash {
    fn line(&mut self, offset: u64, content: Content<'_>, out: &mut dyn FnMut(Entry)) {
        let line = match content {
            Content::Whole(line) => line.strip_suffix(b"\r").unwrap_or(line),
            Content::TooLong(_) => return self.text(Text::too_long(), out),
        };
        if is_time(line) {
            self.give(out);
            let seconds = line.get(1..).and_then(leading_number);
            self.time = Some((seconds.and_then(moment), offset));
            return;
        }
        if line.is_empty() && (!self.by_times || self.time.is_some()) {
            return;
        }
        self.text(Text::new(line), out);
    }

    fn end(&mut self, out: &mut dyn FnMut(Entry)) -> Option<u64> {
        self.give(out);
        self.time.map(|(_, offset)| offset)
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}
