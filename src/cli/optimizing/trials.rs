//! Trials in the sandbox: what is tried, and what came of it.

use std::path::Path;

use super::failed_automation;
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::format;
use crate::cli::screen::{Page, Text};
use crate::cli::ui::{Role, plain};
use crate::optimize::automation::{Automation, Change, Run, RunKind, error_text};
use crate::optimize::db::Optimize;
use crate::optimize::generate::{Language as Written, Template, shell_word};
use crate::optimize::recipe::{Parameter, Piece, Shape, Word, effects};
use crate::optimize::sandbox::{CaseReport, Language, Report, Subject, TrialError};
use crate::sessions::redact::redact;
use crate::system::sandbox::{How, Means, Tail};

/// What is tried of an automation, and what it holds on to.
pub struct Tried {
    text: String,
    parameters: Vec<Parameter>,
    language: Language,
    declared: Vec<String>,
    programs: Vec<String>,
}

impl Tried {
    /// Of an automation.
    pub fn of(automation: &Automation) -> Self {
        let (language, text) = match automation.language {
            Written::Sh | Written::Jq => (Language::Sh, automation.text.clone()),
            Written::Bash => (Language::Bash, automation.text.clone()),
            Written::Python => (Language::Python, automation.text.clone()),
            Written::AppleScript => (Language::AppleScript, automation.text.clone()),
            Written::Make | Written::Just => (Language::Sh, wrapped(automation)),
        };
        Self {
            language,
            text,
            parameters: parameters(automation),
            declared: declared(automation),
            programs: programs(automation),
        }
    }

    /// What is tried.
    pub fn subject<'a>(&'a self, automation: &'a Automation) -> Subject<'a> {
        Subject {
            language: self.language,
            text: &self.text,
            parameters: &self.parameters,
            repository: automation.scope.as_deref().map(Path::new),
            declared: self.declared.clone(),
            programs: self.programs.clone(),
        }
    }
}

/// The options, with what was seen.
fn parameters(automation: &Automation) -> Vec<Parameter> {
    let options = automation.parameters.iter();
    options
        .map(|it| Parameter {
            name: it.name.clone(),
            kind: it.kind,
            default: it.default.clone(),
            observed: it.observed.clone(),
        })
        .collect()
}

/// A target of make or just as a script that takes options and hands them on as `optimize exec` does.
fn wrapped(automation: &Automation) -> String {
    let is_make = automation.language == Written::Make;
    let end = format!("end-of-{}", automation.digest);
    let mut text = format!(
        "#!/bin/sh\nset -eu\nfile=$(mktemp)\ncat > \"$file\" <<'{end}'\n{}\n{end}\n",
        automation.text
    );
    for option in &automation.parameters {
        if let Some(default) = option.default.as_ref().filter(|_| !is_make) {
            text.push_str(&format!("{}={}\n", option.variable, shell_word(default)));
        }
    }
    text.push_str("while [ $# -gt 0 ]; do\n  case $1 in\n");
    for option in &automation.parameters {
        let (name, variable) = (&option.name, &option.variable);
        text.push_str(&format!(
            "    --{name}=*) {variable}=${{1#*=}}; export {variable}; shift ;;\n"
        ));
        text.push_str(&format!(
            "    --{name}) {variable}=$2; export {variable}; shift 2 ;;\n"
        ));
    }
    text.push_str("    *) exit 2 ;;\n  esac\ndone\n");
    let name = shell_word(&automation.name);
    if is_make {
        text.push_str(&format!(
            "exec make --no-print-directory -f \"$file\" {name}\n"
        ));
    } else {
        let values: Vec<String> = crate::optimize::generate::ordered(&automation.parameters)
            .iter()
            .map(|it| format!(" \"${{{}?}}\"", it.variable))
            .collect();
        text.push_str(&format!(
            "exec just --working-directory . --justfile \"$file\" -- {name}{}\n",
            values.concat()
        ));
    }
    text
}

/// What it says it writes. Of files and data that is known; what other programs write is not, and may be anything of the copy.
fn declared(automation: &Automation) -> Vec<String> {
    match automation.template {
        Template::WorkflowSequence | Template::ApiCall => vec!["**".to_owned()],
        Template::FileOperation | Template::DataProcessing => {
            let writes = automation
                .recipe
                .steps
                .iter()
                .flat_map(|step| effects(step).writes);
            writes.flat_map(|word| said(&word, automation)).collect()
        }
    }
}

/// What a word can say: with the values that are tried, as globs that match themselves, and what is below.
fn said(word: &Word, automation: &Automation) -> Vec<String> {
    let mut text = String::new();
    for piece in &word.0 {
        match piece {
            Piece::Text(part) => text.push_str(&globset::escape(part)),
            Piece::Slot(slot) => {
                let option = automation.parameters.get(*slot);
                let value = option.and_then(|it| it.default.as_ref().or(it.observed.first()));
                match value {
                    Some(value) => text.push_str(&globset::escape(value)),
                    None => text.push_str("**"),
                }
            }
            Piece::Code(_) => text.push_str("**"),
        }
    }
    let text = text
        .trim_start_matches("./")
        .trim_end_matches('/')
        .to_owned();
    vec![format!("{text}/**"), text]
}

/// The programs that its steps start, as far as they are certain.
fn programs(automation: &Automation) -> Vec<String> {
    let mut programs: Vec<String> = Vec::new();
    for step in &automation.recipe.steps {
        let Shape::Pipeline(commands) = step else {
            continue;
        };
        for command in commands {
            for word in &command.words {
                if let [Piece::Text(text)] = word.0.as_slice() {
                    let is_assignment = text.contains('=');
                    if is_assignment {
                        continue;
                    }
                    programs.push(text.clone());
                }
                break;
            }
        }
    }
    match automation.language {
        Written::Make => programs.push("make".to_owned()),
        Written::Just => programs.push("just".to_owned()),
        _ => {}
    }
    // What scripts of ours use themselves.
    programs.extend(["mktemp", "cat", "mv", "rm", "dirname", "basename"].map(str::to_owned));
    programs.sort();
    programs.dedup();
    programs
}

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
                    crate::system::sandbox::End::Exited(code) => Some(code),
                    _ => None,
                },
                ms: case.wall_ms,
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
    automation: &Automation,
    report: &Report,
    app: &App,
) -> Result<(), CommandError> {
    // What is put into a file of the user's is shown to the user first.
    if automation.entry.is_some() || automation.state.is_live() {
        return Ok(());
    }
    let change = Change::EnableItself {
        configured: true,
        success: report.success_rate.unwrap_or(0.0),
    };
    let now = app.now().as_millisecond();
    db.change_automation(&automation.id, change, now)
        .map_err(|error| failed_automation("enable it", &error))?;
    app.ui.say(format!(
        "{} enabled itself, for `auto_enable` is set",
        plain(&automation.name)
    ));
    Ok(())
}
