//! Commits, and the sessions that made them.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::row::{all, change, key, limit, ms, node_id, time, word};
use super::{Graph, GraphError};
use crate::graph::node::{NodeId, words};

words! {
    /// How a commit's session is known, the weakest first.
    How {
        /// It was made in the session's folder while the session was at work.
        TimeAndFolder = "time_and_folder",
        /// The session ran git, and git named the commit.
        Command = "command",
        /// The agent told the hook.
        Hook = "hook",
    }
}

/// A commit of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitLink {
    /// The repository's id.
    pub repository: String,
    /// The commit's id.
    pub commit: String,
    /// The session.
    pub session: String,
    /// The node, if it is known; else it is the one that the session was in at that time.
    pub node: Option<NodeId>,
    /// How it is known.
    pub how: How,
    /// When the commit was made.
    pub at: Timestamp,
}

/// A commit, and the node that it was made in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitOf {
    /// The commit and its session.
    pub link: CommitLink,
    /// The node, once it is there.
    pub node: Option<NodeId>,
}

/// What [`commit`] reads. A node that is not there yet, or not told, is found by the time.
macro_rules! commit_columns {
    () => {
        "repository, commit_id, session, node, how, at, \
         ifnull((SELECT id FROM node AS told WHERE told.id = commit_link.node), \
                (SELECT id FROM node AS near WHERE near.session = commit_link.session AND near.at <= commit_link.at \
                 ORDER BY near.at DESC, near.id DESC LIMIT 1))"
    };
}

impl Graph {
    /// Stores which sessions made which commits. Of several accounts the surest is kept.
    pub fn link_commits(&mut self, links: &[CommitLink]) -> Result<(), GraphError> {
        if links.is_empty() {
            return Ok(());
        }
        self.write_for_good(|tx| links.iter().try_for_each(|link| put(tx, link)))
    }

    /// The sessions that made a commit, the surest first.
    pub fn sessions_of_commit(
        &self,
        repository: &str,
        commit: &str,
    ) -> Result<Vec<CommitOf>, GraphError> {
        let mut found = all(
            self.conn(),
            concat!(
                "SELECT ",
                commit_columns!(),
                " FROM commit_link WHERE repository = ?1 AND commit_id = ?2 ORDER BY session"
            ),
            [repository, commit],
            read,
        )?;
        found.sort_by_key(|it| std::cmp::Reverse(it.link.how));
        Ok(found)
    }

    /// The commits of a session, oldest first.
    pub fn commits_of_session(&self, session: &str) -> Result<Vec<CommitOf>, GraphError> {
        all(
            self.conn(),
            concat!(
                "SELECT ",
                commit_columns!(),
                " FROM commit_link WHERE session = ?1 ORDER BY at, repository, commit_id"
            ),
            [session],
            read,
        )
    }

    /// The commits that were made in a node, oldest first.
    pub fn commits_of_node(&self, node: NodeId) -> Result<Vec<CommitOf>, GraphError> {
        let sessions = all(
            self.conn(),
            "SELECT session FROM node WHERE id = ?1",
            [key(node)],
            |row| Ok(row.get::<_, String>(0)?),
        )?;
        let mut found = Vec::new();
        for session in sessions {
            let of_session = self.commits_of_session(&session)?.into_iter();
            found.extend(of_session.filter(|it| it.node == Some(node)));
        }
        Ok(found)
    }

    /// A repository's commits with their sessions, newest first.
    pub fn commits_of_repository(
        &self,
        repository: &str,
        most: usize,
    ) -> Result<Vec<CommitOf>, GraphError> {
        all(
            self.conn(),
            concat!(
                "SELECT ",
                commit_columns!(),
                " FROM commit_link WHERE repository = ?1 ORDER BY at DESC, commit_id, session LIMIT ?2"
            ),
            params![repository, limit(most)],
            read,
        )
    }
}

fn read(row: &Row<'_>) -> Result<CommitOf, GraphError> {
    let how: String = row.get(4)?;
    Ok(CommitOf {
        link: CommitLink {
            repository: row.get(0)?,
            commit: row.get(1)?,
            session: row.get(2)?,
            node: row.get::<_, Option<i64>>(3)?.map(node_id),
            how: word("how", &how, How::from_word)?,
            at: time("at", row.get(5)?)?,
        },
        node: row.get::<_, Option<i64>>(6)?.map(node_id),
    })
}

/// Stores a commit's session, or the surer of two accounts.
pub(super) fn put(conn: &Connection, link: &CommitLink) -> Result<(), GraphError> {
    let known = all(
        conn,
        concat!(
            "SELECT ",
            commit_columns!(),
            " FROM commit_link WHERE repository = ?1 AND commit_id = ?2 AND session = ?3"
        ),
        params![link.repository, link.commit, link.session],
        read,
    )?;
    let rank = |link: &CommitLink| (link.how, link.node, std::cmp::Reverse(ms(link.at)));
    if known.iter().any(|known| rank(link) <= rank(&known.link)) {
        return Ok(());
    }
    change(
        conn,
        "INSERT INTO commit_link (repository, commit_id, session, node, how, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (repository, commit_id, session) DO UPDATE SET
             node = excluded.node, how = excluded.how, at = excluded.at",
        params![
            link.repository,
            link.commit,
            link.session,
            link.node.map(key),
            link.how.as_str(),
            ms(link.at)
        ],
    )?;
    Ok(())
}
