//! A schedule as bars.

use crate::cli::format;
use crate::cli::screen::Text;
use crate::cli::ui::Role;
use crate::optimize::workflow::Workflow;
use crate::optimize::workflow::schedule::Schedule;

/// So many steps can be looked at as bars.
const MOST: usize = 24;
/// A bar needs so many columns to say anything.
const LEAST: usize = 20;
/// More columns say no more; what is no terminal has any number.
const MOST_ROOM: usize = 90;
/// Longer names are cut.
const NAME: usize = 24;

/// A line a step, in the order in which they begin; nothing where they are too many, where there is too little room, or
/// where nothing takes any time.
pub(super) fn chart(
    workflow: &Workflow,
    made: &Schedule,
    waited: &[usize],
    width: usize,
) -> Vec<Text> {
    let count = workflow.steps.len();
    let names = workflow
        .steps
        .iter()
        .map(|step| Text::new(&step.name).columns());
    let names = names.max().unwrap_or(0).min(NAME);
    let room = width.saturating_sub(names + 2).min(MOST_ROOM);
    if !(2..=MOST).contains(&count) || room < LEAST || made.ms <= 0.0 {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..count).collect();
    let begins = |at: &usize| made.slots.get(*at).map_or(0.0, |slot| slot.start_ms);
    order.sort_by(|one, other| begins(one).total_cmp(&begins(other)));
    let column = |ms: f64| column(ms, made.ms, room);
    let bars = order.iter().filter_map(|at| {
        let (step, slot) = (workflow.steps.get(*at)?, made.slots.get(*at)?);
        let name = Text::new(&step.name).cut(names);
        let gap = (names + 2).saturating_sub(name.columns());
        let (from, to) = (column(slot.start_ms), column(slot.end_ms));
        // Whatever takes time is seen.
        let wide = to.saturating_sub(from).max(1);
        let from = from.min(room - 1);
        let role = if waited.contains(at) {
            Role::Warning
        } else {
            Role::Active
        };
        let bar = if slot.end_ms > slot.start_ms {
            "▇"
        } else {
            "·"
        };
        let line = name.and(" ".repeat(gap + from));
        Some(line.and_of(role, bar.repeat(wide.min(room - from))))
    });
    let mut lines: Vec<Text> = bars.collect();
    let end = format::milliseconds(made.ms);
    let between = room.saturating_sub(1 + end.len());
    let scale = format!("{}0{}{end}", " ".repeat(names + 2), " ".repeat(between));
    lines.push(Text::of(Role::Faint, scale));
    lines
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss
)] // columns of a terminal
fn column(ms: f64, whole: f64, room: usize) -> usize {
    (ms / whole * room as f64).round() as usize
}
