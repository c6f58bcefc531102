//! What tells a file again: its place and size, and a digest of what stands before where reading ended.

use std::fs::Metadata;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt as _;

use serde::{Deserialize, Serialize};

/// Which file it was, and how it stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The file system; changes when it is mounted again.
    pub device: u64,
    /// The file in it; another one after a rename over it.
    pub inode: u64,
    /// In bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub modified_ns: i64,
}

impl Identity {
    /// Of a file of which `metadata` was taken.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified_ns: metadata
                .mtime()
                .saturating_mul(1_000_000_000)
                .saturating_add(metadata.mtime_nsec()),
        }
    }
}

/// The end of the last line that is long enough to tell a file from another, or of the last line if none is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Where that line ends in the file, in bytes.
    pub end: u64,
    /// How many bytes before it are digested.
    pub length: u16,
    /// The first eight bytes of their BLAKE3.
    pub digest: u64,
}

impl Anchor {
    /// Lines of fewer bytes, such as blank ones, tell little: other lines of sessions hold ids and times.
    const SHORTEST: usize = 32;
    /// How much of a line is digested.
    pub const LONGEST: usize = 4096;

    /// Whether a line of `later` bytes tells more of the file than one of `earlier` bytes that stands before it.
    pub fn tells_more(later: usize, earlier: usize) -> bool {
        later >= Self::SHORTEST || earlier < Self::SHORTEST
    }

    /// The one that tells more.
    pub fn better(later: Option<Self>, earlier: Option<Self>) -> Option<Self> {
        match (later, earlier) {
            (Some(later), Some(earlier))
                if !Self::tells_more(later.length.into(), earlier.length.into()) =>
            {
                Some(earlier)
            }
            (later, earlier) => later.or(earlier),
        }
    }

    /// Of a line that ends, without its line end, at `end` in the file.
    pub fn of_line(end: u64, line: &[u8]) -> Self {
        let length = line.len().min(Self::LONGEST);
        let (_, tail) = line.split_at(line.len() - length);
        Self {
            end,
            length: u16::try_from(length).unwrap_or(u16::MAX),
            digest: digest(tail),
        }
    }

    /// Whether the line still stands in `source`.
    pub fn holds(&self, source: &mut (impl Read + Seek)) -> io::Result<bool> {
        let Some(begin) = self.end.checked_sub(u64::from(self.length)) else {
            return Ok(false);
        };
        source.seek(SeekFrom::Start(begin))?;
        let mut bytes = Vec::with_capacity(usize::from(self.length) + 1);
        source
            .take(u64::from(self.length) + 1)
            .read_to_end(&mut bytes)?;
        Ok(match bytes.split_last() {
            Some((b'\n', line)) => {
                line.len() == usize::from(self.length) && digest(line) == self.digest
            }
            _ => false,
        })
    }
}

fn digest(bytes: &[u8]) -> u64 {
    let mut head = [0; 8];
    let whole = blake3::hash(bytes);
    head.iter_mut()
        .zip(whole.as_bytes())
        .for_each(|(to, from)| *to = *from);
    u64::from_le_bytes(head)
}
