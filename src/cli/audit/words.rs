//! What an event of the queue means, in words.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::cli::screen::Text;
use crate::cli::{format, tables};
use crate::queue::Event;

/// The state that an event led to, unless the event is called like it.
pub fn state(event: &Event) -> String {
    match (event.from, event.to) {
        (_, Some(to)) if to.name() == event.kind => String::new(),
        (Some(from), Some(to)) if from != to => format!("{from} → {to}"),
        (_, Some(to)) => to.to_string(),
        (_, None) => String::new(),
    }
}

/// Why, or what exactly: empty where the event's name says it all.
pub fn reason(event: &Event, now: Timestamp, zone: &TimeZone) -> Text {
    let data = &event.data;
    let why = || Text::new(text(data, "why"));
    match event.kind.as_str() {
        "enqueued" => Text::new(origin(data, now, zone)),
        "coalesced" => Text::new(format!("wanted again: {}", origin(data, now, zone))),
        "rerun" => Text::new(format!(
            "wanted again while it runs: {}",
            origin(data, now, zone)
        )),
        "claimed" => Text::new(format!(
            "attempt {} in slot {}",
            number(data, "attempt"),
            number(data, "slot")
        )),
        "failed" => match text(data, "category") {
            "" | "permanent" => why(),
            category => why().and(format!(" ({})", category.replace('_', " "))),
        },
        "retry" | "snoozed" => match moment(data, "run_at", now, zone) {
            Some(at) => why().and(format!(" · again at {at}")),
            None => why(),
        },
        "released" => Text::new(format!("{} is done", text(data, "by"))),
        "dependency_failed" => Text::new(format!(
            "{}, which it needs, did not succeed",
            text(data, "needed")
        )),
        "approved" => Text::new("it may run now"),
        "retried" => match text(data, "error") {
            "" => Text::new("by hand"),
            error => Text::new(format!("by hand, after: {error}")),
        },
        "paused" => Text::new(format!(
            "drains are held until {}",
            moment(data, "until", now, zone).unwrap_or_default()
        )),
        "resumed" => Text::new("drains go on"),
        "stop" if data.get("force") == Some(&Value::Bool(true)) => Text::new("drains end at once"),
        "stop" => Text::new("drains end after their running jobs"),
        "fired" => Text::new(format!(
            "{}, due at {}: {}",
            text(data, "schedule"),
            moment(data, "for", now, zone).unwrap_or_default(),
            jobs(number(data, "jobs"))
        )),
        "drained" if data.is_object() => drained(data),
        "hook" => hook(data),
        "gates" => gates(data),
        "trusted" | "revoked" => trust(data),
        "hooks-installed" | "hooks-removed" => match list(data, "hooks") {
            names if names.is_empty() => Text::new("no change"),
            names => Text::new(names),
        },
        "baseline" => Text::new(format!(
            "{} accepted",
            counted(number(data, "findings"), "finding")
        )),
        "patch-applied" => Text::new(counted(number(data, "files"), "file")),
        _ if !text(data, "why").is_empty() => why(),
        _ => rest(data),
    }
}

/// What made a job, from the trigger's name and its detail.
pub fn trigger(name: &str, data: &Value, now: Timestamp, zone: &TimeZone) -> String {
    let hook = text(data, "hook");
    if data.get("gate") == Some(&Value::Bool(true)) {
        return match hook {
            "" => "asked for as a gate".to_owned(),
            hook => format!("a gate of {hook}"),
        };
    }
    match (name, hook) {
        ("manual", _) => "asked for by hand".to_owned(),
        ("hook", hook) if !hook.is_empty() => format!("hook {hook}"),
        ("commit", "") => "a commit was found".to_owned(),
        ("commit", hook) => format!("a commit (hook {hook})"),
        ("change", _) => files(data),
        ("schedule", _) => scheduled(data, now, zone),
        ("chain", _) => "another job asked for it".to_owned(),
        ("rerun", _) => "it was wanted again while it ran".to_owned(),
        ("session", _) => "an agent session is ready".to_owned(),
        (other, _) => other.to_owned(),
    }
}

fn origin(data: &Value, now: Timestamp, zone: &TimeZone) -> String {
    let nothing = Value::Null;
    let detail = data.get("data").unwrap_or(&nothing);
    let words = trigger(text(data, "trigger"), detail, now, zone);
    match data.get("commit").and_then(Value::as_str) {
        Some(commit) => format!("{words}, on {}", tables::short_commit(Some(commit))),
        None => words,
    }
}

fn files(data: &Value) -> String {
    let counts = ["created", "modified", "deleted"].map(|what| (number(data, what), what));
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if parts.is_empty() {
        "files changed".to_owned()
    } else {
        format!("files changed: {}", parts.join(", "))
    }
}

fn scheduled(data: &Value, now: Timestamp, zone: &TimeZone) -> String {
    let mut words = match moment(data, "scheduled_for", now, zone) {
        Some(at) => format!("due at {at}"),
        None => "it was due".to_owned(),
    };
    let missed = number(data, "missed");
    if missed > 0 {
        words.push_str(&format!(", {missed} missed before"));
    }
    words
}

fn hook(data: &Value) -> Text {
    let name = text(data, "hook");
    let parts = [("enqueued", "enqueued"), ("held", "held")];
    let parts = parts.iter().filter_map(|(key, words)| {
        let names = list(data, key);
        (!names.is_empty()).then(|| format!("{words} {names}"))
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return Text::new(format!("{name}: nothing to do"));
    }
    Text::new(format!("{name}: {}", parts.join(" · ")))
}

fn gates(data: &Value) -> Text {
    let stood = data.get("gates").and_then(Value::as_array);
    let stood = stood
        .into_iter()
        .flatten()
        .map(|gate| Text::new(format!("{} {}", text(gate, "task"), text(gate, "state"))));
    let result = match data.get("refused") {
        Some(Value::Bool(true)) => "refused",
        _ => "let through",
    };
    Text::new(format!("{} {result}: ", text(data, "hook"))).then(Text::joined(stood, ", "))
}

fn trust(data: &Value) -> Text {
    let parts = [
        ("tasks", "tasks"),
        ("refs", "what arrives on"),
        ("commits", "commit"),
    ];
    let parts = parts.iter().filter_map(|(key, words)| {
        let names = list(data, key);
        (!names.is_empty()).then(|| Text::new(format!("{words} {names}")))
    });
    Text::joined(parts, " · ")
}

/// What an event of a kind unknown here carries.
fn rest(data: &Value) -> Text {
    match data.as_object() {
        Some(fields) if fields.values().any(|value| !value.is_null()) => Text::new(data),
        _ => Text::default(),
    }
}

fn text<'a>(data: &'a Value, key: &str) -> &'a str {
    data.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// `ran 2 jobs in 431ms of 1m`.
fn drained(data: &Value) -> Text {
    let span = |key: &str| {
        let millis = data.get(key).and_then(Value::as_u64)?;
        Some(format::span(Duration::from_millis(millis)))
    };
    let budget = span("budget_ms").map_or_else(String::new, |budget| format!(" of {budget}"));
    Text::new(format!(
        "ran {} in {}{budget}",
        jobs(number(data, "finished")),
        span("wall_ms").unwrap_or_default()
    ))
}

fn number(data: &Value, key: &str) -> u64 {
    data.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn list(data: &Value, key: &str) -> String {
    let items = data.get(key).and_then(Value::as_array);
    let items: Vec<&str> = items
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    items.join(", ")
}

fn moment(data: &Value, key: &str, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let at: Timestamp = text(data, key).parse().ok()?;
    Some(format::moment(at, now, zone))
}

fn jobs(count: u64) -> String {
    counted(count, "job")
}

fn counted(count: u64, one: &str) -> String {
    format::count(
        usize::try_from(count).unwrap_or(usize::MAX),
        one,
        &format!("{one}s"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn said(kind: &str, data: Value) -> String {
        let now: Timestamp = "2026-03-01T12:42:30Z".parse().unwrap();
        let event = Event {
            seq: 1,
            at: now,
            job: None,
            task: None,
            kind: kind.to_owned(),
            from: None,
            to: None,
            data,
        };
        reason(&event, now, &TimeZone::UTC).bare()
    }

    #[test]
    fn each_kind_has_its_words() {
        let at = "2026-03-01T12:00:00Z";
        for (kind, data, words) in [
            (
                "enqueued",
                json!({"trigger": "manual", "data": {}, "commit": "0123456789ab"}),
                "asked for by hand, on 01234567",
            ),
            (
                "enqueued",
                json!({"trigger": "commit", "data": {"hook": "post-commit"}}),
                "a commit (hook post-commit)",
            ),
            (
                "enqueued",
                json!({"trigger": "hook", "data": {"hook": "pre-push", "gate": true}}),
                "a gate of pre-push",
            ),
            (
                "enqueued",
                json!({"trigger": "change", "data": {"created": 1, "modified": 2, "deleted": 0}}),
                "files changed: 1 created, 2 modified",
            ),
            (
                "enqueued",
                json!({"trigger": "schedule", "data": {"scheduled_for": at, "missed": 2}}),
                "due at 12:00:00, 2 missed before",
            ),
            (
                "claimed",
                json!({"attempt": 2, "slot": 1, "fence": 3}),
                "attempt 2 in slot 1",
            ),
            (
                "failed",
                json!({"why": "exited with code 3", "category": "permanent"}),
                "exited with code 3",
            ),
            (
                "failed",
                json!({"why": "killed by signal 9", "category": "max_retries"}),
                "killed by signal 9 (max retries)",
            ),
            (
                "retry",
                json!({"why": "killed by signal 9", "run_at": at}),
                "killed by signal 9 · again at 12:00:00",
            ),
            ("stop", json!({"force": true}), "drains end at once"),
            (
                "fired",
                json!({"schedule": "docs", "for": at, "jobs": 1}),
                "docs, due at 12:00:00: 1 job",
            ),
            (
                "hook",
                json!({"hook": "post-commit", "enqueued": ["lint", "docs"]}),
                "post-commit: enqueued lint, docs",
            ),
            (
                "hook",
                json!({"hook": "post-checkout"}),
                "post-checkout: nothing to do",
            ),
            (
                "gates",
                json!({"hook": "pre-push", "refused": true, "gates": [{"task": "fmt", "state": "failed"}]}),
                "pre-push refused: fmt failed",
            ),
            (
                "drained",
                json!({"budget_ms": 60_000, "wall_ms": 431, "started": 2, "finished": 2}),
                "ran 2 jobs in 431ms of 1m",
            ),
            ("trusted", json!({"tasks": ["a", "b"]}), "tasks a, b"),
            (
                "revoked",
                json!({"refs": ["origin/main"]}),
                "what arrives on origin/main",
            ),
            ("done", json!({"category": null, "why": null}), ""),
            ("of a newer version", json!({"x": 1}), "{\"x\":1}"),
            ("of a newer version", json!(null), ""),
            ("fired", json!([1, 2]), ", due at : 0 jobs"),
        ] {
            assert_eq!(said(kind, data), words, "{kind}");
        }
    }

    #[test]
    fn what_others_wrote_steers_nothing() {
        let words = said("failed", json!({"why": "a\u{1b}[2J\nb\u{202e}"}));
        assert_eq!(words, "a\\u{1b}[2J\\nb\\u{202e}");
    }
}
