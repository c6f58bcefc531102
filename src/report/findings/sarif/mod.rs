//! SARIF 2.1.0 (OASIS, with errata 01): a run for each tool.
//!
//! What GitHub's code scanning makes of it, which [`Audience::CodeScanning`] is for:
//! - It rejects a file with more than 20 runs, 25,000 results or 25,000 rules of a run, or 10 MB compressed by gzip, and
//!   shows the 5,000 worst results of a run.
//! - It takes suppressed and absent results for open ones.
//! - It rejects results without a file, and shows `{{` as it is.

mod objects;
mod result;
mod rules;
mod uri;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use serde::Serialize;

use self::objects::{
    ArtifactLocation, BaseOnly, Conversion, Driver, Invocation, InvocationProperties, Location,
    Log, Message, Notification, PhysicalLocation, Run, Tool, UriBase, UriBases, VersionControl,
};
use self::rules::Rules;
use super::document::{Document, Entry, State, TaskReport};
use super::excerpt::{Source, Sources};
use super::words::counted;
use crate::findings::{Finding, ToolReport, Unchecked, Verdict};
use crate::report::safe_json::{Streamed, compact};

/// GitHub rejects files with more results of a run.
pub const GITHUB_RESULTS: usize = 25_000;

/// So many things that a tool did not look at have a notification of their own.
const NOTIFIED: usize = 100;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What `SRCROOT` stands for.
const SOURCE_ROOT: &str = "SRCROOT";

/// Who reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Any reader: everything the document has, to the letter of the standard.
    #[default]
    Any,
    /// GitHub's code scanning: open findings only, the worst [`GITHUB_RESULTS`] of a tool, each at a file.
    CodeScanning,
}

/// What a document alone does not tell.
pub struct Options<'a> {
    /// Who reads it.
    pub audience: Audience,
    /// Source lines, for snippets.
    pub source: &'a Source<'a>,
    /// GitHub's `primaryLocationLineHash` of a finding. Not asked of findings about secrets: a hash without a key can be
    /// guessed back.
    pub line_hash: &'a dyn Fn(&Finding) -> Option<String>,
}

/// Writes the document on a single line.
pub fn write(out: &mut dyn Write, document: &Document, options: &Options<'_>) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let context = Context {
        document,
        options,
        sources: Sources::new(document, options.source),
    };
    let parts = parts(document, options.audience);
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: Streamed(|| {
            parts
                .iter()
                .map(|(tool, part)| Written(&context, tool, part))
        }),
    };
    compact(&mut out, &log)?;
    out.write_all(b"\n")?;
    out.flush()
}

struct Context<'a> {
    document: &'a Document,
    options: &'a Options<'a>,
    sources: Sources<'a>,
}

/// What a run is made of.
#[derive(Default)]
struct Part<'a> {
    reports: Vec<(&'a TaskReport, &'a ToolReport)>,
    entries: Vec<&'a Entry>,
    fixed: Vec<&'a Entry>,
    /// How many findings are not among the entries, because the audience does not take that many.
    left_out: usize,
}

/// What belongs to each tool.
fn parts(document: &Document, audience: Audience) -> BTreeMap<&str, Part<'_>> {
    let mut parts: BTreeMap<&str, Part<'_>> = BTreeMap::new();
    for task in &document.tasks {
        for report in &task.tools {
            let part = parts.entry(&report.tool).or_default();
            part.reports.push((task, report));
        }
    }
    let wanted = |entry: &Entry| audience == Audience::Any || entry.is_open();
    for entry in document.ordered(wanted, Entry::by_severity) {
        let part = parts.entry(&entry.finding.tool).or_default();
        if audience == Audience::CodeScanning && part.entries.len() >= GITHUB_RESULTS {
            part.left_out += 1;
        } else {
            part.entries.push(entry);
        }
    }
    if audience == Audience::Any {
        for entry in &document.fixed {
            let part = parts.entry(&entry.finding.tool).or_default();
            part.fixed.push(entry);
        }
    }
    for part in parts.values_mut() {
        // A run in which one result has a baseline state has one for all.
        if part.is_compared() {
            part.fixed.sort_by(|one, two| Entry::by_severity(one, two));
        } else {
            part.fixed.clear();
        }
    }
    parts
}

impl Part<'_> {
    fn is_compared(&self) -> bool {
        self.entries
            .iter()
            .all(|entry| entry.state != State::Unknown)
    }
}

/// A run, made when it is written.
struct Written<'a>(&'a Context<'a>, &'a str, &'a Part<'a>);

impl Serialize for Written<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(context, tool, part) = *self;
        let all = part.entries.iter().chain(&part.fixed);
        let rules = Rules::of(tool, all.map(|entry| &entry.finding));
        let taxonomies = rules.taxonomies();
        let is_compared = part.is_compared();
        let results = Streamed(|| {
            let of = |entry, is_fixed| result::of(context, &rules, entry, is_compared, is_fixed);
            let entries = part.entries.iter().map(move |entry| of(*entry, false));
            entries.chain(part.fixed.iter().map(move |entry| of(*entry, true)))
        });
        Run {
            tool: Tool {
                driver: Driver {
                    name: tool,
                    version: part
                        .reports
                        .iter()
                        .find_map(|(_, report)| report.version.as_deref()),
                    rules: rules.descriptors(),
                    supported_taxonomies: taxonomies.iter().map(|_| rules::taxonomy()).collect(),
                },
            },
            conversion: conversion(),
            invocations: invocations(part),
            version_control_provenance: provenance(context.document, part),
            original_uri_base_ids: UriBases {
                source_root: UriBase {
                    description: Message::new("The top of the repository"),
                },
            },
            taxonomies,
            column_kind: "unicodeCodePoints",
            results,
        }
        .serialize(serializer)
    }
}

/// Who made SARIF of what the tool wrote.
fn conversion() -> Conversion<'static> {
    Conversion {
        tool: Tool {
            driver: Driver {
                name: "git-tend",
                version: Some(env!("CARGO_PKG_VERSION")),
                rules: Vec::new(),
                supported_taxonomies: Vec::new(),
            },
        },
    }
}

/// Where the findings' commits come from.
fn provenance<'a>(document: &'a Document, part: &Part<'a>) -> Vec<VersionControl<'a>> {
    let Some(repository) = uri::of_repository(&document.repository) else {
        return Vec::new();
    };
    let mut commits: Vec<Option<&str>> = part
        .reports
        .iter()
        .map(|(task, _)| task.commit.as_deref())
        .collect();
    if commits.is_empty() {
        commits.push(document.commit.as_deref());
    }
    commits.sort_unstable();
    commits.dedup();
    commits
        .into_iter()
        .map(|revision_id| VersionControl {
            repository_uri: repository.clone(),
            revision_id,
            mapped_to: BaseOnly {
                uri_base_id: SOURCE_ROOT,
            },
        })
        .collect()
}

fn invocations<'a>(part: &Part<'a>) -> Vec<Invocation<'a>> {
    let mut invocations: Vec<Invocation<'_>> = part
        .reports
        .iter()
        .map(|(task, report)| Invocation {
            // A run that looked at nothing has not done what it was for: no reader may take it for a clean one.
            execution_successful: matches!(report.verdict, Verdict::Clean | Verdict::Findings),
            exit_code: report.exit_code,
            working_directory: artifact(&folder(&report.folder)),
            tool_execution_notifications: notifications(report),
            properties: InvocationProperties {
                task: &task.task,
                finished_at: task.at,
                verdict: report.verdict,
                seconds: report.seconds,
                checked: report.checked,
                not_checked: report.unchecked.len(),
                findings: report.findings,
            },
        })
        .collect();
    if let Some(last) = invocations.last_mut().filter(|_| part.left_out > 0) {
        let left_out = counted(part.left_out as u64, "finding");
        last.tool_execution_notifications.push(Notification {
            level: "warning",
            message: Message::new(format!("{left_out} of lower severity left out")),
            locations: Vec::new(),
        });
    }
    invocations
}

fn notifications(report: &ToolReport) -> Vec<Notification<'_>> {
    let level = match report.verdict {
        Verdict::Clean | Verdict::Findings => None,
        Verdict::NotChecked => Some("warning"),
        Verdict::ToolError => Some("error"),
    };
    let mut notifications = Vec::new();
    if let Some(level) = level {
        let reason = report.reason.as_deref().unwrap_or(report.verdict.name());
        let mut text = message(reason);
        if let Some(install) = &report.install {
            text.push_str(&format!("\nInstall it: {}", message(install)));
        }
        notifications.push(Notification {
            level,
            message: Message::new(text),
            locations: Vec::new(),
        });
    }
    let named = report.unchecked.iter().take(NOTIFIED);
    notifications.extend(named.map(not_looked_at));
    if report.unchecked.len() > NOTIFIED {
        let more = (report.unchecked.len() - NOTIFIED) as u64;
        notifications.push(Notification {
            level: "warning",
            message: Message::new(format!("{} more not checked", counted(more, "thing"))),
            locations: Vec::new(),
        });
    }
    notifications
}

/// What is not looked at may be a package as well as a path; only what looks like a path is a location.
fn not_looked_at(unchecked: &Unchecked) -> Notification<'_> {
    let text = format!("{}: {}", unchecked.what, unchecked.reason);
    let is_path = unchecked.what.contains(['/', '.']) && !unchecked.what.contains([' ', '=', '@']);
    let location = is_path.then(|| Location {
        physical_location: Some(PhysicalLocation {
            artifact_location: artifact(&unchecked.what),
            region: None,
        }),
        logical_locations: Vec::new(),
    });
    Notification {
        level: "warning",
        message: Message::new(message(&text)),
        locations: location.into_iter().collect(),
    }
}

/// Folders end with a slash.
fn folder(path: &str) -> String {
    format!("{}/", path.trim_end_matches('/'))
        .trim_start_matches('/')
        .to_owned()
}

fn artifact(path: &str) -> ArtifactLocation {
    let reference = uri::of_path(path);
    ArtifactLocation {
        uri: reference.uri,
        uri_base_id: reference.is_relative.then_some(SOURCE_ROOT),
    }
}

/// Text as a message of SARIF: braces doubled (§3.11.5), and nothing in it a link (§3.11.6).
fn message(text: &str) -> String {
    unlinked(text).replace('{', "{{").replace('}', "}}")
}

fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}
