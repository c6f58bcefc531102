//! Our own journal, which shells write by what [`crate::optimize::collect::snippet`] gives them.
//!
//! A record is seven fields, each with a NUL behind it, and a line end:
//!
//! ```text
//! tend1 NUL START NUL END NUL MS NUL EXIT NUL SESSION NUL FOLDER NUL =COMMAND NUL LF
//! ```
//!
//! START and END are seconds since 1970 with decimals, MS is how long it took in milliseconds; `-` stands for what a shell
//! does not know. No field can hold a NUL, and no field begins with a line end, so that NUL and line end are the end of a
//! record and nothing else. Two shells that write at once may tear a long record of each other's: what is torn is skipped.

use super::text::{Text, lossy};
use super::{Content, Entry, Lines, moment};

/// What begins a record.
const MARK: &[u8] = b"tend1\0";

#[derive(Default)]
pub(super) struct Journal {
    /// The lines of a record that has no end yet, and where it begins.
    begun: Option<(Text, u64)>,
    skipped: u64,
}

impl Journal {
    fn skip(&mut self) {
        self.skipped = self.skipped.saturating_add(1);
    }
}

impl Lines for Journal {
    fn line(&mut self, offset: u64, content: Content<'_>, out: &mut dyn FnMut(Entry)) {
        let line = match content {
            Content::Whole(line) => line,
            Content::TooLong(_) => {
                self.begun = None;
                return self.skip();
            }
        };
        if line.starts_with(MARK) && self.begun.take().is_some() {
            self.skip();
        }
        let (mut text, begin) = match self.begun.take() {
            Some((mut text, begin)) => {
                text.push(b"\n");
                (text, begin)
            }
            None if line.starts_with(MARK) => (Text::default(), offset),
            None => {
                // The end of what was torn, or nothing of ours.
                if !line.is_empty() {
                    self.skip();
                }
                return;
            }
        };
        text.push(line);
        if !line.ends_with(b"\0") {
            self.begun = Some((text, begin));
            return;
        }
        match text.bytes().as_deref().and_then(entry) {
            Some(entry) => out(entry),
            None => self.skip(),
        }
    }

    fn end(&mut self, _: &mut dyn FnMut(Entry)) -> Option<u64> {
        self.begun.as_ref().map(|(_, begin)| *begin)
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

fn entry(record: &[u8]) -> Option<Entry> {
    let mut fields = record.strip_suffix(b"\0")?.split(|byte| *byte == 0);
    let mut next = || fields.next();
    next()?;
    let (start, end, took) = (next()?, next()?, next()?);
    let (exit, session, folder, command) = (next()?, next()?, next()?, next()?);
    if next().is_some() {
        return None;
    }
    let command = command.strip_prefix(b"=")?;
    let (start, end) = (milliseconds(start), milliseconds(end));
    let took = std::str::from_utf8(took).ok()?.parse::<u64>().ok();
    let between = start
        .zip(end)
        .and_then(|(start, end)| u64::try_from(end.checked_sub(start)?).ok());
    let duration_ms = took.or(between);
    let begun = || {
        let took = duration_ms.and_then(|it| i64::try_from(it).ok());
        end?.checked_sub(took?)
    };
    let text = |bytes: &[u8]| (!bytes.is_empty()).then(|| lossy(bytes.to_vec()));
    Some(Entry {
        at: start.or_else(begun).or(end),
        text: text(command)?,
        duration_ms,
        exit: std::str::from_utf8(exit).ok()?.parse().ok(),
        folder: text(folder).filter(|folder| folder.starts_with('/')),
        session: text(session),
    })
}

/// Seconds with decimals behind a point, or behind a comma as some languages have it.
fn milliseconds(seconds: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(seconds).ok()?;
    let (whole, decimals) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let at = moment(whole.parse().ok()?)?;
    let digits = decimals.chars().chain("000".chars()).take(3);
    let thousandths: String = digits.collect();
    at.checked_add(thousandths.parse::<u16>().ok()?.into())
}
