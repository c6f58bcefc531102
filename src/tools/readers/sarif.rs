//! SARIF 2.1.0, of any tool.
//!
//! Section numbers are those of the OASIS standard. Fingerprints are not read: some tools write the same one everywhere.

mod location;
mod model;
mod rule;
mod text;

use std::io::BufRead;

use self::location::Bases;
use self::model::{Invocation, Log, Notification, Outcome, Run};
use self::rule::Rules;
use super::advisory::{cwe_numbers, severity};
use super::bandit::confidence;
use super::common::clean_text;
use super::json::json;
use crate::findings::{Confidence, Finding, Severity, Unchecked};
use crate::tools::reading::{ReadError, Reading};

const EXPECTED: &str = "SARIF";
/// Many results may have the same rule, whose tags are read for each.
const MOST_TAGS: usize = 200;

/// Reads a log with all its runs, in UTF-8 or UTF-16.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let log: Log = if text::is_utf16(report)? {
        json(
            &mut std::io::BufReader::new(text::Utf16::new(report)),
            EXPECTED,
        )?
    } else {
        json(report, EXPECTED)?
    };
    let Some(runs) = log.runs else {
        // 3.13.4: null if the tool tried to get at runs and could not.
        return Err(ReadError::Malformed {
            expected: EXPECTED,
            message: "it has no runs".to_owned(),
        });
    };
    let mut reading = Reading::default();
    if runs.is_empty() {
        reading.checked = Some(0);
    }
    let (mut failed, mut is_silent) = (None, false);
    for run in runs {
        let (of_run, failure) = read_run(&run)?;
        failed = failed.or(failure);
        is_silent |= of_run.findings.is_empty() && of_run.checked.is_none();
        reading.merge(of_run)?;
    }
    // What one run looked at says nothing of another one.
    if is_silent {
        reading.checked = None;
    }
    match failed {
        Some(message) if reading.findings.is_empty() => Err(ReadError::Refused(message)),
        _ => Ok(reading),
    }
}

/// One run, and why it failed if it says so.
fn read_run(run: &Run) -> Result<(Reading, Option<String>), ReadError> {
    let driver = &run.tool.driver;
    let name = match clean_text(&driver.name) {
        name if name.is_empty() => "sarif".to_owned(),
        name => name,
    };
    let version = driver.semantic_version.as_ref().or(driver.version.as_ref());
    let mut reading = Reading {
        checked: checked(run),
        version: version.map(|version| clean_text(version)),
        ..Reading::default()
    };
    let bases = Bases::new(run);
    let failure = unchecked(&run.invocations, &name, &bases, &mut reading.unchecked);
    let Some(results) = &run.results else {
        // 3.14.23: absent if the tool did not begin to look.
        let reason = "it has no list of results".to_owned();
        if failure.is_none() {
            reading.unchecked.push(Unchecked { what: name, reason });
        }
        return Ok((reading, failure));
    };
    let rules = Rules::new(&run.tool);
    for result in results.iter().filter(|result| is_finding(result)) {
        reading.push(finding(&name, result, &rules, &bases))?;
    }
    Ok((reading, failure))
}

/// The files that the tool names as its targets (3.24.6), or all that it names if it gives them no roles.
fn checked(run: &Run) -> Option<u64> {
    let artifacts = &run.artifacts;
    let targets = artifacts
        .iter()
        .filter(|it| it.roles.iter().any(|role| role == "analysisTarget"));
    let with_roles = artifacts.iter().any(|it| !it.roles.is_empty());
    let count = if with_roles {
        targets.count()
    } else {
        artifacts.len()
    };
    (count > 0).then_some(count as u64)
}

/// What was not looked at by the tool's own account, and why it failed as a whole if it did.
fn unchecked(
    invocations: &[Invocation],
    tool: &str,
    bases: &Bases<'_>,
    unchecked: &mut Vec<Unchecked>,
) -> Option<String> {
    let mut failure = None;
    for invocation in invocations {
        let notifications = invocation
            .tool_execution_notifications
            .iter()
            .chain(&invocation.tool_configuration_notifications);
        let mut said = None;
        for notification in notifications.filter(|it| it.level.as_deref() == Some("error")) {
            let reason = notification_text(notification);
            said = said.or_else(|| Some(reason.clone()));
            let place = notification
                .locations
                .first()
                .and_then(|it| bases.place(it));
            unchecked.push(Unchecked {
                what: place.map_or_else(|| tool.to_owned(), |place| place.path),
                reason,
            });
        }
        if invocation.execution_successful == Some(false) {
            let reason = invocation
                .exit_code_description
                .as_deref()
                .or(invocation.process_start_failure_message.as_deref())
                .map(clean_text)
                .filter(|text| !text.is_empty());
            let message = reason
                .or_else(|| said.clone())
                .unwrap_or_else(|| "it says that it did not succeed".to_owned());
            if said.is_none() {
                unchecked.push(Unchecked {
                    what: tool.to_owned(),
                    reason: message.clone(),
                });
            }
            failure = failure.or(Some(message));
        }
    }
    failure
}

fn notification_text(notification: &Notification) -> String {
    let text = notification
        .message
        .as_ref()
        .and_then(|message| message.text.as_deref().or(message.markdown.as_deref()));
    match text.map(clean_text).filter(|text| !text.is_empty()) {
        Some(text) => text,
        None => "an error without a message".to_owned(),
    }
}

/// Not what passed or does not apply (3.27.9), what was suppressed (3.27.23), or what is gone (3.27.24).
fn is_finding(result: &Outcome) -> bool {
    let is_failure = result.kind.as_deref().is_none_or(|kind| kind == "fail");
    let is_suppressed = !result.suppressions.is_empty()
        && result.suppressions.iter().all(|suppression| {
            let status = suppression.status.as_deref();
            !matches!(status, Some("rejected" | "underReview"))
        });
    is_failure && !is_suppressed && result.baseline_state.as_deref() != Some("absent")
}

fn finding(tool: &str, result: &Outcome, rules: &Rules<'_>, bases: &Bases<'_>) -> Finding {
    let rule = rules.of(result);
    let id = result
        .rule_id
        .as_deref()
        .or_else(|| result.rule.as_ref()?.id.as_deref())
        .or_else(|| rule.map(|rule| rule.id.as_str()))
        .unwrap_or_default();
    let mut finding = Finding::new(
        tool,
        &clean_text(id),
        rated(result, rule),
        message(tool, id, rules.message(result, rule)),
    );
    let properties = result.properties.as_ref();
    finding.confidence = properties
        .and_then(|it| {
            it.issue_confidence
                .first()
                .or_else(|| it.confidence.first())
        })
        .and_then(confidence)
        .or_else(|| precision(tool, rule?));
    finding.place = result.locations.first().and_then(|it| bases.place(it));
    let addresses = [
        rule.and_then(|rule| rule.help_uri.as_deref()),
        result.hosted_viewer_uri.as_deref(),
    ];
    finding.url = addresses
        .into_iter()
        .flatten()
        .find(|url| url.starts_with("https://") || url.starts_with("http://"))
        .filter(|url| !url.contains(|c: char| c.is_whitespace() || c.is_control()))
        .map(str::to_owned);
    finding.fix = fix(tool, result);
    let tags = rule.iter().flat_map(|rule| rule.tags()).take(MOST_TAGS);
    let own = properties.iter().flat_map(|it| it.tags.iter());
    let taxa = result.taxa.iter().filter_map(model::Reference::cwe);
    let related = rule.iter().flat_map(|rule| rule.weaknesses());
    let related: Vec<String> = taxa.chain(related).take(MOST_TAGS).collect();
    finding.cwe = cwe_numbers(tags.chain(own).chain(related.iter().map(String::as_str)));
    finding
}

/// What tools say of severity beyond SARIF's levels counts more: they have more steps.
fn rated(result: &Outcome, rule: Option<&model::Rule>) -> Severity {
    let properties = result.properties.as_ref();
    let of_rule = rule.and_then(|rule| rule.properties.as_ref());
    let score = properties
        .and_then(|it| it.security_severity.first())
        .or_else(|| of_rule.and_then(|it| it.security_severity.first()))
        .and_then(severity);
    let word = || {
        properties
            .and_then(|it| it.issue_severity.first())
            .and_then(super::advisory::severity_of_word)
    };
    // 3.27.10: the result's level, else the rule's, else warning.
    let level = || {
        result
            .level
            .as_deref()
            .or_else(|| rule?.default_configuration.as_ref()?.level.as_deref())
    };
    score.or_else(word).unwrap_or_else(|| match level() {
        Some("error") => Severity::High,
        Some("note") => Severity::Low,
        Some("none") => Severity::Info,
        _ => Severity::Medium,
    })
}

/// How precise a rule is, in the words of `CodeQL`, or how sure in a tag of semgrep's (`HIGH CONFIDENCE`). Semgrep's own
/// `precision` is the same for all rules.
fn precision(tool: &str, rule: &model::Rule) -> Option<Confidence> {
    let tag = rule
        .tags()
        .take(MOST_TAGS)
        .find_map(|tag| tag.strip_suffix(" CONFIDENCE"));
    if let Some(word) = tag {
        return confidence(word);
    }
    if tool.starts_with("Semgrep") {
        return None;
    }
    match rule.properties.as_ref()?.precision.first()? {
        "very-high" | "high" => Some(Confidence::High),
        "medium" => Some(Confidence::Medium),
        "low" => Some(Confidence::Low),
        _ => None,
    }
}

/// Bandit repeats passwords.
fn message(tool: &str, rule: &str, text: String) -> String {
    if tool.eq_ignore_ascii_case("bandit") {
        super::bandit::message(rule, &text)
    } else {
        text
    }
}

fn fix(tool: &str, result: &Outcome) -> Option<String> {
    let fix = result.fixes.first()?;
    let described = fix.description.as_ref();
    let text = described
        .and_then(|it| it.text.as_deref().or(it.markdown.as_deref()))
        .map(clean_text)
        .filter(|text| !text.is_empty());
    Some(text.unwrap_or_else(|| format!("{tool} knows a change that mends it")))
}

#[cfg(test)]
mod tests;
