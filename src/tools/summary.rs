//! What the runs of a task's tools come to together: a verdict, a status, numbers and a sentence.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::findings::{Finding, Scan, Severity, StatusRule, ToolReport, Verdict};
use crate::tasks::left::Meaning;

/// So many recommendations are read.
const MOST: usize = 10;

/// What a task is, as far as its scans are concerned.
#[derive(Clone, Copy, Debug)]
pub struct Kind<'a> {
    /// S1's name of the analysis.
    pub analysis_type: &'a str,
    /// How findings become a status.
    pub rule: StatusRule,
}

/// Puts the runs of a task's tools together. `active` tells for each finding whether it counts: others are suppressed.
pub fn scan(
    kind: Kind<'_>,
    tools: Vec<ToolReport>,
    findings: Vec<Finding>,
    is_active: &[bool],
    dirty: bool,
    (now, seconds): (Timestamp, f64),
) -> Scan {
    let active: Vec<&Finding> = findings
        .iter()
        .zip(is_active)
        .filter_map(|(finding, active)| active.then_some(finding))
        .collect();
    let suppressed = findings.len() - active.len();
    let verdict = verdict(&tools, !active.is_empty());
    Scan {
        analysis_type: kind.analysis_type.to_owned(),
        status: kind.rule.status(active.iter().copied()),
        timestamp: now,
        duration: seconds,
        verdict,
        summary: sentence(&tools, &active, suppressed),
        recommendations: recommendations(&tools, &active),
        metrics: metrics(&tools, &active, suppressed),
        dirty,
        tools,
        findings,
    }
}

/// A tool whose findings are all suppressed found nothing.
fn verdict(tools: &[ToolReport], any_active: bool) -> Verdict {
    let verdicts = tools.iter().map(|tool| match tool.verdict {
        Verdict::Findings if !any_active && tool.unchecked.is_empty() => Verdict::Clean,
        Verdict::Findings if !any_active => Verdict::NotChecked,
        other => other,
    });
    Verdict::of_all(verdicts)
}

fn severities(findings: &[&Finding]) -> Vec<(Severity, usize)> {
    Severity::ALL
        .into_iter()
        .map(|severity| {
            let count = findings.iter().filter(|it| it.severity == severity).count();
            (severity, count)
        })
        .filter(|(_, count)| *count > 0)
        .collect()
}

fn sentence(tools: &[ToolReport], findings: &[&Finding], suppressed: usize) -> String {
    let mut parts = Vec::new();
    let tests: Vec<_> = tools
        .iter()
        .filter_map(|tool| tool.tests.as_ref())
        .collect();
    if tests.is_empty() {
        let by: Vec<String> = severities(findings)
            .into_iter()
            .map(|(severity, count)| format!("{count} {severity}"))
            .collect();
        parts.push(match findings.len() {
            0 => "no findings".to_owned(),
            1 => format!("1 finding ({})", by.join(", ")),
            count => format!("{count} findings ({})", by.join(", ")),
        });
    } else {
        let sum = |count: fn(&crate::findings::Tests) -> u64| {
            tests.iter().map(|it| count(it)).sum::<u64>()
        };
        parts.push(format!("{} tests passed", sum(|it| it.passed)));
        for (count, what) in [
            (sum(|it| it.failed), "failed"),
            (sum(|it| it.errors), "had errors"),
            (sum(|it| it.skipped), "skipped"),
            (sum(|it| it.flaky), "flaky"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
    }
    if suppressed > 0 {
        parts.push(format!("{suppressed} suppressed"));
    }
    for (verdict, word) in [
        (Verdict::ToolError, "failed"),
        (Verdict::NotChecked, "not checked"),
    ] {
        let names = names(tools, verdict);
        if !names.is_empty() {
            parts.push(format!("{}: {word}", names.join(", ")));
        }
    }
    parts.join(", ")
}

fn names(tools: &[ToolReport], verdict: Verdict) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for tool in tools.iter().filter(|tool| tool.verdict == verdict) {
        if !names.contains(&tool.tool.as_str()) {
            names.push(&tool.tool);
        }
    }
    names
}

fn recommendations(tools: &[ToolReport], findings: &[&Finding]) -> Vec<String> {
    let mut worst: Vec<&Finding> = findings
        .iter()
        .copied()
        .filter(|it| it.fix.is_some())
        .collect();
    worst.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut said: Vec<String> = Vec::new();
    let fixes = worst.iter().filter_map(|finding| finding.fix.clone());
    let installs = tools
        .iter()
        .filter_map(|tool| Some(format!("install {}: {}", tool.tool, tool.install.as_ref()?)));
    for text in installs.chain(fixes) {
        if said.len() >= MOST {
            break;
        }
        if !said.contains(&text) {
            said.push(text);
        }
    }
    said
}

fn metrics(tools: &[ToolReport], findings: &[&Finding], suppressed: usize) -> Map<String, Value> {
    let mut metrics = Map::new();
    metrics.insert("findings".to_owned(), json!(findings.len()));
    for (severity, count) in severities(findings) {
        metrics.insert(severity.name().to_owned(), json!(count));
    }
    let known = |count: fn(&ToolReport) -> Option<u64>| tools.iter().filter_map(count).sum::<u64>();
    metrics.insert("suppressed".to_owned(), json!(suppressed));
    metrics.insert("checked".to_owned(), json!(known(|tool| tool.checked)));
    let unchecked: usize = tools.iter().map(|tool| tool.unchecked.len()).sum();
    metrics.insert("not_checked".to_owned(), json!(unchecked));
    metrics
}

/// What a scan means for the job that made it.
///
/// A job is done when any of its tools did its work, whatever that found: the others are part of what the scan says.
pub fn meaning(task: &str, scan: &Scan) -> Meaning {
    if scan.tools.is_empty() {
        return Meaning::Nothing(format!("nothing here is for {task}"));
    }
    if scan.tools.iter().all(|tool| tool.install.is_some()) {
        // One that several folders need is named once.
        let mut missing: Vec<String> = Vec::new();
        for tool in &scan.tools {
            let install = tool.install.as_deref().unwrap_or_default();
            let text = format!("{} is not installed ({install})", tool.tool);
            if !missing.contains(&text) {
                missing.push(text);
            }
        }
        return Meaning::Missing(missing.join(", "));
    }
    let did_something = scan.tools.iter().any(|tool| {
        matches!(tool.verdict, Verdict::Clean | Verdict::Findings)
            || (tool.verdict == Verdict::NotChecked && tool.install.is_none())
    });
    let failed = scan
        .tools
        .iter()
        .find(|tool| tool.verdict == Verdict::ToolError);
    match failed {
        Some(tool) if !did_something => {
            let reason = tool.reason.as_deref().unwrap_or("it failed");
            Meaning::Failed(format!("{}: {reason}", tool.tool))
        }
        _ => Meaning::Done,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn tool(name: &str, verdict: Verdict) -> ToolReport {
        ToolReport {
            tool: name.to_owned(),
            version: None,
            folder: String::new(),
            verdict,
            reason: None,
            install: None,
            checked: Some(3),
            unchecked: Vec::new(),
            findings: 0,
            tests: None,
            exit_code: Some(0),
            seconds: 1.0,
        }
    }

    fn missing(name: &str) -> ToolReport {
        ToolReport {
            install: Some(format!("pipx install {name}")),
            ..tool(name, Verdict::NotChecked)
        }
    }

    fn put_together(tools: Vec<ToolReport>, severities: &[Severity], active: bool) -> Scan {
        let findings = severities
            .iter()
            .map(|severity| Finding::new("t", "r", *severity, "m".to_owned()))
            .collect();
        let kind = Kind {
            analysis_type: "security",
            rule: StatusRule::Security,
        };
        let is_active = vec![active; severities.len()];
        let when = (Timestamp::UNIX_EPOCH, 2.0);
        scan(kind, tools, findings, &is_active, false, when)
    }

    #[test]
    fn what_is_said_is_what_happened() {
        use Severity::{High, Low};
        let tools = vec![tool("bandit", Verdict::Findings), missing("pip-audit")];
        let scan = put_together(tools, &[High, Low, Low], true);
        assert_eq!(
            scan.summary,
            "3 findings (1 high, 2 low), pip-audit: not checked"
        );
        assert_eq!(scan.verdict, Verdict::Findings);
        assert_eq!(scan.status, crate::findings::Status::Warning);
        assert_eq!(
            scan.recommendations,
            ["install pip-audit: pipx install pip-audit"]
        );
        assert_eq!(meaning("security_scan", &scan), Meaning::Done);
    }

    #[test]
    fn findings_that_are_all_suppressed_are_none() {
        let scan = put_together(
            vec![tool("bandit", Verdict::Findings)],
            &[Severity::High],
            false,
        );
        assert_eq!(
            (scan.verdict, scan.summary.as_str()),
            (Verdict::Clean, "no findings, 1 suppressed")
        );
        let mut partly = tool("bandit", Verdict::Findings);
        partly.unchecked.push(crate::findings::Unchecked {
            what: "a.py".to_owned(),
            reason: "syntax error".to_owned(),
        });
        let scan = put_together(vec![partly], &[Severity::High], false);
        assert_eq!(scan.verdict, Verdict::NotChecked);
    }

    #[test]
    fn a_job_fails_only_when_none_of_its_tools_worked() {
        let all_missing = put_together(vec![missing("a"), missing("b"), missing("a")], &[], true);
        assert_eq!(
            meaning("t", &all_missing),
            Meaning::Missing(
                "a is not installed (pipx install a), b is not installed (pipx install b)"
                    .to_owned()
            )
        );
        let error = tool("npm audit", Verdict::ToolError);
        let failed = put_together(vec![missing("a"), error.clone()], &[], true);
        assert_eq!(
            meaning("t", &failed),
            Meaning::Failed("npm audit: it failed".to_owned())
        );
        let partly = put_together(vec![tool("a", Verdict::Clean), error], &[], true);
        assert_eq!(
            (meaning("t", &partly), partly.verdict),
            (Meaning::Done, Verdict::ToolError)
        );
        let none = put_together(Vec::new(), &[], true);
        assert!(matches!(meaning("t", &none), Meaning::Nothing(_)));
        assert_eq!(none.verdict, Verdict::NotChecked);
    }
}
