//! What the tests of readers have in common: recorded outputs, a reading in lines, and reports that are not what they should be.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::io::BufRead;

use proptest::prelude::*;

use crate::findings::{Finding, Subject};
use crate::tools::reading::{ReadError, Reading};

/// A reading in lines, for people: a finding each, then what was checked and what was not.
pub(super) fn lines(reading: &Result<Reading, ReadError>) -> String {
    let reading = match reading {
        Ok(reading) => reading,
        Err(error) => return format!("{}: {error}", kind(error)),
    };
    let mut lines: Vec<String> = reading.findings.iter().map(line).collect();
    let version = reading.version.as_deref().unwrap_or("-");
    lines.push(format!("checked {:?}, version {version}", reading.checked));
    let unchecked = reading.unchecked.iter();
    lines.extend(unchecked.map(|it| format!("unchecked {}: {}", it.what, it.reason)));
    lines.join("\n")
}

fn kind(error: &ReadError) -> &'static str {
    match error {
        ReadError::Empty => "empty",
        ReadError::Malformed { .. } => "malformed",
        ReadError::Refused(_) => "refused",
        ReadError::TooMany => "too many",
        ReadError::Io(_) => "io",
    }
}

fn line(finding: &Finding) -> String {
    let mut parts = vec![format!("{} {}", finding.severity, finding.rule)];
    if let Some(confidence) = finding.confidence {
        parts.push(format!("{confidence:?}"));
    }
    if let Some(place) = &finding.place {
        let number = |number: Option<u32>| number.map_or("-".to_owned(), |it| it.to_string());
        parts.push(format!(
            "{} {}:{}-{}:{}",
            place.path,
            number(place.line),
            number(place.column),
            number(place.end_line),
            number(place.end_column)
        ));
    }
    match &finding.subject {
        Subject::Dependency(it) => parts.push(format!(
            "{}/{}@{} {:?} fixed in {:?} direct {:?}",
            it.ecosystem,
            it.package,
            it.version.as_deref().unwrap_or("?"),
            it.aliases,
            it.fixed_in,
            it.direct
        )),
        Subject::Secret { digest } => parts.push(format!("secret {}", digest.len())),
        _ => {}
    }
    if !finding.cwe.is_empty() {
        parts.push(format!("CWE {:?}", finding.cwe));
    }
    parts.push(finding.message.chars().take(70).collect());
    parts.extend(finding.fix.clone());
    parts.extend(finding.url.clone());
    parts.join(" | ")
}

/// A report with a few spans taken out, doubled or overwritten.
pub(super) fn damaged(report: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let change = (
        any::<prop::sample::Index>(),
        0_usize..40,
        0_u8..4,
        any::<u8>(),
    );
    proptest::collection::vec(change, 1..6).prop_map(move |changes| {
        let mut bytes = report.to_vec();
        for (at, length, kind, byte) in changes {
            let start = at.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            let span = bytes[start..end].to_vec();
            match kind {
                0 => drop(bytes.drain(start..end)),
                1 => drop(bytes.splice(start..start, span)),
                2 => bytes[start..end].fill(byte),
                _ => bytes.truncate(end),
            }
        }
        bytes
    })
}

/// Tests that a reader reads any bytes, and any report that was damaged.
macro_rules! survives_anything {
    ($read:expr, $report:expr) => {
        proptest::proptest! {
            #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

            #[test]
            fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
                let read: fn(&mut dyn std::io::BufRead) -> _ = $read;
                let _ = read(&mut bytes.as_slice());
            }

            #[test]
            fn any_damaged_report_is_read(bytes in $crate::tools::readers::testing::damaged(include_bytes!($report))) {
                let read: fn(&mut dyn std::io::BufRead) -> _ = $read;
                if let Ok(reading) = read(&mut bytes.as_slice()) {
                    for finding in &reading.findings {
                        let has_controls = finding.message.contains(['\u{1b}', '\0']);
                        proptest::prop_assert!(!has_controls);
                        let place = finding.place.as_ref();
                        let is_one_based = place.is_none_or(|it| it.line != Some(0) && it.column != Some(0));
                        proptest::prop_assert!(is_one_based);
                    }
                }
            }
        }
    };
}

/// A report of the fixtures, read.
macro_rules! read_fixture {
    ($read:expr, $report:expr) => {
        $crate::tools::readers::testing::lines(&$read(&mut include_bytes!($report).as_slice()))
    };
}

pub(super) use {read_fixture, survives_anything};

/// A reader.
pub(super) type Reader = fn(&mut dyn BufRead) -> Result<Reading, ReadError>;

/// A recorded output.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tools/");
    std::fs::read(format!("{root}{name}")).unwrap()
}

/// What a reader makes of a recorded output, in lines.
pub(super) fn told(read: Reader, name: &str) -> String {
    match read(&mut fixture(name).as_slice()) {
        Ok(reading) => shown(&reading),
        Err(error) => format!("error: {error}"),
    }
}

/// A reading in lines: how much was looked at, each finding, what was not looked at.
pub(super) fn shown(reading: &Reading) -> String {
    let mut text = format!("checked {:?}", reading.checked);
    let number = |number: Option<u32>| number.map_or_else(|| "-".to_owned(), |it| it.to_string());
    for finding in &reading.findings {
        let place = finding.place.clone().unwrap_or_default();
        write!(
            text,
            "\n{} {} {}:{}-{}:{} {} | {}",
            finding.severity,
            place.path,
            number(place.line),
            number(place.column),
            number(place.end_line),
            number(place.end_column),
            finding.rule,
            finding.message,
        )
        .unwrap();
        if finding.subject != Subject::Code {
            write!(text, " | {:?}", finding.subject).unwrap();
        }
        for more in [&finding.fix, &finding.url].into_iter().flatten() {
            write!(text, " | {more}").unwrap();
        }
    }
    for unchecked in &reading.unchecked {
        write!(text, "\nunchecked {}: {}", unchecked.what, unchecked.reason).unwrap();
    }
    text
}
