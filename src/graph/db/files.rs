//! The files that sessions were read from: how far, and whether they are still there.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::conversation;
use super::row::{all, change, first, from_json, ms, node_id, optional_time, time, to_json};
use super::update::FileUpdate;
use super::{Graph, GraphError, links, versions};
use crate::sessions::Agent;
use crate::sessions::read::Identity;
use crate::store::StoreError;

/// A file that was read: what says whether to look at it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// The file.
    pub path: PathBuf,
    /// How it stood, as far as it was read.
    pub identity: Identity,
    /// When it was read.
    pub read_at: Timestamp,
    /// When it may be finished, though nothing is written to it any more.
    pub look_at: Option<Timestamp>,
    /// Whether its messages are kept. Where they are to be kept from now on, the file must be read from its beginning.
    pub messages: bool,
    /// Its session, if it is known.
    pub session: Option<String>,
    /// The session that it was forked from, while that is not here.
    pub awaits: Option<String>,
}

impl Graph {
    /// Every file that was there when it was last looked for, by path.
    pub fn known_files(&self) -> Result<Vec<KnownFile>, GraphError> {
        all(
            self.conn(),
            "SELECT path, size, modified_ns, device, inode, read_at, look_at, messages, session, awaits
             FROM session_file WHERE gone_at IS NULL ORDER BY path",
            [],
            |row| {
                Ok(KnownFile {
                    path: path(row.get(0)?),
                    identity: Identity {
                        size: row.get::<_, i64>(1)?.cast_unsigned(),
                        modified_ns: row.get(2)?,
                        device: row.get::<_, i64>(3)?.cast_unsigned(),
                        inode: row.get::<_, i64>(4)?.cast_unsigned(),
                    },
                    read_at: time("read_at", row.get(5)?)?,
                    look_at: optional_time("look_at", row.get(6)?)?,
                    messages: row.get(7)?,
                    session: row.get(8)?,
                    awaits: row.get(9)?,
                })
            },
        )
    }

    /// Families of files of an agent that begin with the same entry: the paths and sessions of each, if there is more than one.
    pub fn families(&self, agent: Agent) -> Result<Vec<Vec<(PathBuf, String)>>, GraphError> {
        let rows = all(
            self.conn(),
            "SELECT first_entry, path, session FROM session_file AS it
             WHERE gone_at IS NULL AND agent = ?1 AND session IS NOT NULL AND first_entry IN (
                 SELECT first_entry FROM session_file
                 WHERE gone_at IS NULL AND agent = ?1 AND first_entry IS NOT NULL
                 GROUP BY first_entry HAVING count(DISTINCT session) > 1)
             ORDER BY first_entry, path",
            [agent_word(agent)],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    path(row.get(1)?),
                    row.get::<_, String>(2)?,
                ))
            },
        )?;
        let mut families: Vec<(i64, Vec<(PathBuf, String)>)> = Vec::new();
        for (entry, path, session) in rows {
            match families.last_mut() {
                Some((of, family)) if *of == entry => family.push((path, session)),
                _ => families.push((entry, vec![(path, session)])),
            }
        }
        Ok(families.into_iter().map(|(_, family)| family).collect())
    }

    /// How far one file was read.
    pub fn file_state(&self, file: &Path) -> Result<Option<Value>, GraphError> {
        let found = first(
            self.conn(),
            "SELECT state FROM session_file WHERE path = ?1 AND gone_at IS NULL",
            [bytes(file)],
            |row| row.get::<_, String>(0),
        )?;
        let state = found.map(|state| from_json("state", &state)).transpose();
        Ok(state?)
    }

    /// Notes that files are gone: what was said in them is forgotten, nodes stay and are marked. A file that comes back is
    /// read from its beginning.
    pub fn files_gone(&mut self, gone: &[&Path], now: Timestamp) -> Result<(), GraphError> {
        if gone.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            for file in gone {
                let seq = first(
                    tx,
                    "UPDATE session_file SET gone_at = ?2, state = 'null', messages = 0
                     WHERE path = ?1 AND gone_at IS NULL RETURNING seq",
                    params![bytes(file), ms(now)],
                    |row| row.get::<_, i64>(0),
                )?;
                if let Some(seq) = seq {
                    conversation::forget_messages(tx, seq)?;
                    conversation::forget_facts(tx, seq)?;
                    let nodes = all(
                        tx,
                        "SELECT node FROM node_file WHERE file = ?1",
                        [seq],
                        |row| Ok(row.get::<_, i64>(0)?),
                    )?;
                    for node in nodes {
                        mark(tx, node, now)?;
                    }
                }
            }
            Ok(())
        })
    }
}

/// Stores how far a file was read; with its number in the table.
pub(super) fn put(
    conn: &Connection,
    update: &FileUpdate,
    now: Timestamp,
) -> Result<i64, GraphError> {
    let head = update.session.as_ref();
    let json = head.map(|head| to_json("head", head)).transpose()?;
    let it = &update.identity;
    let seq = first(
        conn,
        "INSERT INTO session_file (path, state, session, agent, folder, head, messages, read_at,
                                   size, modified_ns, device, inode, look_at, awaits, first_entry)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (path) DO UPDATE SET
             state = excluded.state, session = ifnull(excluded.session, session), agent = ifnull(excluded.agent, agent),
             folder = ifnull(excluded.folder, folder), head = ifnull(excluded.head, head),
             messages = excluded.messages, read_at = excluded.read_at, gone_at = NULL,
             size = excluded.size, modified_ns = excluded.modified_ns, device = excluded.device,
             inode = excluded.inode, look_at = excluded.look_at, awaits = excluded.awaits,
             first_entry = excluded.first_entry
         RETURNING seq",
        params![
            bytes(&update.path),
            to_json("state", &update.state)?,
            head.map(|head| &head.id),
            head.map(|head| head.agent.as_str()),
            head.and_then(|head| head.folder.as_ref()),
            json,
            update.messages.is_some(),
            ms(now),
            it.size.cast_signed(),
            it.modified_ns,
            it.device.cast_signed(),
            it.inode.cast_signed(),
            update.look_at.map(ms),
            update.awaits,
            update.first_entry.map(i64::from_be_bytes),
        ],
        |row| row.get(0),
    )?;
    Ok(seq.ok_or_else(|| StoreError::value("seq", "nothing"))?)
}

/// Notes that a node was found in a file.
pub(super) fn found_in(conn: &Connection, node: i64, file: i64) -> Result<(), GraphError> {
    change(
        conn,
        "INSERT INTO node_file (node, file) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        [node, file],
    )?;
    change(
        conn,
        "UPDATE node SET gone_at = NULL WHERE seq = ?1 AND gone_at IS NOT NULL",
        [node],
    )?;
    Ok(())
}

/// Notes that a file has these nodes and no others.
pub(super) fn only_these(
    conn: &Connection,
    file: i64,
    nodes: &BTreeSet<i64>,
    now: Timestamp,
) -> Result<(), GraphError> {
    let known = all(
        conn,
        "SELECT node FROM node_file WHERE file = ?1",
        [file],
        |row| Ok(row.get::<_, i64>(0)?),
    )?;
    for node in known.into_iter().filter(|node| !nodes.contains(node)) {
        not_in(conn, node, file, now)?;
    }
    Ok(())
}

/// Notes that a node is not in a file, though the file is there. A node that is in no file, and of which only the session told,
/// was never one, and is forgotten; one that somebody judged is marked.
pub(super) fn not_in(
    conn: &Connection,
    node: i64,
    file: i64,
    now: Timestamp,
) -> Result<(), GraphError> {
    change(
        conn,
        "DELETE FROM node_file WHERE node = ?1 AND file = ?2",
        [node, file],
    )?;
    let forgotten = first(
        conn,
        "SELECT id FROM node WHERE seq = ?1
             AND NOT EXISTS (SELECT 1 FROM node_file WHERE node = node.seq)
             AND NOT EXISTS (SELECT 1 FROM node_version WHERE node = node.seq AND NOT is_draft)",
        [node],
        |row| Ok(node_id(row.get(0)?)),
    )?;
    match forgotten {
        Some(id) => {
            versions::erase(conn, node)?;
            links::erase_edges_of(conn, id)
        }
        None => mark(conn, node, now),
    }
}

/// Marks a node that is in no file any more.
fn mark(conn: &Connection, node: i64, now: Timestamp) -> Result<(), GraphError> {
    change(
        conn,
        "UPDATE node SET gone_at = ?2
         WHERE seq = ?1 AND gone_at IS NULL AND NOT EXISTS (
             SELECT 1 FROM node_file JOIN session_file ON session_file.seq = node_file.file
             WHERE node_file.node = node.seq AND session_file.gone_at IS NULL)",
        params![node, ms(now)],
    )?;
    Ok(())
}

pub(super) fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

pub(super) fn path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes))
}
