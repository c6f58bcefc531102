//! Sentences that several renderers say.

use super::document::{Counts, Document, label, position, told};
use crate::findings::{Finding, Severity, ToolReport, Verdict};
use crate::system::plain::{first_line, plain, shortened};

/// So much of a message is shown on a line.
pub(super) const CHARACTERS: usize = 300;

/// A finding on a line, without colours: `path:line:column: severity tool[rule] message`.
pub fn one_line(finding: &Finding) -> String {
    let place = finding.place.as_ref().map(position);
    let place = place.map_or_else(String::new, |place| format!("{}: ", plain(&place)));
    format!(
        "{place}{} {} {}",
        finding.severity,
        plain(&label(finding)),
        first_line(&told(finding), CHARACTERS)
    )
}

/// What everything came to, in one of three ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Outcome {
    /// Nothing new was found, and everything was looked at.
    Good,
    /// Nothing new was found where there was somebody who looked.
    Unsure,
    /// Something was found, or a tool failed.
    Bad,
}

/// What everything came to: `3 new findings, and a tool failed`. Where there is a base, what it has too is no news.
pub(in crate::report) fn heading(document: &Document) -> (Outcome, String) {
    let counts = document.counts();
    let is_compared = document.base.is_some() && counts.unknown == 0;
    let (number, what) = if is_compared {
        (counts.new, "new finding")
    } else {
        (counts.open, "finding")
    };
    let found = match number {
        0 => format!("No {what}s"),
        number => counted(number, what),
    };
    match document.verdict() {
        Verdict::ToolError => (Outcome::Bad, format!("{found}, and a tool failed")),
        _ if number > 0 => (Outcome::Bad, found),
        _ => match incomplete(document) {
            Some(incomplete) => (Outcome::Unsure, format!("{found}, but {incomplete}")),
            None => (Outcome::Good, found),
        },
    }
}

/// `1 finding`, `2 findings`.
pub(super) fn counted(number: u64, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// `2 high, 9 low`; empty if there are none.
pub(super) fn severities(counts: &Counts) -> String {
    let parts: Vec<String> = Severity::ALL
        .iter()
        .filter(|severity| counts.severity.of(**severity) > 0)
        .map(|severity| format!("{} {severity}", counts.severity.of(*severity)))
        .collect();
    parts.join(", ")
}

/// What there is: `14 findings (2 high, 12 low), 3 suppressed`.
pub(super) fn total(counts: &Counts) -> String {
    let mut text = match counts.open {
        0 => "no findings".to_owned(),
        open => format!("{} ({})", counted(open, "finding"), severities(counts)),
    };
    if counts.suppressed > 0 {
        text.push_str(&format!(", {} suppressed", counts.suppressed));
    }
    text
}

/// How it compares: `3 new since merge-base with origin/main, 11 unchanged, 2 fixed`; nothing without a base.
pub(in crate::report) fn compared(document: &Document, counts: &Counts) -> Option<String> {
    let base = document.base.as_ref()?;
    let label = plain(&base.label);
    let label = shortened(&label, 120);
    if counts.open > 0 && counts.open == counts.unknown {
        return Some(format!("not compared with {label}"));
    }
    let mut text = format!("{} new since {label}", counts.new);
    for (number, what) in [
        (counts.unchanged, "unchanged"),
        (counts.unknown, "not compared"),
        (counts.fixed, "fixed"),
    ] {
        if number > 0 {
            text.push_str(&format!(", {number} {what}"));
        }
    }
    Some(text)
}

/// What is to be said where not everything was looked at.
pub(super) fn incomplete(document: &Document) -> Option<&'static str> {
    if document.tasks.is_empty() {
        return Some("nothing was checked");
    }
    (!document.is_complete()).then_some("not everything was checked")
}

/// What a tool's run came to, for people, without the reason.
pub(in crate::report) fn verdict(tool: &ToolReport) -> String {
    match tool.verdict {
        Verdict::Clean => "clean".to_owned(),
        Verdict::NotChecked => "not checked".to_owned(),
        Verdict::Findings => counted(tool.findings, "finding"),
        Verdict::ToolError if tool.findings > 0 => {
            format!("failed, {}", counted(tool.findings, "finding"))
        }
        Verdict::ToolError => "failed".to_owned(),
    }
}

/// What else there is to say of a tool's run: why it is not checked, what it did not look at, how the tests went.
pub(in crate::report) fn remarks(tool: &ToolReport) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(reason) = &tool.reason {
        remarks.push(plain(reason).into_owned());
    }
    // A tool that is not checked says why by itself.
    if let Some(first) = (tool.unchecked.first()).filter(|_| tool.verdict != Verdict::NotChecked) {
        let what = plain(&first.what);
        remarks.push(match tool.unchecked.len() - 1 {
            0 => format!("{what} not checked: {}", plain(&first.reason)),
            more => format!("{what} and {more} more not checked"),
        });
    }
    if let Some(tests) = &tool.tests {
        let mut parts = vec![format!("{} passed", tests.passed)];
        for (number, what) in [
            (tests.failed, "failed"),
            (tests.errors, "could not run"),
            (tests.skipped, "skipped"),
            (tests.flaky, "flaky"),
        ] {
            if number > 0 {
                parts.push(format!("{number} {what}"));
            }
        }
        remarks.push(parts.join(", "));
    } else if let Some(checked) = tool.checked.filter(|_| tool.verdict == Verdict::Clean) {
        remarks.push(format!("{checked} checked"));
    }
    remarks
}

/// The tool, and the folder it ran in if that is not the top.
pub(in crate::report) fn tool_in_folder(tool: &ToolReport) -> String {
    if tool.folder.is_empty() {
        plain(&tool.tool).into_owned()
    } else {
        format!("{} in {}", plain(&tool.tool), plain(&tool.folder))
    }
}

/// The first characters of a commit's name.
pub(super) fn short(commit: &str) -> String {
    plain(commit).chars().take(8).collect()
}
