//! What came of a trial in the sandbox.

use super::failed_automation;
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::format;
use crate::cli::screen::{Page, Text};
use crate::cli::ui::{Role, plain};
use crate::optimize::automation::{Automation, Change, Run, RunKind, error_text};
use crate::optimize::db::Optimize;
use crate::optimize::sandbox::{CaseReport, Report, TrialError};
use crate::sessions::redact::redact;
use crate::system::sandbox::{End, How, Means, Tail};

/// The trial's runs, as they are noted.
pub fn runs(report: &Report, at: i64) -> Vec<Run> {
    let cases = report.cases.iter();
    cases
        .map(|case| {
            let note = if case.note.is_empty() {
                String::new()
            } else {
                format!(" {}", case.note)
            };
            Run {
                at,
                kind: RunKind::Sandbox,
                case: Some(format!("{}{note}", kind(case))),
                ok: case.problems.is_empty(),
                exit: match case.end {
                    End::Exited(code) => Some(code),
                    _ => None,
                },
                ms: case.wall_ms,
                cpu_ms: Some(case.cpu_ms),
                // Nothing was measured where nothing ran.
                peak_rss_kib: Some(case.peak_resident / 1024).filter(|kib| *kib > 0),
                error: case
                    .problems
                    .first()
                    .and_then(|problem| error_text(&redact(problem))),
            }
        })
        .collect()
}

/// The word of a case's kind.
fn kind(case: &CaseReport) -> String {
    let word = serde_json::to_value(case.kind).ok();
    let word = word.as_ref().and_then(|word| word.as_str());
    word.unwrap_or_default().replace('-', " ")
}

/// The report, without secrets that the script may have printed.
pub fn redacted(mut report: Report) -> Report {
    let clean = |tail: &mut Tail| tail.text = redact(&tail.text).into_owned();
    for case in &mut report.cases {
        clean(&mut case.stdout);
        clean(&mut case.stderr);
    }
    report
}

/// The report for people.
pub fn lines(automation: &Automation, report: &Report, width: usize) -> Vec<Text> {
    let mut page = Page::new(width);
    let by = report.means.map(|means| match means {
        Means::None => ", not isolated".to_owned(),
        means => format!(", isolated by {}", means.name()),
    });
    let verdict = match (&report.not_run, report.passed) {
        (Some(_), _) => Text::of(Role::Warning, "not run"),
        (None, true) => Text::of(Role::Good, "passed"),
        (None, false) => Text::of(Role::Bad, "not passed"),
    };
    page.add(vec![
        Text::of(Role::Heading, &automation.name)
            .and("  ")
            .then(verdict)
            .and_of(
                Role::Faint,
                format!("  level {}{}", report.level.name(), by.unwrap_or_default()),
            )
            .cut(width),
    ]);
    if let Some(why) = &report.not_run {
        page.add(vec![Text::new(format!("  {why}"))]);
    }
    let room = page.room();
    page.section(
        "Cases",
        report.cases.iter().flat_map(|it| case(it, room)).collect(),
    );
    let mut held: Vec<(String, Vec<&str>)> = Vec::new();
    let mut open = Vec::new();
    let promised = report.level.claims();
    for standing in &report.standings {
        match &standing.how {
            How::Enforced(by) => match held.iter_mut().find(|(means, _)| means == by) {
                Some((_, claims)) => claims.push(standing.claim.words()),
                None => held.push((by.clone(), vec![standing.claim.words()])),
            },
            How::NotEnforced(why) => {
                let role = if promised.contains(&standing.claim) {
                    Role::Bad
                } else {
                    Role::Faint
                };
                open.push(Text::of(
                    role,
                    format!("it can {}: {why}", standing.claim.words()),
                ));
            }
        }
    }
    let mut enforced = Vec::new();
    for (by, claims) in held {
        let text = Text::new(claims.join(", ")).and_of(Role::Faint, format!(" ({by})"));
        enforced.extend(text.broken(room));
    }
    page.section("It cannot", enforced);
    page.section(
        "Not enforced",
        open.iter().flat_map(|text| text.broken(room)).collect(),
    );
    page.section(
        "Notes",
        report
            .notes
            .iter()
            .flat_map(|note| Text::new(note).broken(room))
            .collect(),
    );
    page.lines()
}

#[allow(clippy::cast_precision_loss)] // milliseconds and bytes of one run
fn case(it: &CaseReport, width: usize) -> Vec<Text> {
    let mark = if it.problems.is_empty() {
        Text::of(Role::Good, "✓ ")
    } else {
        Text::of(Role::Bad, "✗ ")
    };
    let mut head = mark.and(kind(it));
    if !it.note.is_empty() {
        head = head.and(format!(" {}", it.note));
    }
    let changed = match it.changed {
        0 => "changed nothing".to_owned(),
        count => format!("changed {}", format::count(count, "path", "paths")),
    };
    let head = head.and_of(
        Role::Faint,
        format!(
            "  {} · {} · {}",
            format::milliseconds(it.wall_ms as f64),
            format::memory(it.peak_resident as f64 / 1024.0),
            changed
        ),
    );
    let mut lines = vec![head.cut(width)];
    for problem in &it.problems {
        let text = Text::of(Role::Bad, redact(problem));
        let pieces = text.broken(width.saturating_sub(4)).into_iter();
        lines.extend(pieces.map(|piece| Text::new("    ").then(piece)));
    }
    if !it.problems.is_empty() {
        let said = redact(&it.stderr.text).into_owned();
        let last: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        for line in last.iter().rev().take(3).rev() {
            lines.push(Text::of(Role::Faint, format!("    {line}")).cut(width));
        }
    }
    lines
}

/// What can be done about a trial that did not come about.
pub fn hint(failed: CommandError, error: &TrialError) -> CommandError {
    match error {
        TrialError::Consent => failed.hint("--i-understand says that you know it can do anything"),
        TrialError::NotEnforced { .. } => {
            failed.hint("--weaker runs it with what can be enforced here")
        }
        TrialError::Means { .. } => failed.hint("apt install bubblewrap, or another --means"),
        TrialError::Busy => failed.hint("run it again later"),
        _ => failed,
    }
}

/// Enables what passed every case and has no place to be put but its file.
pub fn enable_itself(
    db: &mut Optimize,
    automation: Automation,
    report: &Report,
    app: &App,
) -> Result<Automation, CommandError> {
    // What is put into a file of the user's is shown to the user first.
    if automation.entry.is_some() || automation.state.is_live() {
        return Ok(automation);
    }
    let change = Change::EnableItself {
        configured: true,
        success: report.success_rate.unwrap_or(0.0),
    };
    let now = app.now().as_millisecond();
    let automation = db
        .change_automation(&automation.id, change, now)
        .map_err(|error| failed_automation("enable it", &error))?;
    app.ui.say(format!(
        "{} enabled itself, for `auto_enable` is set",
        plain(&automation.name)
    ));
    Ok(automation)
}
