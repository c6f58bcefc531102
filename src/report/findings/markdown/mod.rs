//! The document as Markdown for a comment on a pull request or a job's summary: the numbers, then tables, new findings
//! first, the others and the details folded.
//!
//! Whatever the document holds, the text keeps within a limit: what does not fit is counted.

mod budget;
mod escape;

use std::io::{self, BufWriter, Write};

use self::budget::Budget;
use self::escape::{code, escape, link, verbatim};
use super::document::{Document, Entry, State, position, told};
use super::words::{self, Outcome};
use crate::findings::{Finding, ToolReport, Verdict};
use crate::system::plain::{first_line, shortened};

/// What GitHub takes as a comment, in characters. Bytes are counted, so that any way of counting is kept to.
pub const COMMENT: usize = 65_536;

/// What GitHub takes as a job's summary, in bytes.
pub const JOB_SUMMARY: usize = 1_048_576;

/// So much of a message is shown in a table.
const CELL: usize = 240;

/// So much of a path, a name or a reason is shown.
const NAME: usize = 160;

/// Writes the document in at most `limit` bytes, but no fewer than 4,096.
///
/// The first line is a comment, `<!-- git-tend:findings -->`, by which whoever posts the text finds the one it posted
/// before.
pub fn write(out: &mut dyn Write, document: &Document, limit: usize) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let mut page = Budget::new(&mut out, limit.max(4_096));
    let counts = document.counts();
    page.must("<!-- git-tend:findings -->\n")?;
    page.must(&format!("### {}\n\n", heading(document)))?;
    let total = escape(&words::total(&counts));
    match words::compared(document, &counts) {
        Some(compared) => page.must(&format!("{total}: {}\n", escape(&compared)))?,
        None => page.must(&format!("{total}\n"))?,
    }
    incomplete(&mut page, document)?;
    let open = |entry: &Entry| entry.is_open();
    let fresh = document.ordered(
        |entry| open(entry) && entry.state != State::Unchanged,
        Entry::by_severity,
    );
    table(&mut page, &fresh, None)?;
    let known = document.ordered(
        |entry| open(entry) && entry.state == State::Unchanged,
        Entry::by_severity,
    );
    table(&mut page, &known, Some("unchanged"))?;
    let mut fixed: Vec<&Entry> = document.fixed.iter().collect();
    fixed.sort_by(|one, two| Entry::by_severity(one, two));
    table(&mut page, &fixed, Some("fixed"))?;
    let suppressed = document.ordered(|entry| !open(entry), Entry::by_severity);
    table(&mut page, &suppressed, Some("suppressed"))?;
    stale(&mut page, document)?;
    tools(&mut page, document)?;
    page.end()?;
    out.flush()
}

fn heading(document: &Document) -> String {
    let (outcome, found) = words::heading(document);
    match outcome {
        Outcome::Bad => format!("❌ {found}"),
        Outcome::Unsure => format!("⚠️ {found}"),
        Outcome::Good => format!("✅ {found}"),
    }
}

/// Tools that failed or did not look, above everything else: without them the numbers say little.
fn incomplete(page: &mut Budget<'_>, document: &Document) -> io::Result<()> {
    let tools = document.tasks.iter().flat_map(|task| &task.tools);
    let lines = tools
        .filter(|tool| matches!(tool.verdict, Verdict::NotChecked | Verdict::ToolError))
        .map(|tool| {
            let install = match &tool.install {
                Some(install) => format!("; install it: {}", code(&shortened(install, NAME))),
                None => String::new(),
            };
            format!(
                "- {} **{}**{}{install}\n",
                escape(&shortened(&words::tool_in_folder(tool), NAME)),
                words::verdict(tool),
                remarks(tool),
            )
        });
    page.section("\n", lines, "")
}

fn remarks(tool: &ToolReport) -> String {
    let remarks = words::remarks(tool);
    if remarks.is_empty() {
        return String::new();
    }
    format!(": {}", escape(&shortened(&remarks.join("; "), CELL)))
}

/// A table of findings, folded below its number if it has a name.
fn table(page: &mut Budget<'_>, entries: &[&Entry], name: Option<&str>) -> io::Result<()> {
    let before = match name {
        Some(name) => format!("\n<details><summary>{} {name}</summary>\n", entries.len()),
        None => String::new(),
    };
    let after = name.map_or("", |_| "\n</details>\n");
    let before =
        format!("{before}\n| Severity | Where | Rule | What |\n| --- | --- | --- | --- |\n");
    page.section(&before, entries.iter().map(|entry| row(entry)), after)?;
    if name.is_none() {
        let details = entries.iter().filter_map(|entry| details(&entry.finding));
        page.section(
            "\n<details><summary>Details</summary>\n",
            details,
            "\n</details>\n",
        )?;
    }
    Ok(())
}

fn row(entry: &Entry) -> String {
    let finding = &entry.finding;
    let place = match &finding.place {
        Some(place) => code(&shortened(&position(place), NAME)),
        None => String::new(),
    };
    let mut what = escape(&first_line(&told(finding), CELL));
    if let Some(suppressed) = &entry.suppressed {
        let reason = if suppressed.reason.is_empty() {
            &suppressed.by
        } else {
            &suppressed.reason
        };
        what.push_str(&format!(" (*{}*)", escape(&first_line(reason, CELL))));
    }
    format!(
        "| {} | {place} | {} | {what} |\n",
        finding.severity,
        rule(finding)
    )
}

fn rule(finding: &Finding) -> String {
    let url = finding.url.as_deref().filter(|url| url.len() <= 500);
    let tool = shortened(&finding.tool, NAME);
    if finding.rule.is_empty() {
        return link(&tool, url);
    }
    let rule = shortened(&finding.rule, NAME);
    format!("{} {}", escape(&tool), link(&rule, url))
}

/// All of a message of several lines, and what would mend it; nothing if the table says everything.
fn details(finding: &Finding) -> Option<String> {
    let lines: Vec<String> = crate::system::plain::lines(&finding.message).collect();
    if lines.len() < 2 && finding.fix.is_none() {
        return None;
    }
    let place = finding.place.as_ref().map(position).unwrap_or_default();
    let mut text = format!("\n{} {}\n", code(&shortened(&place, NAME)), rule(finding));
    if lines.len() > 1 {
        text.push_str("<pre>");
        for line in &lines {
            text.push_str(&verbatim(line));
            text.push('\n');
        }
        text.push_str("</pre>\n");
    }
    if let Some(fix) = &finding.fix {
        text.push_str(&format!("\n{}\n", escape(&first_line(fix, CELL))));
    }
    Some(text)
}

fn stale(page: &mut Budget<'_>, document: &Document) -> io::Result<()> {
    let before = format!(
        "\n<details><summary>{} stale</summary>\n\n",
        document.stale.len()
    );
    let lines = document.stale.iter().map(|stale| {
        let place = match &stale.place {
            Some(place) => format!("{}: ", code(&shortened(place, NAME))),
            None => String::new(),
        };
        format!(
            "- {place}{}: {}\n",
            escape(&shortened(&stale.what, NAME)),
            escape(&first_line(&stale.why, CELL))
        )
    });
    page.section(&before, lines, "\n</details>\n")
}

/// What each tool came to, with its version: results differ between versions.
fn tools(page: &mut Budget<'_>, document: &Document) -> io::Result<()> {
    let rows = document.tasks.iter().flat_map(|task| {
        task.tools.iter().map(move |tool| {
            format!(
                "| {} | {} | {} | {} | {} |\n",
                escape(&shortened(&task.task, NAME)),
                escape(&shortened(&words::tool_in_folder(tool), NAME)),
                escape(&shortened(
                    tool.version.as_deref().unwrap_or_default(),
                    NAME
                )),
                words::verdict(tool),
                remarks(tool).trim_start_matches(": "),
            )
        })
    });
    page.section(
        "\n<details><summary>Tools</summary>\n\n| Task | Tool | Version | Verdict | |\n| --- | --- | --- | --- | --- |\n",
        rows,
        "\n</details>\n",
    )
}
