//! What the agent's answer to a question means.

use serde::Serialize;
use serde_json::Value;

use crate::graph::NodeId;
use crate::graph::node::{Confidence, Invalid};
use crate::sessions::redact::{harmless, harmless_line};
use crate::system::plain::shortened;

/// Of an answer, so many characters.
const ANSWER: usize = 20_000;
/// Of its summary.
const SUMMARY: usize = 500;
/// Of what is quoted of a source.
const EXCERPT: usize = 500;
/// No more faults are told.
const FAULTS: usize = 50;

/// An answer to a question, without secrets and control characters.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The answer; it may have several lines.
    pub answer: String,
    /// In a sentence.
    pub summary: String,
    /// How sure.
    pub confidence: Confidence,
    /// What it rests on, each node once.
    pub sources: Vec<Cited>,
}

/// A node on which an answer rests.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cited {
    /// Which.
    pub node_id: NodeId,
    /// The words of it that count.
    pub excerpt: String,
    /// From 1 for the best match of the question down to 0.1. Source: S3.
    pub relevance: f64,
}

/// Reads an answer, or says what is wrong with it. `given` are the nodes that it was given, the best first: it can have no
/// other sources.
pub fn read(value: &Value, given: &[NodeId]) -> Result<Reply, Vec<Invalid>> {
    let mut faults = Vec::new();
    let mut fault = |path: &str, problem: &str| {
        if faults.len() < FAULTS {
            faults.push(Invalid {
                path: path.to_owned(),
                problem: problem.to_owned(),
            });
        }
    };
    if !value.is_object() {
        fault("", "is no object");
        return Err(faults);
    }
    let answer = value.get("answer").and_then(Value::as_str);
    let answer = harmless(answer.unwrap_or_default());
    let answer = shortened(answer.trim(), ANSWER).into_owned();
    if answer.is_empty() {
        fault("answer", "is missing, or is no text that says something");
    }
    let summary = match value.get("summary") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => harmless_line(text, SUMMARY),
        Some(_) => {
            fault("summary", "is not a text");
            String::new()
        }
    };
    let confidence = value.get("confidence").and_then(Value::as_str);
    let confidence = confidence.and_then(Confidence::from_word);
    if confidence.is_none() {
        fault("confidence", "is not one of high, medium, low");
    }
    let mut sources: Vec<Cited> = Vec::new();
    let none = Vec::new();
    let told = match value.get("sources") {
        None | Some(Value::Null) => &none,
        Some(Value::Array(sources)) => sources,
        Some(_) => {
            fault("sources", "is not a list");
            &none
        }
    };
    for (index, source) in told.iter().enumerate() {
        match cited(source, given) {
            Ok(source) => {
                if sources.iter().all(|it| it.node_id != source.node_id) {
                    sources.push(source);
                }
            }
            Err((field, problem)) => fault(&format!("sources[{index}]{field}"), problem),
        }
    }
    match confidence {
        Some(confidence) if faults.is_empty() => Ok(Reply {
            // A first line is better than nothing.
            summary: if summary.is_empty() {
                crate::system::plain::first_line(&answer, SUMMARY)
            } else {
                summary
            },
            answer,
            confidence,
            sources,
        }),
        _ => Err(faults),
    }
}

fn cited(source: &Value, given: &[NodeId]) -> Result<Cited, (&'static str, &'static str)> {
    let id = source.get("nodeId").and_then(Value::as_str);
    let id: NodeId = id
        .and_then(|id| id.trim().parse().ok())
        .ok_or((".nodeId", "is missing, or is not the id of a node"))?;
    let rank = given.iter().position(|it| *it == id);
    let rank = rank.ok_or((".nodeId", "is not one of the nodes that were given"))?;
    let excerpt = match source.get("excerpt") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => return Err((".excerpt", "is not a text")),
    };
    let tenths = u8::try_from(rank).map_or(1, |rank| 10_u8.saturating_sub(rank).max(1));
    Ok(Cited {
        node_id: id,
        excerpt: harmless_line(excerpt, EXCERPT),
        relevance: f64::from(tenths) / 10.0,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn ids(count: u64) -> Vec<NodeId> {
        (0..count)
            .map(|number| format!("{number:016x}").parse().unwrap())
            .collect()
    }

    #[test]
    fn an_answer_is_read_with_its_sources() {
        let token = format!("{}{}", "ghp_", "a1B2c3D4e5".repeat(4));
        let value = json!({
            "answer": format!(" By a lock.\n\u{1b}[31mWith {token}.\u{202e}"), "summary": "By\na lock", "confidence": "high",
            "sources": [
                {"nodeId": "0000000000000002", "excerpt": "a\u{7}\nlock"},
                {"nodeId": "0000000000000000"},
                {"nodeId": "0000000000000002", "excerpt": "again"},
                {"nodeId": "000000000000000e", "excerpt": null},
            ],
            "mood": "good",
        });
        let reply = read(&value, &ids(20)).unwrap();
        assert_eq!(reply.answer, "By a lock.\nWith [redacted:github-token].");
        assert_eq!(reply.summary, "By a lock");
        let sources: Vec<(String, &str, f64)> = reply
            .sources
            .iter()
            .map(|it| (it.node_id.to_string(), it.excerpt.as_str(), it.relevance))
            .collect();
        assert_eq!(
            sources,
            [
                ("0000000000000002".to_owned(), "a lock", 0.8),
                ("0000000000000000".to_owned(), "", 1.0),
                ("000000000000000e".to_owned(), "", 0.1),
            ]
        );
    }

    #[test]
    fn a_source_that_was_not_given_is_refused() {
        let wrong = |value: Value| -> Vec<String> {
            let faults = read(&value, &ids(3)).unwrap_err();
            faults.iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            wrong(
                json!({"answer": "x", "confidence": "low", "sources": [{"nodeId": "0000000000000003"}, {"nodeId": "../x"}, 5]})
            ),
            [
                "sources[0].nodeId is not one of the nodes that were given",
                "sources[1].nodeId is missing, or is not the id of a node",
                "sources[2].nodeId is missing, or is not the id of a node",
            ]
        );
        assert_eq!(
            wrong(
                json!({"answer": "\u{200b} ", "summary": 1, "confidence": "sure", "sources": {}})
            ),
            [
                "answer is missing, or is no text that says something",
                "summary is not a text",
                "confidence is not one of high, medium, low",
                "sources is not a list",
            ]
        );
        assert_eq!(wrong(json!([])), ["is no object"]);
        let many = json!({"answer": "x", "confidence": "low", "sources": vec![0; 10_000]});
        assert_eq!(wrong(many).len(), FAULTS);
        let short = read(&json!({"answer": "one\ntwo", "confidence": "low"}), &[]).unwrap();
        assert_eq!(short.summary, "one…");
    }

    proptest! {
        #[test]
        fn an_answer_is_bounded_and_harmless(text in "(?s).{1,200}", times in 1_usize..200) {
            let value = json!({"answer": text.repeat(times), "summary": text, "confidence": "low"});
            if let Ok(reply) = read(&value, &[]) {
                prop_assert!(reply.answer.chars().count() <= ANSWER);
                let steers = |c| crate::system::plain::steers(c) && c != '\n' && c != '\t';
                prop_assert!(!reply.answer.chars().any(steers) && !reply.summary.contains('\n'));
            }
        }
    }
}
