//! Events for tests, and as much of a reader of pi's format as its fixtures need.

#![allow(clippy::unwrap_used)]

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::model::{Assistant, Event, Kind, Link, Model, Stop, ToolCall, ToolResult, Usage};

pub(super) const TREE: &str = include_str!("../../fixtures/sessions/pi/tree.jsonl");
pub(super) const FORK: &str = include_str!("../../fixtures/sessions/pi/fork-of-tree.jsonl");

/// So many seconds after the beginning of all tests' time.
pub(super) fn at(seconds: i64) -> Timestamp {
    "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

pub(super) fn event(id: &str, link: Link, seconds: i64, kind: Kind) -> Event {
    Event {
        id: id.to_owned(),
        link,
        at: Some(at(seconds)),
        offset: u64::try_from(seconds).unwrap(),
        sidechain: false,
        kind,
    }
}

pub(super) fn to(parent: &str) -> Link {
    Link::To(parent.to_owned())
}

pub(super) fn user(text: &str) -> Kind {
    Kind::User {
        text: text.to_owned(),
        images: 0,
    }
}

pub(super) fn answer(text: &str) -> Assistant {
    Assistant {
        text: text.to_owned(),
        model: Some(model("anthropic", "opus")),
        stop: Some(Stop::Done),
        ..Assistant::default()
    }
}

pub(super) fn says(text: &str) -> Kind {
    Kind::Assistant(Box::new(answer(text)))
}

pub(super) fn model(provider: &str, name: &str) -> Model {
    Model {
        provider: provider.to_owned(),
        name: name.to_owned(),
    }
}

pub(super) fn calls(calls: &[(&str, &str, Value)]) -> Kind {
    Kind::Assistant(Box::new(Assistant {
        calls: calls
            .iter()
            .map(|(id, tool, arguments)| ToolCall {
                id: (*id).to_owned(),
                tool: (*tool).to_owned(),
                arguments: arguments.clone(),
            })
            .collect(),
        stop: Some(Stop::ToolUse),
        ..answer("")
    }))
}

pub(super) fn result(call: &str, tool: &str, text: &str, is_error: bool) -> Kind {
    Kind::ToolResult(Box::new(ToolResult {
        call: call.to_owned(),
        tool: Some(tool.to_owned()),
        text: text.to_owned(),
        is_error,
    }))
}

pub(super) fn note() -> Kind {
    Kind::Opaque {
        name: "label".to_owned(),
    }
}

pub(super) fn compaction(summary: &str) -> Kind {
    Kind::Compaction {
        summary: summary.to_owned(),
        tokens_before: Some(50_000),
    }
}

/// Events one after another, each a second after the one before.
pub(super) fn line(kinds: impl IntoIterator<Item = Kind>) -> Vec<Event> {
    (1..)
        .zip(kinds)
        .map(|(number, kind)| event(&format!("L{number}"), Link::Previous, number, kind))
        .collect()
}

fn text_of(value: &Value) -> String {
    let blocks = value.as_array().into_iter().flatten();
    let texts: Vec<&str> = blocks.filter_map(|block| block["text"].as_str()).collect();
    texts.join("\n")
}

/// The events of one of the fixtures.
pub(super) fn pi(source: &str) -> Vec<Event> {
    let mut offset = 0;
    let mut events = Vec::new();
    for line in source.split_inclusive('\n') {
        let entry: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let message = &entry["message"];
        let kind = match (entry["type"].as_str().unwrap(), message["role"].as_str()) {
            ("session", _) => {
                offset += line.len() as u64;
                continue;
            }
            ("message", Some("user")) => user(&text_of(&message["content"])),
            ("message", Some("assistant")) => Kind::Assistant(Box::new(Assistant {
                text: text_of(&message["content"]),
                model: Some(model("stub", "stub-1")),
                usage: Some(Usage {
                    input: message["usage"]["input"].as_u64().unwrap(),
                    output: message["usage"]["output"].as_u64().unwrap(),
                    ..Usage::default()
                }),
                ..Assistant::default()
            })),
            ("branch_summary", _) => Kind::BranchSummary {
                from: Some(text("fromId")),
                summary: text("summary"),
            },
            ("compaction", _) => Kind::Compaction {
                summary: text("summary"),
                tokens_before: entry["tokensBefore"].as_u64(),
            },
            ("custom", _) => Kind::Custom {
                name: text("customType"),
                data: entry["data"].clone(),
            },
            ("session_info", _) => Kind::Name { name: text("name") },
            (other, _) => Kind::Opaque {
                name: other.to_owned(),
            },
        };
        events.push(Event {
            id: text("id"),
            link: entry["parentId"].as_str().map_or(Link::Root, to),
            at: text("timestamp").parse().ok(),
            offset,
            sidechain: false,
            kind,
        });
        offset += line.len() as u64;
    }
    events
}
