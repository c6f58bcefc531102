//! Segments: the pieces of work that a session is made of, from boundary to boundary.
//!
//! A segment is contiguous in the order of the file, over entries that are no notes. Its id says which it is and nothing of
//! where the file is, so that reading a session twice, or on another machine, makes one node of it.

#[cfg(test)]
mod tests;

use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sessions::boundary::{Boundary, Cause, SUMMARY, is_note};
use crate::sessions::model::{Agent, Event, Kind};
use crate::sessions::redact::excerpt;

/// What is smaller than any of these is no segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minimum {
    /// Entries.
    pub entries: u64,
    /// Messages.
    pub messages: u64,
    /// Tokens: characters of the entries' JSON by four.
    pub tokens: u64,
}

impl Default for Minimum {
    /// S3's `minEntries`, `minMessages` (one of the user and one answer) and `minTokens`.
    fn default() -> Self {
        Self {
            entries: 3,
            messages: 2,
            tokens: 100,
        }
    }
}

/// How many characters are taken for a token. Source: S3.
pub const CHARACTERS_PER_TOKEN: u64 = 4;

/// A piece of work in a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Its id: see [`segment_id`].
    pub id: String,
    /// Which of its session's it is, from 0.
    pub number: u32,
    /// Its first entry.
    pub start: String,
    /// Its last entry.
    pub end: String,
    /// Where its first entry's line begins in the file, in bytes.
    pub start_offset: u64,
    /// Where its last entry's line begins in the file, in bytes.
    pub end_offset: u64,
    /// How many entries it has, without notes and sub-agents' entries.
    pub entries: u64,
    /// How many of them are messages: of the user, the model or a tool.
    pub messages: u64,
    /// When its first entry was written, of those that tell.
    pub began_at: Option<Timestamp>,
    /// When its last entry was written, of those that tell.
    pub ended_at: Option<Timestamp>,
    /// What happened at its beginning; nothing for the first of a session that is no fork.
    pub begun_by: Vec<Boundary>,
    /// What ended it; nothing for the last.
    pub ended_by: Vec<Boundary>,
    /// Boundaries within it: what was before each was too small for a segment of its own.
    pub within: Vec<Boundary>,
    /// What the model was told of before: the summary with which it begins, without secrets.
    pub context: Option<String>,
}

/// The id of a segment: the first 16 hexadecimal digits of the BLAKE3 digest of the agent, the session's id and the ids of the
/// first and the last entry, each with its length before it.
pub fn segment_id(agent: Agent, session: &str, start: &str, end: &str) -> String {
    let agent = match agent {
        Agent::Pi => "pi",
        Agent::ClaudeCode => "claude-code",
        Agent::Codex => "codex",
    };
    let mut hasher = blake3::Hasher::new();
    for part in [agent, session, start, end] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut id = hasher.finalize().to_hex().to_string();
    id.truncate(16);
    id
}

/// What must be known of a session's segments so far to tell those that come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segmenter {
    agent: Agent,
    session: String,
    minimum: Minimum,
    /// How many are closed.
    closed: u32,
    open: Option<Open>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Open {
    start: String,
    end: String,
    start_offset: u64,
    end_offset: u64,
    entries: u64,
    messages: u64,
    /// Counted as far as it matters.
    characters: u64,
    began_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    begun_by: Vec<Boundary>,
    within: Vec<Boundary>,
    context: Option<String>,
}

impl Segmenter {
    /// At the beginning of the session of this agent with this id.
    pub fn new(agent: Agent, session: &str) -> Self {
        Self {
            agent,
            session: session.to_owned(),
            minimum: Minimum::default(),
            closed: 0,
            open: None,
        }
    }

    /// With another minimum than S3's.
    #[must_use]
    pub fn at_least(self, minimum: Minimum) -> Self {
        Self { minimum, ..self }
    }

    /// Takes the session's next event in, with the boundaries before it, and gives the segment that they end. One that is too
    /// small goes on instead.
    pub fn next(&mut self, event: &Event, boundaries: Vec<Boundary>) -> Option<Segment> {
        if event.sidechain || is_note(&event.kind) {
            return None;
        }
        let mut ended = None;
        match &mut self.open {
            Some(open) if boundaries.is_empty() => open.add(event, self.minimum),
            Some(open) if !open.is_large_enough(self.minimum) => {
                open.within.extend(boundaries);
                open.add(event, self.minimum);
            }
            open => {
                if let Some(open) = open.replace(Open::new(event, boundaries.clone(), self.minimum))
                {
                    ended = Some(open.close(self.agent, &self.session, self.closed, boundaries));
                    self.closed = self.closed.saturating_add(1);
                }
            }
        }
        ended
    }

    /// The segment that ends with the last event, if the session ends there; none if that is too small.
    pub fn last(&self) -> Option<Segment> {
        let is_enough = |open: &&Open| open.is_large_enough(self.minimum);
        let open = self.open.as_ref().filter(is_enough)?;
        Some(
            open.clone()
                .close(self.agent, &self.session, self.closed, Vec::new()),
        )
    }

    /// Where in the file the segment begins that is not ended yet.
    pub fn open_offset(&self) -> Option<u64> {
        self.open.as_ref().map(|open| open.start_offset)
    }
}

impl Open {
    fn new(event: &Event, begun_by: Vec<Boundary>, minimum: Minimum) -> Self {
        let context = begun_by.iter().find_map(|boundary| match &boundary.cause {
            Cause::Branch { summary, .. } | Cause::Compaction { summary, .. } => {
                Some(summary.clone()).filter(|summary| !summary.is_empty())
            }
            _ => None,
        });
        let mut open = Self {
            start: event.id.clone(),
            end: String::new(),
            start_offset: event.offset,
            end_offset: event.offset,
            entries: 0,
            messages: 0,
            characters: 0,
            began_at: None,
            ended_at: None,
            begun_by,
            within: Vec::new(),
            context,
        };
        open.add(event, minimum);
        open
    }

    fn add(&mut self, event: &Event, minimum: Minimum) {
        // The summary of a compaction whose mark had none.
        if let Kind::Compaction { summary, .. } = &event.kind
            && self.context.is_none()
            && self.entries == 1
            && !summary.is_empty()
            && self
                .begun_by
                .iter()
                .any(|begun| matches!(begun.cause, Cause::Compaction { .. }))
        {
            self.context = Some(excerpt(summary, SUMMARY));
        }
        self.end.clone_from(&event.id);
        self.end_offset = event.offset;
        self.entries += 1;
        self.messages += u64::from(is_message(&event.kind));
        self.began_at = self.began_at.or(event.at);
        self.ended_at = event.at.or(self.ended_at);
        let enough = minimum.tokens.saturating_mul(CHARACTERS_PER_TOKEN);
        if self.characters < enough {
            self.characters += characters(event, enough - self.characters);
        }
    }

    fn is_large_enough(&self, minimum: Minimum) -> bool {
        self.entries >= minimum.entries
            && self.messages >= minimum.messages
            && self.characters / CHARACTERS_PER_TOKEN >= minimum.tokens
    }

    fn close(self, agent: Agent, session: &str, number: u32, ended_by: Vec<Boundary>) -> Segment {
        Segment {
            id: segment_id(agent, session, &self.start, &self.end),
            number,
            start: self.start,
            end: self.end,
            start_offset: self.start_offset,
            end_offset: self.end_offset,
            entries: self.entries,
            messages: self.messages,
            began_at: self.began_at,
            ended_at: self.ended_at,
            begun_by: self.begun_by,
            ended_by,
            within: self.within,
            context: self.context,
        }
    }
}

/// What pi calls a message.
fn is_message(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::User { .. } | Kind::Assistant(_) | Kind::ToolResult(_) | Kind::Shell { .. }
    )
}

/// How many characters the event's JSON has, or somewhat more than `enough`.
fn characters(event: &Event, enough: u64) -> u64 {
    struct Count {
        characters: u64,
        enough: u64,
    }
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let continued = |byte: &&u8| **byte & 0xC0 == 0x80;
            let characters = bytes.len() - bytes.iter().filter(continued).count();
            self.characters += characters as u64;
            if self.characters >= self.enough {
                return Err(io::Error::other("enough"));
            }
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count {
        characters: 0,
        enough,
    };
    // The error says that it is enough, and serves for nothing else.
    let _ = serde_json::to_writer(&mut count, event);
    count.characters
}
