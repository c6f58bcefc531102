//! The rules of a tool, gathered from its findings.

use std::collections::{BTreeMap, BTreeSet};

use super::objects::{
    ComponentReference, Configuration, Message, Relationship, Rule, RuleProperties, Taxon,
    TaxonReference, Taxonomy,
};
use super::uri;
use crate::findings::{Finding, Severity, Subject};
use crate::system::plain::first_line;

/// GitHub takes at most 20 tags of a rule.
const MOST_WEAKNESSES: usize = 10;

/// What the findings of a rule tell about it.
pub(super) struct Known<'a> {
    severity: Severity,
    url: Option<&'a str>,
    weaknesses: BTreeSet<u32>,
    is_security: bool,
    /// How all its findings' messages begin; none if they differ.
    summary: Option<String>,
}

/// The rules of a tool by their names, sorted.
pub(super) struct Rules<'a> {
    tool: &'a str,
    known: BTreeMap<&'a str, Known<'a>>,
    indices: BTreeMap<&'a str, usize>,
}

/// The name of a finding's rule; the tool's for findings of tools that name none.
pub(super) fn name(finding: &Finding) -> &str {
    if finding.rule.is_empty() {
        &finding.tool
    } else {
        &finding.rule
    }
}

impl<'a> Rules<'a> {
    pub(super) fn of(tool: &'a str, findings: impl Iterator<Item = &'a Finding>) -> Self {
        let mut known: BTreeMap<&str, Known<'_>> = BTreeMap::new();
        for finding in findings {
            let summary = || first_line(&finding.message, 200);
            let rule = known.entry(name(finding)).or_insert_with(|| Known {
                severity: finding.severity,
                url: None,
                weaknesses: BTreeSet::new(),
                is_security: false,
                summary: Some(summary()).filter(|text| !text.is_empty()),
            });
            rule.severity = rule.severity.max(finding.severity);
            rule.url = rule
                .url
                .or_else(|| finding.url.as_deref().and_then(uri::of_web));
            rule.weaknesses.extend(&finding.cwe);
            rule.is_security |= !finding.cwe.is_empty()
                || matches!(
                    finding.subject,
                    Subject::Dependency(_) | Subject::Secret { .. }
                );
            if rule.summary.as_ref().is_some_and(|text| *text != summary()) {
                rule.summary = None;
            }
        }
        let indices = known.keys().enumerate().map(|(at, id)| (*id, at)).collect();
        Self {
            tool,
            known,
            indices,
        }
    }

    /// The name and the index of a finding's rule.
    pub(super) fn of_finding<'f>(&self, finding: &'f Finding) -> (&'f str, usize) {
        let id = name(finding);
        (id, self.indices.get(id).copied().unwrap_or_default())
    }

    /// As SARIF has them.
    pub(super) fn descriptors(&self) -> Vec<Rule<'a>> {
        self.known
            .iter()
            .map(|(id, rule)| descriptor(self.tool, id, rule))
            .collect()
    }

    /// The part of the Common Weakness Enumeration that they name.
    pub(super) fn taxonomies(&self) -> Vec<Taxonomy> {
        let all: BTreeSet<u32> = (self.known.values())
            .flat_map(|rule| rule.weaknesses.iter().copied())
            .collect();
        if all.is_empty() {
            return Vec::new();
        }
        let taxa = all.into_iter().map(|number| Taxon {
            id: weakness(number),
            help_uri: format!("https://cwe.mitre.org/data/definitions/{number}.html"),
        });
        vec![Taxonomy {
            name: CWE,
            organization: "MITRE",
            short_description: Message::new("The MITRE Common Weakness Enumeration"),
            information_uri: "https://cwe.mitre.org/",
            is_comprehensive: false,
            taxa: taxa.collect(),
        }]
    }
}

const CWE: &str = "CWE";

/// As other writers name it: the number alone.
fn weakness(number: u32) -> String {
    number.to_string()
}

/// A reference to a weakness.
pub(super) fn taxon(number: u32) -> TaxonReference {
    TaxonReference {
        id: weakness(number),
        tool_component: taxonomy(),
    }
}

/// A reference to the run's only taxonomy.
pub(super) const fn taxonomy() -> ComponentReference {
    ComponentReference {
        name: CWE,
        index: 0,
    }
}

fn descriptor<'a>(tool: &str, id: &'a str, rule: &Known<'a>) -> Rule<'a> {
    let name = if id == tool {
        tool.to_owned()
    } else {
        format!("{tool} {id}")
    };
    let relationships = rule.weaknesses.iter().map(|number| Relationship {
        target: taxon(*number),
        kinds: ["relevant"],
    });
    let properties = rule.is_security.then(|| RuleProperties {
        security_severity: score(rule.severity),
        tags: std::iter::once("security".to_owned())
            .chain(
                (rule.weaknesses.iter().take(MOST_WEAKNESSES))
                    .map(|number| format!("external/cwe/cwe-{number:03}")),
            )
            .collect(),
    });
    let description = match &rule.summary {
        Some(summary) => super::message(summary),
        None => super::message(&name),
    };
    Rule {
        id,
        help_uri: rule.url,
        help: Message::new(match rule.url {
            Some(url) => super::message(&format!("See {url}")),
            None => super::message(&format!("See the documentation of {name}")),
        }),
        short_description: Message::new(description.clone()),
        full_description: Message::new(description),
        default_configuration: Configuration {
            level: rule.severity.level().name(),
        },
        relationships: relationships.collect(),
        properties,
    }
}

/// A CVSS score amid the range of a severity (CVSS 3.1, section 5), from which GitHub makes the same severity again.
const fn score(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}

/// The same as SARIF's rank, which goes from 0 to 100 and keeps apart what its three levels do not.
pub(super) const fn rank(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 95.0,
        Severity::High => 80.0,
        Severity::Medium => 55.0,
        Severity::Low => 20.0,
        Severity::Info => 5.0,
    }
}
