//! Looking for connections: which nodes, against which candidates.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::read::current;
use super::row::{all, change, first, key, limit, ms, node_id};
use super::{Graph, GraphError, links};
use crate::graph::connect::{Candidates, Policy, Profile, connections};
use crate::graph::edge::Edge;
use crate::graph::node::NodeId;
use crate::graph::search::{WINDOW, quoted};

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Discovered {
    /// Nodes that were looked at.
    pub nodes: usize,
    /// Edges that were found.
    pub edges: usize,
}

/// Words of a lesson that others are looked for with: the longest say most.
const LESSON_WORDS: usize = 8;
/// Lessons of a node that others are looked for with.
const LESSONS: usize = 20;

impl Graph {
    /// The nodes that connections should be looked for: analysed lately, and not looked at lately; the newest first. Those in
    /// `skip` wait, for instance because they are about to be analysed again.
    pub fn due_for_discovery(
        &self,
        policy: &Policy,
        skip: &BTreeSet<NodeId>,
        now: Timestamp,
    ) -> Result<Vec<NodeId>, GraphError> {
        let found = all(
            self.conn(),
            "SELECT id FROM node WHERE analyzed_at >= ?1 AND (discovered_at IS NULL OR discovered_at <= ?2)
             ORDER BY analyzed_at DESC, id LIMIT ?3",
            params![
                ms(now.saturating_sub(policy.look_back).unwrap_or(now)),
                ms(now.saturating_sub(policy.cool_down).unwrap_or(now)),
                limit(policy.limit.saturating_add(skip.len()))
            ],
            |row| Ok(node_id(row.get(0)?)),
        )?;
        let due = found.into_iter().filter(|id| !skip.contains(id));
        Ok(due.take(policy.limit).collect())
    }

    /// Looks for connections of all nodes that are due, each in a transaction of its own: what is found stays if the process
    /// is killed, and the rest is still due.
    pub fn discover(
        &mut self,
        policy: &Policy,
        skip: &BTreeSet<NodeId>,
        now: Timestamp,
    ) -> Result<Discovered, GraphError> {
        let mut due = self.due_for_discovery(policy, skip, now)?;
        // A pair that is connected already is left alone: the order must not be that of arrival.
        due.sort_unstable();
        let mut done = Discovered::default();
        for id in due {
            done.nodes += 1;
            done.edges += self.discover_one(id, policy, now)?;
        }
        Ok(done)
    }

    /// Looks for connections of one node, due or not; how many were found.
    pub fn discover_one(
        &mut self,
        id: NodeId,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<usize, GraphError> {
        Ok(self.discover_edges(id, policy, now)?.len())
    }

    /// The same, with the edges that were found.
    pub fn discover_edges(
        &mut self,
        id: NodeId,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Vec<Edge>, GraphError> {
        self.write(|tx| {
            let node = current(tx, id)?.ok_or(GraphError::NoSuchNode(id))?;
            let profile = Profile::of(&node);
            let candidates = candidates(tx, &profile, policy)?;
            let mut found = Vec::new();
            for edge in connections(&profile, &candidates, policy, now) {
                if links::put(tx, &edge)? {
                    found.push(edge);
                }
            }
            change(
                tx,
                "UPDATE node SET discovered_at = ?2 WHERE id = ?1",
                params![key(id), ms(now)],
            )?;
            Ok(found)
        })
    }
}

fn candidates(
    conn: &Connection,
    node: &Profile,
    policy: &Policy,
) -> Result<Candidates, GraphError> {
    let oldest = node.at.saturating_sub(policy.window).unwrap_or(node.at);
    let recent = all(
        conn,
        "SELECT id FROM node WHERE at < ?1 AND at >= ?2 ORDER BY at DESC, id LIMIT ?3",
        params![ms(node.at), ms(oldest), limit(policy.candidates)],
        |row| Ok(node_id(row.get(0)?)),
    )?;
    Ok(Candidates {
        recent: profiles(conn, recent)?,
        lessons: profiles(conn, with_lessons_of(conn, node, policy)?)?,
        named: named(conn, node)?,
        failures: failures(conn, node)?,
        projects: projects(conn, node)?,
        connected: connected(conn, node.id)?,
    })
}

fn profiles(
    conn: &Connection,
    ids: impl IntoIterator<Item = NodeId>,
) -> Result<Vec<Profile>, GraphError> {
    let mut found = Vec::new();
    for id in ids {
        found.extend(current(conn, id)?.map(|node| Profile::of(&node)));
    }
    Ok(found)
}

/// Older nodes whose lessons have some of the words of the node's lessons, those that have most first.
fn with_lessons_of(
    conn: &Connection,
    node: &Profile,
    policy: &Policy,
) -> Result<Vec<NodeId>, GraphError> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for words in node.lesson_queries().take(LESSONS) {
        let mut words: Vec<&String> = words.iter().collect();
        words.sort_by_key(|word| (std::cmp::Reverse(word.chars().count()), word.as_str()));
        let words: Vec<String> = words
            .into_iter()
            .take(LESSON_WORDS)
            .map(|word| quoted(word))
            .collect();
        let expression = format!("lessons : ({})", words.join(" OR "));
        let ids = all(
            conn,
            &format!(
                "SELECT node.id
                 FROM (SELECT rowid, rank FROM node_text WHERE node_text MATCH ?1 ORDER BY rowid DESC LIMIT {WINDOW})
                      AS found
                 JOIN node ON node.seq = found.rowid
                 WHERE node.at < ?2 ORDER BY found.rank, node.at DESC, node.id LIMIT ?3"
            ),
            params![expression, ms(node.at), limit(policy.candidates)],
            |row| Ok(node_id(row.get(0)?)),
        )?;
        found.extend(ids.into_iter().filter(|id| seen.insert(*id)));
    }
    Ok(found)
}

/// Of the ids that the node names those that exist.
fn named(conn: &Connection, node: &Profile) -> Result<BTreeSet<NodeId>, GraphError> {
    let mut found = BTreeSet::new();
    for &id in node.names() {
        let there = first(conn, "SELECT 1 FROM node WHERE id = ?1", [key(id)], |_| {
            Ok(())
        })?;
        if there.is_some() {
            found.insert(id);
        }
    }
    Ok(found)
}

/// The last node before this one with each of its failures.
fn failures(
    conn: &Connection,
    node: &Profile,
) -> Result<BTreeMap<(String, String), NodeId>, GraphError> {
    let mut found = BTreeMap::new();
    for (tool, error) in node.failures() {
        let before = first(
            conn,
            "SELECT id FROM tool_error WHERE tool = ?1 AND error = ?2 AND at < ?3 ORDER BY at DESC, id DESC LIMIT 1",
            params![tool, error, ms(node.at)],
            |row| row.get(0),
        )?;
        if let Some(before) = before {
            found.insert((tool.clone(), error.clone()), node_id(before));
        }
    }
    Ok(found)
}

/// The last node before this one of its project, in another session, and of the projects that it names.
fn projects(conn: &Connection, node: &Profile) -> Result<BTreeMap<String, NodeId>, GraphError> {
    let mut wanted = node.related_projects.clone();
    wanted.insert(node.project.clone());
    wanted.remove("");
    let mut found = BTreeMap::new();
    for project in wanted {
        let sql = if project.contains(['/', '\\']) {
            "SELECT id FROM node WHERE project = ?1 AND at < ?2 AND session <> ?3 ORDER BY at DESC, id DESC LIMIT 1"
        } else {
            "SELECT id FROM node WHERE project_name = lower(?1) AND at < ?2 AND session <> ?3
             ORDER BY at DESC, id DESC LIMIT 1"
        };
        let before = first(
            conn,
            sql,
            params![project, ms(node.at), node.session],
            |row| row.get(0),
        )?;
        if let Some(before) = before {
            found.insert(project, node_id(before));
        }
    }
    Ok(found)
}

/// The nodes that a node has an edge with.
fn connected(conn: &Connection, id: NodeId) -> Result<BTreeSet<NodeId>, GraphError> {
    let found = all(
        conn,
        "SELECT target FROM edge WHERE source = ?1 UNION SELECT source FROM edge WHERE target = ?1",
        [key(id)],
        |row| Ok(node_id(row.get(0)?)),
    )?;
    Ok(found.into_iter().collect())
}
