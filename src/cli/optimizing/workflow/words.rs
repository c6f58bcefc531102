//! Advice in words.

use std::collections::BTreeMap;

use crate::cli::format::{count, milliseconds};
use crate::cli::screen::Text;
use crate::cli::ui::Role;
use crate::optimize::workflow::order::Edge;
use crate::optimize::workflow::{Advice, Analysis, Basis, Change, Origin, Saving, Workflow};

/// So many names stand in a line.
const NAMES: usize = 6;
/// So many changed steps are told of one advice.
const CHANGED: usize = 12;

/// The name of a step.
pub(super) fn name(workflow: &Workflow, at: usize) -> &str {
    workflow.steps.get(at).map_or("", |step| step.name.as_str())
}

/// Names side by side, the first ones where they are many.
pub(super) fn names(workflow: &Workflow, steps: &[usize]) -> String {
    joined(workflow, steps, ", ")
}

/// Names with `between` between them, the first ones where they are many.
pub(super) fn joined(workflow: &Workflow, steps: &[usize], between: &str) -> String {
    let shown: Vec<&str> = steps
        .iter()
        .take(NAMES)
        .map(|at| name(workflow, *at))
        .collect();
    match steps.len().saturating_sub(NAMES) {
        0 => shown.join(between),
        more => format!("{} and {more} more", shown.join(between)),
    }
}

/// An advice: what to do, what exactly, and what it saves.
pub(super) fn advice(
    workflow: &Workflow,
    analysis: &Analysis,
    it: &Advice,
) -> (Text, Vec<Text>, Text) {
    let mut more = Vec::new();
    let what = match &it.change {
        Change::RunAtOnce { workers } => {
            let how = match &workflow.origin {
                Origin::Make { .. } => format!(": make -j{workers}"),
                Origin::Tasks => format!(": slots = {workers} under [queue]"),
                _ => String::new(),
            };
            format!("Run up to {workers} steps at once{how}")
        }
        Change::Drop {
            needs,
            instead,
            workers,
        } => {
            more = changed(workflow, needs, instead);
            let at_once = match analysis.workers_now {
                Some(now) if now < *workers => format!(", and run {workers} at once"),
                _ => String::new(),
            };
            format!("Stop waiting for steps that share no files{at_once}")
        }
        Change::PutFirst { steps } => {
            format!(
                "Begin with {} whenever there is a choice",
                names(workflow, steps)
            )
        }
        Change::FailEarly {
            steps,
            needs,
            instead,
        } => {
            more = changed(workflow, needs, instead);
            format!(
                "Begin with what fails most for its time: {}",
                names(workflow, steps)
            )
        }
        Change::Cache { step } => format!("Keep the results of {}", name(workflow, *step)),
        Change::KeepSucceeded { steps } => format!(
            "After a failure, do not run again what had succeeded: {}",
            names(workflow, steps)
        ),
        Change::Split { step } => format!(
            "Split {} into two that run at once, if it can be split",
            name(workflow, *step)
        ),
    };
    (Text::new(what), more, saves(it, analysis))
}

/// What changed steps wait for, a line each.
fn changed(workflow: &Workflow, needs: &[Edge], instead: &[Edge]) -> Vec<Text> {
    let mut steps: BTreeMap<usize, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for edge in needs {
        steps.entry(edge.then).or_default().0.push(edge.first);
    }
    for edge in instead {
        steps.entry(edge.then).or_default().1.push(edge.first);
    }
    let more = steps.len().saturating_sub(CHANGED);
    let mut lines: Vec<Text> = steps
        .into_iter()
        .take(CHANGED)
        .map(|(step, (gone, new))| {
            let (gone, new) = (names(workflow, &gone), names(workflow, &new));
            let text = match (gone.is_empty(), new.is_empty()) {
                (false, true) => format!(" need not wait for {gone}"),
                (false, false) => format!(" waits for {new} instead of {gone}"),
                _ => format!(" waits for {new} too"),
            };
            Text::of(Role::Name, name(workflow, step)).and(text)
        })
        .collect();
    if more > 0 {
        lines.push(Text::of(
            Role::Faint,
            format!("… {} more: --json has all", count(more, "step", "steps")),
        ));
    }
    lines
}

/// What it saves, and how that is known.
fn saves(it: &Advice, analysis: &Analysis) -> Text {
    let saved = milliseconds(it.saving.ms());
    let saved = match it.saving {
        Saving::PerRunMs(ms) if ms <= 0.0 => "needed for the next one".to_owned(),
        Saving::PerRunMs(_) => format!("saves {saved} a run"),
        Saving::UpToPerRunMs(_) => format!("saves up to {saved} a run"),
        Saving::PerWeekMs(_) => format!("saves {saved} a week"),
    };
    let known = match &it.change {
        Change::Cache { step } => {
            let found = analysis.caching.iter().find(|found| found.step == *step);
            let found = found.map(|found| {
                let flaky = match found.failed {
                    0 => String::new(),
                    failed => format!(", {failed} of which failed all the same"),
                };
                format!(
                    "{} of {} had an input that had succeeded before{flaky}",
                    found.hits,
                    count(found.runs, "run", "runs")
                )
            });
            found.unwrap_or_default()
        }
        Change::FailEarly { .. } => format!(
            "from {} with a failure",
            count(it.basis.runs, "round", "rounds")
        ),
        Change::KeepSucceeded { .. } => format!(
            "from {} that nothing called for",
            count(it.basis.runs, "run", "runs")
        ),
        _ => durations(it.basis),
    };
    Text::of(Role::Good, saved).and_of(Role::Faint, format!(" · {known}"))
}

/// How durations are known.
fn durations(basis: Basis) -> String {
    let mut parts = Vec::new();
    match basis.runs {
        0 => {}
        1 => parts.push("measured over one run".to_owned()),
        runs => parts.push(format!("measured over {runs} runs")),
    }
    if basis.said > 0 {
        let times = count(basis.said, "duration", "durations");
        parts.push(format!("{times} only stated"));
    }
    if basis.unknown > 0 {
        parts.push(format!(
            "{} not timed",
            count(basis.unknown, "step", "steps")
        ));
    }
    parts.join(", ")
}
