//! Bringing the graph up to date with the files of sessions.
//!
//! Files are read side by side and stored some dozens at a time by whoever called, each with how far it was read: a scan that
//! is killed, or has no time left, leaves what the next one goes on from.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::origins::{self, Origins};
use super::plan::{Candidate, plan};
use super::room::Room;
use super::update;
use crate::graph::clean::Clean;
use crate::graph::db::{Applied, CommitLink, FileUpdate, Graph, GraphError, KnownFile};
use crate::sessions::Session;
use crate::sessions::commits::Seen;
use crate::sessions::find::{Found, Walked};
use crate::sessions::follow::{Ask, Followed, Origin};
use crate::sessions::ready::Thresholds;
use crate::sessions::segment::Minimum;

/// So many files are stored at once.
const FILES: usize = 256;
/// So much is stored at once, in bytes, as far as it is counted.
const BYTES: usize = 8 * 1024 * 1024;
/// When nothing comes for so long, what came is stored.
const QUIET: Duration = Duration::from_millis(50);
/// So many files may be handed out and not be read.
const AHEAD: usize = 256;
/// So much of what was read may wait to be stored, in bytes.
const ROOM: usize = 32 * 1024 * 1024;

/// How sessions are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// When they are finished.
    pub thresholds: Thresholds,
    /// What is too small for a segment.
    pub minimum: Minimum,
    /// Whether what was said is kept.
    pub words: bool,
    /// The name of this machine.
    pub computer: &'a str,
    /// How many files are read side by side.
    pub readers: NonZeroUsize,
}

/// What a scan does, as it does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So much is to be read.
    Planned {
        /// Files.
        files: u64,
        /// Bytes that are new in them.
        bytes: u64,
    },
    /// So many bytes were read.
    Read(u64),
}

/// What a scan came to.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Files that were read.
    pub read: usize,
    /// What came of them.
    pub applied: Applied,
    /// Files that were being written, and left in peace.
    pub active: usize,
    /// Files that are not there any more.
    pub gone: usize,
    /// Files for which there was no time.
    pub left: usize,
    /// Lines that could not be read, in the files that were read.
    pub broken_lines: u64,
    /// What could not be looked at or read, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// Brings the graph up to date with the files that were found. `is_over` is asked before each file is begun; `commits` says
/// which commits of a session's are meant by what it told of them.
pub fn scan(
    graph: &mut Graph,
    walked: &Walked,
    settings: &Settings<'_>,
    now: Timestamp,
    is_over: &dyn Fn() -> bool,
    commits: &mut dyn FnMut(&str, &[Seen]) -> Vec<CommitLink>,
    listener: &mut dyn FnMut(Step),
) -> Result<Scanned, GraphError> {
    let known = graph.known_files()?;
    let nodes_before = graph.node_count()?;
    let plan = plan(&known, walked, &settings.thresholds, settings.words, now);
    let unreadable = walked.unreadable.iter();
    let mut scan = Scan {
        origins: Origins::new(walked),
        commits,
        settings,
        now,
        is_over,
        listener,
        done: Scanned {
            active: plan.active,
            gone: plan.gone.len(),
            unreadable: unreadable
                .map(|(path, error)| (path.clone(), error.to_string()))
                .collect(),
            ..Scanned::default()
        },
        graph,
    };
    let gone: Vec<&Path> = plan.gone.iter().map(PathBuf::as_path).collect();
    scan.graph.files_gone(&gone, now)?;
    scan.remember(plan.ahead)?;
    scan.announce(&plan.candidates, &known);
    scan.read(plan.candidates)?;
    let fresh = scan.graph.fresh_files()?;
    if !fresh.is_empty() {
        let orphans = scan.orphans(walked, &fresh)?;
        scan.read(orphans)?;
        let copies = scan.copies(walked, &fresh)?;
        scan.read(copies)?;
        // Otherwise the next scan goes on with it.
        if scan.done.left == 0 {
            scan.graph.compared()?;
        }
    }
    // A fork that is read before its parent makes nodes that are taken back.
    let new = scan.graph.node_count()?.saturating_sub(nodes_before);
    let mut done = scan.done;
    done.applied.nodes = usize::try_from(new).unwrap_or(usize::MAX);
    Ok(done)
}

struct Scan<'a> {
    graph: &'a mut Graph,
    origins: Origins<'a>,
    settings: &'a Settings<'a>,
    now: Timestamp,
    is_over: &'a dyn Fn() -> bool,
    commits: &'a mut dyn FnMut(&str, &[Seen]) -> Vec<CommitLink>,
    listener: &'a mut dyn FnMut(Step),
    done: Scanned,
}

/// What was found, by path: made when it is first asked for.
type ByPath<'a> = OnceCell<HashMap<&'a OsStr, &'a Found>>;

fn found<'a>(files: &ByPath<'a>, walked: &'a Walked, path: &Path) -> Option<&'a Found> {
    let files = files.get_or_init(|| {
        let files = walked.files.iter();
        files.map(|it| (it.path.as_os_str(), it)).collect()
    });
    files.get(path.as_os_str()).copied()
}

/// A file for a reader.
struct Errand {
    candidate: Candidate,
    state: Option<serde_json::Value>,
}

/// What a reader says.
enum Word {
    /// A part of a file was read.
    Part(Box<Part>),
    /// A file was read, with so many broken lines, or could not be.
    Done(PathBuf, Result<u64, String>),
}

/// A part of a file that was read.
struct Part {
    update: Clean<FileUpdate>,
    /// So many bytes of the file.
    bytes: u64,
    /// The commits that it told of.
    seen: Vec<Seen>,
    /// The room that it takes.
    weight: usize,
}

impl Scan<'_> {
    /// Remembers since when files are seen as they stand.
    fn remember(&mut self, ahead: Vec<Found>) -> Result<(), GraphError> {
        let seen = ahead.into_iter().map(|found| {
            let mut update = FileUpdate::new(found.path, &serde_json::Value::Null);
            update.identity = found.identity;
            update.look_at = Some(self.now);
            Clean::promise(update)
        });
        let seen: Vec<_> = seen.collect();
        self.graph.apply(&seen, self.now)?;
        Ok(())
    }

    /// Forks that waited for a session that is here now, under whatever name, or of which, or of whose parent, there is more.
    fn orphans(
        &self,
        walked: &Walked,
        fresh: &HashSet<PathBuf>,
    ) -> Result<Vec<Candidate>, GraphError> {
        let mut orphans = Vec::new();
        let files = OnceCell::new();
        for (path, parent) in self.graph.found_parents()? {
            let known = self.origin(&path)?;
            let may_differ = match &known {
                Some(Origin::Copied { partly, .. }) => {
                    partly.fork && fresh.contains(&path) || fresh.contains(&parent)
                }
                _ => true,
            };
            if may_differ
                && let Some(found) = found(&files, walked, &path)
                && let Ok(Some(origin)) = origins::between(&path, found.agent, &parent)
                && known.as_ref() != Some(&origin)
            {
                orphans.push(anew(found, origin));
            }
        }
        Ok(orphans)
    }

    /// Where a file's own entries begin, as far as is known.
    fn origin(&self, path: &Path) -> Result<Option<Origin>, GraphError> {
        let state = self.graph.file_state(path)?;
        let state = state.and_then(|state| serde_json::from_value::<Followed>(state).ok());
        Ok(state.as_ref().and_then(Followed::origin).cloned())
    }

    /// Files that are copies of others, or are none, otherwise than was thought: what a family of them is, only all of it tells.
    fn copies(
        &self,
        walked: &Walked,
        fresh: &HashSet<PathBuf>,
    ) -> Result<Vec<Candidate>, GraphError> {
        let mut copies = Vec::new();
        let files = OnceCell::new();
        for family in self.graph.families()? {
            if !family.iter().any(|(path, _)| fresh.contains(path)) {
                continue;
            }
            for (path, origin) in origins::of_family(&family) {
                let found = found(&files, walked, &path);
                let is_known = self.origin(&path)?.as_ref() == Some(&origin);
                copies.extend(found.filter(|_| !is_known).map(|found| anew(found, origin)));
            }
        }
        Ok(copies)
    }

    fn announce(&mut self, candidates: &[Candidate], known: &[KnownFile]) {
        let of_path: HashMap<&Path, u64> = known
            .iter()
            .map(|it| (it.path.as_path(), it.identity.size))
            .collect();
        let new = candidates.iter().map(|it| {
            let read = of_path.get(it.found.path.as_path()).copied();
            let read = read.filter(|_| !it.anew).unwrap_or(0);
            it.found.identity.size.saturating_sub(read)
        });
        (self.listener)(Step::Planned {
            files: candidates.len() as u64,
            bytes: new.sum(),
        });
    }

    /// Reads files side by side, and stores what came of them.
    fn read(&mut self, candidates: Vec<Candidate>) -> Result<(), GraphError> {
        let readers = self.settings.readers.get().min(candidates.len());
        let (to_readers, errands) = mpsc::channel::<Errand>();
        let (tell, words) = mpsc::channel::<Word>();
        let shared = Shared {
            errands: Mutex::new(errands),
            room: Room::new(ROOM),
            settings: self.settings,
            origins: self.origins.clone(),
            now: self.now,
        };
        thread::scope(|scope| {
            for _ in 0..readers {
                let (tell, shared) = (tell.clone(), &shared);
                scope.spawn(move || shared.read(&tell));
            }
            drop(tell);
            let kept = self.keep_busy(candidates, &to_readers, &words, &shared.room);
            // Readers end when there is nothing more to come, and nobody who listens or makes room.
            drop((to_readers, words));
            shared.room.close();
            kept
        })
    }

    /// Hands out files and takes in what comes of them, until all of it is stored.
    fn keep_busy(
        &mut self,
        candidates: Vec<Candidate>,
        readers: &Sender<Errand>,
        words: &Receiver<Word>,
        room: &Room,
    ) -> Result<(), GraphError> {
        let mut waiting = candidates.into_iter();
        let mut out = 0;
        let mut batch = Batch::default();
        loop {
            while out < AHEAD && waiting.len() > 0 && !(self.is_over)() {
                let Some(candidate) = waiting.next() else {
                    break;
                };
                let state = if candidate.is_known && !candidate.anew {
                    self.graph.file_state(&candidate.found.path)?
                } else {
                    None
                };
                // Readers end only when this end is closed.
                if readers.send(Errand { candidate, state }).is_err() {
                    break;
                }
                out += 1;
            }
            if out == 0 {
                break;
            }
            let word = match words.recv_timeout(QUIET) {
                Ok(word) => word,
                // Somebody may wait for the room that this takes.
                Err(RecvTimeoutError::Timeout) => {
                    room.free(batch.store(self.graph, self.now, &mut self.done.applied)?);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            match word {
                Word::Part(part) => {
                    (self.listener)(Step::Read(part.bytes));
                    let mut update = part.update.into_inner();
                    if let Some(session) = update.session.as_ref().filter(|_| !part.seen.is_empty())
                    {
                        update.commits = (self.commits)(&session.id, &part.seen);
                    }
                    batch.add(Clean::promise(update), part.weight);
                    if batch.is_full() {
                        room.free(batch.store(self.graph, self.now, &mut self.done.applied)?);
                    }
                }
                Word::Done(_, Ok(broken)) => {
                    out -= 1;
                    self.done.read += 1;
                    self.done.broken_lines += broken;
                }
                Word::Done(path, Err(error)) => {
                    out -= 1;
                    self.done.unreadable.push((path, error));
                }
            }
        }
        self.done.left += waiting.len();
        batch.store(self.graph, self.now, &mut self.done.applied)?;
        Ok(())
    }
}

/// A known file that is to be read from its beginning.
fn anew(found: &Found, origin: Origin) -> Candidate {
    Candidate {
        found: found.clone(),
        is_known: true,
        unchanged_since: None,
        anew: true,
        origin: Some(origin),
    }
}

/// What is to be stored.
#[derive(Default)]
struct Batch {
    updates: Vec<Clean<FileUpdate>>,
    weight: usize,
}

impl Batch {
    fn add(&mut self, update: Clean<FileUpdate>, weight: usize) {
        self.weight += weight;
        self.updates.push(update);
    }

    fn is_full(&self) -> bool {
        self.updates.len() >= FILES || self.weight >= BYTES
    }

    /// Stores it; how much it weighed.
    fn store(
        &mut self,
        graph: &mut Graph,
        now: Timestamp,
        applied: &mut Applied,
    ) -> Result<usize, GraphError> {
        applied.add(graph.apply(&self.updates, now)?);
        self.updates.clear();
        Ok(std::mem::take(&mut self.weight))
    }
}

/// What a part weighs: its words, and a little for everything else.
fn weight(update: &FileUpdate) -> usize {
    const REST: usize = 16 * 1024;
    let messages = update.messages.iter().flatten();
    messages.map(|message| message.text.len()).sum::<usize>() + REST
}

/// What readers share.
struct Shared<'a> {
    errands: Mutex<Receiver<Errand>>,
    room: Room,
    settings: &'a Settings<'a>,
    origins: Origins<'a>,
    now: Timestamp,
}

impl Shared<'_> {
    /// Reads one file after the other until there are no more.
    fn read(&self, tell: &Sender<Word>) {
        loop {
            let errands = self.errands.lock();
            let next = errands.unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(errand) = next else { return };
            let path = errand.candidate.found.path.clone();
            let result = self.read_one(errand, tell);
            // Nobody listens any more: the scan has failed.
            if tell.send(Word::Done(path, result)).is_err() {
                return;
            }
        }
    }

    /// Reads what is new in one file, part by part; the number of broken lines in it.
    fn read_one(&self, errand: Errand, tell: &Sender<Word>) -> Result<u64, String> {
        let settings = self.settings;
        let Candidate {
            found,
            unchanged_since,
            anew,
            origin,
            ..
        } = errand.candidate;
        let state = errand
            .state
            .and_then(|state| serde_json::from_value(state).ok());
        let mut state = state.unwrap_or_else(|| Followed::new(&found.path, found.agent));
        let find_origin = |path: &Path, session: &Session| match &origin {
            Some(origin) => Ok(origin.clone()),
            None => self.origins.of(path, session),
        };
        let mut ask = Ask {
            now: self.now,
            thresholds: settings.thresholds,
            minimum: settings.minimum,
            synced: found.computer.is_some(),
            unchanged_since,
            words: settings.words,
            anew,
            origin: &find_origin,
        };
        let computer = found.computer.as_deref().unwrap_or(settings.computer);
        loop {
            let before = state.read_to();
            let mut account = match state.read(&found.path, found.agent, &ask) {
                Ok(account) => account,
                // It went meanwhile; the next scan says so.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
                Err(error) => return Err(error.to_string()),
            };
            let next = account.more.then(|| account.state.clone());
            let broken = account.state.broken_lines();
            let from = if account.whole { 0 } else { before };
            let bytes = account.identity.size.saturating_sub(from);
            let seen = std::mem::take(&mut account.commits);
            let update = update(found.path.clone(), account, computer, settings.words)
                .map_err(|error| error.to_string())?;
            let weight = weight(update.get());
            self.room.take(weight);
            let part = Part {
                update,
                bytes,
                seen,
                weight,
            };
            let is_heard = tell.send(Word::Part(Box::new(part))).is_ok();
            match next.filter(|_| is_heard) {
                Some(next) => state = next,
                None => return Ok(broken),
            }
            ask.anew = false;
        }
    }
}
