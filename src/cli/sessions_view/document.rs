//! The JSON that scripts rely on. What is of the graph is named as in its nodes, and sessions as git-tend's other lists.

use serde::Serialize;
use serde_json::{Value, json};

use super::links::Linked;
use super::session::broken_lines;
use super::{node, session};
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::graph::db::{CommitOf, Overview};
use crate::graph::walk::Subgraph;
use crate::graph::{Edge, NodeId};
use crate::report::json::SCHEMA;
use crate::report::safe_json;
use crate::sessions::read::Broken;

/// Prints a document in which nothing steers the terminal, whatever a session said.
pub fn print(value: &impl Serialize, app: &App) -> Result<(), CommandError> {
    app.ui.write_data(|out| {
        safe_json::pretty(out, value)?;
        out.write_all(b"\n")
    })
}

/// `graph show --json`: the node as it is stored, and what is known around it.
pub fn node(it: &node::Told) -> Value {
    let versions: Vec<Value> = it
        .versions
        .iter()
        .map(|stored| {
            let made = &stored.node.metadata;
            json!({
                "version": stored.node.version,
                "cause": stored.cause,
                "analyzedAt": made.analyzed_at,
                "analyzerVersion": made.analyzer_version,
            })
        })
        .collect();
    let files = it.stored.files.iter().map(|file| file.to_string_lossy());
    json!({
        "schema": SCHEMA,
        "node": it.stored.node,
        "current": it.stored.current,
        "goneAt": it.stored.gone_at,
        "files": files.collect::<Vec<_>>(),
        "edges": it.links.iter().map(linked).collect::<Vec<_>>(),
        "commits": it.commits.iter().map(commit).collect::<Vec<_>>(),
        "versions": versions,
    })
}

/// An edge, and what is at its other end.
fn linked(it: &Linked) -> Value {
    let mut line = edge(&it.edge);
    line["other"] = json!({
        "id": it.other.id,
        "session": it.other.source.session_id,
        "summary": it.other.content.summary,
    });
    line
}

/// An edge with its id.
pub fn edge(edge: &Edge) -> Value {
    let mut line = json!({ "id": edge.id() });
    if let (Value::Object(line), Value::Object(fields)) = (&mut line, json!(edge)) {
        line.extend(fields);
    }
    line
}

fn commit(it: &CommitOf) -> Value {
    json!({
        "commit": it.link.commit,
        "repository": it.link.repository,
        "node": it.node,
        "how": it.link.how,
        "timestamp": it.link.at,
    })
}

/// `graph show --neighbours --json`.
pub fn walked(from: NodeId, found: &Subgraph) -> Value {
    let nodes = found.nodes.iter();
    json!({
        "schema": SCHEMA,
        "from": from,
        "nodes": nodes.map(|it| json!({ "id": it.id, "depth": it.depth })).collect::<Vec<_>>(),
        "edges": found.edges.iter().map(edge).collect::<Vec<_>>(),
        "truncated": found.truncated,
    })
}

/// A session in a list.
pub fn overview(it: &Overview) -> Value {
    json!({
        "id": it.id,
        "agent": it.agent,
        "project": it.project,
        "started_at": it.started_at,
        "ended_at": it.ended_at,
        "nodes": it.nodes,
        "gone_nodes": it.gone,
        "tokens": it.tokens,
        "cost": it.cost,
        "duration_minutes": it.minutes,
        "outcome": it.outcome,
        "summary": it.about,
        "commits": it.commits,
    })
}

/// `sessions list --json`.
pub fn sessions(list: &[Overview]) -> Value {
    json!({ "schema": SCHEMA, "sessions": list.iter().map(overview).collect::<Vec<_>>() })
}

/// `sessions show --json`.
pub fn session(it: &session::Told) -> Value {
    let files: Vec<Value> = it
        .files
        .iter()
        .map(|file| {
            json!({
                "path": file.path.to_string_lossy(),
                "read_at": file.read_at,
                "gone_at": file.gone_at,
                "broken_lines": broken_lines(&file.state).map(Broken::total),
            })
        })
        .collect();
    json!({
        "schema": SCHEMA,
        "session": overview(&it.whole),
        "head": it.head(),
        "files": files,
        "nodes": it.nodes,
        "edges": it.edges.iter().map(edge).collect::<Vec<_>>(),
        "commits": it.commits.iter().map(commit).collect::<Vec<_>>(),
    })
}
