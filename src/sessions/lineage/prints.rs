//! What is kept of a file's events to compare it with other files.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use crate::sessions::entry::{EntryDigest, entry_digest};
use crate::sessions::model::{Agent, Event, Kind, Link, Session};
use crate::sessions::read::Reader;

/// By what files are found that may be of one family: sessions of which one is a copy of the other, or both of a third,
/// share at least one.
pub type Key = EntryDigest;

/// What is kept of one event, in 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Print {
    /// The digest of its id.
    pub(super) id: u64,
    /// Of what was said: the digest of everything said up to here since the beginning or the last compaction, so that two
    /// that are equal say that all before is. Of anything else: the digest of what it is.
    pub(super) words: u64,
    /// In milliseconds since 1970; [`NEVER`] if unknown.
    at: i64,
    /// Where its line begins in the file in bytes, before eight bits of marks.
    place: u64,
}

/// The time of what has none.
const NEVER: i64 = i64::MIN;

/// The entry has an id of its own: no number of a line.
const NAMED: u64 = 1;
/// It was said: words, tools' answers, summaries.
const SAID: u64 = 1 << 1;
/// It is an answer, of a model or a tool: users say the same again, these do not.
const ANSWER: u64 = 1 << 2;
/// An id that its maker gave out once is among what was said: of an answer, or of a call.
const UNIQUE: u64 = 1 << 3;
/// It is of a sub-agent.
const SIDECHAIN: u64 = 1 << 4;
/// It stands beside the conversation.
const ASIDE: u64 = 1 << 5;
const MARKS: u32 = 8;

impl Print {
    /// The digest of its id: see [`entry_digest`].
    pub fn entry(&self) -> EntryDigest {
        self.id.to_le_bytes()
    }

    /// When, to the millisecond.
    pub fn at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.at).ok()
    }

    /// When, in milliseconds since 1970, if that is known.
    pub(super) fn milliseconds(&self) -> Option<i64> {
        (self.at != NEVER).then_some(self.at)
    }

    /// Where its line begins in the file, in bytes.
    pub fn offset(&self) -> u64 {
        self.place >> MARKS
    }

    pub(super) fn is_named(&self) -> bool {
        self.place & NAMED != 0
    }

    pub(super) fn is_said(&self) -> bool {
        self.place & SAID != 0
    }

    pub(super) fn is_answer(&self) -> bool {
        self.place & ANSWER != 0
    }

    /// Whether what was said up to here can have been said in one conversation only.
    pub(super) fn is_unique(&self) -> bool {
        self.is_answer() && self.place & UNIQUE != 0
    }

    pub(super) fn is_aside(&self) -> bool {
        self.place & ASIDE != 0
    }

    /// Whether it is an entry of the main conversation.
    pub(super) fn is_entry(&self) -> bool {
        self.place & (ASIDE | SIDECHAIN) == 0
    }
}

/// What is kept of a file. At most [`Prints::MOST`] events are: what comes after them is taken for the session's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prints {
    session: Option<Session>,
    events: Vec<Print>,
    keys: Vec<Key>,
    /// Everything said since the beginning or the last compaction.
    said: u64,
    unique: bool,
    /// Whether any entry of the main conversation has come.
    begun: bool,
    /// Whether the first answer since the last beginning is still to come.
    awaits_answer: bool,
}

impl Prints {
    /// How many events are kept at most: 32 MiB.
    pub const MOST: usize = 1 << 20;
    /// How many keys are kept at most: beginnings, compactions and the first answers after them.
    pub const MOST_KEYS: usize = 1024;

    /// Reads the file at `path`; `by_place` says whose the folder is that it lies in.
    pub fn read(path: &Path, by_place: Option<Agent>) -> io::Result<Self> {
        let mut prints = Self::default();
        let mut reader = Reader::new(path, by_place);
        reader.read_file(path, &mut |event| prints.add(&event))?;
        prints.session = reader.session().cloned();
        Ok(prints)
    }

    /// Takes in the next event of the file.
    pub fn add(&mut self, event: &Event) {
        if self.events.len() >= Self::MOST {
            return;
        }
        let said = is_said(&event.kind);
        let mut marks = 0;
        let mut mark = |holds: bool, bit: u64| marks |= if holds { bit } else { 0 };
        mark(is_named(&event.id), NAMED);
        mark(event.sidechain, SIDECHAIN);
        mark(matches!(event.link, Link::Aside), ASIDE);
        // Sub-agents speak in between, and copies leave them out.
        let words = if said && !event.sidechain {
            let compaction = matches!(event.kind, Kind::Compaction { .. });
            if compaction {
                (self.said, self.unique) = (0, false);
            }
            self.unique |= has_unique_id(&event.kind);
            self.said = digest(self.said, &event.kind);
            mark(true, SAID);
            mark(is_answer(&event.kind), ANSWER);
            mark(self.unique, UNIQUE);
            self.said
        } else {
            digest(0, &event.kind)
        };
        let id = of_id(&event.id);
        let print = Print {
            id,
            words,
            at: event.at.map_or(NEVER, Timestamp::as_millisecond),
            place: event.offset << MARKS | marks,
        };
        self.key(event, &print);
        self.events.push(print);
    }

    /// A copy begins where its original does, or at a compaction of it. Where copies have ids of their own, the first answer
    /// still has the one that it was given.
    fn key(&mut self, event: &Event, print: &Print) {
        if !print.is_entry() {
            return;
        }
        let compaction = matches!(event.kind, Kind::Compaction { .. });
        let begins = !self.begun || compaction || matches!(event.link, Link::Root);
        self.begun = true;
        self.awaits_answer |= begins;
        if begins && print.is_named() {
            self.keep(print.id);
        }
        if self.awaits_answer
            && let Some(id) = unique_id(&event.kind)
        {
            self.awaits_answer = false;
            self.keep(of_id(id));
        }
    }

    fn keep(&mut self, key: u64) {
        let key = key.to_le_bytes();
        if self.keys.len() < Self::MOST_KEYS && !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }

    /// What the file's head says of the session, if it was read.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// By what others of its family are found: the digests of the ids of its first entry, of every other beginning and
    /// compaction, and of the first answer after each. In the order of the file, each once.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// What is kept of each event, in the order of the file.
    pub fn events(&self) -> &[Print] {
        &self.events
    }
}

/// The id of the event that stands `at` this place among those of the file at `path`.
pub fn event_id(path: &Path, by_place: Option<Agent>, at: usize) -> io::Result<Option<String>> {
    let mut passed = 0;
    let mut found = None;
    Reader::new(path, by_place).read_file(path, &mut |event| {
        if passed == at {
            found = Some(event.id);
        }
        passed += 1;
    })?;
    Ok(found)
}

impl<'a> FromIterator<&'a Event> for Prints {
    fn from_iter<Events: IntoIterator<Item = &'a Event>>(events: Events) -> Self {
        let mut prints = Self::default();
        for event in events {
            prints.add(event);
        }
        prints
    }
}

/// Whether an id is the entry's own: readers number the lines of what has none.
fn is_named(id: &str) -> bool {
    let number = id.strip_prefix('L').unwrap_or_default();
    number.is_empty() || number.bytes().any(|byte| !byte.is_ascii_digit())
}

fn is_said(kind: &Kind) -> bool {
    !matches!(
        kind,
        Kind::ModelChange(_) | Kind::Name { .. } | Kind::Spent { .. } | Kind::Opaque { .. }
    )
}

fn is_answer(kind: &Kind) -> bool {
    matches!(kind, Kind::Assistant(_) | Kind::ToolResult(_))
}

/// The id that the provider of a model gave an answer, or a call in it.
fn unique_id(kind: &Kind) -> Option<&str> {
    let Kind::Assistant(answer) = kind else {
        return None;
    };
    let calls = answer.calls.iter().map(|call| call.id.as_str());
    let mut ids = answer.request.as_deref().into_iter().chain(calls);
    ids.find(|id| !id.is_empty() && is_named(id))
}

fn has_unique_id(kind: &Kind) -> bool {
    unique_id(kind).is_some()
}

fn first_eight(hash: blake3::Hash) -> u64 {
    let mut head = [0; 8];
    head.iter_mut()
        .zip(hash.as_bytes())
        .for_each(|(to, from)| *to = *from);
    u64::from_le_bytes(head)
}

fn of_id(id: &str) -> u64 {
    u64::from_le_bytes(entry_digest(id))
}

/// The digest of what an event says, after what was said `before`. Copies are counted, numbered and priced anew, and may run
/// on another provider: none of that is in it.
fn digest(before: u64, kind: &Kind) -> u64 {
    let mut parts = Parts::default();
    parts.number(before);
    match kind {
        Kind::User { text, images } => parts.all("user", [text]).number((*images).into()),
        Kind::Assistant(answer) => {
            parts.all("assistant", [&answer.text]);
            parts.all("", answer.request.as_ref());
            parts.all("", answer.error.as_ref());
            for call in &answer.calls {
                parts.all("call", [&call.tool]).value(&call.arguments);
            }
            &mut parts
        }
        Kind::ToolResult(result) => parts.all("result", [&result.text]),
        Kind::Shell {
            command, output, ..
        } => parts.all("shell", [command, output]),
        Kind::Compaction { summary, .. } => parts.all("compaction", [summary]),
        Kind::BranchSummary { summary, .. } => parts.all("branch", [summary]),
        Kind::RolledBack { turns } => parts.text("back").number(*turns),
        Kind::Custom { name, data } => parts.all("custom", [name]).value(data),
        Kind::ModelChange(model) => parts.all("model", [&model.name]),
        Kind::Name { name } => parts.all("name", [name]),
        // What a copy tells was spent was spent by its original.
        Kind::Spent { .. } => parts.text("opaque").text("token_count"),
        Kind::Opaque { name } => parts.all("opaque", [name]),
    };
    first_eight(parts.0.finalize())
}

/// A digest of parts, each with its length before it.
#[derive(Default)]
struct Parts(blake3::Hasher);

impl Parts {
    fn number(&mut self, number: u64) -> &mut Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64).0.update(text.as_bytes());
        self
    }

    fn all<'a>(&mut self, name: &str, texts: impl IntoIterator<Item = &'a String>) -> &mut Self {
        self.text(name);
        for text in texts {
            self.text(text);
        }
        self
    }

    /// Whatever the order of fields. No deeper than JSON is read.
    fn value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::Array(values) => {
                self.number(values.len() as u64);
                for value in values {
                    self.value(value);
                }
            }
            Value::Object(fields) => {
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_by_key(|(name, _)| *name);
                self.number(fields.len() as u64);
                for (name, value) in fields {
                    self.text(name).value(value);
                }
            }
            Value::String(text) => {
                self.text(text);
            }
            other => {
                self.text(&other.to_string());
            }
        }
        self
    }
}
