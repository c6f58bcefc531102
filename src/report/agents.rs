//! What a piece of an agent's work took and how it went, in words.

use std::time::Duration;

use super::format;
use super::spending::{Calls, dollars};
use crate::analyze::summary::{counted, grouped};
use crate::graph::Node;
use crate::graph::node::Signals;
use crate::system::plain::first_line;

/// An agent as people call it, by its name in documents.
pub fn agent(name: &str) -> &'static str {
    match name {
        "pi" => "pi",
        "claude-code" => "Claude Code",
        "codex" => "Codex",
        _ => "another agent",
    }
}

/// What it was about, in one line of at most so many characters: what a model said, or else the draft's title.
pub fn about(node: &Node, most: usize) -> String {
    let words = if node.is_draft() {
        node.content.about()
    } else {
        &node.content.summary
    };
    first_line(words, most)
}

/// Whose word its outcome is.
pub const fn verdict(is_judged: bool) -> &'static str {
    if is_judged { "judged" } else { "guessed" }
}

/// US dollars; nothing where no agent tells what it cost.
pub fn cost(dollars: f64) -> Option<String> {
    if !dollars.is_finite() || dollars <= 0.0 {
        return None;
    }
    Some(if dollars < 0.01 {
        "< $0.01".to_owned()
    } else {
        format!("${dollars:.2}")
    })
}

/// What calls of the analysing agent came to.
pub fn calls(it: &Calls) -> Vec<String> {
    let some = |count: u64, words: String| (count > 0).then_some(words);
    [
        Some(counted(it.calls, "call")),
        some(it.failed, format!("{} of them failed", grouped(it.failed))),
        some(it.analyses, counted_analyses(it.analyses)),
        some(it.kept, counted(it.kept, "answer") + " used again"),
        some(it.tokens, counted(it.tokens, "token")),
        cost(dollars(it.cost)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn counted_analyses(count: u64) -> String {
    if count == 1 {
        "1 analysis".to_owned()
    } else {
        format!("{} analyses", grouped(count))
    }
}

/// From the first entry to the last.
pub fn duration(node: &Node) -> Option<String> {
    let span = Duration::try_from_secs_f64(node.metadata.duration_minutes * 60.0).ok()?;
    (span >= Duration::from_secs(1)).then(|| format::span(span))
}

/// All tokens.
pub fn tokens(node: &Node) -> String {
    counted(node.metadata.tokens_used, "token")
}

/// The models, each once, without their providers.
pub fn models(node: &Node) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for used in &node.observations.models_used {
        let name = if used.model.is_empty() {
            "an unnamed model"
        } else {
            &used.model
        };
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// What went badly.
pub fn friction(signals: &Signals) -> Vec<String> {
    let it = &signals.friction;
    let many = |count: u64, noun: &str| (count > 0).then(|| counted(count, noun));
    [
        many(it.rephrasing_count, "rephrasing"),
        many(it.tool_loop_count, "error").map(|it| format!("{it} again and again")),
        many(it.context_churn_count, "time").map(|it| format!("read much to no end {it}")),
        it.abandoned_restart
            .then(|| "takes up abandoned work".to_owned()),
        it.model_switch_from
            .as_ref()
            .map(|from| format!("the model was changed from {}", first_line(from, 60))),
        it.silent_termination
            .then(|| "ended on an error".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What went well.
pub fn delight(signals: &Signals) -> Vec<String> {
    let it = &signals.delight;
    [
        (it.one_shot_success, "right at once"),
        (it.resilient_recovery, "overcame its errors"),
        (it.explicit_praise, "praised"),
    ]
    .into_iter()
    .filter(|(is, _)| *is)
    .map(|(_, word)| word.to_owned())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_told_where_agents_tell_them() {
        let told = [0.0, -1.0, f64::NAN, f64::INFINITY, 0.001, 0.125, 1234.5].map(cost);
        let expected = [
            None,
            None,
            None,
            None,
            Some("< $0.01"),
            Some("$0.12"),
            Some("$1234.50"),
        ];
        assert_eq!(told, expected.map(|it| it.map(str::to_owned)));
    }

    #[test]
    fn how_it_went_is_told_in_words() {
        let mut signals = Signals::default();
        assert!(friction(&signals).is_empty() && delight(&signals).is_empty());
        signals.friction.rephrasing_count = 2;
        signals.friction.context_churn_count = 2;
        signals.friction.tool_loop_count = 1;
        signals.friction.model_switch_from = Some("a\nb".to_owned());
        signals.delight.explicit_praise = true;
        assert_eq!(
            friction(&signals).join(", "),
            "2 rephrasings, 1 error again and again, read much to no end 2 times, the model was changed from a…"
        );
        assert_eq!(delight(&signals), ["praised"]);
    }
}
