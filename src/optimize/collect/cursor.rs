//! How far a history was read, and how it is found again in a file that was written anew.
//!
//! What is appended is read from where reading ended, if the bytes at the file's beginning and before that place are what
//! they were. Otherwise the file was cut, rotated or written anew: bash writes its file when it exits, trimmed to
//! `HISTFILESIZE`, zsh and fish now and then. Then all of it is read again, and what was read before is found by the
//! digests of the newest [`KEPT`] entries:
//!
//! - Entries with times are themselves wherever they stand. The last one that is known is where reading had come to.
//! - Entries without are only known by their neighbours: the longest run of them that stands in both is the same. Where it
//!   is the beginning of the file and the end of what was read, the file was trimmed, and such a run counts twice, as does
//!   one of all that is known; of those that count alike the last is taken.
//!
//! What this cannot tell: without times, whether a command was typed once more or less in a row that is longer than what
//! is kept; and what a shell that exits writes over another's lines is lost as it is to the shells.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

use super::history::{Dialect, End, Entry, entries};
use crate::sessions::read::Identity;

/// So many entries are known by their digests: as many as bash keeps in its file if it is told nothing.
const KEPT: usize = 512;

/// So many bytes tell the beginning of a file, and the place where reading ended.
const TELLING: u64 = 512;

/// Shorter runs of entries without times stand in any two histories.
const SHORTEST_RUN: u32 = 3;

/// With what digests are keyed.
pub type Key = [u8; 32];

/// How far one file was read. Stored as JSON between runs; it says no text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    identity: Option<Identity>,
    offset: u64,
    /// Of the file's beginning and of what stands before `offset`: how many bytes, and their digest.
    head: (u64, u64),
    before: (u64, u64),
    /// Digests of the newest entries, oldest first.
    newest: VecDeque<u64>,
}

/// What one reading brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// Whether the file was not the one that was read before with something appended.
    pub anew: bool,
    /// How many entries came.
    pub entries: u64,
    /// How many of them were given on as new.
    pub new: u64,
    /// How many were skipped: too long, or not what the format allows.
    pub skipped: u64,
}

impl Cursor {
    /// Reads what is new in `file`, which stands as `identity` says, and gives it to `out`, in its order.
    ///
    /// If reading fails, nothing is changed here, and what came already comes again.
    pub fn follow(
        &mut self,
        dialect: Dialect,
        file: &mut (impl Read + Seek),
        identity: Identity,
        key: &Key,
        out: &mut dyn FnMut(Entry),
    ) -> io::Result<Followed> {
        if self.identity == Some(identity) {
            return Ok(Followed::default());
        }
        let head = beginning(file)?;
        let goes_on = self.offset <= identity.size
            && digest(file, 0, self.head.0, key)? == self.head.1
            && digest(
                file,
                self.offset.saturating_sub(self.before.0),
                self.before.0,
                key,
            )? == self.before.1;
        let from = if goes_on { self.offset } else { 0 };
        let known = if goes_on {
            0
        } else {
            self.recognised(dialect, &head, file, key)?
        };
        let mut next = self.clone();
        if !goes_on {
            next.newest.clear();
        }
        let mut followed = Followed {
            anew: !goes_on,
            ..Followed::default()
        };
        file.seek(SeekFrom::Start(from))?;
        let end = entries(dialect, &head, file, from, &mut |entry| {
            next.remember(mark(&entry, key));
            followed.entries = followed.entries.saturating_add(1);
            if followed.entries > known {
                followed.new = followed.new.saturating_add(1);
                out(entry);
            }
        })?;
        followed.skipped = end.skipped;
        next.stand(file, identity, end, key)?;
        *self = next;
        Ok(followed)
    }

    fn remember(&mut self, mark: u64) {
        if self.newest.len() >= KEPT {
            self.newest.pop_front();
        }
        self.newest.push_back(mark);
    }

    fn stand(
        &mut self,
        file: &mut (impl Read + Seek),
        identity: Identity,
        end: End,
        key: &Key,
    ) -> io::Result<()> {
        self.identity = Some(identity);
        self.offset = end.offset;
        let telling = end.offset.min(TELLING);
        self.head = (telling, digest(file, 0, telling, key)?);
        self.before = (
            telling,
            digest(file, end.offset.saturating_sub(telling), telling, key)?,
        );
        Ok(())
    }

    /// How many entries at the beginning of the file were read before.
    fn recognised(
        &self,
        dialect: Dialect,
        head: &[u8],
        file: &mut (impl Read + Seek),
        key: &Key,
    ) -> io::Result<u64> {
        if self.newest.is_empty() {
            return Ok(0);
        }
        let mut recognition = Recognition::of(&self.newest);
        file.seek(SeekFrom::Start(0))?;
        entries(dialect, head, file, 0, &mut |entry| {
            recognition.next(mark(&entry, key), entry.at.is_some());
        })?;
        Ok(recognition.known())
    }
}

/// Looks for the newest entries that were read in a file that was written anew.
struct Recognition {
    places: HashMap<u64, Vec<usize>>,
    last: usize,
    /// By the place of an entry among the known ones: how many in a row, up to it, are those of the file up to the last.
    runs: HashMap<usize, u32>,
    seen: u64,
    /// How many entries stand up to the end of the best run, and how good that is.
    best: (u32, u64),
    /// How many stand up to the last known one that has a time.
    timed: u64,
}

impl Recognition {
    fn of(known: &VecDeque<u64>) -> Self {
        let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
        for (place, mark) in known.iter().enumerate() {
            places.entry(*mark).or_default().push(place);
        }
        Self {
            places,
            last: known.len().saturating_sub(1),
            runs: HashMap::new(),
            seen: 0,
            best: (0, 0),
            timed: 0,
        }
    }

    fn next(&mut self, mark: u64, is_timed: bool) {
        self.seen = self.seen.saturating_add(1);
        let mut runs = HashMap::new();
        for place in self.places.get(&mark).into_iter().flatten().copied() {
            let before = place.checked_sub(1).and_then(|it| self.runs.get(&it));
            let run = before.copied().unwrap_or(0).saturating_add(1);
            let is_overlap = place == self.last && u64::from(run) == self.seen;
            let is_all =
                place == self.last && u64::try_from(place) == Ok(u64::from(run).saturating_sub(1));
            let counts = run >= SHORTEST_RUN || is_overlap || is_all;
            let good = if is_overlap || is_all {
                run.saturating_mul(2)
            } else {
                run
            };
            if counts && good >= self.best.0 {
                self.best = (good, self.seen);
            }
            runs.insert(place, run);
        }
        if is_timed && !runs.is_empty() {
            self.timed = self.seen;
        }
        self.runs = runs;
    }

    fn known(&self) -> u64 {
        self.best.1.max(self.timed)
    }
}

/// What an entry is known by: all of it, and its time if it has one.
fn mark(entry: &Entry, key: &Key) -> u64 {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(&entry.at.unwrap_or_default().to_le_bytes());
    hasher.update(entry.text.as_bytes());
    first_eight(&hasher)
}

fn first_eight(hasher: &blake3::Hasher) -> u64 {
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

fn beginning(file: &mut (impl Read + Seek)) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.take(2).read_to_end(&mut head)?;
    Ok(head)
}

/// The digest of some bytes of a file; of fewer, if it has fewer.
fn digest(file: &mut (impl Read + Seek), from: u64, length: u64, key: &Key) -> io::Result<u64> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(&bytes);
    Ok(first_eight(&hasher))
}

#[cfg(test)]
mod tests;
