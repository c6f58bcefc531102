//! `cargo audit --json`.
//!
//! It exits with 1 for findings and without a report for everything that fails. Its warnings (unmaintained, unsound,
//! yanked) are findings that do little.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;

use super::advisory::{UNRATED, address, dependency, severity, upgrade};
use super::common::{Number, clean_text};
use super::json::{json, list};
use crate::findings::{Finding, Severity, Subject};
use crate::tools::reading::{ReadError, Reading};

const EXPECTED: &str = "cargo audit's JSON";

#[derive(Deserialize)]
struct Report {
    lockfile: Option<Lockfile>,
    vulnerabilities: Vulnerabilities,
    warnings: Option<Warnings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lockfile {
    #[serde(default)]
    dependency_count: Number,
}

#[derive(Deserialize)]
struct Vulnerabilities {
    list: Vec<Faulty>,
}

/// By kind; before cargo-audit 0.13 a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Warnings {
    ByKind(BTreeMap<String, Vec<Faulty>>),
    List(Vec<Faulty>),
}

#[derive(Deserialize)]
struct Faulty {
    kind: Option<String>,
    package: Package,
    /// Nothing where a version was yanked.
    advisory: Option<Advisory>,
    versions: Option<Versions>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: Option<String>,
}

#[derive(Deserialize)]
struct Advisory {
    id: String,
    title: Option<String>,
    #[serde(default, deserialize_with = "list")]
    aliases: Vec<String>,
    cvss: Option<String>,
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default, deserialize_with = "list")]
    patched: Vec<String>,
}

/// Reads a report.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let report: Report = json(report, EXPECTED)?;
    let count = report
        .lockfile
        .and_then(|lockfile| lockfile.dependency_count.count());
    let mut reading = Reading {
        checked: count,
        ..Reading::default()
    };
    for faulty in &report.vulnerabilities.list {
        let advisory = faulty.advisory.as_ref();
        let severity = advisory
            .and_then(|advisory| severity(advisory.cvss.as_deref()?))
            .unwrap_or(UNRATED);
        if let Some(finding) = finding(faulty, "vulnerable", severity) {
            reading.push(finding)?;
        }
    }
    let warnings: Vec<(Option<String>, Faulty)> = match report.warnings {
        None => Vec::new(),
        Some(Warnings::List(list)) => list.into_iter().map(|faulty| (None, faulty)).collect(),
        Some(Warnings::ByKind(kinds)) => kinds
            .into_iter()
            .flat_map(|(kind, list)| {
                list.into_iter()
                    .map(move |faulty| (Some(kind.clone()), faulty))
            })
            .collect(),
    };
    for (kind, faulty) in &warnings {
        let kind = kind
            .as_deref()
            .or(faulty.kind.as_deref())
            .unwrap_or("warning");
        let severity = match kind {
            "unsound" | "yanked" => Severity::Low,
            _ => Severity::Info,
        };
        if let Some(finding) = finding(faulty, kind, severity) {
            reading.push(finding)?;
        }
    }
    Ok(reading)
}

fn finding(faulty: &Faulty, kind: &str, severity: Severity) -> Option<Finding> {
    let package = &faulty.package;
    let advisory = faulty.advisory.as_ref();
    let names: Vec<&str> = match advisory {
        Some(advisory) => advisory
            .aliases
            .iter()
            .chain([&advisory.id])
            .map(String::as_str)
            .collect(),
        None => vec![kind],
    };
    let mut subject = dependency("cargo", &package.name, package.version.as_deref(), names)?;
    let patched = faulty
        .versions
        .iter()
        .flat_map(|versions| &versions.patched);
    subject.fixed_in = patched.map(|range| first(range)).collect();
    let message = match (advisory.and_then(|it| it.title.as_deref()), kind) {
        (Some(title), _) => clean_text(title),
        (None, "yanked") => "this version was yanked: its author took it back".to_owned(),
        (None, kind) => clean_text(kind),
    };
    let mut finding = Finding::new("cargo audit", &subject.advisory, severity, message);
    finding.url = advisory
        .and_then(|advisory| address(&advisory.id))
        .or_else(|| address(&subject.advisory));
    finding.fix = upgrade(&subject.package, &subject.fixed_in);
    finding.subject = Subject::Dependency(subject);
    Some(finding)
}

/// `>=0.2.23` begins with 0.2.23; other ranges stay as they are.
fn first(range: &str) -> String {
    let plain = range
        .trim()
        .strip_prefix(">=")
        .map(str::trim)
        .filter(|version| !version.contains([',', ' ', '<']));
    plain.unwrap_or(range).to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use insta::assert_snapshot;

    use super::*;
    use crate::tools::readers::testing::{read_fixture, survives_anything};

    #[test]
    fn warnings_are_findings_that_do_little() {
        let lines = read_fixture!(read, "../../../fixtures/tools/cargo-audit/report.json");
        assert_snapshot!(lines, @r#"
        medium GHSA-wcg3-cvx6-7396 | cargo/time@0.1.42 ["CVE-2020-26235", "RUSTSEC-2020-0071"] fixed in ["0.2.23"] direct None | Potential segfault in the time crate | upgrade time to 0.2.23 | https://rustsec.org/advisories/RUSTSEC-2020-0071.html
        critical GHSA-mm7v-vpv8-xfc3 | cargo/smallvec@0.6.9 ["CVE-2019-15551", "RUSTSEC-2019-0009"] fixed in ["0.6.10"] direct None | Double-free and use-after-free in SmallVec::grow() | upgrade smallvec to 0.6.10 | https://rustsec.org/advisories/RUSTSEC-2019-0009.html
        critical GHSA-43w2-9j62-hq99 | cargo/smallvec@0.6.9 ["CVE-2021-25900", "RUSTSEC-2021-0003"] fixed in [">=0.6.14, <1.0.0", "1.6.1"] direct None | Buffer overflow in SmallVec::insert_many | upgrade smallvec to >=0.6.14, <1.0.0 or 1.6.1 | https://rustsec.org/advisories/RUSTSEC-2021-0003.html
        critical GHSA-69gw-hgj3-45m7 | cargo/smallvec@0.6.9 ["CVE-2019-15554", "RUSTSEC-2019-0012"] fixed in ["0.6.10"] direct None | Memory corruption in SmallVec::grow() | upgrade smallvec to 0.6.10 | https://rustsec.org/advisories/RUSTSEC-2019-0012.html
        info RUSTSEC-2024-0375 | cargo/atty@0.2.14 [] fixed in [] direct None | `atty` is unmaintained | https://rustsec.org/advisories/RUSTSEC-2024-0375.html
        info RUSTSEC-2020-0016 | cargo/net2@0.2.37 [] fixed in [] direct None | `net2` crate has been deprecated; use `socket2` instead | https://rustsec.org/advisories/RUSTSEC-2020-0016.html
        low GHSA-55m5-whcv-c49c | cargo/smallvec@0.6.9 ["CVE-2018-25023", "GHSA-66p5-j55p-32r9", "RUSTSEC-2018-0018"] fixed in ["0.6.13"] direct None | smallvec creates uninitialized value of any type | upgrade smallvec to 0.6.13 | https://rustsec.org/advisories/RUSTSEC-2018-0018.html
        low GHSA-g98v-hv3f-hcfr | cargo/atty@0.2.14 ["RUSTSEC-2021-0145"] fixed in [] direct None | Potential unaligned read | https://rustsec.org/advisories/RUSTSEC-2021-0145.html
        low yanked | cargo/smallvec@0.6.9 [] fixed in [] direct None | this version was yanked: its author took it back
        checked Some(5), version -
        "#);
    }

    #[test]
    fn a_report_without_a_list_is_none() {
        assert!(matches!(
            read(&mut "{}".as_bytes()),
            Err(ReadError::Malformed { .. })
        ));
        let clean = r#"{"lockfile": {"dependency-count": 0}, "vulnerabilities": {"list": []}, "warnings": []}"#;
        assert_eq!(read(&mut clean.as_bytes()).unwrap().checked, Some(0));
    }

    survives_anything!(read, "../../../fixtures/tools/cargo-audit/report.json");
}
