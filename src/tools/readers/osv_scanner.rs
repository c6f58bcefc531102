//! `osv-scanner --format json`, versions 1 and 2.
//!
//! It lists vulnerable packages only, so that a report does not say how many were looked at.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;

use super::advisory::{
    UNRATED, address, cwe_numbers, dependency, ecosystem, package_name, severity, severity_of_word,
    upgrade,
};
use super::common::clean_text;
use super::json::{Texts, json, list};
use crate::findings::{Finding, Place, Severity, Subject};
use crate::tools::reading::{ReadError, Reading};

const EXPECTED: &str = "osv-scanner's JSON";

#[derive(Deserialize)]
struct Report {
    #[serde(deserialize_with = "list")]
    results: Vec<Scanned>,
}

#[derive(Deserialize)]
struct Scanned {
    #[serde(alias = "packageSource")]
    source: Option<Source>,
    #[serde(default, deserialize_with = "list")]
    packages: Vec<Vulnerable>,
}

#[derive(Deserialize)]
struct Source {
    #[serde(default)]
    path: String,
}

#[derive(Deserialize)]
struct Vulnerable {
    package: Package,
    #[serde(default, deserialize_with = "list")]
    vulnerabilities: Vec<Advisory>,
    /// Advisories that are the same under several names.
    #[serde(default, deserialize_with = "list")]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: Option<String>,
    /// That of a package without a version.
    commit: Option<String>,
    #[serde(default)]
    ecosystem: String,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default, deserialize_with = "list")]
    ids: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    aliases: Vec<String>,
    max_severity: Option<String>,
    /// Whether the project calls what is at fault, by advisory.
    #[serde(alias = "experimentalAnalysis")]
    experimental_analysis: Option<BTreeMap<String, Analysis>>,
}

#[derive(Deserialize)]
struct Analysis {
    called: Option<bool>,
}

/// An advisory in OSV's form, as far as it is used.
#[derive(Deserialize)]
struct Advisory {
    id: String,
    #[serde(default, deserialize_with = "list")]
    aliases: Vec<String>,
    summary: Option<String>,
    details: Option<String>,
    #[serde(default, deserialize_with = "list")]
    severity: Vec<Score>,
    #[serde(default, deserialize_with = "list")]
    affected: Vec<Affected>,
    database_specific: Option<Specific>,
}

#[derive(Deserialize)]
struct Score {
    score: Option<String>,
}

#[derive(Deserialize)]
struct Specific {
    #[serde(default)]
    severity: Texts,
    #[serde(default)]
    cwe_ids: Texts,
}

#[derive(Deserialize)]
struct Affected {
    package: Option<Package>,
    #[serde(default, deserialize_with = "list")]
    ranges: Vec<Range>,
}

#[derive(Deserialize)]
struct Range {
    /// `SEMVER`, `ECOSYSTEM` or `GIT`.
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "list")]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    fixed: Option<String>,
}

/// Reads a report.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let report: Report = json(report, EXPECTED)?;
    let mut reading = Reading::default();
    for scanned in report.results {
        let path = scanned.source.map(|source| source.path).unwrap_or_default();
        for vulnerable in scanned.packages {
            for finding in of_package(&vulnerable) {
                let place = || Place {
                    path: path.clone(),
                    ..Place::default()
                };
                let place = (!path.is_empty()).then(place);
                reading.push(Finding { place, ..finding })?;
            }
        }
    }
    Ok(reading)
}

/// One finding for each group; reports of old versions have no groups.
fn of_package(vulnerable: &Vulnerable) -> Vec<Finding> {
    let known: BTreeMap<&str, &Advisory> = vulnerable
        .vulnerabilities
        .iter()
        .map(|advisory| (advisory.id.as_str(), advisory))
        .collect();
    if vulnerable.groups.is_empty() {
        return vulnerable
            .vulnerabilities
            .iter()
            .filter_map(|advisory| finding(&vulnerable.package, &[advisory], None))
            .collect();
    }
    vulnerable
        .groups
        .iter()
        .filter_map(|group| {
            let ids = group.ids.iter().filter_map(|id| known.get(id.as_str()));
            let advisories: Vec<&Advisory> = ids.copied().collect();
            finding(&vulnerable.package, &advisories, Some(group))
        })
        .collect()
}

fn finding(package: &Package, advisories: &[&Advisory], group: Option<&Group>) -> Option<Finding> {
    let ecosystem = ecosystem(&package.ecosystem);
    let names = advisories
        .iter()
        .flat_map(|advisory| advisory.aliases.iter().chain([&advisory.id]))
        .chain(
            group
                .iter()
                .flat_map(|group| group.ids.iter().chain(&group.aliases)),
        );
    let version = package
        .version
        .as_deref()
        .filter(|version| !version.is_empty());
    let version = version.or(package.commit.as_deref());
    let mut subject = dependency(&ecosystem, &package.name, version, names)?;
    subject.fixed_in = fixed_in(&ecosystem, &subject.package, advisories);
    let text = |of: fn(&Advisory) -> Option<&str>| {
        let mut texts = advisories.iter().filter_map(|advisory| of(advisory));
        texts.find(|text| !text.trim().is_empty()).map(clean_text)
    };
    let mut message = text(|advisory| advisory.summary.as_deref())
        .or_else(|| text(|advisory| advisory.details.as_deref()))
        .unwrap_or_else(|| format!("{} has a known vulnerability", subject.package));
    let mut severity = rated(advisories, group);
    if group.is_some_and(is_uncalled) {
        message.push_str(" (the project does not call what is at fault)");
        severity = Severity::Info;
    }
    let mut finding = Finding::new("osv-scanner", &subject.advisory, severity, message);
    finding.url = address(&subject.advisory);
    finding.fix = upgrade(&subject.package, &subject.fixed_in);
    let specific = advisories
        .iter()
        .filter_map(|it| it.database_specific.as_ref());
    finding.cwe = cwe_numbers(specific.flat_map(|specific| specific.cwe_ids.iter()));
    finding.subject = Subject::Dependency(subject);
    Some(finding)
}

fn is_uncalled(group: &Group) -> bool {
    let Some(analysis) = group.experimental_analysis.as_ref() else {
        return false;
    };
    !analysis.is_empty() && analysis.values().all(|it| it.called == Some(false))
}

fn fixed_in(ecosystem_name: &str, package: &str, advisories: &[&Advisory]) -> Vec<String> {
    let is_it = |affected: &&Affected| {
        affected.package.as_ref().is_some_and(|of| {
            ecosystem(&of.ecosystem) == ecosystem_name
                && package_name(ecosystem_name, &of.name) == package
        })
    };
    let affected = advisories.iter().flat_map(|advisory| &advisory.affected);
    let ranges = affected.filter(is_it).flat_map(|affected| &affected.ranges);
    let events = ranges
        .filter(|range| range.kind != "GIT")
        .flat_map(|range| &range.events);
    let mut fixed: Vec<String> = Vec::new();
    for version in events.filter_map(|event| event.fixed.as_ref()) {
        if !fixed.contains(version) && fixed.len() < 50 {
            fixed.push(version.clone());
        }
    }
    fixed
}

fn rated(advisories: &[&Advisory], group: Option<&Group>) -> Severity {
    // A package that is malicious by itself has no score.
    if advisories
        .iter()
        .any(|advisory| advisory.id.starts_with("MAL-"))
    {
        return Severity::Critical;
    }
    let of_group = group.and_then(|group| severity(group.max_severity.as_deref()?));
    let scores = advisories.iter().flat_map(|advisory| &advisory.severity);
    let of_scores = || scores.filter_map(|it| severity(it.score.as_deref()?)).max();
    let of_words = || {
        let specific = advisories
            .iter()
            .filter_map(|it| it.database_specific.as_ref());
        specific
            .flat_map(|specific| specific.severity.iter())
            .filter_map(severity_of_word)
            .max()
    };
    of_group
        .or_else(of_scores)
        .or_else(of_words)
        .unwrap_or(UNRATED)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use insta::assert_snapshot;

    use super::*;
    use crate::tools::readers::testing::{read_fixture, survives_anything};

    #[test]
    fn a_group_is_one_finding() {
        let lines = read_fixture!(read, "../../../fixtures/tools/osv-scanner/report.json");
        assert_snapshot!(lines, @r#"
        medium GHSA-g3rq-g295-4j3m | /home/dev/proj/requirements.txt -:---:- | pypi/jinja2@2.10 ["CVE-2020-28493", "PYSEC-2021-66"] fixed in ["2.11.3"] direct None | CWE [400] | Regular Expression Denial of Service (ReDoS) in Jinja2 | upgrade jinja2 to 2.11.3 | https://github.com/advisories/GHSA-g3rq-g295-4j3m
        info GHSA-c3h9-896r-86jm | /home/dev/proj/go.mod -:---:- | golang/github.com/gogo/protobuf@1.3.1 ["CVE-2021-3121", "GO-2021-0053"] fixed in ["1.3.2"] direct None | Panic due to improper input validation in github.com/gogo/protobuf (th | upgrade github.com/gogo/protobuf to 1.3.2 | https://github.com/advisories/GHSA-c3h9-896r-86jm
        checked None, version -
        "#);
    }

    #[test]
    fn advisories_without_groups_are_findings_of_their_own() {
        let text = r#"{"results": [{"packageSource": {"path": "a"}, "packages": [{
            "package": {"name": "evil", "version": "1", "ecosystem": "npm"},
            "vulnerabilities": [{"id": "MAL-2024-1"}, {"id": "OSV-2", "database_specific": {"severity": "LOW"}},
                {"id": "OSV-1", "severity": [{"score": "CVSS:4.0/AV:N"}]}]}]}]}"#;
        let lines = crate::tools::readers::testing::lines(&read(&mut text.as_bytes()));
        assert_snapshot!(lines, @r"
        critical MAL-2024-1 | a -:---:- | npm/evil@1 [] fixed in [] direct None | evil has a known vulnerability | https://osv.dev/vulnerability/MAL-2024-1
        low OSV-2 | a -:---:- | npm/evil@1 [] fixed in [] direct None | evil has a known vulnerability | https://osv.dev/vulnerability/OSV-2
        high OSV-1 | a -:---:- | npm/evil@1 [] fixed in [] direct None | evil has a known vulnerability | https://osv.dev/vulnerability/OSV-1
        checked None, version -
        ");
        assert!(read(&mut "{}".as_bytes()).is_err());
    }

    survives_anything!(read, "../../../fixtures/tools/osv-scanner/report.json");
}
