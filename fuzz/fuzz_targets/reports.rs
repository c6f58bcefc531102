//! Reports of tools: the first byte chooses the reader, a letter from `a` on for each.
#![no_main]

use std::io::{BufRead, BufReader};

use git_tend::findings::{Finding, Verdict};
use git_tend::tools::judge::Codes;
use git_tend::tools::readers::{
    bandit, cargo_audit, cargo_test, checkstyle, clippy, eslint, gitleaks, go_test, jest, junit,
    npm_audit, osv_scanner, pip_audit, pylint, radon, regex, ruff, safety, sarif, semgrep, tend,
    unittest,
};
use git_tend::tools::{Ended, ReadError, Reading, judge};
use libfuzzer_sys::fuzz_target;

type Reader = fn(&mut dyn BufRead) -> Result<Reading, ReadError>;

/// `.ci/fuzz` knows how many there are.
const READERS: [Reader; 22] = [
    bandit::read,
    cargo_audit::read,
    cargo_test::read,
    checkstyle::read,
    clippy::read,
    eslint::read,
    |report| gitleaks::read_with(&[7; 32], report),
    go_test::read,
    jest::read,
    junit::read,
    npm_audit::read,
    osv_scanner::read,
    pip_audit::read,
    pylint::read,
    radon::read,
    ruff::read,
    safety::read,
    sarif::read,
    semgrep::read,
    tend::read,
    unittest::read,
    |report| regex::read(EXPRESSION, report),
];

const EXPRESSION: &str =
    r"^(?<file>[^:]+):(?<line>\d+):(?<column>\d+): (?<severity>\w)(?<rule>\d+): (?<message>.*)$";

/// A message has so many characters at most.
const LONGEST_MESSAGE: usize = 4_000;

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    let read = READERS[usize::from(first.wrapping_sub(b'a')) % READERS.len()];
    let reading = read(&mut &*bytes);
    let in_pieces = read(&mut BufReader::with_capacity(61, bytes));
    assert_eq!(reading.as_ref().ok(), in_pieces.as_ref().ok());
    match &reading {
        Ok(reading) => check(reading),
        Err(error) => assert!(is_text(&error.to_string()), "{error}"),
    }
    judged(&reading);
});

/// Whether a terminal can show it.
fn is_text(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t')
}

fn check(reading: &Reading) {
    for finding in &reading.findings {
        check_finding(finding);
    }
    for unchecked in &reading.unchecked {
        assert!(is_text(&unchecked.reason), "{unchecked:?}");
    }
    if let Some(tests) = &reading.tests {
        // A test that was left out was not looked at.
        let run = tests.total().saturating_sub(tests.skipped);
        assert!(
            reading.checked.is_none_or(|checked| checked == run),
            "{reading:?}"
        );
        assert!(tests.flaky <= tests.passed);
        assert!(tests.seconds >= 0.0);
        assert!(tests.cases.iter().all(|case| is_text(&case.name)));
        assert!(
            tests
                .slowest
                .is_sorted_by(|one, two| one.seconds >= two.seconds)
        );
    }
}

fn check_finding(finding: &Finding) {
    assert!(is_text(&finding.message), "{finding:?}");
    assert!(finding.message.chars().count() <= LONGEST_MESSAGE);
    assert!(finding.fix.as_deref().is_none_or(is_text), "{finding:?}");
    assert!(!finding.tool.is_empty());
    if let Some(place) = &finding.place {
        let numbers = [place.line, place.column, place.end_line, place.end_column];
        assert!(!numbers.contains(&Some(0)), "{place:?}");
    }
    let written = serde_json::to_string(finding).expect("a finding can be written");
    assert_eq!(serde_json::from_str(&written).ok().as_ref(), Some(finding));
}

/// Never a false clean.
fn judged(reading: &Result<Reading, ReadError>) {
    let codes = Codes {
        clean: &[0],
        found: &[1],
        nothing: &[],
    };
    for (code, expected) in [
        (0, None),
        (0, Some(0)),
        (0, Some(3)),
        (1, Some(3)),
        (2, Some(3)),
    ] {
        let judged = judge(codes, &Ended::Exited(code), "", reading, expected);
        assert!(judged.reason.as_deref().is_none_or(is_text), "{judged:?}");
        if judged.verdict == Verdict::Clean {
            let reading = reading.as_ref().expect("a report that was read");
            assert_eq!(code, 0);
            assert!(reading.findings.is_empty() && reading.unchecked.is_empty());
            assert!(
                reading
                    .checked
                    .or(expected)
                    .is_some_and(|checked| checked > 0)
            );
            let tests = reading.tests.as_ref();
            assert!(
                tests.is_none_or(|tests| tests.failed == 0 && tests.errors == 0),
                "{reading:?}"
            );
        }
    }
}
