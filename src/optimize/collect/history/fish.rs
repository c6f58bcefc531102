//! fish's history file, as fish reads it (`src/history/yaml_backend.rs`): nearly YAML, but not quite.
//!
//! `- cmd: TEXT` begins an entry; lines that are indented tell more of it, of which `when` and, since fish 4.8,
//! `added_when` are times in seconds. Backslashes and line ends of the text are written `\\` and `\n`; a backslash before
//! anything else is not written by fish, which reads no further than it.

use super::text::{Text, lossy};
use super::{Content, Entry, Lines, leading_number, moment};

#[derive(Default)]
pub(super) struct Fish {
    begun: Option<Begun>,
    skipped: u64,
}

struct Begun {
    text: Text,
    at: Option<i64>,
    /// Where it begins.
    offset: u64,
    /// Whether a line of it has told anything of times: whether it is whole.
    is_told: bool,
}

impl Fish {
    fn give(&mut self, out: &mut dyn FnMut(Entry)) {
        let Some(begun) = self.begun.take() else {
            return;
        };
        match begun.text.bytes() {
            Some(bytes) if bytes.is_empty() => {}
            Some(bytes) => out(Entry {
                at: begun.at,
                text: lossy(bytes),
                ..Entry::default()
            }),
            None => self.skipped = self.skipped.saturating_add(1),
        }
    }
}

impl Lines for Fish {
    fn line(&mut self, offset: u64, content: Content<'_>, out: &mut dyn FnMut(Entry)) {
        let line = match content {
            Content::Whole(line) => line,
            Content::TooLong(_) => {
                self.give(out);
                self.begun = Some(Begun {
                    text: Text::too_long(),
                    at: None,
                    offset,
                    is_told: false,
                });
                return;
            }
        };
        if let Some(text) = line.strip_prefix(b"- cmd:") {
            self.give(out);
            let text = Text::new(&unescaped(text.trim_ascii_start()));
            self.begun = Some(Begun {
                text,
                at: None,
                offset,
                is_told: false,
            });
        } else if let (true, Some(begun)) = (line.starts_with(b" "), &mut self.begun) {
            let line = line.trim_ascii_start();
            let time = line.strip_prefix(b"when:");
            // The same command again moves `when`; it was first done at `added_when`, which is not this time.
            if let Some(time) = time {
                begun.is_told = true;
                begun.at = leading_number(time.trim_ascii_start()).and_then(moment);
            }
        }
        // Anything else is what fish passes over as well.
    }

    fn end(&mut self, out: &mut dyn FnMut(Entry)) -> Option<u64> {
        let unfinished = self.begun.as_ref().filter(|begun| !begun.is_told);
        let from = unfinished.map(|begun| begun.offset);
        if from.is_none() {
            self.give(out);
        }
        from
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at(place);
        plain.extend_from_slice(before);
        match escape {
            [_, b'n', behind @ ..] => {
                plain.push(b'\n');
                rest = behind;
            }
            // Two are one; one before anything else was written by hand, and is as it stands.
            [_, b'\\', behind @ ..] | [_, behind @ ..] => {
                plain.push(b'\\');
                rest = behind;
            }
            [] => rest = &[],
        }
    }
    plain.extend_from_slice(rest);
    plain
}
