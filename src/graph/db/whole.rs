//! Edges and nodes by the side of each other: for walks, and for documents of the whole.

use std::collections::BTreeSet;

use rusqlite::params_from_iter;
use rusqlite::types::Value as Cell;

use super::links::{edge, edge_columns};
use super::read::node_from;
use super::row::{all, key, limit, node_id};
use super::{Graph, GraphError};
use crate::graph::edge::{Edge, EdgeKind};
use crate::graph::export::Sink;
use crate::graph::node::NodeId;
use crate::graph::walk::{Adjacency, Direction};

/// Which part of the graph.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// All of it.
    All,
    /// These nodes, and the edges between them.
    Nodes(&'a BTreeSet<NodeId>),
}

impl Graph {
    /// Writes nodes and edges, as much as is selected; one at a time is in memory.
    pub fn export(&self, selection: Selection<'_>, sink: &mut impl Sink) -> Result<(), GraphError> {
        // One transaction: what others write meanwhile is not half in it.
        let tx = self.conn().unchecked_transaction()?;
        let chosen = |id: NodeId| match selection {
            Selection::All => true,
            Selection::Nodes(ids) => ids.contains(&id),
        };
        sink.begin()?;
        let mut statement = tx.prepare_cached(
            "SELECT node.id, node.version, node_version.body FROM node
             JOIN node_version ON node_version.node = node.seq AND node_version.version = node.version
             ORDER BY node.at, node.id < 0, node.id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if chosen(node_id(row.get(0)?)) {
                let body: String = row.get(2)?;
                sink.node(&node_from(&body, row.get(1)?)?)?;
            }
        }
        let mut statement = tx.prepare_cached(concat!(
            "SELECT ",
            edge_columns!(),
            " FROM edge WHERE EXISTS (SELECT 1 FROM node WHERE id = source)
                 AND EXISTS (SELECT 1 FROM node WHERE id = target)
             ORDER BY source < 0, source, target < 0, target, kind"
        ))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let edge = edge(row)?;
            if chosen(edge.source_node_id) && chosen(edge.target_node_id) {
                sink.edge(&edge)?;
            }
        }
        sink.end()?;
        Ok(())
    }
}

impl Adjacency for Graph {
    type Error = GraphError;

    fn edges_at(
        &self,
        node: NodeId,
        direction: Direction,
        kinds: &[EdgeKind],
        most: usize,
    ) -> Result<Vec<Edge>, GraphError> {
        let mut found = Vec::new();
        let sides = match direction {
            Direction::Out => &["source"][..],
            Direction::In => &["target"],
            Direction::Both => &["source", "target"],
        };
        for &side in sides {
            let other = if side == "source" { "target" } else { "source" };
            let marks = vec!["?"; kinds.len()].join(", ");
            let kind = if kinds.is_empty() {
                String::new()
            } else {
                format!("AND kind IN ({marks})")
            };
            let sql = format!(
                "SELECT {} FROM edge WHERE {side} = ? {kind} AND EXISTS (SELECT 1 FROM node WHERE id = {other})
                 ORDER BY kind, {other} LIMIT ?",
                edge_columns!()
            );
            let cells = std::iter::once(Cell::from(key(node)))
                .chain(kinds.iter().map(|it| Cell::from(it.as_str().to_owned())))
                .chain([Cell::from(limit(most))]);
            found.extend(all(self.conn(), &sql, params_from_iter(cells), edge)?);
        }
        Ok(found)
    }
}
