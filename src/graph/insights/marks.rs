//! A block of our own in a file of the user's, between two lines that mark it.
//!
//! Everything outside the block stays as it is, byte for byte, and taking the block out leaves the file that was there before:
//! the first mark says how many line ends were put before it, and whether the file was made for it.

use std::ops::Range;

/// How the first mark begins. What follows it in the line is ours, too.
const BEGIN: &[u8] = b"<!-- git-tend-insights:begin";
/// How the last mark begins.
const END: &[u8] = b"<!-- git-tend-insights:end";
/// How a mark ends.
const CLOSE: &[u8] = b"-->";

/// A file that cannot be changed: nothing of it is touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkError {
    /// A mark without the other, or in the wrong order.
    #[error("line {line} has a mark of git-tend's insights without the other one")]
    Alone {
        /// From 1.
        line: usize,
    },
    /// More marks than one pair.
    #[error("line {line} has another mark of git-tend's insights within or after the first block")]
    Several {
        /// From 1.
        line: usize,
    },
    /// Characters of two bytes, or no text at all.
    #[error("it is not text in UTF-8 or another encoding that has ASCII in it")]
    NotText,
}

/// A file without its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Without {
    /// There was no block.
    Nothing,
    /// What is left.
    Rest(Vec<u8>),
    /// The file was made for the block, and there is nothing else in it.
    Empty,
}

/// A block that is there.
#[derive(Debug)]
struct Block {
    /// From the first byte of the first mark's line to the last byte of the last mark's, line ends included.
    range: Range<usize>,
    /// Whether lines end in CR LF.
    crlf: bool,
    /// Whether a line end comes after the last mark.
    is_ended: bool,
    /// How many line ends were put before it.
    gap: usize,
    /// Whether the file was made for it.
    made: bool,
}

/// The lines between the marks, as they are now, without CR; nothing if there is no block.
pub fn block(file: &[u8]) -> Result<Option<Vec<String>>, MarkError> {
    let Some(block) = find(file)? else {
        return Ok(None);
    };
    let text = file.get(block.range).unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n');
    let lines: Vec<String> = lines
        .map(|line| String::from_utf8_lossy(line).trim_end().to_owned())
        .collect();
    let marks = lines.iter().rposition(|line| !line.is_empty());
    let inner = lines.get(1..marks.unwrap_or(1)).unwrap_or_default();
    Ok(Some(inner.to_vec()))
}

/// The file with a text in its block, which is put at the end if there is none yet. `text` has lines that end in LF. Without a
/// file one is made. Doing it twice is doing it once.
pub fn with(file: Option<&[u8]>, text: &str) -> Result<Vec<u8>, MarkError> {
    let old = file.unwrap_or_default();
    if let Some(block) = find(old)? {
        let mut new = old.get(..block.range.start).unwrap_or_default().to_vec();
        new.extend(rendered(text, &block));
        new.extend(old.get(block.range.end..).unwrap_or_default());
        return Ok(new);
    }
    let ended = old.is_empty() || old.ends_with(b"\n");
    let block = Block {
        range: 0..0,
        crlf: has_crlf(old),
        is_ended: true,
        // An empty line before it, unless nothing comes before it.
        gap: match (old.is_empty(), ended) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        },
        made: file.is_none(),
    };
    let mut new = old.to_vec();
    for _ in 0..block.gap {
        new.extend(line_end(block.crlf));
    }
    new.extend(rendered(text, &block));
    Ok(new)
}

/// The file as it was before [`with`].
pub fn without(file: &[u8]) -> Result<Without, MarkError> {
    let Some(block) = find(file)? else {
        return Ok(Without::Nothing);
    };
    let mut before = file.get(..block.range.start).unwrap_or_default();
    let after = file.get(block.range.end..).unwrap_or_default();
    for _ in 0..block.gap {
        before = before.strip_suffix(line_end(block.crlf)).unwrap_or(before);
    }
    if block.made && before.is_empty() && after.is_empty() {
        return Ok(Without::Empty);
    }
    Ok(Without::Rest([before, after].concat()))
}

fn rendered(text: &str, block: &Block) -> Vec<u8> {
    let end = line_end(block.crlf);
    let made = if block.made { " made" } else { "" };
    let first = format!(
        "<!-- git-tend-insights:begin gap={}{made} (written by git tend insights inject, taken out by git tend insights remove) -->",
        block.gap
    );
    let last = "<!-- git-tend-insights:end -->";
    let mut bytes = Vec::new();
    for line in std::iter::once(first.as_str())
        .chain(text.lines())
        .chain([last])
    {
        bytes.extend(line.as_bytes());
        bytes.extend(end);
    }
    if !block.is_ended {
        bytes.truncate(bytes.len() - end.len());
    }
    bytes
}

const fn line_end(crlf: bool) -> &'static [u8] {
    if crlf { b"\r\n" } else { b"\n" }
}

/// Whether the first line ends in CR LF.
fn has_crlf(file: &[u8]) -> bool {
    let end = file.iter().position(|byte| *byte == b'\n');
    end.and_then(|end| file.get(..end))
        .is_some_and(|line| line.ends_with(b"\r"))
}

/// A line that is a mark, and nothing else.
fn is_mark(line: &[u8], which: &[u8]) -> bool {
    let line = line.trim_ascii();
    let rest = line.strip_prefix(which);
    rest.is_some_and(|rest| {
        rest.ends_with(CLOSE)
            && (rest == CLOSE || rest.first().is_some_and(u8::is_ascii_whitespace))
    })
}

fn find(file: &[u8]) -> Result<Option<Block>, MarkError> {
    // UTF-16 and UTF-32 have zeros in all that is ASCII.
    if file.contains(&0) {
        return Err(MarkError::NotText);
    }
    let mut begin: Option<(usize, usize, &[u8])> = None;
    let mut found = None;
    let mut start = 0;
    for (nth, line) in file.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = nth + 1;
        let end = start + line.len();
        if is_mark(line, BEGIN) {
            if begin.is_some() {
                return Err(MarkError::Several { line: number });
            }
            begin = Some((number, start, line));
        } else if is_mark(line, END) {
            match begin {
                None => return Err(MarkError::Alone { line: number }),
                Some(_) if found.is_some() => return Err(MarkError::Several { line: number }),
                Some((_, from, first)) => found = Some((from..end, first, line)),
            }
        }
        start = end;
    }
    match (begin, found) {
        (Some((line, ..)), None) => Err(MarkError::Alone { line }),
        (_, None) => Ok(None),
        (_, Some((range, first, last))) => Ok(Some(read(range, first, last))),
    }
}

fn read(range: Range<usize>, first: &[u8], last: &[u8]) -> Block {
    let words: Vec<&[u8]> = first.split(u8::is_ascii_whitespace).collect();
    let gap = words.iter().find_map(|word| word.strip_prefix(b"gap="));
    Block {
        range,
        crlf: first.ends_with(b"\r\n"),
        is_ended: last.ends_with(b"\n"),
        gap: match gap {
            Some(b"1") => 1,
            Some(b"2") => 2,
            _ => 0,
        },
        made: words.contains(&b"made".as_slice()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "One\n\n## Two\n";
    const FIRST: &str = "<!-- git-tend-insights:begin gap=1 (written by git tend insights inject, taken out by git tend insights remove) -->";

    fn injected(file: &str) -> String {
        String::from_utf8(with(Some(file.as_bytes()), TEXT).unwrap()).unwrap()
    }

    #[test]
    fn the_block_comes_at_the_end_after_an_empty_line() {
        assert_eq!(
            injected("# Mine\n"),
            format!("# Mine\n\n{FIRST}\nOne\n\n## Two\n<!-- git-tend-insights:end -->\n")
        );
        let crlf = injected("# Mine\r\nand more\r\n");
        assert_eq!(crlf.matches("\r\n").count(), crlf.matches('\n').count());
        assert_eq!(
            block(crlf.as_bytes()).unwrap().unwrap(),
            ["One", "", "## Two"]
        );
        assert_eq!(block(b"# Mine\n").unwrap(), None);
    }

    #[test]
    fn another_text_takes_the_place_of_the_first_and_all_around_it_stays() {
        let file = injected("# Mine\n") + "\nWritten after it";
        let new = with(Some(file.as_bytes()), "Other\n").unwrap();
        let new = String::from_utf8(new).unwrap();
        assert!(new.starts_with("# Mine\n\n<!--") && new.ends_with("end -->\n\nWritten after it"));
        assert!(new.contains("\nOther\n") && !new.contains("One"));
        assert_eq!(
            without(new.as_bytes()).unwrap(),
            Without::Rest(b"# Mine\n\nWritten after it".to_vec())
        );
    }

    #[test]
    fn a_file_that_was_made_goes_with_its_block() {
        let made = with(None, TEXT).unwrap();
        assert_eq!(without(&made).unwrap(), Without::Empty);
        let more = [made.as_slice(), b"Mine\n"].concat();
        assert_eq!(without(&more).unwrap(), Without::Rest(b"Mine\n".to_vec()));
        // One that was there and empty stays.
        let empty = with(Some(b""), TEXT).unwrap();
        assert_eq!(without(&empty).unwrap(), Without::Rest(Vec::new()));
    }

    #[test]
    fn marks_that_do_not_match_are_refused() {
        let begin = "<!-- git-tend-insights:begin -->\n";
        let end = "<!-- git-tend-insights:end -->\n";
        for (file, error) in [
            (format!("a\n{begin}b\n"), MarkError::Alone { line: 2 }),
            (format!("a\n{end}b\n"), MarkError::Alone { line: 2 }),
            (format!("{end}{begin}"), MarkError::Alone { line: 1 }),
            (
                format!("{begin}{begin}{end}"),
                MarkError::Several { line: 2 },
            ),
            (
                format!("{begin}{begin}{end}{end}"),
                MarkError::Several { line: 2 },
            ),
            (format!("{begin}{end}{end}"), MarkError::Several { line: 3 }),
            (
                format!("{begin}{end}{begin}{end}"),
                MarkError::Several { line: 3 },
            ),
            ("a\0b".to_owned(), MarkError::NotText),
        ] {
            assert_eq!(
                with(Some(file.as_bytes()), TEXT),
                Err(error.clone()),
                "{file}"
            );
            assert_eq!(without(file.as_bytes()), Err(error), "{file}");
        }
        // What only speaks of marks is none.
        let prose = "Between `<!-- git-tend-insights:begin -->` and the end\n<!-- git-tend-insights:beginning -->\n";
        assert!(injected(prose).starts_with(prose));
    }

    #[test]
    fn a_line_end_that_an_editor_took_away_stays_away() {
        let file = injected("# Mine\n");
        let file = file.trim_end();
        assert_eq!(injected(file), file);
        assert_eq!(
            without(file.as_bytes()).unwrap(),
            Without::Rest(b"# Mine\n".to_vec())
        );
    }

    proptest! {
        #[test]
        fn taking_it_out_is_the_exact_inverse(
            file in prop::option::of(prop_oneof![
                prop::collection::vec(prop::sample::select(b"a\n\r# \xc3\xa4".to_vec()), 0..40),
                prop::collection::vec(1..=255_u8, 0..40),
            ]),
            texts in prop::collection::vec("([a-z#]{0,5}\n){0,4}", 1..4),
        ) {
            let mut now = file.clone();
            for text in &texts {
                let once = with(now.as_deref(), text).unwrap();
                let twice = with(Some(&once), text).unwrap();
                prop_assert_eq!(&once, &twice, "a second time changes nothing");
                now = Some(once);
            }
            let back = without(&now.unwrap()).unwrap();
            let expected = file.map_or(Without::Empty, Without::Rest);
            prop_assert_eq!(back, expected);
        }
    }
}
