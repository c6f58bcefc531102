//! Histories that shells and git append to, read line by line in blocks: memory is bounded whatever a file holds.

mod bash;
mod fish;
mod journal;
mod reflog;
mod text;
mod zsh;

use std::io::{self, Read};

pub(super) use reflog::entry as of_move;

use crate::sessions::read::lines::{Content, each_line};

/// An entry longer than this is skipped, in bytes: nobody types so much.
pub const LONGEST: usize = 64 << 10;

/// A line of a file longer than this is not even looked at, in bytes.
const LONGEST_LINE: usize = 1 << 20;

/// What a file's bytes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// bash's history.
    Bash,
    /// zsh's, plain or extended.
    Zsh,
    /// fish's, since fish 2.0.
    Fish,
    /// Ours, which the snippets of [`super::snippet`] write.
    Journal,
    /// git's reflog.
    Reflog,
}

/// What one entry says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// When it was begun, in ms UTC, if the entry tells.
    pub at: Option<i64>,
    /// What was typed; bytes that are no UTF-8 are U+FFFD.
    pub text: String,
    /// How long it took, in ms.
    pub duration_ms: Option<u64>,
    /// What it exited with.
    pub exit: Option<i32>,
    /// Where it was typed.
    pub folder: Option<String>,
    /// The session that it belongs to.
    pub session: Option<String>,
}

/// Where reading came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Where reading goes on another time, in bytes: behind the last entry that is certainly whole.
    pub offset: u64,
    /// How many entries were skipped: too long, or not what the format allows.
    pub skipped: u64,
}

/// What makes entries of lines.
trait Lines {
    /// Takes a line in, which begins at `offset`.
    fn line(&mut self, offset: u64, content: Content<'_>, out: &mut dyn FnMut(Entry));

    /// Gives what is whole at the end of the file. Where the entry begins that is not, if there is one.
    fn end(&mut self, out: &mut dyn FnMut(Entry)) -> Option<u64>;

    /// How many entries were skipped.
    fn skipped(&self) -> u64;
}

/// Gives the entries of a source to `out`, in their order.
///
/// The first byte of `source` is the file's at `offset`; `head` is the beginning of the file, two bytes or more if it has
/// so many. A last line without a line end is left for another time.
pub fn entries(
    dialect: Dialect,
    head: &[u8],
    source: &mut impl Read,
    offset: u64,
    out: &mut dyn FnMut(Entry),
) -> io::Result<End> {
    match dialect {
        Dialect::Bash => read(bash::Bash::new(head), source, offset, out),
        Dialect::Zsh => read(zsh::Zsh::default(), source, offset, out),
        Dialect::Fish => read(fish::Fish::default(), source, offset, out),
        Dialect::Journal => read(journal::Journal::default(), source, offset, out),
        Dialect::Reflog => read(reflog::Reflog::default(), source, offset, out),
    }
}

fn read(
    mut lines: impl Lines,
    source: &mut impl Read,
    offset: u64,
    out: &mut dyn FnMut(Entry),
) -> io::Result<End> {
    let end = each_line(source, offset, LONGEST_LINE, |line| {
        lines.line(line.offset, line.content, out);
    })?;
    let unfinished = lines.end(out);
    Ok(End {
        offset: unfinished.unwrap_or(end.offset),
        skipped: lines.skipped(),
    })
}

/// Seconds since 1970 as ms, if anything can have been typed then: what stands for a time may be a word, and a clock that
/// was never set says 1970.
fn moment(seconds: i64) -> Option<i64> {
    /// 2000-01-01, before which nobody's shell kept times.
    const FIRST: i64 = 946_684_800;
    /// 2100-01-01.
    const LAST: i64 = 4_102_444_800;
    (FIRST..LAST)
        .contains(&seconds)
        .then(|| seconds.saturating_mul(1000))
}

/// The number that digits at the beginning of a text are, as C's `strtol` reads them.
fn leading_number(text: &[u8]) -> Option<i64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(text.get(..digits)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
