//! What came of a job: its verdict, its findings and its results.

use super::Told;
use crate::cli::app::App;
use crate::cli::digest::difference;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::format;
use crate::cli::screen::{Text, flow};
use crate::cli::ui::Role;
use crate::findings::stored::KIND;
use crate::findings::{Finding, Scan, Stored};
use crate::gates::Evidence;
use crate::queue::{Queue, ResultEntry};
use crate::report::findings::one_line;

/// So many findings are named.
const NAMED: usize = 10;

/// The lines about it.
pub(super) fn lines(
    told: &Told,
    queue: &Queue,
    width: usize,
    app: &App,
) -> Result<Vec<Text>, CommandError> {
    let mut lines = verdict(told, queue, width)?;
    for result in queue
        .results_of_job(&told.job.id)
        .context("read the job's results")?
    {
        lines.extend(of_result(queue, &result, width, app));
    }
    Ok(lines)
}

/// What it came to as a gate.
fn verdict(told: &Told, queue: &Queue, width: usize) -> Result<Vec<Text>, CommandError> {
    let verdict = queue
        .verdict_of_job(&told.job.id)
        .context("read its verdict")?;
    let Some(verdict) = verdict else {
        return Ok(Vec::new());
    };
    let role = if verdict.is_clean() {
        Role::Good
    } else {
        Role::Bad
    };
    let said = Text::of(role, "verdict").and(format!(" {}", verdict.summary));
    let mut lines = flow([said], width, 2);
    if let Some(Ok(Evidence::Scan { scan })) = verdict.body.as_deref().map(Evidence::read) {
        lines.extend(named(scan.findings.iter(), width));
    }
    Ok(lines)
}

fn of_result(queue: &Queue, result: &ResultEntry, width: usize, app: &App) -> Vec<Text> {
    let user = if app.global.user { " --user" } else { "" };
    let show = format!("git tend results show{user} {}", result.id);
    let show = Text::of(Role::Name, show);
    let mut parts = vec![Text::new(&result.kind)];
    let mut new = Vec::new();
    if result.kind == KIND {
        // One that another version wrote is told about without its numbers.
        if let Ok(Some((scan, before))) = scans(queue, result, app) {
            parts.push(Text::new(format::count(
                scan.findings.len(),
                "finding",
                "findings",
            )));
            if let Some(before) = before {
                let (fresh, fixed) = difference(&before, &scan);
                parts.push(counted(Role::Bad, fresh.len(), "new"));
                parts.push(counted(Role::Good, fixed.len(), "fixed"));
                new = fresh.into_iter().cloned().collect();
            }
        }
    }
    parts.push(show);
    let mut lines = flow(parts, width, 2);
    lines.extend(named(new.iter(), width));
    lines
}

fn counted(role: Role, count: usize, what: &str) -> Text {
    if count == 0 {
        Text::of(Role::Faint, format!("none {what}"))
    } else {
        Text::of(role, format!("{count} {what}"))
    }
}

/// A scan and the one of the same task before it.
fn scans(
    queue: &Queue,
    result: &ResultEntry,
    app: &App,
) -> Result<Option<(Scan, Option<Scan>)>, CommandError> {
    let stored = Stored::new(queue, app.repo()?).context("list the findings")?;
    let load = |entry| stored.load(entry).context("read the findings");
    let Some(scan) = load(result)? else {
        return Ok(None);
    };
    let commit = result
        .commit
        .as_ref()
        .and_then(|commit| commit.parse().ok());
    let before = stored.newest_until(&result.task, commit.as_ref(), result.id.saturating_sub(1));
    let before = match before {
        Some(entry) => load(entry)?,
        None => None,
    };
    Ok(Some((scan, before)))
}

fn named<'f>(findings: impl ExactSizeIterator<Item = &'f Finding>, width: usize) -> Vec<Text> {
    let more = findings.len().saturating_sub(NAMED);
    let shown = findings
        .take(NAMED)
        .map(|finding| Text::new("  ").and(one_line(finding)).cut(width));
    let mut lines: Vec<Text> = shown.collect();
    if more > 0 {
        lines.push(Text::of(Role::Faint, format!("  … {more} more")).cut(width));
    }
    lines
}
