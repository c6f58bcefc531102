//! Forgetting what is old, in bounded steps.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::row::{all, change, limit, ms, node_id};
use super::{Graph, GraphError, links, versions};

/// What is forgotten, and when. Nothing is, unless it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Nodes whose files have been gone for so long.
    pub gone_nodes: Option<SignedDuration>,
    /// Messages and facts that were said so long ago.
    pub messages: Option<SignedDuration>,
    /// Edges that have waited for a node for so long.
    pub waiting_edges: Option<SignedDuration>,
    /// At most so many of each at once.
    pub most: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            gone_nodes: None,
            messages: None,
            waiting_edges: Some(SignedDuration::from_hours(365 * 24)),
            most: 10_000,
        }
    }
}

/// How much was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Nodes, with all their versions and edges.
    pub nodes: usize,
    /// Messages.
    pub messages: usize,
    /// Facts.
    pub facts: usize,
    /// Edges that waited.
    pub edges: usize,
    /// Files that have been gone and that no node was found in.
    pub files: usize,
}

impl Graph {
    /// Forgets what is old.
    pub fn prune(&mut self, policy: &Policy, now: Timestamp) -> Result<Pruned, GraphError> {
        let before = |age: SignedDuration| ms(now.saturating_sub(age).unwrap_or(now));
        let most = limit(policy.most);
        self.write(|tx| {
            let mut pruned = Pruned::default();
            if let Some(age) = policy.gone_nodes {
                pruned.nodes = prune_nodes(tx, before(age), most)?;
            }
            if let Some(age) = policy.messages {
                let params = [before(age), most];
                pruned.messages = change(
                    tx,
                    "DELETE FROM message WHERE seq IN (SELECT seq FROM message WHERE at < ?1 ORDER BY at LIMIT ?2)",
                    params,
                )?;
                pruned.facts = change(
                    tx,
                    "DELETE FROM fact WHERE seq IN (SELECT seq FROM fact WHERE at < ?1 LIMIT ?2)",
                    params,
                )?;
            }
            if let Some(age) = policy.waiting_edges {
                pruned.edges = change(
                    tx,
                    "DELETE FROM edge WHERE (source, kind, target) IN (
                         SELECT source, kind, target FROM edge
                         WHERE created_at < ?1 AND (NOT EXISTS (SELECT 1 FROM node WHERE id = source)
                                                 OR NOT EXISTS (SELECT 1 FROM node WHERE id = target))
                         LIMIT ?2)",
                    [before(age), most],
                )?;
            }
            pruned.files = change(
                tx,
                "DELETE FROM session_file WHERE seq IN (
                     SELECT seq FROM session_file WHERE gone_at IS NOT NULL
                         AND NOT EXISTS (SELECT 1 FROM node_file WHERE file = session_file.seq) LIMIT ?1)",
                [most],
            )?;
            Ok(pruned)
        })
    }
}

fn prune_nodes(conn: &Connection, before: i64, most: i64) -> Result<usize, GraphError> {
    let old = all(
        conn,
        "SELECT seq, id, session FROM node WHERE gone_at < ?1 ORDER BY gone_at, seq LIMIT ?2",
        params![before, most],
        |row| {
            Ok((
                row.get::<_, i64>(0)?,
                node_id(row.get(1)?),
                row.get::<_, String>(2)?,
            ))
        },
    )?;
    let mut sessions = std::collections::BTreeSet::new();
    for (seq, id, session) in &old {
        links::erase_edges_of(conn, *id)?;
        versions::erase(conn, *seq)?;
        sessions.insert(session.clone());
    }
    // Forks of what was forgotten hang on what is left, if anything.
    links::resolve_forks(conn, &sessions)?;
    Ok(old.len())
}
