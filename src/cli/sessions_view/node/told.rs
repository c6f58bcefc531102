//! What was counted in a node, how it went, and what is to be learned from it.

use std::collections::BTreeMap;

use crate::cli::format;
use crate::cli::screen::{Give, Grid, Text, flow};
use crate::cli::sessions_view::words;
use crate::cli::ui::Role;
use crate::graph::Node;
use crate::graph::node::{ModelUse, Severity};

/// What each model took.
pub(in crate::cli::sessions_view) fn models(used: &[ModelUse], width: usize) -> Vec<Text> {
    let mut grid = Grid::new(&[
        "MODEL",
        "READ",
        "FROM CACHE",
        "INTO CACHE",
        "WRITTEN",
        "COST",
    ])
    .right(&[1, 2, 3, 4, 5])
    .gives(&[
        (3, Give::Leave),
        (2, Give::Leave),
        (0, Give::Shrink(8)),
        (1, Give::Leave),
    ]);
    for it in used {
        grid.row([
            Text::new(it.name()),
            Text::new(words::tokens(it.tokens_input)),
            Text::new(words::some_tokens(it.cache_read)),
            Text::new(words::some_tokens(it.cache_write)),
            Text::new(words::tokens(it.tokens_output)),
            Text::new(words::cost(it.cost)),
        ]);
    }
    grid.lines(width)
}

/// What was decided.
pub(super) fn decisions(node: &Node, width: usize) -> Vec<Text> {
    let decisions = node.content.key_decisions.iter();
    decisions
        .flat_map(|it| {
            let instead = Text::joined(it.alternatives_considered.iter().map(Text::new), ", ");
            let instead = if instead.is_empty() {
                instead
            } else {
                Text::of(Role::Faint, format!("instead of {}", instead.bare()))
            };
            flow(
                [Text::new(&it.what), Text::of(Role::Faint, &it.why), instead],
                width,
                2,
            )
        })
        .collect()
}

/// What went wrong: what tools failed at, as it was counted, and what somebody noted.
pub(super) fn errors(node: &Node, width: usize) -> Vec<Text> {
    let mut counts: BTreeMap<(&str, &str), (usize, bool, &str)> = BTreeMap::new();
    for it in &node.observations.tool_use_errors {
        let key = (it.tool.as_str(), it.error_type.as_str());
        let (count, retried, context) = counts.entry(key).or_default();
        *count += 1;
        *retried |= it.was_retried;
        if context.is_empty() {
            *context = &it.context;
        }
    }
    let mut lines: Vec<Text> = counts
        .into_iter()
        .flat_map(|((tool, error), (count, retried, context))| {
            let times = if count == 1 {
                String::new()
            } else {
                format!("{count} times")
            };
            flow(
                [
                    Text::of(Role::Bad, tool).and(" ").and(error),
                    Text::new(times),
                    Text::of(Role::Faint, if retried { "tried again" } else { "" }),
                    Text::of(Role::Faint, context),
                ],
                width,
                2,
            )
        })
        .collect();
    for it in &node.content.errors_seen {
        let (role, end) = if it.resolved {
            (Role::Good, "overcome")
        } else {
            (Role::Warning, "not overcome")
        };
        lines.extend(flow(
            [
                Text::of(Role::Bad, &it.kind),
                Text::new(&it.message),
                Text::of(role, end),
            ],
            width,
            2,
        ));
    }
    lines
}

/// What went badly, what went well, and what the user marked.
pub(super) fn signals(node: &Node, width: usize) -> Vec<Text> {
    let Some(signals) = &node.signals else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let bad = &signals.friction;
    if bad.score > 0.0 {
        let times = |count: u64, what: &str| {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            let said = format!("{what} {}", format::count(count, "time", "times"));
            Text::new(if count == 0 { String::new() } else { said })
        };
        let when = |is: bool, what: &str| Text::new(if is { what } else { "" });
        let left = bad.model_switch_from.as_deref();
        lines.extend(flow(
            [
                Text::of(Role::Warning, format!("friction {:.2}", bad.score)),
                times(bad.rephrasing_count, "said again"),
                times(bad.context_churn_count, "much read to no end"),
                times(bad.tool_loop_count, "the same error again and again"),
                when(bad.abandoned_restart, "takes up what was abandoned"),
                Text::new(left.map_or_else(String::new, |model| format!("{model} was left"))),
                when(bad.silent_termination, "ended on an error"),
            ],
            width,
            2,
        ));
    }
    let good = &signals.delight;
    if good.score > 0.0 {
        let when = |is: bool, what: &str| Text::new(if is { what } else { "" });
        lines.extend(flow(
            [
                Text::of(Role::Good, format!("delight {:.2}", good.score)),
                when(good.resilient_recovery, "errors were overcome"),
                when(good.one_shot_success, "right at once"),
                when(good.explicit_praise, "praised"),
            ],
            width,
            2,
        ));
    }
    for flag in &signals.manual_flags {
        let parts = [
            Text::of(Role::Active, format!("marked {}", flag.kind)),
            Text::new(&flag.message),
        ];
        lines.extend(flow(parts, width, 2));
    }
    lines
}

/// What is to be learned.
pub(super) fn lessons(node: &Node, width: usize) -> Vec<Text> {
    let lessons = node.lessons.iter();
    lessons
        .flat_map(|(level, it)| {
            let todo = it.actionable.as_deref().unwrap_or_default();
            let todo = if todo.is_empty() {
                Text::default()
            } else {
                Text::of(Role::Good, format!("→ {todo}"))
            };
            flow(
                [
                    Text::of(Role::Active, level).and(" ").and(&it.summary),
                    Text::of(Role::Faint, &it.details),
                    todo,
                    Text::of(Role::Faint, format!("{} confidence", it.confidence)),
                ],
                width,
                2,
            )
        })
        .collect()
}

/// What was seen of models and of how they were asked.
pub(super) fn observations(node: &Node, width: usize) -> Vec<Text> {
    let seen = &node.observations;
    let mut lines = Vec::new();
    for it in &seen.model_quirks {
        let role = match it.severity {
            Severity::High => Role::Bad,
            Severity::Medium => Role::Warning,
            Severity::Low => Role::Plain,
        };
        let help = it.workaround.as_deref().unwrap_or_default();
        let help = if help.is_empty() {
            Text::default()
        } else {
            Text::of(Role::Good, format!("→ {help}"))
        };
        lines.extend(flow(
            [
                Text::of(role, &it.model).and(" ").and(&it.observation),
                Text::of(Role::Faint, it.frequency),
                help,
            ],
            width,
            2,
        ));
    }
    for (role, mark, list) in [
        (Role::Good, "+", &seen.prompting_wins),
        (Role::Bad, "-", &seen.prompting_failures),
    ] {
        for it in list {
            lines.extend(flow([Text::of(role, mark).and(" ").and(it)], width, 2));
        }
    }
    lines
}
