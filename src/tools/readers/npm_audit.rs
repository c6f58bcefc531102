//! `npm audit --json`: version 2 of the report (npm 7 and later), and the one before (npm 6, `pnpm audit`).
//!
//! npm exits with 1 for findings and for a registry that does not answer alike; only the body tells them apart.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;

use super::advisory::{
    UNRATED, address, cwe_numbers, dependency, severity, severity_of_word, upgrade,
};
use super::common::{Number, clean_text};
use super::json::{Texts, json, list};
use crate::findings::{Dependency, Finding, Severity, Subject};
use crate::tools::reading::{ReadError, Reading};

const EXPECTED: &str = "npm audit's JSON";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    #[serde(default)]
    audit_report_version: Number,
    /// By package.
    vulnerabilities: Option<BTreeMap<String, Vulnerable>>,
    /// Of the version before, by number.
    advisories: Option<BTreeMap<String, Old>>,
    metadata: Option<Metadata>,
    /// Where it failed.
    error: Option<Failure>,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    dependencies: Option<Dependencies>,
    total_dependencies: Option<Number>,
}

/// In the version before, numbers stand here.
#[derive(Deserialize)]
#[serde(untagged)]
enum Dependencies {
    Counted { total: Number },
    Bare(Number),
}

#[derive(Deserialize)]
struct Failure {
    code: Option<String>,
    summary: Option<String>,
    detail: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vulnerable {
    is_direct: Option<bool>,
    #[serde(default, deserialize_with = "list")]
    via: Vec<Via>,
    fix_available: Option<Fix>,
}

/// Why a package is vulnerable.
#[derive(Deserialize)]
#[serde(untagged)]
enum Via {
    /// By an advisory of its own.
    Advisory(Box<Advisory>),
    /// Because it needs this other package, which stands in the list itself.
    #[allow(dead_code)] // told apart by being text
    Propagated(String),
}

#[derive(Deserialize)]
struct Advisory {
    #[serde(default)]
    source: Number,
    title: Option<String>,
    url: Option<String>,
    severity: Option<String>,
    #[serde(default)]
    cwe: Texts,
    cvss: Option<Cvss>,
    range: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cvss {
    vector_string: Option<String>,
}

/// `true` where a version that the project allows is without the fault.
#[derive(Deserialize)]
#[serde(untagged)]
enum Fix {
    Upgrade(Upgrade),
    Possible(bool),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Upgrade {
    name: String,
    version: String,
    #[serde(default)]
    is_sem_ver_major: bool,
}

/// An advisory of the version before.
#[derive(Deserialize)]
struct Old {
    #[serde(default)]
    id: Number,
    module_name: String,
    title: Option<String>,
    severity: Option<String>,
    url: Option<String>,
    github_advisory_id: Option<String>,
    #[serde(default)]
    cves: Texts,
    #[serde(default)]
    cwe: Texts,
    vulnerable_versions: Option<String>,
    patched_versions: Option<String>,
    #[serde(default, deserialize_with = "list")]
    findings: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    version: Option<String>,
    #[serde(default, deserialize_with = "list")]
    paths: Vec<String>,
}

/// Reads a report.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let report: Report = json(report, EXPECTED)?;
    let mut reading = Reading {
        checked: report.metadata.and_then(checked),
        ..Reading::default()
    };
    let findings = match (report.vulnerabilities, report.advisories) {
        (Some(all), _) if report.audit_report_version.count() == Some(2) => {
            all.into_iter().flat_map(of_package).collect()
        }
        (_, Some(all)) => all.into_values().filter_map(of_old).collect::<Vec<_>>(),
        _ => return Err(refused(report.message, report.error)),
    };
    for finding in findings {
        reading.push(finding)?;
    }
    Ok(reading)
}

fn checked(metadata: Metadata) -> Option<u64> {
    let of_dependencies = |it| match it {
        Dependencies::Counted { total } | Dependencies::Bare(total) => total,
    };
    let total = metadata.total_dependencies;
    total
        .or_else(|| metadata.dependencies.map(of_dependencies))?
        .count()
}

fn refused(message: Option<String>, error: Option<Failure>) -> ReadError {
    let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let of_error = |error: Failure| {
        let detail = said(error.detail);
        match (said(error.summary), detail) {
            (Some(summary), Some(detail)) => Some(format!("{summary} {detail}")),
            (one, other) => one.or(other).or(error.code),
        }
    };
    match said(message).or_else(|| error.and_then(of_error)) {
        Some(message) => ReadError::Refused(without_passwords(&clean_text(&message))),
        None => ReadError::Malformed {
            expected: EXPECTED,
            message: "it has neither vulnerabilities nor an error".to_owned(),
        },
    }
}

/// The address of a registry may have a name and a password in it.
fn without_passwords(text: &str) -> String {
    let mut parts = text.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let host = part.find(['/', ' ', '\n']).unwrap_or(part.len());
        let (authority, rest) = part.split_at(host);
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        clean.push_str("://");
        clean.push_str(authority);
        clean.push_str(rest);
    }
    clean
}

/// One finding for each advisory of a package: npm lists an advisory once for each range of versions that it is about.
fn of_package((package, vulnerable): (String, Vulnerable)) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    for via in vulnerable.via {
        let Via::Advisory(advisory) = via else {
            continue;
        };
        let Some(mut subject) = subject(&package, &advisory) else {
            continue;
        };
        if let Some(before) = at.get(&subject.advisory).and_then(|at| found.get_mut(*at)) {
            if let Subject::Dependency(known) = &mut before.subject {
                known.fixed_in.extend(subject.fixed_in);
                known.fixed_in.sort();
                known.fixed_in.dedup();
            }
            continue;
        }
        subject.direct = vulnerable.is_direct;
        at.insert(subject.advisory.clone(), found.len());
        let title = advisory.title.as_deref().unwrap_or("a known vulnerability");
        let mut finding = Finding::new(
            "npm audit",
            &subject.advisory,
            rated(advisory.severity.as_deref(), advisory.cvss.as_ref()),
            clean_text(title),
        );
        finding.url = web(advisory.url).or_else(|| address(&subject.advisory));
        finding.cwe = cwe_numbers(advisory.cwe.iter());
        finding.subject = Subject::Dependency(subject);
        found.push(finding);
    }
    for finding in &mut found {
        if let Subject::Dependency(dependency) = &finding.subject {
            finding.fix = fix(dependency, vulnerable.fix_available.as_ref());
        }
    }
    found
}

fn subject(package: &str, advisory: &Advisory) -> Option<Dependency> {
    let of_url = advisory.url.as_deref().and_then(named_by_url);
    let number = advisory
        .source
        .count()
        .map(|number| format!("NPM-{number}"));
    let mut subject = dependency("npm", package, None, [of_url.or(number)?])?;
    subject.fixed_in = advisory.range.as_deref().map(ends).unwrap_or_default();
    Some(subject)
}

/// `https://github.com/advisories/GHSA-…`; npm's own number changes when a range does.
fn named_by_url(url: &str) -> Option<String> {
    let name = url.rsplit('/').next()?;
    (name.starts_with("GHSA-") || name.starts_with("CVE-")).then(|| name.to_owned())
}

/// The first versions behind ranges: `>=1.0.0 <1.2.3 || <0.2.1` ends before 1.2.3 and 0.2.1.
fn ends(range: &str) -> Vec<String> {
    let mut ends: Vec<String> = range
        .split("||")
        .filter_map(|part| part.split_whitespace().last()?.strip_prefix('<'))
        .filter(|end| end.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect();
    ends.sort();
    ends.dedup();
    ends
}

fn rated(word: Option<&str>, cvss: Option<&Cvss>) -> Severity {
    word.and_then(severity_of_word)
        .or_else(|| severity(cvss?.vector_string.as_deref()?))
        .unwrap_or(UNRATED)
}

fn fix(dependency: &Dependency, fix: Option<&Fix>) -> Option<String> {
    match fix? {
        Fix::Possible(true) => Some(format!("npm audit fix upgrades {}", dependency.package)),
        Fix::Possible(false) => None,
        Fix::Upgrade(to) => {
            let major = if to.is_sem_ver_major {
                ", a new major version"
            } else {
                ""
            };
            Some(clean_text(&format!(
                "upgrade {} to {}{major}",
                to.name, to.version
            )))
        }
    }
}

fn web(url: Option<String>) -> Option<String> {
    url.filter(|url| url.starts_with("https://") && !url.contains(char::is_whitespace))
}

fn of_old(old: Old) -> Option<Finding> {
    let number = old.id.count().map(|number| format!("NPM-{number}"));
    let names: Vec<String> = old
        .github_advisory_id
        .into_iter()
        .chain(old.url.as_deref().and_then(named_by_url))
        .chain(old.cves.iter().map(str::to_owned))
        .collect();
    let names = if names.is_empty() {
        vec![number?]
    } else {
        names
    };
    let version = old.findings.iter().find_map(|found| found.version.clone());
    let mut subject = dependency("npm", &old.module_name, version.as_deref(), names)?;
    let mut paths = old
        .findings
        .iter()
        .flat_map(|found| &found.paths)
        .peekable();
    if paths.peek().is_some() {
        // `a>b` is needed by a dependency, `b` by the project; pnpm puts the project's folder before it.
        let depth = |path: &String| path.trim_start_matches(".>").matches('>').count();
        subject.direct = Some(paths.any(|path| depth(path) == 0));
    }
    subject.fixed_in = match old.patched_versions.as_deref().map(str::trim) {
        Some(patched) if patched != "<0.0.0" => first_of(patched),
        _ => old
            .vulnerable_versions
            .as_deref()
            .map(ends)
            .unwrap_or_default(),
    };
    let title = old.title.as_deref().unwrap_or("a known vulnerability");
    let severity = rated(old.severity.as_deref(), None);
    let mut finding = Finding::new("npm audit", &subject.advisory, severity, clean_text(title));
    finding.fix = upgrade(&subject.package, &subject.fixed_in);
    finding.url = web(old.url).or_else(|| address(&subject.advisory));
    finding.cwe = cwe_numbers(old.cwe.iter());
    finding.subject = Subject::Dependency(subject);
    Some(finding)
}

/// `>=1.2.3` begins with 1.2.3.
fn first_of(patched: &str) -> Vec<String> {
    patched
        .split("||")
        .filter_map(|part| part.trim().strip_prefix(">="))
        .filter_map(|part| part.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use insta::assert_snapshot;

    use super::*;
    use crate::tools::readers::testing::{read_fixture, survives_anything};

    #[test]
    fn each_advisory_of_a_package_is_one_finding() {
        let lines = read_fixture!(read, "../../../fixtures/tools/npm-audit/report.json");
        assert_snapshot!(lines, @r#"
        high GHSA-35jh-r3h4-6jhm | npm/lodash@? [] fixed in ["4.17.21"] direct Some(true) | CWE [77, 94] | Command Injection in lodash | upgrade lodash to 4.17.21 | https://github.com/advisories/GHSA-35jh-r3h4-6jhm
        high GHSA-p6mc-m468-83gw | npm/lodash@? [] fixed in ["4.17.19"] direct Some(true) | CWE [770, 1321] | Prototype Pollution in lodash | upgrade lodash to 4.17.21 | https://github.com/advisories/GHSA-p6mc-m468-83gw
        medium GHSA-29mw-wpgm-hmr9 | npm/lodash@? [] fixed in ["4.17.21"] direct Some(true) | CWE [400, 1333] | Regular Expression Denial of Service (ReDoS) in lodash | upgrade lodash to 4.17.21 | https://github.com/advisories/GHSA-29mw-wpgm-hmr9
        medium GHSA-vh95-rmgr-6w4m | npm/minimist@? [] fixed in ["0.2.1", "1.2.3"] direct Some(true) | CWE [1321] | Prototype Pollution in minimist | upgrade mkdirp to 0.5.6 | https://github.com/advisories/GHSA-vh95-rmgr-6w4m
        critical GHSA-xvch-5gv4-984h | npm/minimist@? [] fixed in ["0.2.4", "1.2.6"] direct Some(true) | CWE [1321] | Prototype Pollution in minimist | upgrade mkdirp to 0.5.6 | https://github.com/advisories/GHSA-xvch-5gv4-984h
        checked Some(4), version -
        "#);
    }

    #[test]
    fn nothing_wrong_is_clean() {
        let lines = read_fixture!(read, "../../../fixtures/tools/npm-audit/clean.json");
        assert_snapshot!(lines, @"checked Some(4), version -");
    }

    #[test]
    fn no_dependencies_are_none_checked() {
        let lines = read_fixture!(read, "../../../fixtures/tools/npm-audit/nothing.json");
        assert_snapshot!(lines, @"checked Some(0), version -");
    }

    #[test]
    fn a_registry_that_refuses_is_an_error() {
        let lines = read_fixture!(read, "../../../fixtures/tools/npm-audit/refused.json");
        assert_snapshot!(lines, @"refused: 405 Method Not Allowed - POST http://127.0.0.1:4873/-/npm/v1/security/advisories/bulk");
    }

    #[test]
    fn a_registry_that_answers_nonsense_is_an_error() {
        let lines = read_fixture!(read, "../../../fixtures/tools/npm-audit/broken.json");
        assert_snapshot!(lines, @r#"refused: invalid json response body at http://127.0.0.1:4873/-/npm/v1/security/advisories/bulk reason: Unexpected token '<', "<html>capt"... is not valid JSON"#);
    }

    #[test]
    fn no_lock_file_is_an_error() {
        let lines = read_fixture!(read, "../../../fixtures/tools/npm-audit/no-lock.json");
        assert_snapshot!(lines, @r"
        refused: This command requires an existing lockfile. Try creating one first with: npm i --package-lock-only
        Original error: loadVirtual requires existing shrinkwrap file
        ");
    }

    #[test]
    fn the_version_before_is_read() {
        let lines = read_fixture!(read, "../../../fixtures/tools/npm-audit/version-1.json");
        assert_snapshot!(lines, @r#"
        medium CVE-2020-7598 | npm/minimist@0.0.8 [] fixed in ["0.2.1", "1.2.3"] direct Some(true) | CWE [471] | Prototype Pollution | upgrade minimist to 0.2.1 or 1.2.3 | https://npmjs.com/advisories/1179
        checked Some(4), version -
        "#);
    }

    #[test]
    fn passwords_of_registries_are_not_repeated() {
        for (text, clean) in [
            (
                "POST https://me:pw@r.example/x failed",
                "POST https://r.example/x failed",
            ),
            (
                "https://r.example/a@b http://t@h",
                "https://r.example/a@b http://h",
            ),
            ("none", "none"),
        ] {
            assert_eq!(without_passwords(text), clean);
        }
        assert!(matches!(
            read(&mut "{}".as_bytes()),
            Err(ReadError::Malformed { .. })
        ));
        assert!(matches!(
            read(&mut "npm ERR!".as_bytes()),
            Err(ReadError::Malformed { .. })
        ));
    }

    survives_anything!(read, "../../../fixtures/tools/npm-audit/report.json");
}
