//! `pip-audit -f json`.
//!
//! It says "no known vulnerabilities" and exits with 0 when it skipped everything; what it skipped is unchecked here. It
//! knows no severities.

use std::io::BufRead;

use serde::Deserialize;

use super::advisory::{UNRATED, address, dependency, upgrade};
use super::common::clean_text;
use super::json::{is_list, json, list};
use crate::findings::{Finding, Subject, Unchecked};
use crate::tools::reading::{ReadError, Reading};

const EXPECTED: &str = "pip-audit's JSON";

#[derive(Deserialize)]
struct Report {
    dependencies: Vec<Audited>,
}

#[derive(Deserialize)]
struct Audited {
    name: String,
    version: Option<String>,
    #[serde(default, deserialize_with = "list")]
    vulns: Vec<Vulnerability>,
    skip_reason: Option<String>,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: String,
    #[serde(default, deserialize_with = "list")]
    aliases: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    fix_versions: Vec<String>,
    description: Option<String>,
}

/// Reads a report: an object, or before pip-audit 2.5 a list.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let dependencies = if is_list(report)? {
        json(report, EXPECTED)?
    } else {
        json::<Report>(report, EXPECTED)?.dependencies
    };
    let mut reading = Reading::default();
    let mut checked = 0;
    for audited in dependencies {
        if let Some(reason) = &audited.skip_reason {
            reading.unchecked.push(Unchecked {
                what: clean_text(&audited.name),
                reason: clean_text(reason),
            });
            continue;
        }
        checked += 1;
        for vulnerability in &audited.vulns {
            if let Some(finding) = finding(&audited, vulnerability) {
                reading.push(finding)?;
            }
        }
    }
    reading.checked = Some(checked);
    Ok(reading)
}

fn finding(audited: &Audited, vulnerability: &Vulnerability) -> Option<Finding> {
    let names = vulnerability.aliases.iter().chain([&vulnerability.id]);
    let mut subject = dependency("pypi", &audited.name, audited.version.as_deref(), names)?;
    subject.fixed_in.clone_from(&vulnerability.fix_versions);
    let description = vulnerability.description.as_deref().map(clean_text);
    let message = description
        .filter(|text| !text.is_empty() && text != "N/A")
        .unwrap_or_else(|| format!("{} has a known vulnerability", subject.package));
    let mut finding = Finding::new("pip-audit", &subject.advisory, UNRATED, message);
    finding.url = address(&subject.advisory);
    finding.fix = upgrade(&subject.package, &subject.fixed_in);
    finding.subject = Subject::Dependency(subject);
    Some(finding)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use insta::assert_snapshot;

    use super::*;
    use crate::tools::readers::testing::{read_fixture, survives_anything};

    #[test]
    fn vulnerabilities_have_one_name() {
        let lines = read_fixture!(read, "../../../fixtures/tools/pip-audit/report.json");
        assert_snapshot!(lines, @r#"
        high GHSA-462w-v97r-4m45 | pypi/jinja2@2.10 ["CVE-2019-10906", "PYSEC-2019-217"] fixed in ["2.10.1"] direct None | In Pallets Jinja before 2.10.1, str.format_map allows a sandbox escape | upgrade jinja2 to 2.10.1 | https://github.com/advisories/GHSA-462w-v97r-4m45
        high GHSA-g3rq-g295-4j3m | pypi/jinja2@2.10 ["CVE-2020-28493", "PYSEC-2021-66", "SNYK-PYTHON-JINJA2-1012994"] fixed in ["2.11.3"] direct None | This affects the package jinja2 from 0.0.0 and before 2.11.3. The ReDo | upgrade jinja2 to 2.11.3 | https://github.com/advisories/GHSA-g3rq-g295-4j3m
        high GHSA-x84v-xcm2-53pg | pypi/requests@2.19.0 ["CVE-2018-18074", "PYSEC-2018-28"] fixed in ["2.20.0"] direct None | The Requests package before 2.20.0 for Python sends an HTTP Authorizat | upgrade requests to 2.20.0 | https://github.com/advisories/GHSA-x84v-xcm2-53pg
        high GHSA-j8r2-6x86-q33q | pypi/requests@2.19.0 ["CVE-2023-32681", "PYSEC-2023-74"] fixed in ["2.31.0"] direct None | Requests is a HTTP library. Since Requests 2.3.0, Requests has been le | upgrade requests to 2.31.0 | https://github.com/advisories/GHSA-j8r2-6x86-q33q
        checked Some(3), version -
        "#);
    }

    #[test]
    fn what_it_skipped_is_unchecked() {
        let lines = read_fixture!(read, "../../../fixtures/tools/pip-audit/skipped.json");
        assert_snapshot!(lines, @r"
        checked Some(0), version -
        unchecked flask: Dependency not found on PyPI and could not be audited: flask (0.12)
        unchecked jinja2: Dependency not found on PyPI and could not be audited: jinja2 (2.10)
        ");
    }

    #[test]
    fn what_is_skipped_is_not_lost_among_the_others() {
        let report = r#"{"dependencies": [{"name": "a", "skip_reason": "no version"}, {"name": "b", "version": "1", "vulns": []}]}"#;
        let lines = crate::tools::readers::testing::lines(&read(&mut report.as_bytes()));
        assert_snapshot!(lines, @r"
        checked Some(1), version -
        unchecked a: no version
        ");
    }

    #[test]
    fn lists_are_read_as_well() {
        let list = r#"[{"name": "Pip", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": [], "description": "N/A"}]}]"#;
        let lines = crate::tools::readers::testing::lines(&read(&mut list.as_bytes()));
        assert_snapshot!(lines, @r"
        high PYSEC-1 | pypi/pip@1 [] fixed in [] direct None | pip has a known vulnerability | https://osv.dev/vulnerability/PYSEC-1
        checked Some(1), version -
        ");
        assert_eq!(
            read(&mut r#"{"dependencies": []}"#.as_bytes())
                .unwrap()
                .checked,
            Some(0)
        );
    }

    survives_anything!(read, "../../../fixtures/tools/pip-audit/report.json");
}
