//! What holds for every reader: any bytes, damaged reports and deep nesting are read or refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::BufRead;

use proptest::prelude::*;

use super::testing::{Reader, fixture};
use super::{checkstyle, clippy, eslint, pylint, radon, regex, ruff, tend};
use crate::tools::{ReadError, Reading};

fn by_expression(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    regex::read(
        r"^(?<file>[^:]+):(?<line>\d+)?:?(?<severity>\w)?(?<message>.*)$",
        report,
    )
}

/// Each reader with real outputs of its tools.
const READERS: [(Reader, &[&str]); 8] = [
    (
        checkstyle::read,
        &["checkstyle/eslint.xml", "checkstyle/flake8.xml"],
    ),
    (
        clippy::read,
        &[
            "clippy/broken.jsonl",
            "clippy/warn.jsonl",
            "clippy/ws.jsonl",
        ],
    ),
    (
        eslint::read,
        &[
            "eslint/v8.json",
            "eslint/v9-metadata.json",
            "eslint/v10.json",
        ],
    ),
    (
        pylint::read,
        &[
            "pylint/json2.json",
            "pylint/json.json",
            "pylint/bad-plugin.json",
        ],
    ),
    (radon::read, &["radon/cc.json"]),
    (by_expression, &["pylint/bad-config.txt"]),
    (
        ruff::read,
        &["ruff/0.1.json", "ruff/0.17.json", "ruff/notebook.json"],
    ),
    (tend::read, &["tend/todo.jsonl", "tend/report.json"]),
];

#[test]
fn recorded_outputs_are_read() {
    for (read, names) in READERS {
        for name in names {
            let reading = read(&mut fixture(name).as_slice());
            assert!(reading.is_ok_and(|it| !it.findings.is_empty()), "{name}");
        }
    }
}

#[test]
fn nothing_and_garbage_are_no_clean_runs() {
    for (read, names) in READERS {
        for garbage in [
            "",
            " \n",
            "garbage\n",
            "<html></html>",
            "{}",
            "\u{1b}[31m",
            "null",
            "[[]]",
        ] {
            let reading = read(&mut garbage.as_bytes());
            let is_clean = reading.as_ref().is_ok_and(|it| it.checked > Some(0));
            assert!(!is_clean, "{names:?} {garbage:?}: {reading:?}");
        }
    }
}

#[test]
fn deep_nesting_is_read_or_refused() {
    for (read, _) in READERS {
        for open in [
            "[",
            "{\"a\":",
            "<a>",
            "<checkstyle>",
            "{\"results\":[",
            "{\"findings\":",
        ] {
            let report = open.repeat(50_000);
            drop(read(&mut report.as_bytes()));
        }
    }
}

#[test]
fn half_an_output_is_an_error_or_has_findings() {
    for (read, names) in READERS {
        for name in names {
            let whole = fixture(name);
            for cut in [whole.len() / 4, whole.len() / 2, whole.len() - 3] {
                let reading = read(&mut whole.get(..cut).unwrap());
                let is_clean = reading.is_ok_and(|it| {
                    it.findings.is_empty() && it.unchecked.is_empty() && it.checked > Some(0)
                });
                assert!(!is_clean, "{name} cut at {cut}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for (read, _) in READERS {
            drop(read(&mut bytes.as_slice()));
        }
    }

    /// Bytes of a real output are replaced, removed and doubled.
    #[test]
    fn changed_outputs_are_read(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..12),
        which in any::<prop::sample::Index>(),
    ) {
        for (read, names) in READERS {
            let mut bytes = fixture(names[which.index(names.len())]);
            for (at, byte, how) in &edits {
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = *byte,
                    1 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, *byte),
                }
            }
            if let Ok(reading) = read(&mut bytes.as_slice()) {
                for finding in &reading.findings {
                    let is_bare = |c: char| !c.is_control() || c == '\n' || c == '\t';
                    prop_assert!(finding.message.chars().all(is_bare));
                    prop_assert!(finding.message.chars().count() <= 4_000);
                    let line = finding.place.as_ref().and_then(|it| it.line);
                    prop_assert_ne!(line, Some(0));
                }
            }
        }
    }
}
