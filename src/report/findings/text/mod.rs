//! The document for a person at a terminal: findings by file with their source lines, then what each tool came to, how
//! it compares with the base, and what to type next.

mod finding;
mod snippet;
mod style;
mod summary;
mod wrap;

use std::io::{self, BufWriter, Write};

use self::style::{Look, paint};
use super::document::{Document, Entry, State};
use super::excerpt::{Source, Sources};
use crate::system::plain::plain;

/// More findings than this are read more easily with a line each.
pub const MANY: usize = 50;

/// How a finding is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// With its source line, by file.
    #[default]
    Full,
    /// A line each, worst first: `path:line:column: severity tool[rule] message`.
    Compact,
}

impl Form {
    /// The form that suits so many findings.
    pub const fn of(findings: usize) -> Self {
        if findings > MANY {
            Self::Compact
        } else {
            Self::Full
        }
    }
}

/// Which findings are shown; all are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Those that the base does not have.
    #[default]
    New,
    /// All that are not suppressed.
    Open,
    /// Suppressed ones too.
    All,
}

impl Shown {
    fn has(self, entry: &Entry) -> bool {
        match self {
            Self::New => entry.is_open() && entry.state != State::Unchanged,
            Self::Open => entry.is_open(),
            Self::All => true,
        }
    }
}

/// How the text is to be.
pub struct Options<'a> {
    /// Whether there are colours.
    pub colour: bool,
    /// How many columns the terminal has.
    pub width: usize,
    /// How a finding is shown.
    pub form: Form,
    /// Which are shown.
    pub shown: Shown,
    /// Source lines.
    pub source: &'a Source<'a>,
}

/// Writes the document.
pub fn write(out: &mut dyn Write, document: &Document, options: &Options<'_>) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let look = Look {
        colour: options.colour,
        width: options.width.clamp(40, 1_000),
    };
    let wanted = |entry: &Entry| options.shown.has(entry);
    match options.form {
        Form::Full => {
            let entries = document.ordered(wanted, Entry::by_place);
            full(&mut out, document, options, look, &entries)?;
        }
        Form::Compact => {
            let entries = document.ordered(wanted, Entry::new_first);
            for entry in &entries {
                writeln!(out, "{}", finding::line(document, look, entry))?;
            }
            if !entries.is_empty() {
                writeln!(out)?;
            }
        }
    }
    summary::write(&mut out, document, look, options.shown)?;
    out.flush()
}

fn full(
    out: &mut dyn Write,
    document: &Document,
    options: &Options<'_>,
    look: Look,
    entries: &[&Entry],
) -> io::Result<()> {
    let sources = Sources::new(document, options.source);
    let path = |entry: &Entry| entry.finding.place.as_ref().map(|it| it.path.clone());
    for group in entries.chunk_by(|one, two| path(one) == path(two)) {
        let heading = group
            .first()
            .and_then(|entry| entry.finding.place.as_ref())
            .map_or("no file".into(), |place| plain(&place.path));
        writeln!(out, "{}", paint(look, style::HEADING, heading))?;
        for (number, entry) in group.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            finding::full(out, look, &sources, entry, document.base.is_some())?;
        }
        writeln!(out)?;
    }
    Ok(())
}
