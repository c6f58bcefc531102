//! The findings: by rule, then file by file with their source.

mod list;
mod rules;

use std::collections::BTreeMap;

use askama::Template;

use self::list::{List, list};
use self::rules::{RuleRow, Rules};
use super::escape::Markup;
use super::page::Page;
use super::words::severity_bar;
use crate::analyze::summary::grouped;
use crate::findings::{Severity, Verdict};
use crate::report::findings::{
    Counts, Entry, Severities, compared, label, position, remarks, told, tool_in_folder,
    verdict_words,
};
use crate::system::plain::{first_line, shortened};

/// So many rules are listed before the rest is folded.
const RULES: usize = 12;
/// So many rows any other list of the section has at most.
const ROWS: usize = 1_000;
/// So much of a message is shown on its line.
const MESSAGE: usize = 300;
/// What lists of fixed or suppressed findings may take.
const ASIDE: usize = 256 << 10;

#[derive(Template)]
#[template(path = "found.html", config = "src/report/html/askama.toml")]
pub(super) struct Found {
    counts: Counts,
    open: String,
    looked: bool,
    compared: Option<String>,
    bar: Markup,
    severities: Vec<(Severity, String)>,
    tools: Vec<(String, u64)>,
    rules: Vec<RuleRow>,
    more_rules: Vec<RuleRow>,
    rules_missing: usize,
    not_checked: Vec<NotChecked>,
    has_states: bool,
    list: Markup,
    listed: usize,
    left_out: Option<String>,
    fixed: Option<Aside>,
    suppressed: Option<Aside>,
    stale: Vec<(String, String, String)>,
    command: &'static str,
}

/// A tool that did not look, or failed.
struct NotChecked {
    tool: String,
    word: String,
    failed: bool,
    why: String,
    install: Option<String>,
}

/// A folded list of findings that do not count.
#[derive(Default)]
struct Aside {
    count: usize,
    rows: Vec<AsideRow>,
    missing: usize,
}

struct AsideRow {
    severity: Severity,
    place: String,
    label: String,
    what: String,
    why: String,
}

/// Puts the section together.
pub(super) fn found(page: &Page<'_>) -> Found {
    let document = page.findings;
    let counts = document.counts();
    let rules = Rules::of(document.entries.iter().filter(|entry| entry.is_open()));
    let List {
        markup: list,
        listed,
        left_out,
    } = list(page, &rules);
    let mut rows = rules.rows;
    rows.sort_by(|one, two| {
        (two.new > 0, two.severity, two.count)
            .cmp(&(one.new > 0, one.severity, one.count))
            .then_with(|| (&one.tool, &one.rule).cmp(&(&two.tool, &two.rule)))
    });
    let mut tools: BTreeMap<String, u64> = BTreeMap::new();
    for row in &rows {
        *tools.entry(row.tool.clone()).or_default() += row.count;
    }
    let rules_missing = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    let more_rules = rows.split_off(rows.len().min(RULES));
    Found {
        bar: severity_bar("found", &counts.severity),
        severities: named(&counts.severity)
            .into_iter()
            .map(|(severity, count)| (severity, grouped(count)))
            .collect(),
        compared: compared(document, &counts),
        tools: tools.into_iter().collect(),
        rules: rows,
        more_rules,
        rules_missing,
        not_checked: not_checked(page),
        has_states: counts.new > 0 && counts.new < counts.open,
        list,
        listed,
        left_out,
        fixed: aside(document.fixed.iter()),
        suppressed: aside(document.entries.iter().filter(|entry| !entry.is_open())),
        stale: document
            .stale
            .iter()
            .take(ROWS)
            .map(|it| {
                let place = it.place.clone().unwrap_or_default();
                let what = shortened(&it.what, 200).into_owned();
                (what, shortened(&place, 200).into_owned(), it.why.clone())
            })
            .collect(),
        open: grouped(counts.open),
        looked: !document.tasks.is_empty(),
        counts,
        command: if document.tasks.is_empty() {
            "git tend run-all"
        } else {
            "git tend findings"
        },
    }
}

/// The severities that there are, worst first.
fn named(severities: &Severities) -> Vec<(Severity, u64)> {
    let all = Severity::ALL.into_iter();
    all.map(|severity| (severity, severities.of(severity)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

fn not_checked(page: &Page<'_>) -> Vec<NotChecked> {
    let tools = page.findings.tasks.iter().flat_map(|task| &task.tools);
    let is_wanted = |verdict| matches!(verdict, Verdict::NotChecked | Verdict::ToolError);
    tools
        .filter(|tool| is_wanted(tool.verdict) || !tool.unchecked.is_empty())
        .take(ROWS)
        .map(|tool| NotChecked {
            tool: tool_in_folder(tool),
            word: if is_wanted(tool.verdict) {
                verdict_words(tool)
            } else {
                "not everything checked".to_owned()
            },
            failed: tool.verdict == Verdict::ToolError,
            why: shortened(&remarks(tool).join("; "), 400).into_owned(),
            install: tool.install.clone(),
        })
        .collect()
}

fn aside<'a>(entries: impl Iterator<Item = &'a Entry>) -> Option<Aside> {
    let mut entries: Vec<&Entry> = entries.collect();
    entries.sort_by(|one, two| Entry::by_severity(one, two));
    let mut aside = Aside {
        count: entries.len(),
        ..Aside::default()
    };
    let mut left = ASIDE;
    for entry in &entries {
        let finding = &entry.finding;
        let row = AsideRow {
            severity: finding.severity,
            place: finding.place.as_ref().map(position).unwrap_or_default(),
            label: shortened(&label(finding), 120).into_owned(),
            what: first_line(&told(finding), 160),
            why: entry.suppressed.as_ref().map_or_else(String::new, |it| {
                let reason = first_line(&it.reason, 160);
                if reason.is_empty() {
                    it.by.clone()
                } else {
                    format!("{reason} ({})", it.by)
                }
            }),
        };
        let size = 120 + row.place.len() + row.label.len() + row.what.len() + row.why.len();
        if size > left {
            aside.missing = entries.len() - aside.rows.len();
            break;
        }
        left -= size;
        aside.rows.push(row);
    }
    (aside.count > 0).then_some(aside)
}
