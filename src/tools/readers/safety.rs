//! `safety check --json` (safety 2 and 3, and the lists of safety 1) and `safety scan --output json` (safety 3).
//!
//! Safety exits with 0 when no requirement of a file is pinned; what it found is told by `packages_found`.

use std::io::BufRead;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::advisory::{UNRATED, address, dependency, severity, upgrade};
use super::common::{Number, clean_text};
use super::json::{Keys, Texts, is_list, json, list};
use crate::findings::{Finding, Place, Severity, Subject};
use crate::tools::reading::{ReadError, Reading};

const EXPECTED: &str = "safety's JSON";

#[derive(Deserialize)]
struct Report {
    #[serde(rename = "report_meta")]
    meta: Option<Meta>,
    scanned_packages: Option<Keys>,
    vulnerabilities: Option<Vec<Vulnerability>>,
    scan_results: Option<Scan>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    packages_found: Number,
    safety_version: Option<String>,
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(default, rename = "vulnerability_id")]
    number: Texts,
    package_name: String,
    analyzed_version: Option<String>,
    advisory: Option<String>,
    #[serde(default)]
    fixed_versions: Texts,
    #[serde(default, rename = "CVE")]
    cve: Texts,
    severity: Option<Rating>,
    more_info_url: Option<String>,
}

#[derive(Deserialize)]
struct Rating {
    cvssv3: Option<Cvss>,
    cvssv2: Option<Cvss>,
}

#[derive(Deserialize)]
struct Cvss {
    #[serde(default)]
    base_score: Texts,
    #[serde(default)]
    vector_string: Texts,
}

/// Of `safety scan`.
#[derive(Deserialize)]
struct Scan {
    #[serde(default, deserialize_with = "list")]
    projects: Vec<Project>,
}

#[derive(Deserialize)]
struct Project {
    #[serde(default, deserialize_with = "list")]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    location: Option<String>,
    results: Option<Results>,
}

#[derive(Deserialize)]
struct Results {
    #[serde(default, deserialize_with = "list")]
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    #[serde(default, deserialize_with = "list")]
    specifications: Vec<Specification>,
}

#[derive(Deserialize)]
struct Specification {
    raw: Option<String>,
    vulnerabilities: Option<Known>,
}

#[derive(Deserialize)]
struct Known {
    #[serde(default, deserialize_with = "list")]
    known_vulnerabilities: Vec<KnownVulnerability>,
}

#[derive(Deserialize)]
struct KnownVulnerability {
    #[serde(default)]
    id: Texts,
    /// Why the project's policy ignores it.
    ignored: Option<IgnoredAny>,
    vulnerable_spec: Option<String>,
}

/// Reads a report.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    if is_list(report)? {
        return of_list(&json::<Vec<Vec<Texts>>>(report, EXPECTED)?);
    }
    let report: Report = json(report, EXPECTED)?;
    let mut reading = Reading::default();
    if let Some(meta) = report.meta {
        reading.version = meta.safety_version.map(|version| clean_text(&version));
        reading.checked = meta.packages_found.count();
    }
    // Packages that stand there in several versions are counted several times above.
    if let Some(packages) = report.scanned_packages {
        reading.checked = Some(packages.0.len() as u64);
    }
    match (report.vulnerabilities, report.scan_results) {
        (Some(all), _) => {
            for vulnerability in &all {
                if let Some(finding) = finding(vulnerability) {
                    reading.push(finding)?;
                }
            }
        }
        (None, Some(scan)) => of_scan(scan, &mut reading)?,
        (None, None) => {
            return Err(ReadError::Malformed {
                expected: EXPECTED,
                message: "it has no vulnerabilities".to_owned(),
            });
        }
    }
    Ok(reading)
}

/// Safety's own number, as its database names it.
fn named(number: &str) -> String {
    if number.chars().all(|c| c.is_ascii_digit()) {
        format!("pyup.io-{number}")
    } else {
        number.to_owned()
    }
}

fn finding(vulnerability: &Vulnerability) -> Option<Finding> {
    let cves = vulnerability
        .cve
        .iter()
        .flat_map(|text| text.split([',', ' ']));
    let names = cves
        .map(str::to_owned)
        .chain(vulnerability.number.iter().map(named));
    let version = vulnerability.analyzed_version.as_deref();
    let mut subject = dependency("pypi", &vulnerability.package_name, version, names)?;
    subject.fixed_in = vulnerability
        .fixed_versions
        .iter()
        .map(str::to_owned)
        .collect();
    let message = vulnerability.advisory.as_deref().map(clean_text);
    let rating = vulnerability.severity.as_ref();
    let severity = rating.and_then(rated).unwrap_or(UNRATED);
    let message = message
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| format!("{} has a known vulnerability", subject.package));
    let mut finding = Finding::new("safety", &subject.advisory, severity, message);
    finding.url = vulnerability
        .more_info_url
        .clone()
        .filter(|url| url.starts_with("https://") && !url.contains(char::is_whitespace))
        .or_else(|| address(&subject.advisory));
    finding.fix = upgrade(&subject.package, &subject.fixed_in);
    finding.subject = Subject::Dependency(subject);
    Some(finding)
}

fn rated(rating: &Rating) -> Option<Severity> {
    let cvss = rating.cvssv3.iter().chain(&rating.cvssv2);
    cvss.flat_map(|cvss| [cvss.base_score.first(), cvss.vector_string.first()])
        .flatten()
        .find_map(severity)
}

/// `[package, affected versions, version, advisory, number, …]` each: safety 1.
fn of_list(all: &[Vec<Texts>]) -> Result<Reading, ReadError> {
    let mut reading = Reading::default();
    for fields in all {
        let field = |at: usize| fields.get(at).and_then(Texts::first);
        let (Some(package), Some(number)) = (field(0), field(4)) else {
            return Err(ReadError::Malformed {
                expected: EXPECTED,
                message: "an entry of its list has fewer than five fields".to_owned(),
            });
        };
        let Some(subject) = dependency("pypi", package, field(2), [named(number)]) else {
            continue;
        };
        let message = clean_text(field(3).unwrap_or("a known vulnerability"));
        let mut finding = Finding::new("safety", &subject.advisory, UNRATED, message);
        finding.subject = Subject::Dependency(subject);
        reading.push(finding)?;
    }
    Ok(reading)
}

fn of_scan(scan: Scan, reading: &mut Reading) -> Result<(), ReadError> {
    let mut checked = 0;
    for file in scan.projects.into_iter().flat_map(|project| project.files) {
        let dependencies = file.results.map(|it| it.dependencies).unwrap_or_default();
        for dependency in &dependencies {
            checked += 1;
            for specification in &dependency.specifications {
                for mut finding in of_specification(&dependency.name, specification) {
                    finding.place = file.location.clone().map(|path| Place {
                        path,
                        ..Place::default()
                    });
                    reading.push(finding)?;
                }
            }
        }
    }
    reading.checked = Some(checked);
    Ok(())
}

fn of_specification(package: &str, specification: &Specification) -> Vec<Finding> {
    let version = specification
        .raw
        .as_deref()
        .and_then(|raw| raw.split_once("=="))
        .map(|(_, version)| version.split([';', ' ']).next().unwrap_or(version));
    let known = specification.vulnerabilities.iter();
    known
        .flat_map(|known| &known.known_vulnerabilities)
        .filter(|vulnerability| vulnerability.ignored.is_none())
        .filter_map(|vulnerability| {
            let names = vulnerability.id.iter().map(named);
            let subject = dependency("pypi", package, version, names)?;
            let affected = vulnerability.vulnerable_spec.as_deref().unwrap_or("some");
            let message = clean_text(&format!("versions {affected} have a known vulnerability"));
            let mut finding = Finding::new("safety", &subject.advisory, UNRATED, message);
            finding.subject = Subject::Dependency(subject);
            Some(finding)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use insta::assert_snapshot;

    use super::*;
    use crate::tools::readers::testing::{read_fixture, survives_anything};

    #[test]
    fn what_check_says() {
        let lines = read_fixture!(read, "../../../fixtures/tools/safety/check.json");
        assert_snapshot!(lines, @r#"
        high CVE-2020-28493 | pypi/jinja2@2.10 ["pyup.io-39525"] fixed in [] direct None | This affects the package jinja2 from 0.0.0 and before 2.11.3. The ReDO | https://pyup.io/v/39525/f17
        high CVE-2018-18074 | pypi/requests@2.19.0 ["pyup.io-36546"] fixed in [] direct None | The Requests package through 2.19.1 sends an HTTP Authorization header | https://pyup.io/v/36546/f17
        high CVE-2018-1000656 | pypi/flask@0.12 ["pyup.io-36388"] fixed in [] direct None | flask version Before 0.12.3 contains a CWE-20: Improper Input Validati | https://pyup.io/v/36388/f17
        high CVE-2019-1010083 | pypi/flask@0.12 ["pyup.io-38654"] fixed in [] direct None | The Pallets Project Flask before 1.0 is affected by: unexpected memory | https://pyup.io/v/38654/f17
        checked Some(3), version 2.3.5
        "#);
    }

    #[test]
    fn unpinned_requirements_are_not_checked() {
        let lines = read_fixture!(read, "../../../fixtures/tools/safety/unpinned.json");
        assert_snapshot!(lines, @"checked Some(0), version 2.3.5");
    }

    #[test]
    fn what_scan_says() {
        let lines = read_fixture!(read, "../../../fixtures/tools/safety/scan.json");
        assert_snapshot!(lines, @r"
        high pyup.io-39525 | /home/dev/proj/requirements.txt -:---:- | pypi/jinja2@2.10 [] fixed in [] direct None | versions <2.11.3 have a known vulnerability
        checked Some(2), version -
        ");
    }

    #[test]
    fn lists_are_read_as_well() {
        let list = r#"[["jinja2", "<2.11.3", "2.10", "ReDoS", "39525", null, null]]"#;
        let lines = crate::tools::readers::testing::lines(&read(&mut list.as_bytes()));
        assert_snapshot!(lines, @r"
        high pyup.io-39525 | pypi/jinja2@2.10 [] fixed in [] direct None | ReDoS
        checked None, version -
        ");
        assert!(read(&mut "[[]]".as_bytes()).is_err() && read(&mut "{}".as_bytes()).is_err());
    }

    survives_anything!(read, "../../../fixtures/tools/safety/check.json");
}
