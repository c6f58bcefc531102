//! The files that sessions were read from: how far, and whether they are still there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
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
}

impl Graph {
    /// Every file that was there when it was last looked for, by path.
    pub fn known_files(&self) -> Result<Vec<KnownFile>, GraphError> {
        all(
            self.conn(),
            "SELECT path, size, modified_ns, device, inode, read_at, look_at, messages, session
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
                })
            },
        )
    }

    /// Files that share a key, and those that share one with these: the paths and sessions of each family of which there is
    /// more than one session.
    pub fn families(&self) -> Result<Vec<Vec<(PathBuf, String)>>, GraphError> {
        let rows = all(
            self.conn(),
            "SELECT key, path, session FROM file_key JOIN session_file ON seq = file
             WHERE gone_at IS NULL AND session IS NOT NULL AND key IN (
                 SELECT key FROM file_key JOIN session_file ON seq = file
                 WHERE gone_at IS NULL GROUP BY key HAVING count(DISTINCT session) > 1)
             ORDER BY path, key",
            [],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    (path(row.get(1)?), row.get::<_, String>(2)?),
                ))
            },
        )?;
        Ok(joined(rows))
    }

    /// Files whose session waits for the one that it was forked from, with a file of that one, which is here now.
    pub fn found_parents(&self) -> Result<Vec<(PathBuf, PathBuf)>, GraphError> {
        all(
            self.conn(),
            "SELECT it.path, parent.path, max(parent.size) FROM session_file AS it JOIN session_file AS parent
                 ON parent.session = it.awaits AND parent.gone_at IS NULL AND parent.seq <> it.seq
             WHERE it.awaits IS NOT NULL AND it.gone_at IS NULL
             GROUP BY it.seq ORDER BY it.path",
            [],
            |row| Ok((path(row.get(0)?), path(row.get(1)?))),
        )
    }

    /// Files that were read since [`Graph::compared`] was last said.
    pub fn fresh_files(&self) -> Result<HashSet<PathBuf>, GraphError> {
        let fresh = all(
            self.conn(),
            "SELECT path FROM fresh_file JOIN session_file ON seq = file",
            [],
            |row| Ok(path(row.get(0)?)),
        )?;
        Ok(fresh.into_iter().collect())
    }

    /// Notes that every file was compared with those that it may share entries with, and that what came of it is stored.
    pub fn compared(&mut self) -> Result<(), GraphError> {
        self.write(|tx| change(tx, "DELETE FROM fresh_file", []).map(drop))
    }

    /// How far one file was read.
    pub fn file_state(&self, file: &Path) -> Result<Option<Value>, GraphError> {
        let found = first(
            self.conn(),
            "SELECT state FROM session_file JOIN file_state ON file = seq WHERE path = ?1 AND gone_at IS NULL",
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
                    "UPDATE session_file SET gone_at = ?2, messages = 0
                     WHERE path = ?1 AND gone_at IS NULL RETURNING seq",
                    params![bytes(file), ms(now)],
                    |row| row.get::<_, i64>(0),
                )?;
                if let Some(seq) = seq {
                    change(tx, "DELETE FROM file_state WHERE file = ?1", [seq])?;
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

/// Things that share a key, directly or through others, in their order.
fn joined<T: Ord + Clone>(rows: Vec<(i64, T)>) -> Vec<Vec<T>> {
    let mut families: Vec<Vec<T>> = Vec::new();
    let mut of_key: HashMap<i64, usize> = HashMap::new();
    let mut of_member: BTreeMap<T, usize> = BTreeMap::new();
    for (key, member) in rows {
        let (known, other) = (of_member.get(&member).copied(), of_key.get(&key).copied());
        let family = known.or(other).unwrap_or_else(|| {
            families.push(Vec::new());
            families.len() - 1
        });
        if known.is_none() {
            of_member.insert(member.clone(), family);
            families
                .get_mut(family)
                .into_iter()
                .for_each(|it| it.push(member.clone()));
        }
        of_key.insert(key, family);
        // The key was another family's: they are one.
        if let Some(other) = other.filter(|other| *other != family) {
            let members = families
                .get_mut(other)
                .map(std::mem::take)
                .unwrap_or_default();
            for it in &members {
                of_member.insert(it.clone(), family);
            }
            of_key
                .values_mut()
                .filter(|it| **it == other)
                .for_each(|it| *it = family);
            families
                .get_mut(family)
                .into_iter()
                .for_each(|it| it.extend(members.iter().cloned()));
        }
    }
    for family in &mut families {
        family.sort();
    }
    families.retain(|family| !family.is_empty());
    families.sort();
    families
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
        "INSERT INTO session_file (path, session, agent, folder, head, messages, read_at,
                                   size, modified_ns, device, inode, look_at, awaits)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (path) DO UPDATE SET
             session = ifnull(excluded.session, session), agent = ifnull(excluded.agent, agent),
             folder = ifnull(excluded.folder, folder), head = ifnull(excluded.head, head),
             messages = excluded.messages, read_at = excluded.read_at, gone_at = NULL,
             size = excluded.size, modified_ns = excluded.modified_ns, device = excluded.device,
             inode = excluded.inode, look_at = excluded.look_at, awaits = excluded.awaits
         RETURNING seq",
        params![
            bytes(&update.path),
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
        ],
        |row| row.get(0),
    )?;
    let seq = seq.ok_or_else(|| StoreError::value("seq", "nothing"))?;
    change(
        conn,
        "INSERT INTO file_state (file, state) VALUES (?1, ?2)
         ON CONFLICT (file) DO UPDATE SET state = excluded.state",
        params![seq, update.state],
    )?;
    change(
        conn,
        "INSERT INTO fresh_file (file) VALUES (?1) ON CONFLICT DO NOTHING",
        [seq],
    )?;
    if update.whole {
        change(conn, "DELETE FROM file_key WHERE file = ?1", [seq])?;
    }
    for key in &update.keys {
        change(
            conn,
            "INSERT INTO file_key (key, file) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            [i64::from_be_bytes(*key), seq],
        )?;
    }
    Ok(seq)
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
