//! The files that sessions were read from: how far, and whether they are still there.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::conversation;
use super::derived::agent_word;
use super::row::{all, change, first, from_json, ms, to_json};
use super::update::FileUpdate;
use super::{Graph, GraphError};
use crate::store::StoreError;

/// How far a file was read.
#[derive(Clone, Debug, PartialEq)]
pub struct FileState {
    /// The file.
    pub path: PathBuf,
    /// What its reader said.
    pub state: Value,
    /// Its session, if it is known.
    pub session: Option<String>,
    /// Whether its messages are kept. Where they are to be kept from now on, the file must be read from its beginning.
    pub messages: bool,
}

impl Graph {
    /// How far every file was read that was there when it was last looked for; by path.
    pub fn file_states(&self) -> Result<Vec<FileState>, GraphError> {
        all(
            self.conn(),
            "SELECT path, state, session, messages FROM session_file WHERE gone_at IS NULL ORDER BY path",
            [],
            |row| {
                Ok(FileState {
                    path: path(row.get(0)?),
                    state: from_json("state", &row.get::<_, String>(1)?)?,
                    session: row.get(2)?,
                    messages: row.get(3)?,
                })
            },
        )
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
    let seq = first(
        conn,
        "INSERT INTO session_file (path, state, session, agent, folder, head, messages, read_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (path) DO UPDATE SET
             state = excluded.state, session = ifnull(excluded.session, session), agent = ifnull(excluded.agent, agent),
             folder = ifnull(excluded.folder, folder), head = ifnull(excluded.head, head),
             messages = excluded.messages, read_at = excluded.read_at, gone_at = NULL
         RETURNING seq",
        params![
            bytes(&update.path),
            to_json("state", &update.state)?,
            head.map(|head| &head.id),
            head.map(|head| agent_word(head.agent)),
            head.and_then(|head| head.folder.as_ref()),
            json,
            update.messages.is_some(),
            ms(now)
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
        change(
            conn,
            "DELETE FROM node_file WHERE node = ?1 AND file = ?2",
            [node, file],
        )?;
        mark(conn, node, now)?;
    }
    Ok(())
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
