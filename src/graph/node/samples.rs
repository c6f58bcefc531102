//! Nodes for tests.
#![allow(clippy::unwrap_used)]

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Node, NodeId};

/// A day of a year, at noon.
pub fn day(number: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + number * 86_400).unwrap()
}

/// The node of the `nth` segment of a session, an hour after the one before it.
pub fn node(session: &str, nth: i64, summary: &str) -> Node {
    let (first, last) = (format!("{nth}a"), format!("{nth}z"));
    let at = day(0) + SignedDuration::from_hours(nth);
    serde_json::from_value(json!({
        "id": NodeId::of_segment(session, &first, &last),
        "source": {
            "sessionFile": format!("/sessions/{session}.jsonl"),
            "segment": {"startEntryId": first, "endEntryId": last, "entryCount": 7},
            "computer": "here",
            "sessionId": session,
            "agent": "pi",
        },
        "classification": {"type": "coding", "project": "/home/u/shop"},
        "content": {"summary": summary, "outcome": "success"},
        "observations": {
            "modelsUsed": [{"provider": "acme", "model": "m-1", "tokensInput": 10, "tokensOutput": 5, "cost": 0.25}],
        },
        "metadata": {
            "tokensUsed": 15, "cost": 0.25, "durationMinutes": 30.0, "timestamp": at, "analyzedAt": at,
            "analyzerVersion": "v1-00000000",
        },
        "semantic": {"tags": ["coding"]},
    }))
    .unwrap()
}
