//! What was said to coding agents.

use serde_json::Value;

use super::draw::{Align, bar, columns, table};
use super::{count, list, number, text};
use crate::analyze::summary::{counted, grouped};

/// How many rows of a ranking are shown.
const SHOWN: usize = 10;
/// How many statements of a kind are shown.
const STATEMENTS: usize = 5;
/// So much of a session's id tells it apart.
const ID: usize = 8;

pub(super) fn conversation(body: &Value) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for section in [
        head(body),
        when(&body["prompts"]),
        style(&body["prompts"]),
        words(body),
        technologies(body),
        statements(body, "decided", "/decisions"),
        statements(body, "solved", "/solutions"),
        statements(body, "learned", "/learnings"),
        errors(body),
    ] {
        if !lines.is_empty() && !section.is_empty() {
            lines.push(String::new());
        }
        lines.extend(section);
    }
    lines
}

fn head(body: &Value) -> Vec<String> {
    let mut lines: Vec<String> = match text(body, "/note") {
        "" => Vec::new(),
        note => vec![note.to_owned()],
    };
    if count(body, "/sessions") == 0 {
        return lines;
    }
    lines.insert(
        0,
        format!(
            "{} from {} to {}, {}: {} yours, {} of models",
            counted(count(body, "/sessions"), "session"),
            day(body, "/since"),
            day(body, "/until"),
            counted(count(body, "/messages/total"), "message"),
            grouped(count(body, "/messages/user")),
            grouped(count(body, "/messages/assistant")),
        ),
    );
    let rows: Vec<Vec<String>> = list(body, "/agents")
        .iter()
        .map(|agent| {
            vec![
                text(agent, "/agent").to_owned(),
                counted(count(agent, "/sessions"), "session"),
                counted(count(agent, "/messages"), "message"),
            ]
        })
        .collect();
    let (left, right) = (Align::Left, Align::Right);
    lines.extend(table(&[left, right, right], &rows));
    lines
}

fn when(prompts: &Value) -> Vec<String> {
    let numbers = |pointer: &str| -> Vec<f64> {
        let numbers = list(prompts, pointer).iter();
        numbers.filter_map(Value::as_f64).collect()
    };
    if count(prompts, "/days") == 0 {
        return Vec::new();
    }
    vec![
        format!(
            "your prompts, local time: {} on each of {}, most on {} ({})",
            number(prompts, "/per_day"),
            counted(count(prompts, "/days"), "day"),
            text(prompts, "/busiest/date"),
            grouped(count(prompts, "/busiest/prompts")),
        ),
        format!("  0 h {} 24 h", columns(&numbers("/hours"))),
        format!("  Mon {} Sun", columns(&numbers("/weekdays"))),
    ]
}

fn style(prompts: &Value) -> Vec<String> {
    let observed = list(prompts, "/style");
    if observed.is_empty() {
        return Vec::new();
    }
    let rows: Vec<Vec<String>> = observed
        .iter()
        .map(|seen| {
            let name = text(seen, "/key")
                .trim_start_matches("prompt.")
                .replace('_', " ");
            let unit = match name.as_str() {
                "questions" | "imperative" => " %",
                "length" => " words",
                _ => "",
            };
            let value = match &seen["value"] {
                Value::String(text) => text.clone(),
                Value::Array(items) => {
                    let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                    items.join(", ")
                }
                other => format!("{other}{unit}"),
            };
            vec![name, value]
        })
        .collect();
    let mut lines = vec![format!(
        "how you write, from {} · git tend profile show prompt",
        counted(count(prompts, "/looked_at"), "prompt")
    )];
    lines.extend(table(&[Align::Left, Align::Left], &rows));
    lines
}

fn words(body: &Value) -> Vec<String> {
    let words = list(body, "/words");
    let Some(first) = words.first() else {
        return Vec::new();
    };
    let most = number(first, "/prompts").max(1.0);
    let rows: Vec<Vec<String>> = words
        .iter()
        .take(SHOWN)
        .map(|word| {
            vec![
                text(word, "/word").to_owned(),
                grouped(count(word, "/prompts")),
                bar(number(word, "/prompts") / most),
            ]
        })
        .collect();
    let mut lines = vec!["words of your prompts, and how many have them".to_owned()];
    lines.extend(table(&[Align::Left, Align::Right, Align::Left], &rows));
    lines
}

fn technologies(body: &Value) -> Vec<String> {
    let used = list(body, "/technologies");
    if used.is_empty() {
        return Vec::new();
    }
    let names = used.iter().take(SHOWN);
    let names = names.map(|it| format!("{} ({})", text(it, "/name"), grouped(count(it, "/times"))));
    vec![format!(
        "said to be in use: {}",
        names.collect::<Vec<_>>().join(", ")
    )]
}

/// The newest statements of a kind, with their sessions.
fn statements(body: &Value, title: &str, pointer: &str) -> Vec<String> {
    let statements = list(body, pointer);
    if statements.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![title.to_owned()];
    for it in statements.iter().take(STATEMENTS) {
        let sentence = match text(it, "/context") {
            "" => text(it, "/text"),
            context => context,
        };
        let session: String = text(it, "/session").chars().take(ID).collect();
        lines.push(format!("  {}  {session}  {sentence}", day(it, "/at")));
    }
    if statements.len() > STATEMENTS {
        lines.push(format!(
            "  and {} more: --json",
            grouped((statements.len() - STATEMENTS) as u64)
        ));
    }
    lines
}

fn errors(body: &Value) -> Vec<String> {
    let errors = list(body, "/errors");
    if errors.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![
        ["tool", "error", "times", "sessions", "last"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for error in errors.iter().take(SHOWN) {
        rows.push(vec![
            text(error, "/tool").to_owned(),
            text(error, "/error").to_owned(),
            grouped(count(error, "/times")),
            grouped(count(error, "/sessions")),
            day(error, "/last").to_owned(),
        ]);
    }
    let mut lines = vec!["tools that failed more than once".to_owned()];
    let (left, right) = (Align::Left, Align::Right);
    lines.extend(table(&[left, left, right, right, left], &rows));
    lines
}

fn day<'v>(value: &'v Value, pointer: &str) -> &'v str {
    text(value, pointer).get(..10).unwrap_or("–")
}
