//! Storing nodes: every content once, numbered in the order in which they were made.
//!
//! The versions of a node are the set of the different contents that it ever had. They are numbered by when they were made,
//! so that the numbers do not depend on what arrived first; in the usual case, where what is newer arrives later, numbers
//! never change. A content that comes back is not a new version: else reading a session again would bury what a model said
//! about it.

use rusqlite::{Connection, params};

use super::derived;
use super::row::{all, change, first, from_json, key, limit, ms, to_json};
use super::{GraphError, NewNode};
use crate::graph::node::{Cause, Node, Strictness};
use crate::sessions::entry::EntryDigest;

/// What storing a node came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It was not there.
    New,
    /// It has another version now.
    Version,
    /// Nothing is new.
    Known,
}

/// Stores a node's content; with its number in the table.
pub(super) fn put(conn: &Connection, new: &NewNode) -> Result<(i64, Put), GraphError> {
    let faults = new.node.faults(Strictness::Stored);
    let id = new.node.id;
    if !faults.is_empty() {
        return Err(GraphError::Invalid { id, faults });
    }
    let mut node = new.node.clone().canonical();
    node.version = 1;
    node.previous_versions.clear();
    let digest = node
        .digest()
        .map_err(|error| crate::store::StoreError::value("body", error))?;
    let known = first(
        conn,
        "SELECT seq FROM node WHERE id = ?1",
        [key(id)],
        |row| row.get::<_, i64>(0),
    )?;
    let (seq, put) = match known {
        None => {
            let seq = insert(conn, &node)?;
            insert_version(conn, seq, 1, new.cause, &digest, &node)?;
            derived::write(conn, seq, &node)?;
            (seq, Put::New)
        }
        Some(seq) => (seq, add_version(conn, seq, new.cause, &digest, &node)?),
    };
    put_entries(conn, seq, &new.entries)?;
    Ok((seq, put))
}

fn insert(conn: &Connection, node: &Node) -> Result<i64, GraphError> {
    let row = derived::Columns::of(node);
    change(
        conn,
        "INSERT INTO node (id, version, session, agent, kind, outcome, project, project_name, analyzer, at, ended_at,
                           analyzed_at)
         VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            key(node.id),
            node.source.session_id,
            row.agent,
            node.classification.kind.as_str(),
            node.content.outcome.as_str(),
            node.classification.project,
            row.project_name,
            node.metadata.analyzer_version,
            row.at,
            row.ended_at,
            ms(node.metadata.analyzed_at)
        ],
    )?;
    Ok(conn.last_insert_rowid())
}

fn insert_version(
    conn: &Connection,
    seq: i64,
    version: i64,
    cause: Cause,
    digest: &[u8],
    node: &Node,
) -> Result<(), GraphError> {
    change(
        conn,
        "INSERT INTO node_version (node, version, analyzed_at, digest, cause, is_draft, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            seq,
            version,
            ms(node.metadata.analyzed_at),
            digest,
            cause.as_str(),
            node.is_draft(),
            to_json("body", node)?
        ],
    )?;
    Ok(())
}

fn add_version(
    conn: &Connection,
    seq: i64,
    cause: Cause,
    digest: &[u8],
    node: &Node,
) -> Result<Put, GraphError> {
    let known = first(
        conn,
        "SELECT seq, cause, body FROM node_version WHERE node = ?1 AND digest = ?2",
        params![seq, digest],
        |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            ))
        },
    )?;
    let put = match known {
        None if node.is_draft() => return redraft(conn, seq, cause, digest, node),
        None => {
            insert_version(conn, seq, 0, cause, digest, node)?;
            Put::Version
        }
        Some((version, stored_cause, body)) => {
            let stored: Node = from_json("body", &body)?;
            let stored_cause = Cause::from_word(&stored_cause);
            // Of two accounts of one content, always the same is kept.
            if (node.precedence(), Some(cause)) >= (stored.precedence(), stored_cause) {
                return Ok(Put::Known);
            }
            change(
                conn,
                "UPDATE node_version SET analyzed_at = ?2, cause = ?3, body = ?4 WHERE seq = ?1",
                params![
                    version,
                    ms(node.metadata.analyzed_at),
                    cause.as_str(),
                    to_json("body", node)?
                ],
            )?;
            Put::Known
        }
    };
    number(conn, seq)?;
    Ok(put)
}

/// Stores another draft. What nobody judged is no version to be kept: of two drafts the fuller one stays, whichever comes
/// first.
fn redraft(
    conn: &Connection,
    seq: i64,
    cause: Cause,
    digest: &[u8],
    node: &Node,
) -> Result<Put, GraphError> {
    let known = first(
        conn,
        "SELECT seq, digest, body FROM node_version WHERE node = ?1 AND is_draft",
        [seq],
        |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, Vec<u8>>(1)?,
                row.get::<_, String>(2)?,
            ))
        },
    )?;
    let put = match known {
        None => {
            insert_version(conn, seq, 0, cause, digest, node)?;
            Put::Version
        }
        Some((version, stored_digest, body)) => {
            let stored: Node = from_json("body", &body)?;
            if (node.fullness(), digest) <= (stored.fullness(), &stored_digest) {
                return Ok(Put::Known);
            }
            change(
                conn,
                "UPDATE node_version SET analyzed_at = ?2, digest = ?3, cause = ?4, body = ?5 WHERE seq = ?1",
                params![
                    version,
                    ms(node.metadata.analyzed_at),
                    digest,
                    cause.as_str(),
                    to_json("body", node)?
                ],
            )?;
            Put::Version
        }
    };
    number(conn, seq)?;
    Ok(put)
}

/// Numbers a node's versions, and shows the last.
fn number(conn: &Connection, seq: i64) -> Result<(), GraphError> {
    let versions = all(
        conn,
        "SELECT seq, version FROM node_version WHERE node = ?1 ORDER BY analyzed_at, digest",
        [seq],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
    )?;
    let mut current = None;
    for (index, (version, number)) in versions.iter().enumerate() {
        let wanted = limit(index + 1);
        if *number != wanted {
            change(
                conn,
                "UPDATE node_version SET version = ?2 WHERE seq = ?1",
                [*version, wanted],
            )?;
        }
        current = Some((*version, wanted));
    }
    let Some((version, number)) = current else {
        return Ok(());
    };
    let body = first(
        conn,
        "SELECT body FROM node_version WHERE seq = ?1",
        [version],
        |row| row.get::<_, String>(0),
    )?;
    let node: Node = from_json("body", &body.unwrap_or_default())?;
    let row = derived::Columns::of(&node);
    change(
        conn,
        "UPDATE node SET version = ?2, session = ?3, agent = ?4, kind = ?5, outcome = ?6, project = ?7, project_name = ?8,
                analyzer = ?9, at = ?10, ended_at = ?11, analyzed_at = ?12
         WHERE seq = ?1",
        params![
            seq,
            number,
            node.source.session_id,
            row.agent,
            node.classification.kind.as_str(),
            node.content.outcome.as_str(),
            node.classification.project,
            row.project_name,
            node.metadata.analyzer_version,
            row.at,
            row.ended_at,
            ms(node.metadata.analyzed_at)
        ],
    )?;
    derived::erase(conn, seq)?;
    derived::write(conn, seq, &node)
}

/// Adds to the entries that a node is known to have.
fn put_entries(conn: &Connection, seq: i64, entries: &[EntryDigest]) -> Result<(), GraphError> {
    if entries.is_empty() {
        return Ok(());
    }
    let stored = entries_of(conn, seq)?;
    let mut all = entries.to_vec();
    all.extend(digests(&stored));
    all.sort_unstable();
    all.dedup();
    let bytes = all.concat();
    if bytes != stored {
        change(
            conn,
            "INSERT INTO node_entry (node, entries) VALUES (?1, ?2)
             ON CONFLICT (node) DO UPDATE SET entries = excluded.entries",
            params![seq, bytes],
        )?;
    }
    Ok(())
}

/// The entries of a node, as they are stored.
fn entries_of(conn: &Connection, seq: i64) -> Result<Vec<u8>, GraphError> {
    let found = first(
        conn,
        "SELECT entries FROM node_entry WHERE node = ?1",
        [seq],
        |row| row.get(0),
    )?;
    Ok(found.unwrap_or_default())
}

/// Stored digests, one by one.
pub(super) fn digests(bytes: &[u8]) -> impl Iterator<Item = EntryDigest> {
    bytes
        .chunks_exact(8)
        .filter_map(|chunk| chunk.try_into().ok())
}

/// Forgets a node and everything that hangs on it, but for edges.
pub(super) fn erase(conn: &Connection, seq: i64) -> Result<(), GraphError> {
    derived::erase(conn, seq)?;
    change(conn, "DELETE FROM node WHERE seq = ?1", [seq])?;
    Ok(())
}
