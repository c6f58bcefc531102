//! The document as JSON, for scripts: one object, its form numbered.
//!
//! Schema 1. Fields may be added; none is removed or changes its meaning. What is not known is left out.
//!
//! ```text
//! { "schema": 1,
//!   "repository": text, "commit": id, "base": { "label": text, "commit": id }, "generated_at": time,
//!   "verdict": "clean" | "not-checked" | "findings" | "tool-error",
//!   "counts": { "open", "new", "unchanged", "unknown", "fixed", "suppressed": numbers,
//!               "severity": { "critical", "high", "medium", "low", "info": numbers } },
//!   "tasks": [ { "task", "commit", "dirty", "at", "status", "verdict", "summary", "duration": seconds,
//!                "tools": [ as stored with the result: "tool", "version", "folder", "verdict", "reason", "install",
//!                           "checked", "unchecked", "findings", "tests", "exit_code", "seconds" ] } ],
//!   "findings": [ { "task", "state": "new" | "unchanged" | "unknown", "suppressed": { "reason", "by" },
//!                   "id", "tool", "rule", "severity", "level": "error" | "warning" | "note", "confidence", "message",
//!                   "path", "line", "column", "end_line", "end_column", "subject": { "kind": … }, "url", "fix",
//!                   "cwe": [ numbers ], "first_seen": { "at", "commit" } } ],
//!   "fixed": [ as "findings" ],
//!   "stale": [ { "what", "place": "file:line", "why" } ] }
//! ```
//!
//! Findings are in order: new ones first, then by severity, path and line. Times are ISO 8601 in UTC. `line` counts from 1;
//! `end_column` is the column behind the last one. Suppressed findings are among `findings` and have `suppressed`.

use std::io::{self, BufWriter, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::document::{Base, Counts, Document, Entry, Stale, State, Suppressed, TaskReport};
use crate::findings::{Confidence, FirstSeen, Severity, Subject, Verdict};
use crate::report::safe_json::{Streamed, pretty};

/// The version of the form.
pub const SCHEMA: u32 = 1;

/// Writes the document. The last character is a newline.
pub fn write(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let entries = document.ordered(|_| true, Entry::new_first);
    let mut fixed: Vec<&Entry> = document.fixed.iter().collect();
    fixed.sort_by(|one, two| Entry::by_severity(one, two));
    let view = View {
        schema: SCHEMA,
        repository: &document.repository,
        commit: document.commit.as_deref(),
        base: document.base.as_ref(),
        generated_at: document.generated_at,
        verdict: document.verdict(),
        counts: document.counts(),
        tasks: &document.tasks,
        findings: Streamed(|| entries.iter().map(|entry| FindingView::of(entry))),
        fixed: Streamed(|| fixed.iter().map(|entry| FindingView::of(entry))),
        stale: &document.stale,
    };
    pretty(&mut out, &view)?;
    out.write_all(b"\n")?;
    out.flush()
}

#[derive(Serialize)]
struct View<'a, Findings: Serialize, Fixed: Serialize> {
    schema: u32,
    repository: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'a Base>,
    generated_at: Timestamp,
    verdict: Verdict,
    counts: Counts,
    tasks: &'a [TaskReport],
    findings: Findings,
    fixed: Fixed,
    stale: &'a [Stale],
}

/// The line's hash is left out on purpose: without a key, that of a secret's line could be guessed back.
#[derive(Serialize)]
struct FindingView<'a> {
    task: &'a str,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<&'a Suppressed>,
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'a str,
    tool: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    rule: &'a str,
    severity: Severity,
    level: crate::findings::Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<Confidence>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
    subject: &'a Subject,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
    #[serde(skip_serializing_if = "<[u32]>::is_empty")]
    cwe: &'a [u32],
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen: Option<&'a FirstSeen>,
}

impl<'a> FindingView<'a> {
    fn of(entry: &'a Entry) -> Self {
        let finding = &entry.finding;
        let place = finding.place.as_ref();
        Self {
            task: &entry.task,
            state: entry.state,
            suppressed: entry.suppressed.as_ref(),
            id: &finding.id,
            tool: &finding.tool,
            rule: &finding.rule,
            severity: finding.severity,
            level: finding.severity.level(),
            confidence: finding.confidence,
            message: &finding.message,
            path: place.map(|it| it.path.as_str()),
            line: place.and_then(|it| it.line),
            column: place.and_then(|it| it.column),
            end_line: place.and_then(|it| it.end_line),
            end_column: place.and_then(|it| it.end_column),
            subject: &finding.subject,
            url: finding.url.as_deref(),
            fix: finding.fix.as_deref(),
            cwe: &finding.cwe,
            first_seen: finding.first_seen.as_ref(),
        }
    }
}
