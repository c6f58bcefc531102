//! The graph in its database, tried.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod about;
mod aggregates;
mod arrival;
mod calls;
mod commits;
mod conversation;
mod damage;
mod discover;
mod files;
mod insights;
mod killed;
mod migration;
mod prompts;
mod relevance;
mod search;
mod sessions;
mod speed;
mod told;
mod versions;
mod work;

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use crate::sessions::entry::entry_digest;

use super::*;
use crate::graph::clean::Clean;
use crate::graph::edge::{Author, Edge, EdgeKind};
use crate::graph::export::Json;
use crate::graph::node::samples::{day, node};
use crate::graph::node::{Node, NodeId};
use crate::store::{Access, OpenOptions};

fn open(dir: &Path) -> Graph {
    Graph::open(dir, &OpenOptions::new(Access::ReadWrite)).unwrap()
}

/// A graph in a folder of its own.
struct Temporary {
    graph: Graph,
    dir: tempfile::TempDir,
}

impl Temporary {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let graph = open(dir.path());
        Self { graph, dir }
    }

    fn apply(&mut self, updates: &[FileUpdate]) -> Applied {
        let clean: Vec<_> = updates.iter().cloned().map(Clean::promise).collect();
        self.graph.apply(&clean, day(100)).unwrap()
    }

    fn export(&self) -> String {
        export(&self.graph)
    }
}

fn export(graph: &Graph) -> String {
    let mut out = Vec::new();
    graph
        .export(Selection::All, &mut Json::new(&mut out))
        .unwrap();
    String::from_utf8(out).unwrap()
}

/// What was read of a session: its nodes, each with two entries of its own.
fn session(name: &str, nodes: Vec<Node>) -> FileUpdate {
    let mut update = FileUpdate::new(format!("/sessions/{name}.jsonl").into(), &Value::from(1));
    update.nodes = nodes
        .into_iter()
        .map(|node| {
            let segment = &node.source.segment;
            let entries = [&segment.start_entry_id, &segment.end_entry_id];
            let entries = entries.map(|entry| entry_digest(entry)).to_vec();
            NewNode::read(node, entries)
        })
        .collect();
    update
}

fn edge(from: &Node, to: &Node, kind: EdgeKind) -> Edge {
    Edge::new(from.id, to.id, kind, Author::Boundary, day(1))
}

fn ids(hits: &Hits) -> Vec<NodeId> {
    hits.hits.iter().map(|hit| hit.node.id).collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
