//! zsh's history file, as zsh reads it (`Src/hist.c`: `readhistline`, `readhistfile`, `savehistfile`).
//!
//! A line that ends in a backslash goes on in the next, however many backslashes there are. zsh writes a space behind an
//! entry that ends in a backslash (and behind the spaces that follow one), and takes one away when it reads. Bytes that
//! zsh uses for itself are written as 0x83 and the byte xor 0x20. In a plain history `\:` stands for a colon that begins
//! an entry, for in an extended one `: START:ELAPSED;` begins each.

use super::text::{Text, lossy};
use super::{Content, Entry, Lines, leading_number, moment};

/// What announces a byte that was changed.
const META: u8 = 0x83;

#[derive(Default)]
pub(super) struct Zsh {
    /// What goes on in the next line, and where it begins.
    begun: Option<(Text, u64)>,
    skipped: u64,
}

impl Zsh {
    fn give(&mut self, text: Text, out: &mut dyn FnMut(Entry)) {
        match text.bytes() {
            Some(bytes) if bytes.is_empty() => {}
            Some(bytes) => out(entry(&bytes)),
            None => self.skipped = self.skipped.saturating_add(1),
        }
    }
}

impl Lines for Zsh {
    fn line(&mut self, offset: u64, content: Content<'_>, out: &mut dyn FnMut(Entry)) {
        let (mut text, begin) = self
            .begun
            .take()
            .unwrap_or_else(|| (Text::default(), offset));
        let line = match content {
            Content::Whole(line) => line,
            Content::TooLong(_) => return self.give(Text::too_long(), out),
        };
        if let Some(line) = line.strip_suffix(b"\\") {
            text.push(line);
            text.push(b"\n");
            self.begun = Some((text, begin));
            return;
        }
        text.push(without_guard(line));
        self.give(text, out);
    }

    fn end(&mut self, _: &mut dyn FnMut(Entry)) -> Option<u64> {
        self.begun.as_ref().map(|(_, begin)| *begin)
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

/// A line without the space that guards a backslash at its end.
fn without_guard(line: &[u8]) -> &[u8] {
    let spaces = line.iter().rev().take_while(|byte| **byte == b' ').count();
    let before = line.len().saturating_sub(spaces);
    let is_guarded = spaces > 0 && line.get(..before).is_some_and(|it| it.ends_with(b"\\"));
    let kept = line.len().saturating_sub(usize::from(is_guarded));
    line.get(..kept).unwrap_or(line)
}

fn entry(bytes: &[u8]) -> Entry {
    let (at, duration_ms, from) = times(bytes).unwrap_or_else(|| {
        let is_escaped = bytes.starts_with(b"\\:");
        (None, None, usize::from(is_escaped))
    });
    let text = bytes.get(from..).unwrap_or_default();
    Entry {
        at,
        text: lossy(unmetafied(text)),
        duration_ms,
        ..Entry::default()
    }
}

/// Start and duration of `: START:ELAPSED;`, and how long that is. Old versions wrote the end in place of the duration.
fn times(bytes: &[u8]) -> Option<(Option<i64>, Option<u64>, usize)> {
    /// Two numbers of 64 bits and what stands between them.
    const LONGEST: usize = 48;
    let head = bytes.get(..bytes.len().min(LONGEST))?;
    let numbers = head.strip_prefix(b":")?;
    let end = memchr::memchr(b';', numbers)?;
    let numbers = numbers.get(..end)?.trim_ascii_start();
    let colon = memchr::memchr(b':', numbers)?;
    let (start, second) = (numbers.get(..colon)?, numbers.get(colon + 1..)?);
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if !is_number(start) || !is_number(second) {
        return None;
    }
    let (start, second) = (leading_number(start)?, leading_number(second)?);
    let seconds = if second < start {
        second
    } else {
        second.saturating_sub(start)
    };
    let at = moment(start);
    // An entry that was written before it ended, as `INC_APPEND_HISTORY` has it, has a duration of zero.
    let duration = u64::try_from(seconds).ok().filter(|it| *it > 0);
    let duration = at.and(duration).map(|it| it.saturating_mul(1000));
    Some((at, duration, end + 2))
}

fn unmetafied(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(place) = memchr::memchr(META, rest) {
        let (before, changed) = rest.split_at(place);
        plain.extend_from_slice(before);
        match changed {
            [_, byte, behind @ ..] => {
                plain.push(byte ^ 0x20);
                rest = behind;
            }
            // Cut in two: nothing is known of the second half.
            _ => rest = &[],
        }
    }
    plain.extend_from_slice(rest);
    plain
}
