//! What a person reads of gates: what was found, where, and how to see the rest.

use super::{Failure, Found, Judged, State};
use crate::cli::app::App;
use crate::cli::format;
use crate::cli::ui::{Role, paint, plain};
use crate::queue::Source;
use crate::report::findings::one_line;

/// So many findings of a gate are shown.
const SHOWN: usize = 10;
/// So many lines of a command's output are shown.
const LINES: usize = 15;

/// The lines about gates that have not passed.
pub fn lines(judged: &[Judged<'_>]) -> Vec<String> {
    judged.iter().flat_map(of_one).collect()
}

fn of_one(judged: &Judged<'_>) -> Vec<String> {
    let title = plain(&judged.gate.title());
    match &judged.state {
        State::Passed => Vec::new(),
        State::Failed(failure) => failed(&title, failure),
        State::Pending { job, why } => vec![format!(
            "{} {title} is not judged yet · {} · git tend explain {job}",
            paint(Role::Warning, "…"),
            plain(&format::shortened(why, 200)),
        )],
        State::Held { why, .. } => vec![format!(
            "{} {title} is held: {}",
            paint(Role::Warning, "⏸"),
            plain(why)
        )],
        State::Unjudged { job, why } => {
            let more = job.as_ref().map(|job| format!(" · git tend log {job}"));
            vec![format!(
                "{} {title} came to no verdict: {}{}",
                paint(Role::Warning, "?"),
                plain(&format::shortened(why, 200)),
                paint(Role::Faint, more.unwrap_or_default()),
            )]
        }
    }
}

fn failed(title: &str, failure: &Failure) -> Vec<String> {
    let mark = paint(Role::Bad, "✗");
    let mut lines = Vec::new();
    let job = match &failure.source {
        Source::Job(job) => Some(job),
        Source::Signer(_) => None,
    };
    match &failure.found {
        Found::Findings(findings) => {
            let new = format::count(findings.len(), "finding", "findings");
            let known = match failure.known {
                0 => String::new(),
                known => paint(Role::Faint, format!(" ({known} more are not new)")),
            };
            lines.push(format!("{mark} {title}: {new}{known}"));
            let shown = findings.iter().take(SHOWN);
            lines.extend(shown.map(|finding| format!("  {}", one_line(finding))));
            let more = findings.len().saturating_sub(SHOWN);
            if let (Some(job), true) = (job, more > 0) {
                lines.push(format!("  and {more} more · git tend show {job}"));
            }
        }
        Found::Output { tail } => {
            lines.push(format!("{mark} {title}: {}", plain(&failure.summary)));
            let all: Vec<&str> = tail.lines().collect();
            let cut = all.len().saturating_sub(LINES);
            let said = all.iter().skip(cut);
            lines.extend(said.map(|line| format!("  {}", plain(line))));
            if let (Some(job), true) = (job, cut > 0) {
                lines.push(format!("  the whole of it · git tend log {job}"));
            }
        }
    }
    lines
}

/// Says them.
pub fn say(app: &App, judged: &[Judged<'_>]) {
    for line in lines(judged) {
        app.ui.say(line);
    }
}
