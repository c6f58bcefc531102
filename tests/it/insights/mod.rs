//! Insights: what sessions have in common, told to coding agents, and what comes of it.

mod archived;
mod inject;
mod measure;
mod prompt;
mod reference;

use std::path::Path;

use git_tend::graph::db::{FileUpdate, NewNode};
use git_tend::graph::{Clean, Graph, Node, NodeId};
use git_tend::store::{Access, OpenOptions};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::{Ran, World};

const NOW: &str = "2026-03-31T12:00:00Z";

/// So many days before now.
fn before(days: i64) -> Timestamp {
    let now: Timestamp = NOW.parse().unwrap();
    now - SignedDuration::from_hours(24 * days)
}

fn open(world: &World) -> Graph {
    let dir = world.home().join(".data/git-tend");
    std::fs::create_dir_all(&dir).unwrap();
    Graph::open(&dir, &OpenOptions::new(Access::ReadWrite)).unwrap()
}

/// What a quirk of the model looks like in a node.
fn quirk(text: &str, workaround: Option<&str>) -> Value {
    json!({
        "model": "acme/m-1", "observation": text, "frequency": "often", "severity": "medium", "workaround": workaround,
    })
}

/// A judged node of a session of its own, so many days ago.
fn node(folder: &Path, name: &str, days: i64, quirks: &[Value], failures: usize) -> Node {
    let failed = json!({"tool": "edit", "errorType": "no match", "model": "acme/m-1"});
    serde_json::from_value(json!({
        "id": NodeId::of_segment(name, "a", "z"),
        "source": {
            "sessionFile": format!("/sessions/{name}.jsonl"),
            "segment": {"startEntryId": "a", "endEntryId": "z", "entryCount": 7},
            "computer": "here", "sessionId": name, "agent": "pi",
        },
        "classification": {"type": "coding", "project": folder},
        "content": {"summary": "Worked on the shop for a while", "outcome": "success"},
        "observations": {
            "modelsUsed": [{"provider": "acme", "model": "m-1", "tokensInput": 10, "tokensOutput": 5, "cost": 0.25}],
            "modelQuirks": quirks,
            "toolUseErrors": vec![failed; failures],
        },
        "metadata": {
            "tokensUsed": 15, "cost": 0.25, "durationMinutes": 30.0, "timestamp": before(days),
            "analyzedAt": before(days), "analyzerVersion": "v1-00000000",
        },
        "semantic": {"tags": ["coding"]},
    }))
    .unwrap()
}

fn apply(world: &World, nodes: Vec<Node>) {
    let updates: Vec<_> = nodes
        .into_iter()
        .map(|node| {
            let path = format!("/sessions/{}.jsonl", node.source.session_id);
            let mut update = FileUpdate::new(path.into(), &json!(1));
            update.nodes = vec![NewNode::read(node, Vec::new())];
            Clean::promise(update)
        })
        .collect();
    open(world).apply(&updates, before(0)).unwrap();
}

/// A repository whose sessions have an oddity and a failing tool in common.
fn world() -> World {
    let world = World::new();
    let folder = world.repo().canonicalize().unwrap();
    let nodes = (0..6).map(|nth| {
        let quirks = [
            quirk("Forgets the imports", Some("Ask for them")),
            quirk("Talks a lot", None),
        ];
        node(&folder, &format!("s{nth}"), 3 + nth, &quirks, 2)
    });
    apply(&world, nodes.collect());
    world
}

fn tend(world: &World, args: &[&str]) -> Ran {
    world.tend_with(&[("TEND_NOW", NOW)], args)
}

fn agents_md(world: &World) -> std::path::PathBuf {
    world.repo().join("AGENTS.md")
}
