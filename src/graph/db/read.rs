//! Reading nodes and edges.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::Serialize;

use super::row::{all, first, from_json, key, limit, node_id, optional_time, time, uncount, word};
use super::{Graph, GraphError, files};
use crate::graph::node::{Cause, Node, NodeId, NodeKind, NodeRef, Outcome};
use crate::sessions::draft::DRAFTED;

/// A version of a node, with what is known beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The version.
    pub node: Node,
    /// Why there is this version.
    pub cause: Cause,
    /// Whether it is the newest.
    pub current: bool,
    /// Since when none of its files is there any more.
    pub gone_at: Option<Timestamp>,
    /// The files that it was found in.
    pub files: Vec<std::path::PathBuf>,
}

/// A node in a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Which.
    pub id: NodeId,
    /// Its newest version.
    pub version: u32,
    /// Its session.
    pub session: String,
    /// What kind of work it was.
    #[serde(rename = "type")]
    pub kind: NodeKind,
    /// What came of it.
    pub outcome: Outcome,
    /// Where.
    pub project: String,
    /// What made the newest version.
    pub analyzer_version: String,
    /// When it began.
    pub timestamp: Timestamp,
    /// When the newest version was made.
    pub analyzed_at: Timestamp,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Files that are there.
    pub files: u64,
    /// Sessions that nodes are of.
    pub sessions: u64,
    /// Nodes.
    pub nodes: u64,
    /// Nodes whose files are gone.
    pub gone_nodes: u64,
    /// Versions of all nodes.
    pub versions: u64,
    /// Edges with both ends.
    pub edges: u64,
    /// Edges that wait for a node.
    pub waiting_edges: u64,
    /// Messages.
    pub messages: u64,
    /// Facts.
    pub facts: u64,
    /// Commits with a session.
    pub commits: u64,
}

/// What [`listed`] reads.
macro_rules! listed_columns {
    () => {
        "node.id, node.version, node.session, node.kind, node.outcome, node.project, node.analyzer, node.at, \
         node.analyzed_at"
    };
}

pub(super) use listed_columns;

/// Reads a row of [`listed_columns`].
pub(super) fn listed(row: &Row<'_>) -> Result<Listed, GraphError> {
    let kind: String = row.get(3)?;
    let outcome: String = row.get(4)?;
    Ok(Listed {
        id: node_id(row.get(0)?),
        version: row.get(1)?,
        session: row.get(2)?,
        kind: word("kind", &kind, NodeKind::from_word)?,
        outcome: word("outcome", &outcome, Outcome::from_word)?,
        project: row.get(5)?,
        analyzer_version: row.get(6)?,
        timestamp: time("at", row.get(7)?)?,
        analyzed_at: time("analyzed_at", row.get(8)?)?,
    })
}

/// A stored body as the version that it is.
pub(super) fn node_from(body: &str, version: u32) -> Result<Node, GraphError> {
    let mut node: Node = from_json("body", body)?;
    node.version = version;
    node.previous_versions = (1..version)
        .map(|version| NodeRef {
            id: node.id,
            version,
        })
        .collect();
    Ok(node)
}

/// The current version of a node.
pub(super) fn current(conn: &Connection, id: NodeId) -> Result<Option<Node>, GraphError> {
    let found = first(
        conn,
        "SELECT node_version.body, node.version FROM node
         JOIN node_version ON node_version.node = node.seq AND node_version.version = node.version
         WHERE node.id = ?1",
        [key(id)],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?)),
    )?;
    found
        .map(|(body, version)| node_from(&body, version))
        .transpose()
}

impl Graph {
    /// A node's newest version.
    pub fn node(&self, id: NodeId) -> Result<Option<Stored>, GraphError> {
        let versions = self.versions(id)?;
        Ok(versions.into_iter().next_back())
    }

    /// One version of a node.
    pub fn version(&self, of: NodeRef) -> Result<Option<Stored>, GraphError> {
        let versions = self.versions(of.id)?;
        Ok(versions
            .into_iter()
            .find(|it| it.node.version == of.version))
    }

    /// All versions of a node, oldest first; none if there is no such node.
    pub fn versions(&self, id: NodeId) -> Result<Vec<Stored>, GraphError> {
        let found = all(
            self.conn(),
            "SELECT node_version.version, node_version.cause, node_version.body, node.version, node.gone_at
             FROM node JOIN node_version ON node_version.node = node.seq
             WHERE node.id = ?1 ORDER BY node_version.version",
            [key(id)],
            |row| {
                let version: u32 = row.get(0)?;
                let cause: String = row.get(1)?;
                Ok(Stored {
                    node: node_from(&row.get::<_, String>(2)?, version)?,
                    cause: word("cause", &cause, Cause::from_word)?,
                    current: version == row.get::<_, u32>(3)?,
                    gone_at: optional_time("gone_at", row.get(4)?)?,
                    files: Vec::new(),
                })
            },
        )?;
        if found.is_empty() {
            return Ok(found);
        }
        let files = all(
            self.conn(),
            "SELECT session_file.path FROM node JOIN node_file ON node_file.node = node.seq
             JOIN session_file ON session_file.seq = node_file.file
             WHERE node.id = ?1 ORDER BY session_file.path",
            [key(id)],
            |row| Ok(files::path(row.get(0)?)),
        )?;
        Ok(found
            .into_iter()
            .map(|stored| Stored {
                files: files.clone(),
                ..stored
            })
            .collect())
    }

    /// The ids that begin with these digits, at most `most`.
    pub fn ids_with_prefix(&self, digits: &str, most: usize) -> Result<Vec<NodeId>, GraphError> {
        let hexadecimal = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        if digits.len() > 16 || !digits.chars().all(hexadecimal) {
            return Ok(Vec::new());
        }
        let low = u64::from_str_radix(&pad(digits, '0'), 16);
        let high = u64::from_str_radix(&pad(digits, 'f'), 16);
        let (Ok(low), Ok(high)) = (low, high) else {
            return Ok(Vec::new());
        };
        // Ids past the middle have a sign in the database: an interval of digits never crosses it, but for the empty one.
        let (low, high) = if digits.is_empty() {
            (i64::MIN, i64::MAX)
        } else {
            (low.cast_signed(), high.cast_signed())
        };
        all(
            self.conn(),
            "SELECT id FROM node WHERE id BETWEEN ?1 AND ?2 ORDER BY id < 0, id LIMIT ?3",
            params![low, high, limit(most)],
            |row| Ok(node_id(row.get(0)?)),
        )
    }

    /// The nodes of a session, in the order of its segments.
    pub fn nodes_of_session(&self, session: &str) -> Result<Vec<Listed>, GraphError> {
        all(
            self.conn(),
            concat!(
                "SELECT ",
                listed_columns!(),
                " FROM node WHERE session = ?1 ORDER BY at, id < 0, id"
            ),
            [session],
            listed,
        )
    }

    /// Nodes that nobody has judged and that have a file, the latest first.
    pub fn drafts(&self, most: usize) -> Result<Vec<Node>, GraphError> {
        all(
            self.conn(),
            "SELECT body FROM node JOIN node_version USING (version)
             WHERE node_version.node = node.seq AND analyzer = ?1 AND gone_at IS NULL
             ORDER BY at DESC, id DESC LIMIT ?2",
            params![DRAFTED, limit(most)],
            |row| Ok(from_json("body", &row.get::<_, String>(0)?)?),
        )
    }

    /// Nodes that another version of the analysis judged, the latest first: to be judged again. Drafts are not among them, for
    /// nobody judged them, nor are nodes without their files.
    pub fn outdated(&self, version: &str, most: usize) -> Result<Vec<Node>, GraphError> {
        all(
            self.conn(),
            "SELECT body, node.version FROM node JOIN node_version USING (version)
             WHERE node_version.node = node.seq AND analyzer <> ?1 AND analyzer <> ?2 AND gone_at IS NULL
             ORDER BY at DESC, id DESC LIMIT ?3",
            params![version, DRAFTED, limit(most)],
            |row| node_from(&row.get::<_, String>(0)?, row.get(1)?),
        )
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> Result<u64, GraphError> {
        let found = first(self.conn(), "SELECT count(*) FROM node", [], |row| {
            Ok(uncount(row.get(0)?))
        })?;
        Ok(found.unwrap_or(0))
    }

    /// The words of a node's summary.
    pub fn summary(&self, id: NodeId) -> Result<Option<String>, GraphError> {
        Ok(current(self.conn(), id)?.map(|node| node.content.summary))
    }

    /// How much there is.
    pub fn counts(&self) -> Result<Counts, GraphError> {
        let count = |sql: &str| -> Result<u64, GraphError> {
            let found = first(self.conn(), sql, [], |row| row.get::<_, i64>(0))?;
            Ok(super::row::uncount(found.unwrap_or(0)))
        };
        let all_edges = count("SELECT count(*) FROM edge")?;
        let edges = count(
            "SELECT count(*) FROM edge JOIN node AS a ON a.id = edge.source JOIN node AS b ON b.id = edge.target",
        )?;
        Ok(Counts {
            files: count("SELECT count(*) FROM session_file WHERE gone_at IS NULL")?,
            sessions: count("SELECT count(DISTINCT session) FROM node")?,
            nodes: count("SELECT count(*) FROM node")?,
            gone_nodes: count("SELECT count(*) FROM node WHERE gone_at IS NOT NULL")?,
            versions: count("SELECT count(*) FROM node_version")?,
            edges,
            waiting_edges: all_edges.saturating_sub(edges),
            messages: count("SELECT count(*) FROM message")?,
            facts: count("SELECT count(*) FROM fact")?,
            commits: count("SELECT count(*) FROM commit_link")?,
        })
    }
}

fn pad(digits: &str, fill: char) -> String {
    let missing = 16_usize.saturating_sub(digits.len());
    digits
        .chars()
        .chain(std::iter::repeat_n(fill, missing))
        .collect()
}
