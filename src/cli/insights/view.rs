//! Insights in tables and documents.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Known, Measured};
use crate::cli::format;
use crate::cli::screen::{Give, Grid, Text};
use crate::cli::ui::Role;
use crate::graph::insights::effect::{Effect, LEAST_SESSIONS, Side};
use crate::graph::insights::{Insight, Standing, TO_SHOW, Told, cleaned};

/// So much of an id is shown: enough to tell some thousands apart.
const SHORT: usize = 8;
/// So many characters of the words.
const WORDS: usize = 200;

fn id(of: &Insight) -> Text {
    Text::of(Role::Name, of.id.chars().take(SHORT).collect::<String>())
}

#[allow(clippy::cast_possible_truncation)] // From 0 to 100.
fn percent(share: f64) -> String {
    format!("{} %", (share * 100.0).round() as i64)
}

/// What is known, in a table.
pub fn table(known: &Known, told: &Told, all: bool, now: Timestamp, width: usize) -> Vec<Text> {
    let mut grid = Grid::new(&[
        "ID", "TYPE", "MODEL", "TIMES", "SURE", "LAST", "STATE", "WHAT",
    ])
    .right(&[3, 4])
    .gives(&[
        (7, Give::Shrink(24)),
        (5, Give::Leave),
        (2, Give::Shrink(12)),
        (6, Give::Shrink(8)),
        (1, Give::Leave),
        (0, Give::Leave),
    ]);
    for it in shown(known, told, all) {
        let tool = if it.tool.is_empty() {
            String::new()
        } else {
            format!("{}: ", it.tool)
        };
        let words = format!("{tool}{}", it.pattern);
        grid.row([
            id(it),
            Text::new(it.kind),
            Text::of(Role::Faint, &it.model),
            Text::new(it.frequency),
            Text::new(percent(it.confidence)),
            Text::new(format::ago(it.last_seen, now)),
            state(it, known, told),
            Text::new(cleaned(&words, WORDS)),
        ]);
    }
    if grid.is_empty() {
        Vec::new()
    } else {
        grid.lines(width)
    }
}

/// What is worth showing; on request all.
fn shown<'a>(known: &'a Known, told: &Told, all: bool) -> Vec<&'a Insight> {
    let insights = known.insights.iter();
    insights
        .filter(|it| {
            let is_decided = known.standings.contains_key(&it.id);
            let is_told = told.lines.contains_key(&it.id) || known.since(&it.id).is_some();
            all || is_decided || is_told || it.is_actionable(TO_SHOW)
        })
        .collect()
}

fn state(it: &Insight, known: &Known, told: &Told) -> Text {
    let stands = known.since(&it.id).is_some();
    match known.standings.get(&it.id) {
        Some(Standing::Disabled) => Text::of(Role::Warning, "off"),
        Some(Standing::Worse) => Text::of(Role::Bad, "off: things got worse"),
        _ if stands && told.lines.contains_key(&it.id) => Text::of(Role::Good, "told"),
        _ if stands => Text::of(Role::Faint, "told until now"),
        _ if told.lines.contains_key(&it.id) => Text::new("to be told"),
        _ => Text::default(),
    }
}

/// `insights preview --json`.
pub fn document(known: &Known, told: &Told, all: bool) -> Value {
    let insights: Vec<Value> = shown(known, told, all)
        .into_iter()
        .map(|it| {
            let mut line = json!(it);
            line["actionable"] = json!(it.is_actionable(TO_SHOW));
            line["line"] = json!(told.lines.get(&it.id));
            line["standing"] = json!(known.standings.get(&it.id));
            line["since"] = json!(known.since(&it.id));
            line["effect"] = json!(known.effects.get(&it.id).map(effect));
            line
        })
        .collect();
    json!({
        "schema": crate::report::json::SCHEMA,
        "text": told.text,
        "insights": insights,
    })
}

/// What was measured, in a table.
pub fn effects(measured: &[Measured], now: Timestamp, width: usize) -> Vec<Text> {
    let mut grid = Grid::new(&[
        "ID",
        "SINCE",
        "BEFORE",
        "AFTER",
        "BETTER BY",
        "χ²",
        "RESULT",
        "WHAT",
    ])
    .right(&[4, 5])
    .gives(&[
        (7, Give::Shrink(24)),
        (1, Give::Leave),
        (6, Give::Shrink(12)),
        (5, Give::Leave),
        (0, Give::Leave),
    ]);
    for it in measured {
        let effect = &it.effect;
        grid.row([
            id(&it.insight),
            Text::new(format::ago(effect.since, now)),
            Text::new(side(&effect.before)),
            Text::new(side(&effect.after)),
            Text::new(percent(effect.improvement / 100.0)),
            Text::new(format!("{:.2}", effect.chi_square)),
            result(it),
            Text::new(cleaned(&it.insight.pattern, WORDS)),
        ]);
    }
    if grid.is_empty() {
        Vec::new()
    } else {
        grid.lines(width)
    }
}

fn side(of: &Side) -> String {
    format!("{} of {}", of.affected, of.sessions)
}

fn result(of: &Measured) -> Text {
    let effect = &of.effect;
    let least = effect.before.sessions.min(effect.after.sessions);
    if of.is_told_no_more {
        Text::of(Role::Bad, "worse: switched off")
    } else if effect.is_worse() {
        Text::of(Role::Bad, "worse")
    } else if effect.significant && effect.improvement > 0.0 {
        Text::of(Role::Good, "better")
    } else if least < LEAST_SESSIONS {
        Text::of(Role::Faint, "too few sessions")
    } else {
        Text::new("no clear change")
    }
}

/// `insights measure --json`.
pub fn effects_document(measured: &[Measured]) -> Value {
    let lines: Vec<Value> = measured
        .iter()
        .map(|it| {
            let mut line = effect(&it.effect);
            line["id"] = json!(it.insight.id);
            line["type"] = json!(it.insight.kind);
            line["model"] = json!(it.insight.model);
            line["pattern"] = json!(it.insight.pattern);
            line["switchedOff"] = json!(it.is_told_no_more);
            line
        })
        .collect();
    json!({ "schema": crate::report::json::SCHEMA, "effects": lines })
}

fn effect(of: &Effect) -> Value {
    let mut line = json!(of);
    line["before"]["perSession"] = json!(of.before.share());
    line["after"]["perSession"] = json!(of.after.share());
    line
}
