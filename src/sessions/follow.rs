//! Following one session's file: what was read of it, what is new, and what of that is finished.
//!
//! What is known is stored between runs, so that a file that grows is never read again from its beginning; a file that became
//! another one is. A long file is read in pieces, each of which leaves a state that can be gone on from.

use std::fs::File;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::boundary::{Boundary, is_note};
use super::commits::{Commits, Seen};
use super::digest::{Digest, Piece};
use super::entry::{Entries, EntryDigest, entry_digest};
use super::facts::{Fact, Speaker, facts};
use super::lineage::{Cut, ForkPoint, Key, Prints};
use super::model::{Agent, Event, Kind, Session};
use super::read::{self, Change, Identity, Reader};
use super::ready::{Look, Reason, Thresholds, next_look, readiness};
use super::redact::{excerpt, redact};
use super::segment::Minimum;

/// How much of a file is read before what came of it is handed on, in bytes.
pub const AT_ONCE: u64 = 32 * 1024 * 1024;
/// As far as this, a file is read to learn whose it is, step by step, in bytes.
const HEADS: [u64; 4] = [2 * 1024, 16 * 1024, 128 * 1024, 1024 * 1024];
/// Of a message, so much is kept, in characters: what is longer was pasted.
const MESSAGE: usize = 64 * 1024;

/// What is known of a session's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Followed {
    reader: Reader,
    /// None if the file is no session, as far as it was read.
    course: Option<Course>,
    /// The segment that was told as the session's last, by its id.
    tail: Option<String>,
    /// The offset of the last boundary that was told.
    processed: Option<u64>,
}

/// Where a session's own entries begin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// At its beginning.
    #[default]
    Own,
    /// After what it has of the session that it was forked from.
    Copied {
        /// So many events are copies.
        events: usize,
        /// The last entry that both have, by its id in the other session.
        entry: Option<String>,
        /// The other session.
        parent: String,
        /// Which of the two may not be all there yet.
        #[serde(default, skip_serializing_if = "Partly::is_neither")]
        partly: Partly,
    },
    /// Nobody knows: the session that it was forked from is not here, and everything counts as its own until it is.
    Awaits {
        /// The other session.
        parent: String,
    },
}

/// Which of a fork and its parent may not be all there yet, as far as it matters to where the fork begins: files come from
/// other machines in pieces, and in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partly {
    /// The fork: it says nothing of its own.
    pub fork: bool,
    /// The parent: nothing in it is later than the fork.
    pub parent: bool,
}

impl Partly {
    /// Whether both are there.
    #[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
    pub const fn is_neither(&self) -> bool {
        !self.fork && !self.parent
    }
}

impl Origin {
    /// The session that it was forked from.
    pub fn parent(&self) -> Option<&str> {
        match self {
            Self::Own => None,
            Self::Copied { parent, .. } | Self::Awaits { parent } => Some(parent),
        }
    }

    /// The last entry that both have, by its id in the session that it was forked from.
    pub fn entry(&self) -> Option<&str> {
        match self {
            Self::Copied { entry, .. } => entry.as_deref(),
            Self::Own | Self::Awaits { .. } => None,
        }
    }

    /// The session that is waited for, or more of it or of the fork.
    pub fn awaits(&self) -> Option<&str> {
        match self {
            Self::Awaits { parent } => Some(parent),
            Self::Copied { parent, partly, .. } if !partly.is_neither() => Some(parent),
            Self::Copied { .. } | Self::Own => None,
        }
    }
}

/// What one wants to know of a file.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// The present.
    pub now: Timestamp,
    /// When sessions are finished.
    pub thresholds: Thresholds,
    /// What is too small for a segment.
    pub minimum: Minimum,
    /// Whether the file comes from another machine.
    pub synced: bool,
    /// Since when the file is known to stand as it does.
    pub unchanged_since: Option<Timestamp>,
    /// Whether what was said is wanted.
    pub words: bool,
    /// Whether to begin anew, whatever is known.
    pub anew: bool,
    /// Where the own entries of a session begin; asked when a file is read from its beginning.
    pub origin: &'a (dyn Fn(&Path, &Session) -> io::Result<Origin> + Sync),
}

/// A piece of work, and where forks may leave it.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The piece.
    pub piece: Piece,
    /// Its entries, notes among them.
    pub entries: Vec<EntryDigest>,
    /// The piece before, by its id.
    pub previous: Option<String>,
}

/// Something that was said, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The entry.
    pub entry: String,
    /// Who said it; nobody says a summary that took the place of what was said.
    pub speaker: Option<Speaker>,
    /// When.
    pub at: Option<Timestamp>,
    /// What.
    pub text: String,
}

/// A fact, and where it was said.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    /// The entry.
    pub entry: String,
    /// When.
    pub at: Option<Timestamp>,
    /// The fact.
    pub fact: Fact,
}

/// What one reading of a file came to.
#[derive(Clone, Debug)]
pub struct Account {
    /// What is known now.
    pub state: Followed,
    /// How the file stands, as far as it was read.
    pub identity: Identity,
    /// What its head says; none if it is no session.
    pub session: Option<Session>,
    /// Whether it was read from its beginning: what was told of it before does not count any more.
    pub whole: bool,
    /// Whether there is more to read.
    pub more: bool,
    /// Pieces of work that ended, with the last one if the session is over.
    pub ended: Vec<Ended>,
    /// The piece that was told as the last one and is not: it went on.
    pub undone: Option<String>,
    /// What was said, if it was asked for.
    pub said: Vec<Said>,
    /// What reads like facts in it, if it was asked for.
    pub facts: Vec<Noted>,
    /// Commits that it told of.
    pub commits: Vec<Seen>,
    /// By what others of its family are found.
    pub keys: Vec<Key>,
    /// Why it is finished, or that it goes on; none while there is more to read.
    pub reason: Option<Reason>,
    /// When it may be finished, though nothing is written to it any more.
    pub look_at: Option<Timestamp>,
}

impl Followed {
    /// Of a file of which nothing is known.
    pub fn new(path: &Path, agent: Option<Agent>) -> Self {
        Self {
            reader: Reader::new(path, agent),
            course: None,
            tail: None,
            processed: None,
        }
    }

    /// How many lines could not be read.
    pub fn broken_lines(&self) -> u64 {
        self.reader.broken().total()
    }

    /// How far it was read, in bytes.
    pub fn read_to(&self) -> u64 {
        self.reader.offset()
    }

    /// Where the session's own entries begin.
    pub fn origin(&self) -> Option<&Origin> {
        self.course.as_ref().map(|course| &course.origin)
    }

    /// Reads what is new.
    pub fn read(mut self, path: &Path, agent: Option<Agent>, ask: &Ask<'_>) -> io::Result<Account> {
        let (mut file, identity) = read::open(path)?;
        let change = self.reader.change(&mut file, identity)?;
        let is_new = matches!(change, Change::New | Change::Rewritten);
        // What was no session may have become one.
        let whole = is_new || ask.anew || self.course.is_none() && change == Change::Appended;
        if whole {
            self = Self::new(path, agent);
            self.course = begun(&self.reader, path, &mut file, identity, ask)?;
        }
        let Some(course) = &mut self.course else {
            return Ok(self.no_session(identity, whole));
        };
        let names_nobody = self
            .reader
            .session()
            .map_or(agent, |session| Some(session.agent))
            .is_none_or(|agent| agent == Agent::ClaudeCode);
        let mut taken = Taken {
            prints: names_nobody.then(Prints::default),
            ..Taken::default()
        };
        let mut to = identity
            .size
            .min(self.reader.offset().saturating_add(AT_ONCE));
        let mut step = AT_ONCE;
        loop {
            let part = Identity {
                size: to,
                ..identity
            };
            let progress = self.reader.read(&mut file, part, &mut |event| {
                course.take(event, ask, &mut taken);
            })?;
            // A line longer than what is read at once.
            if progress.to > progress.from || to >= identity.size {
                break;
            }
            step = step.saturating_mul(2);
            to = identity.size.min(to.saturating_add(step));
        }
        let more = to < identity.size;
        Ok(self.told(
            Identity {
                size: to,
                ..identity
            },
            whole,
            more,
            taken,
            ask,
        ))
    }

    fn no_session(self, identity: Identity, whole: bool) -> Account {
        Account {
            state: self,
            identity,
            session: None,
            whole,
            more: false,
            ended: Vec::new(),
            undone: None,
            said: Vec::new(),
            facts: Vec::new(),
            commits: Vec::new(),
            keys: Vec::new(),
            reason: None,
            look_at: None,
        }
    }

    /// What came of it.
    fn told(
        mut self,
        identity: Identity,
        whole: bool,
        more: bool,
        taken: Taken,
        ask: &Ask<'_>,
    ) -> Account {
        let look = Look {
            modified_at: Timestamp::from_nanosecond(identity.modified_ns.into())
                .unwrap_or(Timestamp::UNIX_EPOCH),
            size: identity.size,
            read_to: self.reader.offset(),
            unchanged_since: ask.unchanged_since,
            synced: ask.synced,
            last_entry_at: self.course.as_ref().and_then(|course| course.last_entry_at),
        };
        let mut ended = taken.ended;
        let mut reason = None;
        let mut look_at = None;
        let before = self.tail.take();
        if !more {
            let ready = readiness(
                ask.now,
                &look,
                &ask.thresholds,
                &taken.boundaries,
                self.processed,
            );
            reason = Some(ready.reason);
            let is_over = matches!(ready.reason, Reason::Idle | Reason::Stability);
            let last = self
                .course
                .as_ref()
                .filter(|_| is_over)
                .and_then(Course::last);
            self.tail = last.as_ref().map(|last| last.piece.segment.id.clone());
            ended.extend(last);
            if !is_over {
                look_at = next_look(ask.now, &look, &ask.thresholds);
            }
        }
        let undone = match before {
            // It may have gone on, and nothing takes its place yet.
            Some(id) if ended.is_empty() => {
                self.tail = Some(id);
                None
            }
            Some(id) if ended.iter().all(|it| it.piece.segment.id != id) => Some(id),
            _ => None,
        };
        self.processed = taken
            .boundaries
            .last()
            .map(|it| it.offset)
            .or(self.processed);
        Account {
            session: self.reader.session().cloned(),
            state: self,
            identity,
            whole,
            more,
            ended,
            undone,
            said: taken.said,
            facts: taken.facts,
            commits: taken.commits,
            keys: taken
                .prints
                .map_or_else(Vec::new, |prints| prints.keys().to_vec()),
            reason,
            look_at,
        }
    }
}

/// Begins a session's course, if the head of the file tells whose it is.
fn begun(
    reader: &Reader,
    path: &Path,
    file: &mut File,
    identity: Identity,
    ask: &Ask<'_>,
) -> io::Result<Option<Course>> {
    let mut head: Option<Session> = None;
    for most in HEADS {
        let size = identity.size.min(most);
        let mut peek = reader.clone();
        peek.read(file, Identity { size, ..identity }, &mut |_| {})?;
        head = peek.session().cloned().or(head);
        let is_told = head.as_ref().is_some_and(|head| head.folder.is_some());
        if is_told || size == identity.size {
            break;
        }
    }
    let Some(session) = head else {
        return Ok(None);
    };
    let origin = (ask.origin)(path, &session)?;
    let cut = match &origin {
        Origin::Own => Cut::none(),
        Origin::Copied { events, .. } => Cut::at(&ForkPoint {
            copied: *events,
            in_parent: None,
        }),
        Origin::Awaits { .. } => Cut::without_parent(),
    };
    Ok(Some(Course {
        digest: Digest::new(&session).at_least(ask.minimum),
        cut,
        origin,
        commits: Commits::new(&session),
        entries: Entries::default(),
        previous: None,
        last_entry_at: None,
    }))
}

/// A session as far as it was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Course {
    digest: Digest,
    cut: Cut,
    origin: Origin,
    commits: Commits,
    /// Those of the piece that has not ended.
    entries: Entries,
    /// The last piece that ended, by its id.
    previous: Option<String>,
    last_entry_at: Option<Timestamp>,
}

/// What came of a part of a file.
#[derive(Default)]
struct Taken {
    ended: Vec<Ended>,
    boundaries: Vec<Boundary>,
    said: Vec<Said>,
    facts: Vec<Noted>,
    commits: Vec<Seen>,
    /// Of an agent whose copies of sessions name nobody.
    prints: Option<Prints>,
}

impl Course {
    fn take(&mut self, event: Event, ask: &Ask<'_>, taken: &mut Taken) {
        self.last_entry_at = event.at.or(self.last_entry_at);
        if let Some(prints) = &mut taken.prints {
            prints.add(&event);
        }
        let is_own = self.cut.is_behind();
        let told = self.cut.next(&mut self.digest, &event);
        if !is_own {
            return;
        }
        taken.boundaries.extend(told.boundaries);
        if let Some(piece) = told.ended {
            let id = piece.segment.id.clone();
            taken.ended.push(Ended {
                piece,
                entries: std::mem::take(&mut self.entries.0),
                previous: self.previous.replace(id),
            });
        }
        taken.commits.extend(self.commits.next(&event));
        // What one line says besides has its id and more: no fork leaves there.
        if !event.sidechain && !event.id.contains('#') {
            self.entries.0.push(entry_digest(&event.id));
        }
        if ask.words && !event.sidechain && !is_note(&event.kind) {
            hear(event, taken);
        }
    }

    /// The piece that ends with the session.
    fn last(&self) -> Option<Ended> {
        Some(Ended {
            piece: self.digest.last()?,
            entries: self.entries.0.clone(),
            previous: self.previous.clone(),
        })
    }
}

/// Keeps what an event says.
fn hear(event: Event, taken: &mut Taken) {
    let (speaker, text) = match event.kind {
        Kind::User { text, .. } => (Some(Speaker::User), text),
        Kind::Assistant(answer) => (Some(Speaker::Agent), answer.text),
        Kind::Compaction { summary, .. } | Kind::BranchSummary { summary, .. } => (None, summary),
        _ => return,
    };
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    if let Some(speaker) = speaker {
        taken
            .facts
            .extend(facts(text, speaker).into_iter().map(|fact| Noted {
                entry: event.id.clone(),
                at: event.at,
                fact,
            }));
    }
    taken.said.push(Said {
        entry: event.id,
        speaker,
        at: event.at,
        text: kept(text),
    });
}

/// As much of a message as is kept, without secrets.
fn kept(text: &str) -> String {
    if text.len() <= MESSAGE {
        return redact(text).into_owned();
    }
    excerpt(text, MESSAGE)
}
