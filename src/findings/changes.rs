//! Which line of the new side a line of the old side is, by what git says about the difference between two trees.
//!
//! White space does not count as a difference: a block that is indented differently keeps its lines. What is read is
//! bounded by the number of files and hunks; the lines themselves are skipped, however long they are.

use std::collections::HashMap;
use std::io::{self, BufRead};

/// The arguments of git, before the two trees (or commits) that are compared, old before new.
///
/// They say all that the user's configuration could say otherwise. `git diff-index`, with the same options, compares with a
/// worktree. Git must have all the blobs: in a partial clone it would fetch them, or fail.
pub const ARGUMENTS: [&str; 23] = [
    "-c",
    "core.quotePath=true",
    "diff-tree",
    "-r",
    "--raw",
    "-p",
    "-z",
    "--no-abbrev",
    "--full-index",
    "-M",
    "-l1000",
    "-U0",
    "--inter-hunk-context=0",
    "-w",
    "--diff-algorithm=histogram",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-relative",
    "--ignore-submodules=none",
    "--submodule=short",
    "--src-prefix=a/",
    "--dst-prefix=b/",
];

/// Names and lines of the format itself are never longer.
const LONGEST: usize = 1 << 16;

/// Why a difference could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    /// It could not be read at all.
    #[error("read git's difference: {0}")]
    Io(#[from] io::Error),
    /// It is not what git was asked for.
    #[error("read git's difference: {0}")]
    Malformed(&'static str),
}

use ChangesError::Malformed;

/// A stretch of lines that another one has replaced; either may be empty. Lines begin with 1, `end` is the one behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The first line on the old side.
    pub old_start: u32,
    /// Behind the last one.
    pub old_end: u32,
    /// The first line on the new side.
    pub new_start: u32,
    /// Behind the last one.
    pub new_end: u32,
}

impl Hunk {
    /// A file of which no line is known to be the same.
    const WHOLE: Self = Self {
        old_start: 1,
        old_end: u32::MAX,
        new_start: 1,
        new_end: u32::MAX,
    };

    /// Where on the new side a line of the old side would be if the lines were stretched evenly.
    fn stretch(&self, line: u32) -> u32 {
        let into = u64::from(line.saturating_sub(self.old_start));
        let old = u64::from(self.old_end.saturating_sub(self.old_start)).max(1);
        let new = u64::from(self.new_end.saturating_sub(self.new_start));
        let offset = u32::try_from(into * new / old).unwrap_or(u32::MAX);
        self.new_start.saturating_add(offset)
    }
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapped<'p> {
    /// It is there, perhaps with other white space.
    Line {
        /// The path on the new side.
        path: &'p str,
        /// The line on the new side.
        line: u32,
    },
    /// It was changed or deleted.
    Touched {
        /// The path on the new side.
        path: &'p str,
        /// Which hunk of the file it is in, from 0.
        hunk: usize,
        /// About where it would be.
        near: u32,
    },
    /// Its file is not there any more.
    Deleted,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    old: String,
    /// None if the file was deleted.
    new: Option<String>,
    old_oid: String,
    new_oid: String,
    hunks: Vec<Hunk>,
}

/// The difference between two trees. Paths that are not UTF-8 are read as tools print them, with replacement characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    files: Vec<File>,
    old: HashMap<String, usize>,
    new: HashMap<String, usize>,
}

impl Changes {
    /// What became of a line of the old side. Of a file as a whole, ask for line 0.
    pub fn map_line<'p>(&'p self, old_path: &'p str, line: u32) -> Mapped<'p> {
        let Some(file) = self.of_old(old_path) else {
            return Mapped::Line {
                path: old_path,
                line,
            };
        };
        let Some(path) = file.new.as_deref() else {
            return Mapped::Deleted;
        };
        let hunk = file.hunks.partition_point(|hunk| hunk.old_end <= line);
        if let Some(found) = file.hunks.get(hunk)
            && found.old_start <= line
        {
            let near = found.stretch(line);
            return Mapped::Touched { path, hunk, near };
        }
        let before = hunk.checked_sub(1).and_then(|last| file.hunks.get(last));
        let line = before.map_or(line, |last| {
            line.saturating_sub(last.old_end)
                .saturating_add(last.new_end)
        });
        Mapped::Line { path, line }
    }

    /// The path on the new side of a file whose content is the same blob on both sides.
    pub fn carried<'p>(&'p self, old_path: &'p str) -> Option<&'p str> {
        match self.of_old(old_path) {
            None => Some(old_path),
            Some(file) if file.old_oid == file.new_oid => file.new.as_deref(),
            Some(_) => None,
        }
    }

    /// The blobs of a file that was changed, renamed or deleted, by its path on the old side: the old one, and the new one
    /// unless it was deleted. Nothing for a file that is the same on both sides, or that was added.
    pub fn blobs(&self, old_path: &str) -> Option<(&str, Option<&str>)> {
        let file = self.of_old(old_path)?;
        let new = file.new.as_ref().map(|_| file.new_oid.as_str());
        Some((&file.old_oid, new))
    }

    /// The hunk of a file, from 0, that a line of the new side is in: lines that were added or changed.
    pub fn hunk_of_new(&self, new_path: &str, line: u32) -> Option<usize> {
        let file = self.files.get(*self.new.get(new_path)?)?;
        let hunk = file.hunks.partition_point(|hunk| hunk.new_end <= line);
        let found = file.hunks.get(hunk)?;
        (found.new_start <= line).then_some(hunk)
    }

    fn of_old(&self, path: &str) -> Option<&File> {
        self.files.get(*self.old.get(path)?)
    }

    /// Reads what git, called with [`ARGUMENTS`], writes. Only what it wrote before it exited with 0 is a difference.
    pub fn read(from: &mut dyn BufRead) -> Result<Self, ChangesError> {
        let (entries, has_patch) = read_raw(from)?;
        let mut hunks: Vec<Vec<Hunk>> = vec![Vec::new(); entries.len()];
        if has_patch {
            read_patch(from, &entries, &mut hunks)?;
        }
        let mut changes = Self::default();
        for (entry, hunks) in entries.into_iter().zip(hunks) {
            changes.add(entry, hunks);
        }
        Ok(changes)
    }

    fn add(&mut self, entry: Entry, hunks: Vec<Hunk>) {
        let lossy = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
        let (old, new) = (lossy(&entry.old), lossy(&entry.new));
        let index = self.files.len();
        let has_old = !matches!(entry.status, b'A' | b'C');
        let has_new = entry.status != b'D';
        let mut is_doubtful = entry.is_opaque();
        if has_old {
            is_doubtful |= self.old.insert(old.clone(), index).is_some();
        }
        if has_new {
            is_doubtful |= self.new.insert(new.clone(), index).is_some();
        }
        self.files.push(File {
            old,
            new: has_new.then_some(new),
            old_oid: entry.old_oid,
            // Two names that look the same once they are text: nothing is known of either.
            new_oid: if is_doubtful {
                String::new()
            } else {
                entry.new_oid
            },
            hunks: if is_doubtful {
                vec![Hunk::WHOLE]
            } else {
                hunks
            },
        });
    }
}

/// A record of `--raw`.
struct Entry {
    old: Vec<u8>,
    new: Vec<u8>,
    old_oid: String,
    new_oid: String,
    status: u8,
}

impl Entry {
    /// Whether its lines cannot be compared: a file became a link, is not merged, or is not in the object database.
    fn is_opaque(&self) -> bool {
        let is_known = match self.status {
            b'M' | b'R' | b'C' => !self.new_oid.bytes().all(|digit| digit == b'0'),
            b'A' | b'D' => true,
            _ => false,
        };
        !is_known
    }

    /// The line that its part of the patch begins with.
    fn header(&self) -> Vec<u8> {
        let mut line = b"diff --git ".to_vec();
        quote(&mut line, b"a/", &self.old);
        line.push(b' ');
        quote(&mut line, b"b/", &self.new);
        line
    }
}

/// Writes a path as git quotes it in C's manner (`quote_two_c_style`) under `core.quotePath`.
fn quote(out: &mut Vec<u8>, prefix: &[u8], path: &[u8]) {
    let is_plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\');
    if path.iter().all(is_plain) {
        out.extend_from_slice(prefix);
        out.extend_from_slice(path);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(prefix);
    for byte in path {
        let letter = match byte {
            0x07 => b'a',
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0b => b'v',
            0x0c => b'f',
            b'\r' => b'r',
            b'"' | b'\\' => *byte,
            _ if is_plain(byte) => {
                out.push(*byte);
                continue;
            }
            _ => {
                out.extend_from_slice(format!("\\{byte:03o}").as_bytes());
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', letter]);
    }
    out.push(b'"');
}

/// Reads the records of `--raw -z` up to the end or to the empty one before the patch.
fn read_raw(from: &mut dyn BufRead) -> Result<(Vec<Entry>, bool), ChangesError> {
    let mut entries = Vec::new();
    loop {
        let Some(field) = read_piece(from, 0)? else {
            return Ok((entries, false));
        };
        if field.is_empty() {
            return Ok((entries, true));
        }
        let text = std::str::from_utf8(&field).map_err(|_| Malformed("a record is not text"))?;
        let mut words = text.split(' ');
        let (Some(old_mode), Some(_), Some(old_oid), Some(new_oid), Some(status), None) = (
            words.next(),
            words.next(),
            words.next(),
            words.next(),
            words.next().and_then(|status| status.bytes().next()),
            words.next(),
        ) else {
            return Err(Malformed("a record has other fields"));
        };
        if !old_mode.starts_with(':') || old_mode.starts_with("::") {
            return Err(Malformed("a record is not one of two trees"));
        }
        let path = |from: &mut dyn BufRead| {
            let path = read_piece(from, 0)?.filter(|path| !path.is_empty());
            path.ok_or(Malformed("a record has no path"))
        };
        let old = path(from)?;
        let new = match status {
            b'R' | b'C' => path(from)?,
            _ => old.clone(),
        };
        entries.push(Entry {
            old,
            new,
            old_oid: old_oid.to_owned(),
            new_oid: new_oid.to_owned(),
            status,
        });
    }
}

/// Reads the patch. Its parts are in the order of the records; files that differ in white space only have none.
fn read_patch(
    from: &mut dyn BufRead,
    entries: &[Entry],
    hunks: &mut [Vec<Hunk>],
) -> Result<(), ChangesError> {
    let mut at = 0;
    let mut in_part = false;
    while let Some(line) = read_piece(from, b'\n')? {
        if line.starts_with(b"diff --git ") {
            let rest = entries.get(at..).unwrap_or_default();
            let found = rest.iter().position(|entry| entry.header() == line);
            at += found.ok_or(Malformed("a patch without a record"))?;
            in_part = true;
            continue;
        }
        let Some(known) = hunks.get_mut(at).filter(|_| in_part) else {
            return Err(Malformed("a patch without a header"));
        };
        if let Some(range) = line.strip_prefix(b"@@ ") {
            let (hunk, lines) = read_hunk(range).ok_or(Malformed("a hunk without its lines"))?;
            skip_lines(from, lines)?;
            // A file that became a link has two parts, and no lines that could be compared.
            if entries.get(at).is_some_and(Entry::is_opaque) {
                continue;
            }
            let is_ordered = known.last().is_none_or(|last| {
                last.old_end <= hunk.old_start && last.new_end <= hunk.new_start
            });
            if !is_ordered {
                return Err(Malformed("hunks that overlap"));
            }
            known.push(hunk);
        } else if line.starts_with(b"Binary files ") || line.starts_with(b"GIT binary patch") {
            *known = vec![Hunk::WHOLE];
        }
    }
    Ok(())
}

/// Reads `-1,2 +3,4 @@…`: the hunk, and how many lines follow.
fn read_hunk(line: &[u8]) -> Option<(Hunk, u64)> {
    let text = line.get(..memchr::memmem::find(line, b" @@")?)?;
    let (old, new) = std::str::from_utf8(text).ok()?.split_once(' ')?;
    let range = |text: &str| -> Option<(u32, u32)> {
        let (start, count): (u32, u32) = match text.split_once(',') {
            Some((start, count)) => (start.parse().ok()?, count.parse().ok()?),
            None => (text.parse().ok()?, 1),
        };
        // Of an empty stretch, git names the line before it.
        let start = if count == 0 {
            start.checked_add(1)?
        } else {
            start
        };
        Some((start, start.checked_add(count)?))
    };
    let (old_start, old_end) = range(old.strip_prefix('-')?)?;
    let (new_start, new_end) = range(new.strip_prefix('+')?)?;
    let hunk = Hunk {
        old_start,
        old_end,
        new_start,
        new_end,
    };
    let lines = u64::from(old_end - old_start) + u64::from(new_end - new_start);
    Some((hunk, lines))
}

/// Skips the lines of a hunk, without keeping them. "\ No newline at end of file" does not count.
fn skip_lines(from: &mut dyn BufRead, mut lines: u64) -> Result<(), ChangesError> {
    while lines > 0 {
        let first = from.fill_buf()?.first().copied();
        match first {
            Some(b'-' | b'+') => lines -= 1,
            Some(b'\\') => {}
            Some(_) => return Err(Malformed("a hunk that is too short")),
            None => return Err(Malformed("a hunk that ends too early")),
        }
        from.skip_until(b'\n')?;
    }
    Ok(())
}

/// Reads up to `end`, which is left out; nothing at the end of what there is.
fn read_piece(from: &mut dyn BufRead, end: u8) -> Result<Option<Vec<u8>>, ChangesError> {
    let mut piece = Vec::new();
    loop {
        let part = from.fill_buf()?;
        if part.is_empty() {
            return Ok((!piece.is_empty()).then_some(piece));
        }
        let found = memchr::memchr(end, part);
        let length = found.unwrap_or(part.len());
        if piece.len() + length > LONGEST {
            return Err(Malformed("a name that is too long"));
        }
        piece.extend_from_slice(part.get(..length).unwrap_or_default());
        from.consume(length + usize::from(found.is_some()));
        if found.is_some() {
            return Ok(Some(piece));
        }
    }
}

#[cfg(test)]
mod tests;
