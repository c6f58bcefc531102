//! What was found, for people.

use super::chart::chart;
use super::words::{advice, joined, name, names};
use crate::cli::format::{count, milliseconds};
use crate::cli::screen::{Give, Grid, Page, Text, flow};
use crate::cli::ui::Role;
use crate::metrics::stats::as_f64;
use crate::optimize::workflow::{Advice, Analysis, Origin, Workflow};

/// So many steps are listed: those that can wait least.
const STEPS: usize = 40;
/// So many sets, races and repeated steps.
const SETS: usize = 5;

/// What was found in a workflow; its original score instead of ours if that is asked for.
pub fn lines(workflow: &Workflow, analysis: &Analysis, by_vy: bool, width: usize) -> Vec<Text> {
    let mut page = Page::new(width);
    page.add(head(workflow, analysis, by_vy, width));
    let room = page.room();
    page.section("Steps", steps(workflow, analysis, room));
    page.section("Critical path", critical(workflow, analysis, room));
    page.section("What to change", changes(workflow, analysis, room));
    let changed = analysis.best != analysis.now;
    let title = if changed {
        "How it would run"
    } else {
        "How it runs"
    };
    let waited: Vec<usize> = analysis.bottlenecks.iter().map(|it| it.step).collect();
    page.section(title, chart(workflow, &analysis.best, &waited, room));
    page.section("Can run at once", at_once(workflow, analysis, room));
    page.section("Notes", notes(workflow, analysis, room));
    page.lines()
}

/// Where a workflow was read.
fn origin(origin: &Origin) -> &str {
    match origin {
        Origin::Tasks => "the repository's tasks",
        Origin::GithubActions { file }
        | Origin::GitlabCi { file }
        | Origin::Make { file }
        | Origin::Just { file } => file,
        Origin::Mined { id } => id,
    }
}

fn head(workflow: &Workflow, analysis: &Analysis, by_vy: bool, width: usize) -> Vec<Text> {
    let at_once = match analysis.workers_now {
        Some(1) => "one at a time".to_owned(),
        Some(now) => format!("up to {now} at once"),
        None => "all that are ready at once".to_owned(),
    };
    let steps = count(workflow.steps.len(), "step", "steps");
    let from = origin(&workflow.origin);
    let title = Text::of(Role::Heading, &workflow.name);
    let from = if from == workflow.name { "" } else { from };
    let about = [from, &steps, &at_once].map(|it| Text::of(Role::Faint, it));
    let mut lines = flow(std::iter::once(title).chain(about), width, 2);
    let vy = &analysis.vy;
    let said = match (&analysis.score, by_vy) {
        (_, true) => format!(
            "The original's score: {:.0} of 100 (steps {:.0} + bottlenecks {:.0} + variance {:.0})",
            vy.total, vy.steps, vy.bottlenecks, vy.variance
        ),
        (None, false) if workflow.steps.is_empty() => "It has no steps.".to_owned(),
        (None, false) => {
            "Nobody has timed any of its steps: only their order can be told.".to_owned()
        }
        (Some(score), false) if score.total < 0.5 => {
            format!(
                "It takes {}: no other order would make it faster.",
                milliseconds(score.time_ms)
            )
        }
        (Some(score), false) => format!(
            "It takes {} and could take {}: {:.0} % less.",
            milliseconds(score.time_ms),
            milliseconds(score.achievable_ms),
            score.total
        ),
    };
    lines.extend(Text::new(said).broken(width));
    if analysis.score.is_some() && !analysis.unknown.is_empty() {
        let left_out = format!(
            "Times leave out {}: nobody has timed {}.",
            names(workflow, &analysis.unknown),
            if analysis.unknown.len() == 1 {
                "it"
            } else {
                "them"
            }
        );
        lines.extend(Text::of(Role::Warning, left_out).broken(width));
    }
    lines
}

fn steps(workflow: &Workflow, analysis: &Analysis, width: usize) -> Vec<Text> {
    let mut grid = Grid::new(&["step", "takes", "can start", "can wait", "runs", ""])
        .right(&[1, 2, 3, 4])
        .gives(&[
            (0, Give::Shrink(24)),
            (5, Give::Short),
            (4, Give::Leave),
            (2, Give::Leave),
            (0, Give::Shrink(8)),
        ]);
    let mut shown: Vec<usize> = (0..workflow.steps.len()).collect();
    let slack = |at: &usize| {
        analysis
            .critical
            .timings
            .get(*at)
            .map_or(0.0, |it| it.slack_ms)
    };
    shown.sort_by(|one, other| slack(one).total_cmp(&slack(other)));
    let more = shown.len().saturating_sub(STEPS);
    shown.truncate(STEPS);
    shown.sort_unstable();
    let timed = analysis.score.is_some();
    for at in shown {
        let (Some(step), Some(timing)) =
            (workflow.steps.get(at), analysis.critical.timings.get(at))
        else {
            continue;
        };
        let bottleneck = analysis.bottlenecks.iter().find(|it| it.step == at);
        let (mark, short) = match bottleneck {
            Some(it) => {
                let role = if it.high { Role::Bad } else { Role::Warning };
                let share = format!("◀ {:.0} %", it.share * 100.0);
                (
                    Text::of(role, format!("{share} of the critical path")),
                    Text::of(role, share),
                )
            }
            None => (Text::default(), Text::default()),
        };
        let time = |ms: f64| {
            Text::new(if timed {
                milliseconds(ms)
            } else {
                String::new()
            })
        };
        let wait = if timing.critical && timed {
            Text::of(Role::Faint, "–")
        } else {
            time(timing.slack_ms)
        };
        let runs = match (step.runs.len(), step.ms) {
            (0, Some(_)) => Text::of(Role::Faint, "stated"),
            (0, None) => Text::default(),
            (runs, _) => Text::new(runs),
        };
        let takes = step.ms.map_or_else(
            || Text::of(Role::Warning, "?"),
            |ms| Text::new(milliseconds(ms)),
        );
        grid.row([
            Text::of(Role::Name, &step.name),
            takes,
            time(timing.earliest_ms),
            wait,
            runs,
            mark,
        ]);
        grid.short(5, short);
    }
    let mut lines = grid.lines(width);
    if more > 0 {
        let text = format!(
            "… {} that can wait longer",
            count(more, "more step", "more steps")
        );
        lines.push(Text::of(Role::Faint, text));
    }
    lines
}

fn critical(workflow: &Workflow, analysis: &Analysis, width: usize) -> Vec<Text> {
    let path = &analysis.critical.path;
    if path.len() < 2 {
        return Vec::new();
    }
    let steps: Vec<&str> = path
        .iter()
        .take(STEPS)
        .map(|at| name(workflow, *at))
        .collect();
    let more = path.len().saturating_sub(STEPS);
    let rest = if more > 0 {
        format!(" → … {more} more")
    } else {
        String::new()
    };
    let mut lines = Text::new(format!("{}{rest}", steps.join(" → "))).broken(width);
    if analysis.score.is_some() {
        let text = format!(
            "{} in this order, however many steps run at once",
            milliseconds(analysis.critical.ms)
        );
        lines.extend(Text::of(Role::Faint, text).broken(width));
    }
    lines
}

fn changes(workflow: &Workflow, analysis: &Analysis, width: usize) -> Vec<Text> {
    let mut lines = Vec::new();
    let mut add = |margin: &str, follow: &str, text: &Text| {
        let pieces = text
            .broken(width.saturating_sub(margin.chars().count()))
            .into_iter();
        for (at, piece) in pieces.enumerate() {
            lines.push(Text::new(if at == 0 { margin } else { follow }).then(piece));
        }
    };
    for (at, it) in analysis.advice.iter().enumerate() {
        let (what, more, saves) = advice(workflow, analysis, it);
        add(&format!("{}. ", at + 1), "   ", &what);
        for line in more {
            add("   - ", "     ", &line);
        }
        add("   ", "   ", &saves);
    }
    lines
}

fn at_once(workflow: &Workflow, analysis: &Analysis, width: usize) -> Vec<Text> {
    let sets = &analysis.parallel.sets;
    let mut lines = Vec::new();
    for set in sets.iter().take(SETS) {
        let mut text = Text::new(joined(workflow, &set.steps, " + "));
        if set.at_once_ms < set.in_a_row_ms {
            let times = format!(
                " · {} instead of {}",
                milliseconds(set.at_once_ms),
                milliseconds(set.in_a_row_ms)
            );
            text = text.and_of(Role::Faint, times);
        }
        lines.extend(text.broken(width));
    }
    let more = sets.len().saturating_sub(SETS);
    if more > 0 || !analysis.parallel.complete {
        let more = if analysis.parallel.complete {
            format!("… {more} more")
        } else {
            "… and many more".to_owned()
        };
        lines.push(Text::of(Role::Faint, more));
    }
    lines
}

/// What may be wrong, and what could not be told.
fn notes(workflow: &Workflow, analysis: &Analysis, width: usize) -> Vec<Text> {
    let order = &analysis.order;
    let mut notes = Vec::new();
    for race in order.races.iter().take(SETS) {
        let text = format!(
            "{} and {} use the same files, at least one writes them, and neither waits for the other",
            name(workflow, race.first),
            name(workflow, race.then)
        );
        notes.push(Text::of(Role::Warning, text));
    }
    if order.races.len() > SETS {
        notes.push(Text::of(
            Role::Warning,
            format!("… {} more such pairs", order.races.len() - SETS),
        ));
    }
    if analysis.advice.iter().any(Advice::drops) {
        notes.push(Text::new(
            "Only files are compared: keep an order that is there for another reason, such as tests before a release",
        ));
    }
    let (best, least) = (analysis.best.ms, analysis.bounds.least_ms());
    if best > least * 1.01 {
        let text = format!(
            "There may be a better order, but none takes less than {}",
            milliseconds(least)
        );
        notes.push(Text::of(Role::Faint, text));
    }
    let late = analysis.waste.late;
    if late.failed > 0 {
        let text = format!(
            "As it runs now, a failure is known after {} on average ({})",
            milliseconds(late.known_after_ms / as_f64(late.failed)),
            count(late.failed, "round", "rounds")
        );
        notes.push(Text::of(Role::Faint, text));
    }
    if order.unknown > 0 {
        let edges: usize = workflow.steps.iter().map(|step| step.needs.len()).sum();
        let text = format!(
            "{} of {} kept: what their steps read and write is not known",
            order.unknown,
            count(edges, "wait", "waits")
        );
        notes.push(Text::of(Role::Faint, text));
    }
    notes.iter().flat_map(|note| note.broken(width)).collect()
}
