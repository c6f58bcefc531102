//! The XML of `JUnit`, for readers of CI systems.
//!
//! A suite for each tool and folder: a failing case for each finding (its class the path, its name the rule and how the
//! message begins), a passing case for a clean tool, a skipped one for a tool that did not look, one with an error for a
//! tool that failed: never a suite without a case. Tests of a test runner are cases by their own names. Suppressed findings
//! are skipped cases.
//!
//! Valid by the schema of Jenkins' xunit plugin (`junit-10.xsd`), which is the strictest in use.

mod case;
mod suite;
mod xml;

use std::io::{self, BufWriter, Write};

use jiff::Timestamp;

use self::suite::{Suite, Totals};
use self::xml::Xml;
use super::document::Document;

/// Which findings fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// All that are not suppressed.
    #[default]
    All,
    /// Those that the base does not have; the others are skipped cases.
    New,
}

/// Writes the document.
pub fn write(out: &mut dyn Write, document: &Document, fail_on: FailOn) -> io::Result<()> {
    let suites = suite::of(document);
    let mut all = Totals::default();
    for suite in &suites {
        all.add(suite.totals(fail_on));
    }
    let numbers = [all.cases, all.failures, all.errors].map(|number| number.to_string());
    let [cases, failures, errors] = &numbers;
    let time = seconds(suites.iter().map(Suite::seconds).sum());
    let attributes = [
        ("name", "git-tend"),
        ("tests", cases.as_str()),
        ("failures", failures),
        ("errors", errors),
        ("time", &time),
    ];
    let mut xml = Xml::begin(BufWriter::new(out))?;
    xml.element("testsuites", &attributes, |xml| {
        suites
            .iter()
            .try_for_each(|suite| suite.write(xml, fail_on))
    })?;
    xml.end()
}

/// Seconds with three decimals, as the schema asks.
fn seconds(seconds: f64) -> String {
    let seconds = if seconds.is_finite() {
        seconds.clamp(0.0, 1e9)
    } else {
        0.0
    };
    format!("{seconds:.3}")
}

/// ISO 8601 in UTC, without fractions.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
