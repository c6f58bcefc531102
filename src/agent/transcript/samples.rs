//! Events and nodes for tests.
#![allow(clippy::unwrap_used)]

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Chunk, SegmentEvents, Settings, render};
use crate::graph::{Node, NodeId};
use crate::sessions::{Assistant, Event, Kind, Link, Model, ToolCall, ToolResult};

/// What the user says.
pub fn said(text: &str) -> Kind {
    Kind::User {
        text: text.to_owned(),
        images: 0,
    }
}

/// What a model answers, with the tools that it calls.
pub fn answered(text: &str, calls: &[(&str, Value)]) -> Kind {
    let calls = calls.iter().map(|(tool, arguments)| ToolCall {
        id: "c".to_owned(),
        tool: (*tool).to_owned(),
        arguments: arguments.clone(),
    });
    Kind::Assistant(Box::new(Assistant {
        text: text.to_owned(),
        calls: calls.collect(),
        model: Some(Model {
            provider: "acme".to_owned(),
            name: "m-1".to_owned(),
        }),
        ..Assistant::default()
    }))
}

/// What a tool prints.
pub fn printed(tool: &str, text: &str) -> Kind {
    Kind::ToolResult(Box::new(ToolResult {
        call: "c".to_owned(),
        tool: Some(tool.to_owned()),
        text: text.to_owned(),
        is_error: false,
    }))
}

/// Events one after another: `e1`, `e2`, …
pub fn events(kinds: &[Kind]) -> Vec<Event> {
    let began: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    (1..)
        .zip(kinds)
        .map(|(number, kind)| Event {
            id: format!("e{number}"),
            link: Link::Previous,
            at: Some(began + SignedDuration::from_secs(number)),
            offset: 0,
            sidechain: false,
            kind: kind.clone(),
        })
        .collect()
}

/// Parts of a segment.
pub fn divided(kinds: &[Kind], tokens: u32, most: u32) -> Vec<Chunk> {
    let settings = Settings {
        chunk_tokens: tokens.try_into().unwrap(),
        max_chunks: most.try_into().unwrap(),
    };
    render(&SegmentEvents::of(&events(kinds)), &settings)
}

/// Parts of a segment as large as they usually are.
pub fn chunks(kinds: &[Kind]) -> Vec<Chunk> {
    divided(kinds, 50_000, 8)
}

/// A node that was counted, and that nobody has judged well.
pub fn node() -> Node {
    let (first, last) = ("1a", "1z");
    serde_json::from_value(json!({
        "id": NodeId::of_segment("s", first, last),
        "source": {
            "sessionFile": "/sessions/s.jsonl",
            "segment": {"startEntryId": first, "endEntryId": last, "entryCount": 7},
            "computer": "here", "sessionId": "s", "agent": "pi",
        },
        "classification": {"type": "coding", "project": "/home/u/shop"},
        "content": {"summary": "Built the basket of the shop", "outcome": "success"},
        "observations": {
            "modelsUsed": [{"provider": "acme", "model": "m-1", "tokensInput": 10, "tokensOutput": 5, "cost": 0.25}],
        },
        "metadata": {
            "tokensUsed": 15, "cost": 0.25, "durationMinutes": 30.0, "timestamp": "2026-01-01T00:00:00Z",
            "analyzedAt": "2026-01-01T00:30:00Z", "analyzerVersion": "v1-00000000",
        },
        "semantic": {"tags": ["coding"]},
    }))
    .unwrap()
}
