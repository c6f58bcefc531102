//! Storing edges, and finding the nodes that were forked.

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, params};

use super::GraphError;
use super::row::{all, change, first, from_json, key, ms, node_id, time, to_json, word};
use super::versions::digests;
use crate::graph::edge::{Author, Edge, EdgeKind, EdgeMetadata, Fork, GUESSED_FORK};
use crate::graph::node::{NodeId, canonical};
use crate::graph::patterns::to_millis;
use crate::sessions::entry::entry_digest;

/// What [`edge`] reads.
macro_rules! edge_columns {
    () => {
        "source, target, kind, metadata, created_at, created_by, confidence, similarity"
    };
}

pub(super) use edge_columns;

/// Reads a row of [`edge_columns`].
pub(super) fn edge(row: &Row<'_>) -> Result<Edge, GraphError> {
    let kind: String = row.get(2)?;
    let metadata: String = row.get(3)?;
    let by: String = row.get(5)?;
    Ok(Edge {
        source_node_id: node_id(row.get(0)?),
        target_node_id: node_id(row.get(1)?),
        kind: word("kind", &kind, EdgeKind::from_word)?,
        metadata: from_json("metadata", &metadata)?,
        created_at: time("created_at", row.get(4)?)?,
        created_by: word("created_by", &by, Author::from_word)?,
        confidence: row.get(6)?,
        similarity: row.get(7)?,
    })
}

/// Stores an edge, or the stronger of two accounts of it. Whether anything changed.
pub(super) fn put(conn: &Connection, new: &Edge) -> Result<bool, GraphError> {
    if let Some(fault) = new.fault() {
        return Err(GraphError::InvalidEdge {
            from: new.source_node_id,
            to: new.target_node_id,
            fault,
        });
    }
    let mut new = new.clone();
    new.created_at = to_millis(new.created_at);
    new.metadata.extra.values_mut().for_each(canonical);
    let known = all(
        conn,
        concat!(
            "SELECT ",
            edge_columns!(),
            " FROM edge WHERE source = ?1 AND kind = ?2 AND target = ?3"
        ),
        params![
            key(new.source_node_id),
            new.kind.as_str(),
            key(new.target_node_id)
        ],
        edge,
    )?;
    if known.iter().any(|known| new.strength(known).is_le()) {
        return Ok(false);
    }
    change(
        conn,
        "INSERT INTO edge (source, kind, target, metadata, created_at, created_by, confidence, similarity)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (source, kind, target) DO UPDATE SET
             metadata = excluded.metadata, created_at = excluded.created_at, created_by = excluded.created_by,
             confidence = excluded.confidence, similarity = excluded.similarity",
        params![
            key(new.source_node_id),
            new.kind.as_str(),
            key(new.target_node_id),
            to_json("metadata", &new.metadata)?,
            ms(new.created_at),
            new.created_by.as_str(),
            new.confidence,
            new.similarity
        ],
    )?;
    Ok(true)
}

/// Remembers where a session says that it was forked. Of two accounts the one that names an entry is kept, then the later
/// one.
pub(super) fn put_fork(conn: &Connection, fork: &Fork) -> Result<(), GraphError> {
    change(
        conn,
        "INSERT INTO fork (child, parent, child_session, entry, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (child, parent) DO UPDATE SET
             child_session = excluded.child_session, entry = excluded.entry, at = excluded.at
         WHERE (excluded.entry IS NOT NULL, excluded.at, ifnull(excluded.entry, ''), excluded.child_session)
             > (entry IS NOT NULL, at, ifnull(entry, ''), child_session)",
        params![
            key(fork.child),
            fork.parent_session,
            fork.child_session,
            fork.entry,
            ms(fork.at)
        ],
    )?;
    Ok(())
}

/// Forgets of which session a node's is a fork: what is said of it now counts.
pub(super) fn forget_forks_to(conn: &Connection, child: NodeId) -> Result<(), GraphError> {
    change(
        conn,
        "DELETE FROM edge WHERE target = ?1 AND kind = 'fork' AND created_by = 'boundary'",
        [key(child)],
    )?;
    change(conn, "DELETE FROM fork WHERE child = ?1", [key(child)])?;
    Ok(())
}

/// Draws the edges of all forks of these sessions anew: their nodes may be others now.
pub(super) fn resolve_forks(
    conn: &Connection,
    parents: &BTreeSet<String>,
) -> Result<(), GraphError> {
    for parent in parents {
        let forks = all(
            conn,
            "SELECT child, child_session, entry, at FROM fork WHERE parent = ?1 ORDER BY child",
            [parent],
            |row| {
                Ok(Fork {
                    child: node_id(row.get(0)?),
                    child_session: row.get(1)?,
                    parent_session: parent.clone(),
                    entry: row.get(2)?,
                    at: time("at", row.get(3)?)?,
                })
            },
        )?;
        if forks.is_empty() {
            continue;
        }
        let nodes = nodes_of(conn, parent)?;
        for fork in &forks {
            change(
                conn,
                "DELETE FROM edge WHERE target = ?1 AND kind = 'fork' AND created_by = 'boundary'
                     AND metadata ->> 'parentSession' = ?2",
                params![key(fork.child), parent],
            )?;
            if let Some((from, confidence)) = forked_node(&nodes, fork) {
                put(conn, &fork_edge(fork, from, confidence))?;
            }
        }
    }
    Ok(())
}

fn fork_edge(fork: &Fork, from: NodeId, confidence: f64) -> Edge {
    Edge {
        metadata: EdgeMetadata {
            parent_session: Some(fork.parent_session.clone()),
            child_session: Some(fork.child_session.clone()),
            entry: fork.entry.clone(),
            ..EdgeMetadata::default()
        },
        confidence,
        ..Edge::new(from, fork.child, EdgeKind::Fork, Author::Boundary, fork.at)
    }
}

/// A node of a session that was forked.
struct Forked {
    id: NodeId,
    at: i64,
    entries: Vec<u8>,
}

/// A session's nodes, the latest first.
fn nodes_of(conn: &Connection, session: &str) -> Result<Vec<Forked>, GraphError> {
    all(
        conn,
        "SELECT node.id, node.at, node_entry.entries
         FROM node LEFT JOIN node_entry ON node_entry.node = node.seq
         WHERE node.session = ?1 ORDER BY node.at DESC, node.id DESC",
        [session],
        |row| {
            Ok(Forked {
                id: node_id(row.get(0)?),
                at: row.get(1)?,
                entries: row.get::<_, Option<Vec<u8>>>(2)?.unwrap_or_default(),
            })
        },
    )
}

/// The node that has the last common entry; else, as a guess, the last one before the fork.
fn forked_node(nodes: &[Forked], fork: &Fork) -> Option<(NodeId, f64)> {
    let others = || nodes.iter().filter(|node| node.id != fork.child);
    if let Some(entry) = &fork.entry {
        let wanted = entry_digest(entry);
        let has = |node: &&Forked| digests(&node.entries).any(|digest| digest == wanted);
        if let Some(node) = others().find(has) {
            return Some((node.id, 1.0));
        }
    }
    let node = others().find(|node| node.at <= ms(fork.at))?;
    Some((node.id, GUESSED_FORK))
}

/// Forgets the edges at a node that is erased, and where it was forked.
pub(super) fn erase_edges_of(conn: &Connection, id: NodeId) -> Result<(), GraphError> {
    change(
        conn,
        "DELETE FROM edge WHERE source = ?1 OR target = ?1",
        [key(id)],
    )?;
    change(conn, "DELETE FROM fork WHERE child = ?1", [key(id)])?;
    Ok(())
}

/// Up to so many edges at a node.
pub(super) fn edge_count(conn: &Connection, id: NodeId, most: u32) -> Result<u32, GraphError> {
    let found = first(
        conn,
        "SELECT count(*) FROM (SELECT 1 FROM edge WHERE source = ?1 UNION ALL
                               SELECT 1 FROM edge WHERE target = ?1 LIMIT ?2)",
        params![key(id), most],
        |row| row.get(0),
    )?;
    Ok(found.unwrap_or(0))
}
