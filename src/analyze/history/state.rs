//! What is kept of a history between two runs: sums over all of it, and its latest commits.

use super::codec::{Reader, Writer};
use super::message::MessageFacts;
use super::recent::{KEPT, Recent, Row, Span, WIDE};
use super::sums::Sums;
use crate::git::history::{Id, When};

/// Grows whenever the same commits give another state: what was kept under an older version is then read anew.
pub const VERSION: u64 = 1;

/// What is known of the history of some tips.
///
/// A function of the commits alone: neither `now` nor a mailmap nor any configuration went into it, and the way by which
/// it was reached (at once, or commit by commit, through amended ones) cannot be told from what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// See [`crate::git::Repo::history_shape`].
    pub(super) shape: [u8; 16],
    /// Ascending.
    pub(super) tips: Vec<Id>,
    pub(super) sums: Sums,
    pub(super) recent: Recent,
}

impl State {
    /// The tips, ascending.
    pub fn tips(&self) -> &[Id] {
        &self.tips
    }

    /// All commits, merges included.
    pub fn commits(&self) -> u64 {
        let each = self.sums.by_author.iter();
        each.map(|counts| u64::from(counts.commits)).sum()
    }

    /// Merges.
    pub fn merges(&self) -> u64 {
        let each = self.sums.by_author.iter();
        each.map(|counts| u64::from(counts.merges)).sum()
    }

    /// Distinct paths that commits changed, whether they still exist or not.
    pub fn paths(&self) -> usize {
        self.sums.paths.len()
    }

    /// In a form of its own: versioned, with a checksum.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.number(VERSION);
        to.raw(&self.shape);
        let width = self.tips.first().map_or(20, |id| id.as_bytes().len());
        to.length(width);
        to.length(self.tips.len());
        for tip in &self.tips {
            to.raw(tip.as_bytes());
        }
        self.sums.write(&mut to);
        write_recent(&self.recent, &mut to);
        to.finish()
    }

    /// Reads [`State::to_bytes`]; `None` for another version's, and for whatever is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes)?;
        if from.number()? != VERSION {
            return None;
        }
        let shape = from.raw(16)?.try_into().ok()?;
        let width = usize::try_from(from.number()?).ok()?;
        let count = from.count(width)?;
        let tips = (0..count)
            .map(|_| Id::from_bytes(from.raw(width)?))
            .collect::<Option<_>>()?;
        let sums = Sums::read(&mut from)?;
        let recent = read_recent(&mut from, width, &sums)?;
        from.is_at_end().then_some(Self {
            shape,
            tips,
            sums,
            recent,
        })
    }
}

fn write_recent(recent: &Recent, to: &mut Writer) {
    to.length(recent.rows.len());
    to.length(recent.frontier.len());
    let mut before = 0_i64;
    for row in &recent.rows {
        to.raw(row.id.as_bytes());
        to.number(row.author.into());
        // Times of neighbours, and of one commit, lie close together.
        to.signed(row.committed.wrapping_sub(before));
        to.signed(row.authored.seconds.wrapping_sub(row.committed));
        before = row.committed;
        to.signed(row.authored.offset_minutes.into());
        to.number(row.message.bits().into());
        to.number(row.message.subject_chars.into());
        to.number(row.border.into());
        to.number(row.changed.into());
        let parents = row.parents.of(&recent.parents);
        to.length(parents.len());
        for parent in parents {
            to.number((*parent).into());
        }
        let paths = recent.paths_of(row);
        to.length(paths.len());
        let mut last = 0;
        for path in paths {
            to.number(u64::from(*path) - last);
            last = u64::from(*path);
        }
    }
    for (id, date) in &recent.frontier {
        to.raw(id.as_bytes());
        to.signed(*date);
    }
    to.length(recent.tips.len());
    for tip in &recent.tips {
        to.number((*tip).into());
    }
}

fn read_recent(from: &mut Reader<'_>, width: usize, sums: &Sums) -> Option<Recent> {
    let rows = from.count(width + 10).filter(|rows| *rows <= KEPT)?;
    let frontier = from.count(width + 1)?;
    let all = rows.checked_add(frontier)?;
    let mut recent = Recent::default();
    let mut before = 0_i64;
    for _ in 0..rows {
        let id = Id::from_bytes(from.raw(width)?)?;
        let author = from.small()?;
        let committed = before.wrapping_add(from.signed()?);
        let seconds = committed.wrapping_add(from.signed()?);
        before = committed;
        let offset_minutes = i16::try_from(from.signed()?).ok()?;
        let flags = u8::try_from(from.number()?).ok()?;
        let subject_chars = u16::try_from(from.number()?).ok()?;
        let border = from.number()? == 1;
        let changed = from.small()?;
        let count = from.count(1)?;
        let parents = numbers(from, count, all)?;
        let kept = if changed as usize > WIDE {
            0
        } else {
            changed as usize
        };
        let count = from.count(1).filter(|count| *count == kept)?;
        let mut paths = Vec::with_capacity(count);
        let mut last = 0_u64;
        for _ in 0..count {
            last = last.checked_add(from.number()?)?;
            let path = u32::try_from(last).ok()?;
            if path as usize >= sums.paths.len() {
                return None;
            }
            paths.push(path);
        }
        if author as usize >= sums.authors.len() {
            return None;
        }
        recent.rows.push(Row {
            id,
            author,
            authored: When {
                seconds,
                offset_minutes,
            },
            committed,
            message: MessageFacts::from_bits(flags, subject_chars),
            changed,
            border,
            parents: Span::append(&mut recent.parents, parents),
            paths: Span::append(&mut recent.paths, paths),
        });
    }
    for _ in 0..frontier {
        let id = Id::from_bytes(from.raw(width)?)?;
        recent.frontier.push((id, from.signed()?));
    }
    let count = from.count(1)?;
    recent.tips = numbers(from, count, all)?;
    Some(recent)
}

fn numbers(from: &mut Reader<'_>, count: usize, below: usize) -> Option<Vec<u32>> {
    (0..count)
        .map(|_| from.small().filter(|number| (*number as usize) < below))
        .collect()
}
