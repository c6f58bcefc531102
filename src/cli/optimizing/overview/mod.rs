//! What the optimiser knows, for a terminal: what automations save, what could be automated, what was done about it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::registry;
use crate::cli::format;
use crate::cli::screen::{Give, Grid, Page, Text, flow};
use crate::cli::ui::Role;
use crate::optimize::engine::{Automated, Cycle, Proposed, Summary};
use crate::report::metrics::sparkline::sparkline;
use crate::report::optimize::{
    besides, came_of, did, duration, is_good, lead, next, paid_back, potential, repeated, roi,
    saved, searched,
};
use crate::system::plain::{first_line, shortened};

/// So much of a name.
const NAME: usize = 80;
/// So much of a sentence.
const SENTENCE: usize = 300;
/// So many sentences of one kind about an automation.
const SENTENCES: usize = 5;
/// So many steps of a proposal: a sequence that is mined has no more than 8.
const STEPS: usize = 12;
/// So many things that a cycle did.
const DID: usize = 20;
/// The columns of the days where there is room, and where there is little.
const DAYS: (usize, usize) = (30, 10);
/// The title above proposals.
const PROPOSALS: &str = "What could be automated (potential 0 to 100)";
/// What begins the lines of a proposal but its first.
const INDENT: usize = 5;

/// What the optimiser knows, in lines of at most `width` columns.
pub fn lines(summary: &Summary, now: Timestamp, zone: &TimeZone, width: usize) -> Vec<Text> {
    let mut page = Page::new(width);
    let room = page.room();
    page.add(Text::of(Role::Heading, lead(summary)).broken(width));
    let besides = besides(summary).into_iter();
    page.add(flow(besides.map(|it| Text::of(Role::Faint, it)), width, 0));
    page.section("Automations", automations(summary, now, zone, room));
    page.section("What stands out", standing_out(&summary.automations, room));
    page.section(PROPOSALS, proposals(summary, room));
    if let Some(cycle) = summary.cycles.first() {
        page.section("The last search", last(cycle, now, zone, room));
    }
    hints(&mut page, summary, width);
    page.lines()
}

fn automations(summary: &Summary, now: Timestamp, zone: &TimeZone, width: usize) -> Vec<Text> {
    let mut grid = Grid::new(&[
        "NAME",
        "STATE",
        "RUNS",
        "FAILED",
        "MEDIAN",
        "BY HAND",
        "SAVED",
        "ROI",
        "PAID BACK",
        "MEDIAN BY DAY",
    ])
    .right(&[2, 3, 4, 5, 6, 7])
    .gives(&[
        (9, Give::Short),
        (0, Give::Shrink(24)),
        (8, Give::Leave),
        (9, Give::Leave),
        (5, Give::Leave),
        (0, Give::Shrink(14)),
        (7, Give::Leave),
        (4, Give::Leave),
        (0, Give::Shrink(8)),
        (1, Give::Leave),
    ]);
    let date = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string();
    let known = |text: Option<String>| Text::new(text.unwrap_or_default());
    for it in &summary.automations {
        let paid = it.paid_back_at.and_then(|at| paid_back(at, now, date));
        grid.row([
            Text::of(Role::Name, shortened(&it.name, NAME)),
            registry::state(it.state),
            Text::new(it.runs),
            failed(it),
            known(it.median_ms.and_then(duration)),
            known(it.baseline_ms.and_then(duration)),
            gain(it.saved_ms.map(saved), it.saved_ms.is_some_and(|ms| ms < 0)),
            gain(it.roi.and_then(roi), it.roi.is_some_and(|roi| roi < 0.0)),
            match paid {
                Some((when, true)) => Text::of(Role::Good, when),
                Some((when, false)) => Text::of(Role::Faint, when),
                None => Text::default(),
            },
            bars(&it.series, DAYS.0),
        ]);
        grid.short(9, bars(&it.series, DAYS.1));
    }
    grid.lines(width)
}

/// Days without a run and before the first have no bar; without any run there is no row of bars.
fn bars(series: &[Option<f64>], width: usize) -> Text {
    if series.iter().all(Option::is_none) {
        return Text::default();
    }
    Text::of(Role::Faint, sparkline(series, width))
}

fn failed(it: &Automated) -> Text {
    match (it.runs, it.failed) {
        (0, _) => Text::default(),
        (_, 0) => Text::new(0),
        (_, failed) => Text::of(Role::Bad, failed),
    }
}

fn gain(text: Option<String>, is_loss: bool) -> Text {
    let role = if is_loss { Role::Bad } else { Role::Plain };
    text.map(|text| Text::of(role, text)).unwrap_or_default()
}

/// What is unusual and what can be said, automation by automation.
fn standing_out(all: &[Automated], width: usize) -> Vec<Text> {
    let mut lines = Vec::new();
    for it in all {
        let anomalies = told(&it.anomalies, Role::Warning, "! ");
        let said = told(&it.said, Role::Faint, "  ");
        let sentences: Vec<(&str, Text)> = anomalies.chain(said).collect();
        if sentences.is_empty() {
            continue;
        }
        lines.push(Text::of(Role::Name, shortened(&it.name, NAME)).cut(width));
        for (mark, sentence) in sentences {
            lines.extend(marked(mark, &sentence, width));
        }
    }
    lines
}

fn told<'a>(
    sentences: &'a [String],
    role: Role,
    mark: &'static str,
) -> impl Iterator<Item = (&'static str, Text)> + use<'a> {
    let sentences = sentences.iter().filter(|it| !it.trim().is_empty());
    let shown = sentences.take(SENTENCES);
    shown.map(move |it| (mark, Text::of(role, first_line(it, SENTENCE))))
}

/// A sentence, its lines below each other beside a mark.
fn marked(mark: &str, sentence: &Text, width: usize) -> Vec<Text> {
    let pieces = sentence.broken(width.saturating_sub(2 + mark.chars().count()));
    let lines = pieces.into_iter().enumerate();
    lines
        .map(|(number, piece)| {
            let mark = if number == 0 { mark } else { "  " };
            Text::new("  ").and_of(Role::Warning, mark).then(piece)
        })
        .collect()
}

fn proposals(summary: &Summary, width: usize) -> Vec<Text> {
    let mut lines = Vec::new();
    for it in &summary.proposals {
        if !lines.is_empty() {
            lines.push(Text::default());
        }
        lines.extend(proposal(it, summary, width));
    }
    lines
}

fn proposal(it: &Proposed, summary: &Summary, width: usize) -> Vec<Text> {
    let points = potential(it.potential).unwrap_or_default();
    let head = Text::of(Role::Good, format!("{points:>3}"))
        .and("  ")
        .and_of(Role::Heading, shortened(&it.name, NAME))
        .and_of(Role::Faint, format!("  {}", repeated(it)));
    let steps = it.steps.iter().take(STEPS);
    let mut steps: Vec<Text> = steps
        .map(|step| Text::new(first_line(step, SENTENCE)))
        .collect();
    if it.steps.len() > STEPS {
        steps.push(Text::new("…"));
    }
    let came = Text::of(
        match is_good(it) {
            Some(true) => Role::Good,
            Some(false) => Role::Warning,
            None => Role::Faint,
        },
        came_of(it, summary),
    );
    let mut lines = vec![head.cut(width)];
    for text in [
        Text::joined(steps, " → "),
        came,
        Text::of(Role::Name, next(it, summary)),
    ] {
        lines.extend(indented(&text, INDENT, width));
    }
    lines
}

fn indented(text: &Text, indent: usize, width: usize) -> Vec<Text> {
    if text.is_empty() {
        return Vec::new();
    }
    let pieces = text.broken(width.saturating_sub(indent)).into_iter();
    pieces
        .map(|piece| Text::new(" ".repeat(indent)).then(piece))
        .collect()
}

/// The last cycle: when it was, what it looked at, and what it did.
fn last(cycle: &Cycle, now: Timestamp, zone: &TimeZone, width: usize) -> Vec<Text> {
    let when = Timestamp::from_millisecond(cycle.at).ok();
    let parts = [
        when.map(|at| format::moment(at, now, zone)),
        Some(searched(cycle)),
        took(cycle).map(|took| format!("in {took}")),
    ];
    let parts = parts.into_iter().flatten();
    let mut lines = flow(parts.map(Text::from), width, 2);
    lines.extend(done(cycle, width));
    lines
}

#[allow(clippy::cast_precision_loss)] // the milliseconds of a search
fn took(cycle: &Cycle) -> Option<String> {
    duration(cycle.took_ms as f64).filter(|_| cycle.took_ms > 0)
}

/// What a cycle did, a line each with its verb.
fn done(cycle: &Cycle, width: usize) -> Vec<Text> {
    let all = did(cycle);
    let more = all.len().saturating_sub(DID);
    let verbs = all.iter().map(|(verb, _)| verb.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (verb, what) in all.iter().take(DID) {
        let role = match *verb {
            "wrote" => Role::Good,
            _ => Role::Warning,
        };
        let pieces = Text::new(what).broken(width.saturating_sub(verbs + 2));
        for (number, piece) in pieces.into_iter().enumerate() {
            let verb = if number == 0 { verb } else { "" };
            let line = Text::of(role, format!("{verb:<verbs$}  ")).then(piece);
            lines.push(line.cut(width));
        }
    }
    if more > 0 {
        lines.push(Text::of(Role::Faint, format!("and {more} more")));
    }
    lines
}

/// What can be done where there is something missing: a sentence, and commands to type.
fn hints(page: &mut Page, summary: &Summary, width: usize) {
    let is_empty = summary.automations.is_empty() && summary.proposals.is_empty();
    let (sentence, commands): (_, &[&str]) = match (summary.cycles.is_empty(), is_empty) {
        (true, true) => (
            "Say what may be read, then let it be searched for work that is repeated:",
            &["sources --on git bash", "run"],
        ),
        (true, false) => ("Nothing was searched for yet:", &["run"]),
        (false, true) => (
            "Nothing is repeated often enough to be proposed. What is less often, and what is read:",
            &["identify --all", "sources"],
        ),
        (false, false) => return,
    };
    page.add(vec![Text::default()]);
    page.add(Text::new(sentence).broken(width));
    let commands = commands.iter();
    let lines = commands.map(|it| Text::of(Role::Name, format!("  git tend optimize {it}")));
    page.add(lines.map(|line| line.cut(width)).collect());
}

/// What a cycle that ends now did, what it proposes, and how to go on.
pub fn cycle_lines(
    cycle: &Cycle,
    summary: &Summary,
    now: Timestamp,
    zone: &TimeZone,
    width: usize,
) -> Vec<Text> {
    let mut page = Page::new(width);
    page.add(last(cycle, now, zone, width));
    if did(cycle).is_empty() {
        let said = "nothing new was written, and nothing got worse";
        page.add(Text::of(Role::Faint, said).broken(width));
    }
    page.section(PROPOSALS, proposals(summary, page.room()));
    if !summary.automations.is_empty() {
        page.add(vec![Text::default()]);
        page.add(flow(
            [
                Text::new(lead(summary)),
                Text::of(Role::Name, "git tend optimize report"),
            ],
            width,
            2,
        ));
    }
    page.lines()
}

#[cfg(test)]
mod tests;
