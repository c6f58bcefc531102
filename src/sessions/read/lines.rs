//! Lines of a file, in chunks: memory is bounded whatever the file holds.

use std::io::{self, ErrorKind, Read};

use super::anchor::Anchor;

/// The longest line that is read, in bytes; longer ones are skipped.
pub const LONGEST: usize = 64 << 20;

/// How much is read at once.
const CHUNK: usize = 256 << 10;

/// A whole line: its line end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// What stands there.
    pub content: Content<'a>,
}

/// What stands in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// All of it, without the line end.
    Whole(&'a [u8]),
    /// Nothing: it is longer than what is read. So many bytes, without the line end.
    TooLong(u64),
}

/// Where reading has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Behind the last whole line.
    pub offset: u64,
    /// How many bytes of a line without an end follow.
    pub waiting: u64,
    /// What tells the file again; none if no line has come.
    pub anchor: Option<Anchor>,
}

/// Gives every whole line of `source` to `each`, whose first byte is the file's at `offset`.
///
/// `longest` is how long a line may be: [`LONGEST`].
pub fn each_line(
    source: &mut impl Read,
    offset: u64,
    longest: usize,
    mut each: impl FnMut(Line<'_>),
) -> io::Result<End> {
    let mut lines = Lines {
        buffer: Vec::new(),
        filled: 0,
        begin: offset,
        passed: 0,
        anchor: None,
    };
    while lines.fill(source, longest)? {
        lines.take(longest, &mut each);
    }
    Ok(End {
        offset: lines.begin,
        waiting: lines.passed + lines.filled as u64,
        anchor: lines.anchor,
    })
}

struct Lines {
    /// What has been read and belongs to no line yet stands in its first `filled` bytes.
    buffer: Vec<u8>,
    filled: usize,
    /// Where the line begins that the buffer begins in.
    begin: u64,
    /// How many bytes of that line were dropped, because it is too long.
    passed: u64,
    anchor: Option<Anchor>,
}

impl Lines {
    /// Reads some more; false at the end of the file.
    fn fill(&mut self, source: &mut impl Read, longest: usize) -> io::Result<bool> {
        if self.buffer.len() - self.filled < CHUNK {
            // Doubling keeps a long line from being copied once a chunk; more than one line is never held.
            let double = (self.buffer.len() * 2).min(longest + 2 * CHUNK);
            let larger = (self.filled + CHUNK).max(double);
            self.buffer.resize(larger, 0);
        }
        loop {
            let (_, free) = self.buffer.split_at_mut(self.filled);
            match source.read(free) {
                Ok(read) => {
                    self.filled += read;
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Hands out the whole lines of the buffer and moves what is left to its front.
    fn take(&mut self, longest: usize, each: &mut impl FnMut(Line<'_>)) {
        let (read, _) = self.buffer.split_at(self.filled);
        let mut rest = read;
        let mut telling: Option<(u64, &[u8])> = None;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, behind) = rest.split_at(end);
            let length = self.passed + line.len() as u64;
            let content = if self.passed > 0 || line.len() > longest {
                Content::TooLong(length)
            } else {
                Content::Whole(line)
            };
            each(Line {
                offset: self.begin,
                content,
            });
            self.passed = 0;
            self.begin += length + 1;
            if telling.is_none_or(|(_, known)| Anchor::tells_more(line.len(), known.len())) {
                telling = Some((self.begin - 1, line));
            }
            rest = behind.get(1..).unwrap_or_default();
        }
        if let Some((end, line)) = telling {
            self.anchor = Anchor::better(Some(Anchor::of_line(end, line)), self.anchor);
        }
        let left = rest.len();
        let from = self.filled - left;
        if self.passed > 0 || left > longest {
            // What an anchor needs of it is kept.
            let kept = left.min(Anchor::LONGEST);
            self.passed += (left - kept) as u64;
            self.buffer.copy_within(self.filled - kept..self.filled, 0);
            self.filled = kept;
        } else {
            self.buffer.copy_within(from..self.filled, 0);
            self.filled = left;
        }
        if self.filled + CHUNK < self.buffer.len() / 4 {
            // A long line is behind us.
            self.buffer.truncate(self.filled + CHUNK);
            self.buffer.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// Gives away as much at a time as it is told.
    struct Drops<'a> {
        bytes: &'a [u8],
        sizes: Vec<usize>,
    }

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let size = self.sizes.pop().unwrap_or(1).clamp(1, into.len());
            self.bytes.read(&mut into[..size])
        }
    }

    fn lines_of(bytes: &[u8], longest: usize, sizes: Vec<usize>) -> (Vec<(u64, String)>, End) {
        let mut found = Vec::new();
        let end = each_line(&mut Drops { bytes, sizes }, 100, longest, |line| {
            found.push((line.offset, format!("{:?}", line.content)));
        })
        .unwrap();
        (found, end)
    }

    #[test]
    fn an_unfinished_line_waits() {
        let (found, end) = lines_of(b"one\n\ntwo\r\nthr", 8, vec![]);
        assert_eq!(
            found.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
            [100, 104, 105]
        );
        assert_eq!((end.offset, end.waiting), (110, 3));
    }

    #[test]
    fn a_line_that_is_too_long_is_told_with_its_length() {
        let mut bytes = vec![b'x'; 3 * CHUNK + 7];
        bytes.extend(b"\nshort\n");
        let (found, end) = lines_of(&bytes, 1000, vec![usize::MAX; 9]);
        assert_eq!(
            found[0],
            (100, format!("{:?}", Content::TooLong(3 * CHUNK as u64 + 7)))
        );
        assert_eq!(found[1].0, 100 + 3 * CHUNK as u64 + 8);
        assert_eq!(end.offset, 100 + bytes.len() as u64);
    }

    #[test]
    fn memory_is_bounded_by_the_longest_line() {
        let bytes = vec![b'x'; 40 * CHUNK];
        let mut lines = Lines {
            buffer: vec![],
            filled: 0,
            begin: 0,
            passed: 0,
            anchor: None,
        };
        let mut source = bytes.as_slice();
        while lines.fill(&mut source, 1000).unwrap() {
            lines.take(1000, &mut |_| {});
            assert!(lines.buffer.len() <= 4 * CHUNK);
        }
        assert_eq!(lines.passed + lines.filled as u64, bytes.len() as u64);
    }

    proptest! {
        #[test]
        fn the_same_lines_however_the_bytes_come(
            bytes in proptest::collection::vec(prop_oneof![3 => Just(b'a'), 1 => Just(b'\n'), 1 => any::<u8>()], 0..300),
            longest in 0..60_usize,
            sizes in proptest::collection::vec(1..50_usize, 0..100),
        ) {
            let (expected, end) = lines_of(&bytes, longest, vec![usize::MAX]);
            prop_assert_eq!((expected, end), lines_of(&bytes, longest, sizes));
            prop_assert_eq!(end.offset - 100 + end.waiting, bytes.len() as u64);
            let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
            prop_assert_eq!(end.offset - 100, whole as u64);
        }
    }
}
