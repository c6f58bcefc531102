//! What the line of a finding is, from the bytes of its file: the text that makes it recognisable when it has moved, and
//! the fingerprint that GitHub's code scanning knows it by.

use std::collections::HashMap;
use std::ops::Range;

use super::{Finding, LineIdentity};

/// How many hexadecimal digits identify a line or a finding: 64 bits.
const DIGITS: usize = 16;

/// The 16 hexadecimal digits that stand for some bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    let mut hex = blake3::hash(bytes).to_hex().to_string();
    hex.truncate(DIGITS);
    hex
}

/// Whether a byte is white space that indenting and wrapping change. Spaces outside ASCII are content.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c)
}

/// The hash of a line: BLAKE3 of its bytes without ASCII white space, the first 16 hexadecimal digits.
pub fn line_hash(line: &[u8]) -> String {
    let text: Vec<u8> = line
        .iter()
        .copied()
        .filter(|byte| !is_blank(*byte))
        .collect();
    digest(&text)
}

/// The lines of a file as git and linters count them: each ends with a line feed, the last one perhaps without.
#[derive(Clone, Debug)]
pub struct Lines<'b> {
    bytes: &'b [u8],
    ends: Vec<usize>,
}

impl<'b> Lines<'b> {
    /// Finds the lines.
    pub fn of(bytes: &'b [u8]) -> Self {
        let mut ends: Vec<usize> = memchr::memchr_iter(b'\n', bytes).collect();
        if bytes.last().is_some_and(|last| *last != b'\n') {
            ends.push(bytes.len());
        }
        Self { bytes, ends }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// A line without its line feed; the first is 1.
    pub fn get(&self, line: u32) -> Option<&'b [u8]> {
        self.bytes.get(self.range(line)?)
    }

    fn range(&self, line: u32) -> Option<Range<usize>> {
        let index = usize::try_from(line.checked_sub(1)?).ok()?;
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before)?.checked_add(1)?,
            None => 0,
        };
        Some(start..end)
    }
}

/// A file as it was checked: its OID and its bytes.
pub type Content = (String, Vec<u8>);

/// Gives findings the identity of their lines: of one that spans several, its first.
///
/// `read` is asked once for each path, in the order of the paths, for the OID and the bytes of the file as it was checked.
/// A finding without a place, without a line, or with one that the file does not have gets none.
pub fn fill(findings: &mut [Finding], read: &dyn Fn(&str) -> Option<Content>) {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    let path_of = |finding: &Finding| finding.place.as_ref().map(|place| place.path.clone());
    order.sort_by_cached_key(|index| findings.get(*index).and_then(path_of));
    let mut rest = order.as_slice();
    while let Some(path) = rest
        .first()
        .and_then(|index| findings.get(*index))
        .map(path_of)
    {
        let is_same = |index: &usize| findings.get(*index).map(path_of) == Some(path.clone());
        let (file, others) = rest.split_at(rest.partition_point(is_same));
        fill_file(findings, file, path.as_deref(), read);
        rest = others;
    }
}

fn fill_file(
    findings: &mut [Finding],
    file: &[usize],
    path: Option<&str>,
    read: &dyn Fn(&str) -> Option<Content>,
) {
    let line_of = |finding: &Finding| finding.place.as_ref().and_then(|place| place.line);
    let wants = |index: &usize| findings.get(*index).and_then(line_of).is_some();
    let content = path.filter(|_| file.iter().any(wants)).and_then(read);
    let lines = content.as_ref().map(|(_, bytes)| Lines::of(bytes));
    // A file may be one long line with a finding at each word of it.
    let mut hashes: HashMap<u32, Option<String>> = HashMap::new();
    for index in file {
        let Some(finding) = findings.get_mut(*index) else {
            continue;
        };
        let hash = line_of(finding).and_then(|line| {
            let hash = || Some(line_hash(lines.as_ref()?.get(line)?));
            hashes.entry(line).or_insert_with(hash).clone()
        });
        finding.line = hash.map(|hash| LineIdentity {
            blob: content.as_ref().map(|(oid, _)| oid.clone()),
            hash,
        });
    }
}

/// So many characters from a line's beginning on make its fingerprint.
const BLOCK: usize = 100;

/// The factor of the rolling hash.
const FACTOR: u64 = 37;

/// What stands at the end of a file.
const END_OF_FILE: u16 = u16::MAX;

/// SARIF's `primaryLocationLineHash` of every line of a file, as GitHub's `CodeQL` action computes it (`fingerprints.ts` of
/// github/codeql-action): a rolling hash over the line's first 100 characters and those of the lines after it without
/// blanks and tabs, and how often the same hash came before in the file. Line 1 is the first; line ends are `\n`, `\r\n`
/// and `\r`, and what follows the last one is a line, too.
pub fn primary_location_line_hashes(bytes: &[u8]) -> Vec<String> {
    let mut rolling = Rolling::new();
    for unit in String::from_utf8_lossy(bytes).encode_utf16() {
        rolling.read(unit);
    }
    rolling.read(END_OF_FILE);
    rolling.finish()
}

struct Rolling {
    window: [u16; BLOCK],
    begins: [bool; BLOCK],
    hash: u64,
    leaving: u64,
    at: usize,
    is_line_start: bool,
    after_cr: bool,
    seen: HashMap<u64, u32>,
    hashes: Vec<String>,
}

impl Rolling {
    fn new() -> Self {
        Self {
            window: [0; BLOCK],
            begins: [false; BLOCK],
            hash: 0,
            leaving: (0..BLOCK).fold(1, |power: u64, _| power.wrapping_mul(FACTOR)),
            at: 0,
            is_line_start: true,
            after_cr: false,
            seen: HashMap::new(),
            hashes: Vec::new(),
        }
    }

    fn read(&mut self, unit: u16) {
        const TAB: u16 = b'\t' as u16;
        const SPACE: u16 = b' ' as u16;
        const LF: u16 = b'\n' as u16;
        const CR: u16 = b'\r' as u16;
        let is_blank = matches!(unit, TAB | SPACE) || (self.after_cr && unit == LF);
        self.after_cr = unit == CR;
        if is_blank {
            return;
        }
        let unit = if unit == CR { LF } else { unit };
        let begins = std::mem::replace(&mut self.is_line_start, unit == LF);
        self.push(unit, begins);
    }

    /// Puts a character into the window. The line that begins with the character that leaves it is complete.
    fn push(&mut self, unit: u16, begins: bool) {
        let (Some(slot), Some(mark)) = (self.window.get_mut(self.at), self.begins.get_mut(self.at))
        else {
            return;
        };
        let left = std::mem::replace(slot, unit);
        if std::mem::replace(mark, begins) {
            let count = self.seen.entry(self.hash).or_insert(0);
            *count = count.saturating_add(1);
            self.hashes.push(format!("{:x}:{count}", self.hash));
        }
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.leaving.wrapping_mul(u64::from(left)));
        self.at = (self.at + 1) % BLOCK;
    }

    fn finish(mut self) -> Vec<String> {
        for _ in 0..BLOCK {
            self.push(0, false);
        }
        self.hashes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::cell::RefCell;

    use proptest::prelude::*;

    use super::*;
    use crate::findings::{Place, Severity};

    fn at(path: &str, line: Option<u32>) -> Finding {
        Finding {
            place: Some(Place {
                path: path.to_owned(),
                line,
                ..Place::default()
            }),
            ..Finding::new("ruff", "E501", Severity::Low, "Line too long".to_owned())
        }
    }

    #[test]
    fn hashes_the_text_without_white_space() {
        assert_eq!(
            line_hash(b"    call(a, b)\r"),
            line_hash(b"\tcall( a,b )"),
            "indentation and spacing do not matter"
        );
        assert_ne!(line_hash(b"call(a, b)"), line_hash(b"call(a, c)"));
        assert_eq!(line_hash(b"x"), &blake3::hash(b"x").to_hex()[..16]);
        assert_eq!(line_hash("a\u{a0}b".as_bytes()).len(), 16);
        assert_ne!(line_hash("a\u{a0}b".as_bytes()), line_hash(b"ab"));
    }

    #[test]
    fn finds_lines() {
        let lines = Lines::of(b"one\n\nthree");
        assert_eq!(lines.count(), 3);
        assert_eq!(lines.get(0), None);
        assert_eq!(lines.get(1), Some(&b"one"[..]));
        assert_eq!(lines.get(2), Some(&b""[..]));
        assert_eq!(lines.get(3), Some(&b"three"[..]));
        assert_eq!(lines.get(4), None);
        assert_eq!(Lines::of(b"one\n").count(), 1);
        assert_eq!(Lines::of(b"").count(), 0);
        assert_eq!(Lines::of(b"\n").get(1), Some(&b""[..]));
    }

    #[test]
    fn reads_each_file_once() {
        let mut findings = vec![
            at("b.py", Some(2)),
            at("a.py", Some(1)),
            at("b.py", Some(1)),
            at("b.py", Some(9)),
            at("b.py", None),
            at("gone.py", Some(1)),
            at("whole.py", None),
            Finding::new("ruff", "E501", Severity::Low, "nowhere".to_owned()),
        ];
        findings[4].line = Some(LineIdentity::default());
        let asked = RefCell::new(Vec::new());
        fill(&mut findings, &|path| {
            asked.borrow_mut().push(path.to_owned());
            match path {
                "a.py" => Some(("aa".to_owned(), b"one".to_vec())),
                "b.py" => Some(("bb".to_owned(), b"x\r\n y\r\n".to_vec())),
                _ => None,
            }
        });
        assert_eq!(asked.into_inner(), ["a.py", "b.py", "gone.py"]);
        let identity = |index: usize| findings[index].line.clone();
        let hashed = |blob: &str, line: &[u8]| {
            Some(LineIdentity {
                blob: Some(blob.to_owned()),
                hash: line_hash(line),
            })
        };
        assert_eq!(identity(0), hashed("bb", b"y"));
        assert_eq!(identity(1), hashed("aa", b"one"));
        assert_eq!(identity(2), hashed("bb", b"x"));
        for index in 3..8 {
            assert_eq!(identity(index), None, "{index}");
        }
    }

    #[test]
    fn a_long_line_is_hashed_once() {
        let mut findings: Vec<Finding> = (0..100_000).map(|_| at("min.js", Some(1))).collect();
        let line = vec![b'x'; 1 << 20];
        fill(&mut findings, &|_| Some((String::new(), line.clone())));
        let expected = line_hash(&line);
        assert!(
            findings
                .iter()
                .all(|it| it.line.as_ref().unwrap().hash == expected)
        );
    }

    /// The test vectors of github/codeql-action's `fingerprints.test.ts`.
    #[test]
    fn agrees_with_codeql_action() {
        let lf = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        let lorem = "Lorem ipsum dolor sit amet.\n".repeat(10);
        let cases: [(&str, &[&str]); 9] = [
            ("", &["c129715d7a2bc9a3:1"]),
            (
                " a\nb\n  \t\tc\n d",
                &[
                    "271789c17abda88f:1",
                    "54703d4cd895b18:1",
                    "180aee12dab6264:1",
                    "a23a3dc5e078b07b:1",
                ],
            ),
            (
                " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
                &[
                    "8b7cf3e952e7aeb2:1",
                    "b1ae1287ec4718d9:1",
                    "bff680108adb0fcc:1",
                    "c6805c5e1288b612:1",
                    "b86d3392aea1be30:1",
                    "e6ceba753e1a442:1",
                ],
            ),
            (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", &lf),
            (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", &lf),
            (
                " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n",
                &lf,
            ),
            (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", &lf),
            (
                &lorem,
                &[
                    "a7f2ff13bc495cf2:1",
                    "a7f2ff13bc495cf2:2",
                    "a7f2ff13bc495cf2:3",
                    "a7f2ff13bc495cf2:4",
                    "a7f2ff13bc495cf2:5",
                    "a7f2ff13bc495cf2:6",
                    "a7f2ff1481e87703:1",
                    "a9cf91f7bbf1862b:1",
                    "55ec222b86bcae53:1",
                    "cc97dc7b1d7d8f7b:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
            (
                "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n",
                &[
                    "e54938cc54b302f1:1",
                    "bb609acbe9138d60:1",
                    "1131fd5871777f34:1",
                    "5c482a0f8b35ea28:1",
                    "54517377da7028d2:1",
                    "2c644846cb18d53e:1",
                    "f1b89f20de0d133:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
        ];
        for (input, expected) in cases {
            assert_eq!(
                primary_location_line_hashes(input.as_bytes()),
                expected,
                "{input:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>, line: u32) {
            let lines = Lines::of(&bytes);
            prop_assert_eq!(lines.get(line).is_some(), line > 0 && line as usize <= lines.count());
            let text = String::from_utf8_lossy(&bytes);
            let ends = text.replace("\r\n", "\n").matches(['\r', '\n']).count();
            // A line end between a carriage return and blanks before a line feed is counted as the action counts it.
            prop_assume!(!text.contains('\t') && !text.contains(' '));
            prop_assert_eq!(primary_location_line_hashes(&bytes).len(), ends + 1);
        }
    }
}
