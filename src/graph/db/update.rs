//! Taking in what was read from a session's file: all of it or nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::Value;

use super::commits::{self, CommitLink};
use super::conversation::{self, Fact, Message};
use super::row::{first, key};
use super::versions::{self, Put};
use super::{Graph, GraphError, files, links};
use crate::graph::clean::Clean;
use crate::graph::edge::{Edge, Fork};
use crate::graph::node::{Cause, Node, NodeId};
use crate::sessions::Session;
use crate::sessions::entry::EntryDigest;
use crate::sessions::lineage::Key;
use crate::sessions::read::Identity;

/// What was read from one file since it was last read, or all of it.
#[derive(Clone, Debug)]
pub struct FileUpdate {
    /// The file.
    pub path: PathBuf,
    /// How far it was read: JSON that only its reader knows.
    pub state: String,
    /// How it stood, as far as it was read.
    pub identity: Identity,
    /// When it may be finished, though nothing is written to it any more.
    pub look_at: Option<Timestamp>,
    /// The session that it was forked from, while that is not here.
    pub awaits: Option<String>,
    /// By what others of its family are found: see [`crate::sessions::lineage::Prints::keys`].
    pub keys: Vec<Key>,
    /// What its head says.
    pub session: Option<Session>,
    /// Whether this is all there is to say about the file, because it was read from its beginning: messages and facts of it
    /// that are not here go, and nodes that are not here are marked.
    pub whole: bool,
    /// Segments that ended.
    pub nodes: Vec<NewNode>,
    /// A node that was told of the file and went on to be another.
    pub undone: Option<NodeId>,
    /// Edges that follow from the session; their nodes may come later.
    pub edges: Vec<Edge>,
    /// Where the session was forked.
    pub forks: Vec<Fork>,
    /// What was said, in its order; none if conversations are not to be kept.
    pub messages: Option<Vec<Message>>,
    /// What reads like a fact in it.
    pub facts: Vec<Fact>,
    /// Commits that were made in it.
    pub commits: Vec<CommitLink>,
}

impl FileUpdate {
    /// One that says nothing but how far a file was read.
    pub fn new(path: PathBuf, state: &Value) -> Self {
        Self {
            path,
            state: state.to_string(),
            identity: Identity {
                device: 0,
                inode: 0,
                size: 0,
                modified_ns: 0,
            },
            look_at: None,
            awaits: None,
            keys: Vec::new(),
            session: None,
            whole: false,
            nodes: Vec::new(),
            undone: None,
            edges: Vec::new(),
            forks: Vec::new(),
            messages: None,
            facts: Vec::new(),
            commits: Vec::new(),
        }
    }
}

/// A node to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewNode {
    /// The node. Its version is not looked at.
    pub node: Node,
    /// Why it is stored.
    pub cause: Cause,
    /// Digests of its entries' ids, so that forks of the session find the node that they left.
    pub entries: Vec<EntryDigest>,
}

impl NewNode {
    /// A segment that was read.
    pub const fn read(node: Node, entries: Vec<EntryDigest>) -> Self {
        Self {
            node,
            cause: Cause::Initial,
            entries,
        }
    }
}

/// What storing came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Nodes that were not there.
    pub nodes: usize,
    /// Nodes that have another version now.
    pub versions: usize,
    /// Edges that were not there, or are told better now.
    pub edges: usize,
    /// Messages that were not there.
    pub messages: usize,
    /// Facts that were not there.
    pub facts: usize,
}

impl Applied {
    /// Adds what more came.
    pub fn add(&mut self, more: Self) {
        self.nodes += more.nodes;
        self.versions += more.versions;
        self.edges += more.edges;
        self.messages += more.messages;
        self.facts += more.facts;
    }
}

impl Graph {
    /// Stores what was read from files, all of it in one transaction: a process that is killed leaves the files' states, their
    /// nodes and their messages as they were before or as they are after, never in between.
    ///
    /// A transaction costs some milliseconds whatever is in it: small files are better stored some dozens at a time.
    pub fn apply(
        &mut self,
        updates: &[Clean<FileUpdate>],
        now: Timestamp,
    ) -> Result<Applied, GraphError> {
        if updates.is_empty() {
            return Ok(Applied::default());
        }
        self.write(|tx| {
            let mut work = Work::new(tx);
            for update in updates {
                work.file(update.get(), now)?;
            }
            work.finish()
        })
    }

    /// Stores versions of nodes and edges that come from no file: a model's judgement, a person's correction.
    pub fn put(
        &mut self,
        nodes: &Clean<Vec<NewNode>>,
        edges: &Clean<Vec<Edge>>,
    ) -> Result<Applied, GraphError> {
        self.write_for_good(|tx| {
            let mut work = Work::new(tx);
            for new in nodes.get() {
                work.node(new)?;
            }
            work.edges(edges.get())?;
            work.finish()
        })
    }
}

/// A transaction at work.
struct Work<'a> {
    conn: &'a Connection,
    applied: Applied,
    /// Sessions whose forks may have found their node.
    parents: BTreeSet<String>,
}

impl<'a> Work<'a> {
    fn new(conn: &'a Connection) -> Self {
        Self {
            conn,
            applied: Applied::default(),
            parents: BTreeSet::new(),
        }
    }

    fn file(&mut self, update: &FileUpdate, now: Timestamp) -> Result<(), GraphError> {
        let conn = self.conn;
        let file = files::put(conn, update, now)?;
        if update.whole || update.messages.is_none() {
            conversation::forget_messages(conn, file)?;
        }
        if update.whole {
            conversation::forget_facts(conn, file)?;
        }
        let mut nodes = BTreeSet::new();
        for new in &update.nodes {
            let seq = self.node(new)?;
            files::found_in(conn, seq, file)?;
            nodes.insert(seq);
            if update.whole {
                links::forget_forks_to(conn, new.node.id)?;
            }
        }
        if update.whole {
            files::only_these(conn, file, &nodes, now)?;
        }
        if let Some(undone) = update.undone {
            self.undo(undone, file, now)?;
        }
        self.edges(&update.edges)?;
        for fork in &update.forks {
            links::put_fork(conn, fork)?;
            self.parents.insert(fork.parent_session.clone());
        }
        for message in update.messages.iter().flatten() {
            self.applied.messages += conversation::put_message(conn, file, message)?;
        }
        for fact in &update.facts {
            self.applied.facts += conversation::put_fact(conn, file, fact)?;
        }
        for commit in &update.commits {
            commits::put(conn, commit)?;
        }
        Ok(())
    }

    fn node(&mut self, new: &NewNode) -> Result<i64, GraphError> {
        let (seq, put) = versions::put(self.conn, new)?;
        match put {
            Put::New => self.applied.nodes += 1,
            Put::Version => self.applied.versions += 1,
            Put::Known => {}
        }
        self.parents.insert(new.node.source.session_id.clone());
        Ok(seq)
    }

    fn undo(&mut self, node: NodeId, file: i64, now: Timestamp) -> Result<(), GraphError> {
        let seq = first(
            self.conn,
            "SELECT seq FROM node WHERE id = ?1",
            [key(node)],
            |row| row.get(0),
        )?;
        seq.map_or(Ok(()), |seq| files::not_in(self.conn, seq, file, now))
    }

    fn edges(&mut self, edges: &[Edge]) -> Result<(), GraphError> {
        for edge in edges {
            self.applied.edges += usize::from(links::put(self.conn, edge)?);
        }
        Ok(())
    }

    fn finish(self) -> Result<Applied, GraphError> {
        links::resolve_forks(self.conn, &self.parents)?;
        Ok(self.applied)
    }
}
