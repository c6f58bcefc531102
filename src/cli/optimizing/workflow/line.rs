//! A workflow in a line.

use super::words;
use crate::cli::format::milliseconds;
use crate::cli::screen::Text;
use crate::cli::ui::Role;
use crate::optimize::workflow::{Analysis, Workflow};

/// Its name, how much could be saved, and the first thing to do about it.
pub fn line(workflow: &Workflow, analysis: &Analysis, by_vy: bool) -> Text {
    let points = match (&analysis.score, by_vy) {
        (_, true) => format!("{:>3.0}  ", analysis.vy.total),
        (Some(score), false) => format!("{:>3.0}  ", score.total),
        (None, false) => "  ?  ".to_owned(),
    };
    let role = match &analysis.score {
        Some(score) if score.total >= 10.0 => Role::Warning,
        Some(_) => Role::Good,
        None => Role::Faint,
    };
    let steps = workflow.steps.len();
    let text = Text::of(role, points)
        .and_of(Role::Name, &workflow.name)
        .and_of(Role::Faint, format!("  {steps} steps"));
    match (&analysis.score, analysis.advice.first()) {
        (None, _) => text.and_of(Role::Faint, ", none of them timed"),
        (Some(score), first) => {
            let text = text.and_of(Role::Faint, format!(", {}  ", milliseconds(score.time_ms)));
            match first {
                Some(first) => {
                    let (what, _, saves) = words::advice(workflow, analysis, first);
                    text.then(what).and("  ").then(saves)
                }
                None => text.and_of(Role::Faint, "nothing to change"),
            }
        }
    }
}
