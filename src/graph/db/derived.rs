//! What is kept of a node's current version besides the version itself: the words of the full-text index, what nodes are
//! filtered by, and the rows that totals are made of.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::GraphError;
use super::row::{change, count, key, ms, to_json};
use crate::graph::export::project_name;
use crate::graph::node::Node;
use crate::graph::patterns::Contribution;
use crate::sessions::Agent;

/// Columns that are not simply fields.
pub(super) struct Columns {
    pub(super) agent: Option<&'static str>,
    pub(super) project_name: String,
    pub(super) at: i64,
    pub(super) ended_at: i64,
}

impl Columns {
    pub(super) fn of(node: &Node) -> Self {
        let at = node.metadata.timestamp;
        Self {
            agent: node.source.agent.map(Agent::as_str),
            project_name: project_name(&node.classification.project).to_lowercase(),
            at: ms(at),
            ended_at: ms(end_of(at, node.metadata.duration_minutes)),
        }
    }
}

/// When a segment ended.
fn end_of(at: Timestamp, minutes: f64) -> Timestamp {
    SignedDuration::try_from_secs_f64(minutes * 60.0)
        .ok()
        .and_then(|duration| at.checked_add(duration).ok())
        .unwrap_or(at)
}

/// Writes what follows from a node.
pub(super) fn write(conn: &Connection, seq: i64, node: &Node) -> Result<(), GraphError> {
    index(conn, seq, node)?;
    terms(conn, seq, node)?;
    totals(conn, seq, node)
}

/// Takes it back.
pub(super) fn erase(conn: &Connection, seq: i64) -> Result<(), GraphError> {
    for sql in [
        "DELETE FROM node_text WHERE rowid = ?1",
        "DELETE FROM term WHERE node = ?1",
        "DELETE FROM tool_error WHERE node = ?1",
        "DELETE FROM model_use WHERE node = ?1",
        "DELETE FROM model_quirk WHERE node = ?1",
        "DELETE FROM lesson WHERE node = ?1",
    ] {
        change(conn, sql, [seq])?;
    }
    Ok(())
}

fn index(conn: &Connection, seq: i64, node: &Node) -> Result<(), GraphError> {
    let mut decisions = Vec::new();
    for it in &node.content.key_decisions {
        decisions.extend([it.what.as_str(), it.why.as_str()]);
        decisions.extend(it.alternatives_considered.iter().map(String::as_str));
    }
    let summary = match &node.content.title {
        Some(title) => format!("{title}\n{}", node.content.summary),
        None => node.content.summary.clone(),
    };
    let mut lessons = Vec::new();
    for (_, it) in node.lessons.iter() {
        lessons.extend([it.summary.as_str(), it.details.as_str()]);
        lessons.extend(it.actionable.as_deref());
    }
    change(
        conn,
        "INSERT INTO node_text (rowid, summary, decisions, lessons, tags, topics, files)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            seq,
            plain(&summary),
            plain(&decisions.join("\n")),
            plain(&lessons.join("\n")),
            plain(&node.semantic.tags.join("\n")),
            plain(&node.semantic.topics.join("\n")),
            plain(&node.content.files_touched.join("\n"))
        ],
    )?;
    Ok(())
}

/// Without the characters that mark matches, which would be shown as such.
pub(super) fn plain(text: &str) -> String {
    text.replace(['\u{0}', '\u{1}', '\u{2}'], " ")
}

fn terms(conn: &Connection, seq: i64, node: &Node) -> Result<(), GraphError> {
    let mut terms: BTreeSet<(&str, String)> = BTreeSet::new();
    let tools = node.content.tools_used.iter();
    terms.extend(tools.map(|tool| ("tool", tool.trim().to_lowercase())));
    let tags = node.semantic.tags.iter();
    terms.extend(tags.map(|tag| ("tag", tag.trim().to_lowercase())));
    for used in &node.observations.models_used {
        // By the whole name or by either part.
        terms.insert(("model", used.name().to_lowercase()));
        terms.insert(("model", used.model.to_lowercase()));
        terms.insert(("model", used.provider.to_lowercase()));
    }
    for (kind, text) in terms.iter().filter(|(_, text)| !text.is_empty()) {
        change(
            conn,
            "INSERT INTO term (node, kind, text) VALUES (?1, ?2, ?3)",
            params![seq, kind, text],
        )?;
    }
    Ok(())
}

fn totals(conn: &Connection, seq: i64, node: &Node) -> Result<(), GraphError> {
    let at = ms(node.metadata.timestamp);
    let id = key(node.id);
    let it = Contribution::of(node);
    for ((tool, error, model), times) in &it.failures {
        change(
            conn,
            "INSERT INTO tool_error (tool, error, at, node, id, model, times)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![tool, error, at, seq, id, model, count(*times)],
        )?;
    }
    for (model, taken) in &it.models {
        change(
            conn,
            "INSERT INTO model_use (model, at, node, session, input, output, cache_read, cache_write, cost)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                model,
                at,
                seq,
                node.source.session_id,
                count(taken.input),
                count(taken.output),
                count(taken.cache_read),
                count(taken.cache_write),
                count(taken.cost)
            ],
        )?;
    }
    for (model, times) in &it.quirks {
        change(
            conn,
            "INSERT INTO model_quirk (model, node, times) VALUES (?1, ?2, ?3)",
            params![model, seq, count(*times)],
        )?;
    }
    for (nth, (level, pattern, tags)) in it.lessons.iter().enumerate() {
        change(
            conn,
            "INSERT INTO lesson (level, pattern, at, id, nth, node, tags)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                level.as_str(),
                pattern,
                at,
                id,
                count(nth as u64),
                seq,
                to_json("tags", tags)?
            ],
        )?;
    }
    Ok(())
}
