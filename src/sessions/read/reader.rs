//! The state of one file: how far it was read, what is known of it, and whether it is still the same.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::anchor::{Anchor, Identity};
use super::entry::{At, Sink};
use super::format::{Format, agent_of_line};
use super::lines::{self, Content, Line, each_line};
use super::mend::mended;
use super::place;
use crate::sessions::model::{Agent, Event, Session};
use crate::system::filesystem;

/// What is known of one file of an agent. Stored as JSON between runs; one that cannot be read any more is begun anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reader {
    /// Whose it is by where it lies; its lines have the last word.
    by_place: Option<Agent>,
    /// The name of the file, without its ending.
    name: String,
    identity: Option<Identity>,
    /// Behind the last line that was read, in bytes.
    offset: u64,
    anchor: Option<Anchor>,
    lines: u64,
    broken: Broken,
    session: Option<Session>,
    format: Option<Format>,
}

/// How many lines could not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// No JSON.
    pub not_json: u64,
    /// JSON, but no object.
    pub not_object: u64,
    /// An object in which a field stands twice.
    pub ambiguous: u64,
    /// Longer than what is read.
    pub too_long: u64,
    /// How long these are together, in bytes.
    pub too_long_bytes: u64,
    /// Objects before any that tells whose file it is.
    pub unknown: u64,
}

impl Broken {
    /// How many lines in all.
    pub fn total(self) -> u64 {
        self.not_json + self.not_object + self.ambiguous + self.too_long + self.unknown
    }
}

/// What has become of a file since it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not read before.
    New,
    /// Nothing.
    Unchanged,
    /// Something may have been appended.
    Appended,
    /// It is another file, or was cut or written over: all of it is read again, and what was made of it is to go.
    Rewritten,
}

/// What one reading brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What had become of the file.
    pub change: Change,
    /// Where reading began, in bytes.
    pub from: u64,
    /// Behind the last whole line, in bytes.
    pub to: u64,
    /// How many bytes follow that have no line end yet.
    pub waiting: u64,
    /// How many events came.
    pub events: u64,
}

impl Reader {
    /// Of the file at `path`, of which nothing was read; `by_place` says whose the folder is that it lies in.
    pub fn new(path: &Path, by_place: Option<Agent>) -> Self {
        let name = path.file_stem().unwrap_or_default();
        Self {
            by_place: by_place.or_else(|| Agent::of_path(path)),
            name: name.to_string_lossy().into_owned(),
            identity: None,
            offset: 0,
            anchor: None,
            lines: 0,
            broken: Broken::default(),
            session: None,
            format: None,
        }
    }

    /// What is known of the session; none before a line has told whose it is.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// How many lines were read, broken ones among them.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// How many of them could not be read.
    pub fn broken(&self) -> Broken {
        self.broken
    }

    /// How far the file was read, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// How the file stood when it was read last.
    pub fn identity(&self) -> Option<Identity> {
        self.identity
    }

    /// What has become of `source`, which stands as `identity` says, since it was read.
    pub fn change(
        &self,
        source: &mut (impl Read + Seek),
        identity: Identity,
    ) -> io::Result<Change> {
        let Some(known) = self.identity else {
            return Ok(Change::New);
        };
        if known == identity {
            return Ok(Change::Unchanged);
        }
        let same_time = known.modified_ns == identity.modified_ns;
        // Whoever writes and leaves the size as it was has not appended.
        if identity.size < known.size || identity.size == known.size && !same_time {
            return Ok(Change::Rewritten);
        }
        // Another device or inode alone means little: it may have been mounted or copied anew.
        let holds = match &self.anchor {
            Some(anchor) => anchor.holds(source)?,
            None => self.offset == 0,
        };
        Ok(match (holds, identity.size == known.size) {
            (false, _) => Change::Rewritten,
            (true, true) => Change::Unchanged,
            (true, false) => Change::Appended,
        })
    }

    /// Reads what is new in the file at `path` and gives its events to `out`, in their order.
    ///
    /// If reading fails, nothing is changed here, and events that came already come again.
    pub fn read_file(&mut self, path: &Path, out: &mut dyn FnMut(Event)) -> io::Result<Progress> {
        let (mut file, identity) = open(path)?;
        self.read(&mut file, identity, out)
    }

    /// Reads what is new in `source`, which stands as `identity` says.
    pub fn read(
        &mut self,
        source: &mut (impl Read + Seek),
        identity: Identity,
        out: &mut dyn FnMut(Event),
    ) -> io::Result<Progress> {
        let change = self.change(source, identity)?;
        if change == Change::Unchanged {
            self.identity = Some(identity);
            return Ok(Progress {
                change,
                from: self.offset,
                to: self.offset,
                waiting: identity.size.saturating_sub(self.offset),
                events: 0,
            });
        }
        let mut next = self.clone();
        if change == Change::Rewritten {
            next = next.anew();
        }
        let from = next.offset;
        let mut events = 0;
        let mut counted = |event: Event| {
            events += 1;
            out(event);
        };
        source.seek(SeekFrom::Start(from))?;
        // What is appended meanwhile is another time's: the identity does not tell of it.
        let mut told = source.take(identity.size.saturating_sub(from));
        let end = each_line(&mut told, from, lines::LONGEST, |line| {
            next.line(line, &mut counted);
        })?;
        next.offset = end.offset;
        next.anchor = Anchor::better(end.anchor, next.anchor);
        next.identity = Some(identity);
        *self = next;
        Ok(Progress {
            change,
            from,
            to: end.offset,
            waiting: end.waiting,
            events,
        })
    }

    fn anew(self) -> Self {
        Self {
            identity: None,
            offset: 0,
            anchor: None,
            lines: 0,
            broken: Broken::default(),
            session: None,
            format: None,
            ..self
        }
    }

    fn line(&mut self, line: Line<'_>, out: &mut dyn FnMut(Event)) {
        self.lines += 1;
        let at = At {
            number: self.lines,
            offset: line.offset,
        };
        let bytes = match line.content {
            Content::Whole(bytes) => bare(bytes),
            Content::TooLong(length) => {
                self.broken.too_long += 1;
                self.broken.too_long_bytes += length;
                return;
            }
        };
        if bytes.is_empty() {
            return;
        }
        if !bytes.starts_with(b"{") {
            match serde_json::from_slice::<IgnoredAny>(bytes) {
                Ok(_) => self.broken.not_object += 1,
                Err(_) => self.broken.not_json += 1,
            }
            return;
        }
        let result = self
            .object(at, bytes, out)
            .or_else(|error| match mended(bytes) {
                Some(bytes) => self.object(at, &bytes, out),
                None => Err(error),
            });
        match result {
            Ok(true) => {}
            Ok(false) => self.broken.unknown += 1,
            Err(error) if error.is_data() => self.broken.ambiguous += 1,
            Err(_) => self.broken.not_json += 1,
        }
    }

    /// Reads an object; false if it does not tell whose it is, and no earlier one did.
    fn object(
        &mut self,
        at: At,
        bytes: &[u8],
        out: &mut dyn FnMut(Event),
    ) -> serde_json::Result<bool> {
        if self.format.is_none() {
            let Some(agent) = agent_of_line(bytes)?.or(self.by_place) else {
                return Ok(false);
            };
            self.session = Some(session(agent, &self.name));
            self.format = Some(Format::of(agent));
        }
        let (Some(format), Some(session)) = (&mut self.format, &mut self.session) else {
            return Ok(false);
        };
        format.line(at, bytes, &mut Sink { out, session })?;
        Ok(true)
    }
}

/// Opens a file that can be read, and says how it stands. What is no regular file is an error.
pub fn open(path: &Path) -> io::Result<(File, Identity)> {
    let file = filesystem::open_regular_linked(path)?;
    let identity = Identity::of(&file.metadata()?);
    Ok((file, identity))
}

/// What is known of a session by the name of its file.
fn session(agent: Agent, name: &str) -> Session {
    Session {
        agent,
        id: place::session_id(agent, name).to_owned(),
        folder: None,
        started_at: None,
        parent: None,
        version: None,
        branch: None,
        commit: None,
    }
}

/// A line without what stands around it: white space, a byte order mark, blocks of NUL bytes.
fn bare(line: &[u8]) -> &[u8] {
    let mut line = line;
    loop {
        let shorter = line.trim_ascii();
        let shorter = shorter.strip_prefix(b"\xef\xbb\xbf").unwrap_or(shorter);
        let shorter = shorter.strip_prefix(b"\0").unwrap_or(shorter);
        let shorter = shorter.strip_suffix(b"\0").unwrap_or(shorter);
        if shorter.len() == line.len() {
            return line;
        }
        line = shorter;
    }
}
