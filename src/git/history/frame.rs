//! Git's output, cut into commits. A function of bytes alone, however they are divided into pieces.
//!
//! Each commit is seven fields ended by NUL, as [`FORMAT`] says, then for each changed path two more: `:modes ids status`
//! and the path. Git ends commit messages, names and paths at a NUL, so none of them can contain one; what a field is
//! follows from its place, never from what it holds. The byte before a commit's id is checked and carries no meaning.

use std::ops::Range;

use bstr::{BStr, ByteSlice};

use super::id::Id;

/// What git is to write for a commit. `%an` and not `%aN`: see [`super::mailmap`].
pub(super) const FORMAT: &str = "--format=tformat:%x01%H%x00%P%x00%an%x00%ae%x00%ad%x00%ct%x00%B";

const FIELDS: usize = 7;

/// What one commit says.
#[derive(Clone, Debug)]
pub struct CommitFacts<'a> {
    /// Which.
    pub id: Id,
    /// Its parents, in their order; none at a shallow clone's border.
    pub parents: &'a [Id],
    /// Who wrote it, as recorded: no mailmap is applied.
    pub author_name: &'a BStr,
    /// Their address, as recorded.
    pub author_email: &'a BStr,
    /// When they wrote it.
    pub authored: When,
    /// When it was committed, in seconds since 1970.
    pub committed: i64,
    /// The whole message, in UTF-8 where git could convert it.
    pub message: &'a BStr,
    /// Whether this is the border of a shallow clone: its parents exist elsewhere and what it changed is not known, so
    /// it lists no changes.
    pub border: bool,
    /// The paths it changed against its parent, or against nothing; merges list none.
    pub changes: Changes<'a>,
}

impl CommitFacts<'_> {
    /// Whether it has several parents.
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }
}

/// An instant, and how the clock on the author's wall differed from UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Minutes east of UTC: negative in the west, 330 for `+0530`. 0 where what is recorded is no real offset.
    pub offset_minutes: i16,
}

impl When {
    /// Reads `1700000000 -0330`; what cannot be read is 0, as git has it.
    pub fn parse(text: &[u8]) -> Self {
        let (seconds, zone) = text.split_once_str(" ").unwrap_or((text, b""));
        Self {
            seconds: number(seconds),
            offset_minutes: offset(zone).unwrap_or(0),
        }
    }
}

/// Real offsets lie between -12:00 and +14:00; an hour more of each is believed.
fn offset(zone: &[u8]) -> Option<i16> {
    let zone = zone.to_str().ok()?;
    let (sign, digits) = match zone.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, zone.strip_prefix('+')?),
    };
    let value: i16 = digits.parse().ok().filter(|value| *value >= 0)?;
    let (hours, minutes) = (value / 100, value % 100);
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn number(digits: &[u8]) -> i64 {
    digits
        .to_str()
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// What happened to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is new.
    Added,
    /// Its content or its permission is another.
    Modified,
    /// It is gone.
    Deleted,
    /// It became something else: a file, a link or a submodule.
    TypeChanged,
}

/// A path that a commit changed. Renames are a deletion and an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileChange<'a> {
    /// What happened.
    pub status: Status,
    /// Relative to the top, bytes as git has them.
    pub path: &'a BStr,
    /// Digits of the object before.
    old: &'a [u8],
    /// Digits of the object after.
    new: &'a [u8],
}

impl<'a> FileChange<'a> {
    /// The object before; `None` where there was none.
    pub fn before(&self) -> Option<Id> {
        object(self.old)
    }

    /// The object after; `None` where there is none.
    pub fn after(&self) -> Option<Id> {
        object(self.new)
    }

    fn read(facts: &'a [u8], path: &'a [u8]) -> Option<Self> {
        // `:100644 100644 <id> <id> M`
        let mut words = facts
            .strip_prefix(b":")?
            .split(|byte| *byte == b' ')
            .skip(2);
        let (old, new, status) = (words.next()?, words.next()?, words.next()?);
        let whole = words.next().is_none()
            && matches!(old.len(), 40 | 64)
            && new.len() == old.len()
            && !path.is_empty();
        let status = match status {
            b"A" => Status::Added,
            b"M" => Status::Modified,
            b"D" => Status::Deleted,
            b"T" => Status::TypeChanged,
            _ => return None,
        };
        whole.then_some(Self {
            status,
            path: path.as_bstr(),
            old,
            new,
        })
    }
}

fn object(digits: &[u8]) -> Option<Id> {
    Id::from_hex(digits).filter(|id| id.as_bytes().iter().any(|byte| *byte != 0))
}

/// The changes of a commit, read as they are asked for.
#[derive(Clone, Debug, Default)]
pub struct Changes<'a>(&'a [u8]);

impl<'a> Iterator for Changes<'a> {
    type Item = FileChange<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (facts, rest) = field(self.0)?;
        let (path, rest) = field(rest)?;
        self.0 = rest;
        // Was read once when the frame was cut.
        FileChange::read(facts, path)
    }
}

/// What stands before the first NUL, and behind it.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.find_byte(0)?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}

/// Output that is not of the form that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read git's account of a commit: {0}")]
pub struct Malformed(&'static str);

/// Cuts git's output into commits.
///
/// Holds one commit at a time: the memory it takes is that of the commit with the longest list of changes.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Where the commit begins that is not complete.
    begin: usize,
    /// Where the field begins that is not complete.
    field: usize,
    /// Before here, that field does not end.
    searched: usize,
    expect: Expect,
    /// Where the fields of the commit end, without the NUL.
    ends: [usize; FIELDS],
    /// Where its changes begin.
    changes: usize,
    facts: Range<usize>,
    parents: Vec<Id>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// The nth field of a commit.
    Field(usize),
    /// A change, or another commit; the line feed before the first change belongs to the answer's form.
    ChangeOrCommit { first: bool },
    /// What happened to a path.
    Facts,
    /// The path.
    Path,
}

impl Default for Expect {
    fn default() -> Self {
        Self::Field(0)
    }
}

impl Framer {
    /// Takes the next piece and hands over every commit that it completes.
    pub fn push(
        &mut self,
        piece: &[u8],
        mut each: impl FnMut(&CommitFacts<'_>),
    ) -> Result<(), Malformed> {
        self.buffer.extend_from_slice(piece);
        while self.step(&mut each)? {}
        self.forget(self.begin);
        Ok(())
    }

    /// Takes the end, and hands over the last commit.
    pub fn finish(mut self, mut each: impl FnMut(&CommitFacts<'_>)) -> Result<(), Malformed> {
        match self.expect {
            Expect::ChangeOrCommit { .. } if self.field == self.buffer.len() => {
                self.deliver(&mut each)
            }
            Expect::Field(0) if self.buffer.is_empty() => Ok(()),
            _ => Err(Malformed("it breaks off")),
        }
    }

    /// Takes one step; `false` when more input is needed.
    fn step(&mut self, each: &mut impl FnMut(&CommitFacts<'_>)) -> Result<bool, Malformed> {
        if let Expect::ChangeOrCommit { first } = self.expect {
            match (self.buffer.get(self.field), first) {
                (None, _) => return Ok(false),
                (Some(1), _) => {
                    self.deliver(each)?;
                    self.begin = self.field;
                    self.expect = Expect::Field(0);
                }
                (Some(b'\n'), true) => {
                    self.field += 1;
                    self.changes = self.field;
                    self.expect = Expect::Facts;
                }
                (Some(b':'), _) => self.expect = Expect::Facts,
                _ => return Err(Malformed("neither a change nor a commit")),
            }
            self.searched = self.field;
            return Ok(true);
        }
        let rest = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(length) = rest.find_byte(0) else {
            self.searched = self.buffer.len();
            return Ok(false);
        };
        let end = self.searched + length;
        let range = self.field..end;
        (self.field, self.searched) = (end + 1, end + 1);
        self.expect = match self.expect {
            Expect::Field(nth) => {
                if let Some(place) = self.ends.get_mut(nth) {
                    *place = end;
                }
                if nth + 1 < FIELDS {
                    Expect::Field(nth + 1)
                } else {
                    self.changes = end + 1;
                    Expect::ChangeOrCommit { first: true }
                }
            }
            Expect::Facts => {
                self.facts = range;
                Expect::Path
            }
            _ => {
                let text = |range: &Range<usize>| self.buffer.get(range.clone());
                text(&self.facts)
                    .zip(text(&range))
                    .and_then(|(facts, path)| FileChange::read(facts, path))
                    .ok_or(Malformed("not a change"))?;
                Expect::ChangeOrCommit { first: false }
            }
        };
        Ok(true)
    }

    fn deliver(&mut self, each: &mut impl FnMut(&CommitFacts<'_>)) -> Result<(), Malformed> {
        let mut from = self.begin;
        let mut fields: [&[u8]; FIELDS] = [&[]; FIELDS];
        for (field, end) in fields.iter_mut().zip(self.ends) {
            *field = self.buffer.get(from..end).unwrap_or_default();
            from = end + 1;
        }
        let [id, parents, name, email, authored, committed, message] = fields;
        let id = id.strip_prefix(b"\x01").and_then(Id::from_hex);
        self.parents.clear();
        for digits in parents.split_str(" ").filter(|word| !word.is_empty()) {
            self.parents
                .push(Id::from_hex(digits).ok_or(Malformed("not a parent's id"))?);
        }
        each(&CommitFacts {
            id: id.ok_or(Malformed("not a commit's id"))?,
            parents: &self.parents,
            author_name: name.as_bstr(),
            author_email: email.as_bstr(),
            authored: When::parse(authored),
            committed: number(committed),
            message: message.as_bstr(),
            border: false,
            changes: Changes(
                self.buffer
                    .get(self.changes..self.field)
                    .unwrap_or_default(),
            ),
        });
        Ok(())
    }

    /// Forgets what lies before `count`.
    fn forget(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        self.buffer.drain(..count);
        self.begin -= count;
        self.field -= count;
        self.searched -= count;
        // Places of the complete fields; those of an earlier commit may lie before `count` and are written anew.
        for place in self.ends.iter_mut().chain([
            &mut self.changes,
            &mut self.facts.start,
            &mut self.facts.end,
        ]) {
            *place = place.saturating_sub(count);
        }
    }
}
