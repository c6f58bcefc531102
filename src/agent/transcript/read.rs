//! One segment of a session's file.

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use super::entry::{Entry, OUTPUTS};
use super::text::Text;
use crate::sessions::read::{self, Change, Identity, Reader};
use crate::sessions::redact::harmless;
use crate::sessions::{Agent, Event, Kind};

/// How much of a file is read before it is looked whether the segment has ended, in bytes.
const STEP: u64 = 4 << 20;
/// No more characters are kept of a segment: many times what any model is given.
const KEPT: usize = 16 << 20;
/// No more entries are kept.
const ENTRIES: usize = 100_000;
/// Of a summary that stands before the segment, so many characters.
const CONTEXT: usize = 20_000;

/// Why a segment could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is gone.
    #[error("session file not found")]
    NotFound,
    /// It cannot be read.
    #[error("cannot read the session's file: {0}")]
    Io(#[source] io::Error),
    /// Nothing in it says whose session it is.
    #[error("the file is no session any more")]
    NotASession,
    /// The segment's first entry is not in it.
    #[error("the session's file was rewritten: the segment's first entry is not there any more")]
    NoStart,
    /// The segment's last entry is not behind its first.
    #[error("the session's file was rewritten: the segment's last entry is not there any more")]
    NoEnd,
    /// It was written over while it was read.
    #[error("the session's file was rewritten while it was read")]
    Rewritten,
    /// There is nothing in the segment that could be shown.
    #[error("empty segment: there is nothing in it to judge")]
    Empty,
}

/// What is kept of a segment to be shown: no secrets, and a bounded size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SegmentEvents {
    /// What the model had been told of before: the summary that stands before the segment.
    pub(super) context: Option<Text>,
    first: Vec<Entry>,
    /// What comes after those that are kept in any case.
    last: VecDeque<Entry>,
    numbered: u64,
    kept: usize,
    /// How often everything was shortened already.
    shortened: usize,
}

impl SegmentEvents {
    /// Of the events of a segment, in their order.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut segment = Self::default();
        for event in events {
            segment.add(event);
        }
        segment
    }

    /// With a summary that stands before the segment. If the segment begins with a summary itself, that one counts.
    #[must_use]
    pub fn after(mut self, summary: &str) -> Self {
        self.context = context(summary);
        self
    }

    /// The entries that are kept, in their order; a gap in their numbers says how many are not.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.first.iter().chain(&self.last)
    }

    /// How many entries the segment has that could be shown.
    pub const fn count(&self) -> u64 {
        self.numbered
    }

    fn add(&mut self, event: &Event) {
        let Some(mut entry) = Entry::of(event, self.numbered + 1) else {
            return;
        };
        self.numbered += 1;
        if let Some(most) = self.shortened.checked_sub(1).and_then(|at| OUTPUTS.get(at)) {
            entry.shorten(*most);
        }
        self.kept += entry.characters();
        if self.last.is_empty() && self.first.len() < ENTRIES / 2 && self.kept < KEPT / 2 {
            self.first.push(entry);
        } else {
            self.last.push_back(entry);
        }
        self.make_room(KEPT);
    }

    fn make_room(&mut self, most: usize) {
        while self.kept > most
            && let Some(short) = OUTPUTS.get(self.shortened)
        {
            self.shortened += 1;
            let all = self.first.iter_mut().chain(&mut self.last);
            all.for_each(|entry| entry.shorten(*short));
            self.kept = self.entries().map(Entry::characters).sum();
        }
        while (self.kept > most || self.first.len() + self.last.len() > ENTRIES)
            && let Some(entry) = self.last.pop_front()
        {
            self.kept = self.kept.saturating_sub(entry.characters());
        }
    }
}

fn context(summary: &str) -> Option<Text> {
    let summary = Text::whole(harmless(summary.trim()));
    (!summary.is_empty()).then(|| summary.shortened(CONTEXT))
}

/// Reads the segment between two entries from a session's file, and the last summary before it.
///
/// Memory is bounded by the longest line, whatever the file; nothing behind the last entry is read but the rest of a step.
/// `agent` says whose file it is, where its lines do not.
pub fn events_of(
    file: &Path,
    agent: Option<Agent>,
    start_entry: &str,
    end_entry: &str,
) -> Result<SegmentEvents, ReadError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::NotFound,
        _ => ReadError::Io(error),
    };
    let (mut source, identity) = read::open(file).map_err(failed)?;
    let mut reader = Reader::new(file, agent);
    let mut search = Search::new(start_entry, end_entry);
    let mut to = 0;
    let mut step = STEP;
    while to < identity.size && search.place != Place::Behind {
        to = identity.size.min(to.saturating_add(step));
        let part = Identity {
            size: to,
            ..identity
        };
        let progress = reader
            .read(&mut source, part, &mut |event| search.take(&event))
            .map_err(failed)?;
        match progress.change {
            Change::Rewritten => return Err(ReadError::Rewritten),
            // A line longer than what is read at once.
            _ if progress.to == progress.from => step = step.saturating_mul(2),
            _ => step = STEP,
        }
    }
    if reader.session().is_none() {
        return Err(ReadError::NotASession);
    }
    match search.place {
        Place::Before => Err(ReadError::NoStart),
        Place::Within => Err(ReadError::NoEnd),
        Place::Behind if search.segment.count() == 0 => Err(ReadError::Empty),
        Place::Behind => Ok(search.found()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Within,
    Behind,
}

struct Search<'a> {
    start: &'a str,
    end: &'a str,
    place: Place,
    /// The last summary before the segment.
    summary: Option<String>,
    /// Whether the segment begins with a summary.
    is_told: bool,
    segment: SegmentEvents,
}

impl<'a> Search<'a> {
    fn new(start: &'a str, end: &'a str) -> Self {
        Self {
            start,
            end,
            place: Place::Before,
            summary: None,
            is_told: false,
            segment: SegmentEvents::default(),
        }
    }

    fn take(&mut self, event: &Event) {
        if event.sidechain || self.place == Place::Behind {
            return;
        }
        let summary = match &event.kind {
            Kind::Compaction { summary, .. } | Kind::BranchSummary { summary, .. } => Some(summary),
            _ => None,
        };
        let summary = summary.filter(|summary| !summary.trim().is_empty());
        if self.place == Place::Before {
            if event.id != self.start {
                if let Some(summary) = summary {
                    self.summary = Some(summary.clone());
                }
                return;
            }
            self.place = Place::Within;
        }
        // The mark of a compaction and its summary may be two entries.
        self.is_told |= summary.is_some() && self.segment.count() < 2;
        self.segment.add(event);
        if event.id == self.end {
            self.place = Place::Behind;
        }
    }

    fn found(self) -> SegmentEvents {
        match self.summary {
            Some(summary) if !self.is_told => self.segment.after(&summary),
            _ => self.segment,
        }
    }
}
