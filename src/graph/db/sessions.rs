//! Sessions as a whole: what their nodes come to, and the files that they were read from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::types::Value as Cell;
use rusqlite::{Row, params, params_from_iter};
use serde_json::Value;

use super::conditions::Conditions;
use super::files::{self, bytes};
use super::links::{edge, edge_columns};
use super::row::{all, first, from_json, limit, ms, node_id, optional_time, time, uncount, word};
use super::{Graph, GraphError};
use crate::graph::edge::Edge;
use crate::graph::node::{NodeId, Outcome};
use crate::graph::search::Filters;
use crate::sessions::{Agent, Session};

/// Which sessions.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    /// Only with a node that passes these; `since` and `until` are about the session's last work.
    pub nodes: Filters,
    /// Also those of which nothing was made yet: still going on, or too small.
    pub without_nodes: bool,
    /// At most so many.
    pub most: Option<usize>,
}

/// A session, and what its nodes come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// The agent's id of it.
    pub id: String,
    /// Whose it is.
    pub agent: Option<Agent>,
    /// Where the agent worked.
    pub project: Option<String>,
    /// When its first node began; without nodes, when its head says.
    pub started_at: Option<Timestamp>,
    /// When its last node ended.
    pub ended_at: Option<Timestamp>,
    /// How many nodes.
    pub nodes: u64,
    /// Of these without a file any more.
    pub gone: u64,
    /// Of all models, caches included.
    pub tokens: u64,
    /// US dollars.
    pub cost: f64,
    /// Of all nodes; pauses between them do not count.
    pub minutes: f64,
    /// What came of its last node.
    pub outcome: Option<Outcome>,
    /// What its first node was about.
    pub about: Option<String>,
    /// Commits that were made in it.
    pub commits: u64,
}

/// A file that a session was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionFile {
    /// Where it is, or was.
    pub path: PathBuf,
    /// What its head says.
    pub head: Option<Session>,
    /// What its reader said; nothing of a file that is gone.
    pub state: Value,
    /// When it was last read.
    pub read_at: Timestamp,
    /// Since when it is not there any more.
    pub gone_at: Option<Timestamp>,
}

impl Graph {
    /// Sessions, those with the latest work first.
    pub fn sessions(&self, filter: &SessionFilter) -> Result<Vec<Overview>, GraphError> {
        let times = (filter.nodes.since, filter.nodes.until);
        let nodes = Filters {
            since: None,
            until: None,
            ..filter.nodes.clone()
        };
        let mut found = Vec::new();
        for id in self.sessions_with_nodes(&nodes, times, filter.most)? {
            found.extend(self.overview(&id)?);
        }
        // What a session without nodes is about nobody has said.
        if filter.without_nodes && nodes.only_for_nodes().is_none() {
            found.extend(self.sessions_without_nodes(&nodes, times)?);
            let last = |it: &Overview| it.ended_at.or(it.started_at);
            found.sort_by(|a, b| last(b).cmp(&last(a)).then_with(|| a.id.cmp(&b.id)));
        }
        found.truncate(filter.most.unwrap_or(usize::MAX));
        Ok(found)
    }

    fn sessions_with_nodes(
        &self,
        nodes: &Filters,
        (since, until): (Option<Timestamp>, Option<Timestamp>),
        most: Option<usize>,
    ) -> Result<Vec<String>, GraphError> {
        let conditions = Conditions::of_nodes(self.conn(), nodes)?;
        let sql = format!(
            "SELECT session FROM node AS whole
             WHERE session IN (SELECT node.session FROM node WHERE {})
             GROUP BY session HAVING max(ended_at) >= ? AND max(ended_at) < ?
             ORDER BY max(ended_at) DESC, session LIMIT ?",
            conditions.text()
        );
        let cells = conditions.cells.into_iter().chain([
            Cell::from(since.map_or(i64::MIN, ms)),
            Cell::from(until.map_or(i64::MAX, ms)),
            Cell::from(most.map_or(-1, limit)),
        ]);
        all(self.conn(), &sql, params_from_iter(cells), |row| {
            Ok(row.get(0)?)
        })
    }

    fn sessions_without_nodes(
        &self,
        nodes: &Filters,
        (since, until): (Option<Timestamp>, Option<Timestamp>),
    ) -> Result<Vec<Overview>, GraphError> {
        let conditions = Conditions::of_messages(nodes, "session_file.read_at")?;
        let sql = format!(
            "SELECT DISTINCT session_file.session FROM session_file
             WHERE session_file.session IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM node WHERE node.session = session_file.session) AND {}",
            conditions.text()
        );
        let ids: Vec<String> = all(
            self.conn(),
            &sql,
            params_from_iter(conditions.cells),
            |row| Ok(row.get(0)?),
        )?;
        let mut found = Vec::new();
        for id in ids {
            found.extend(self.overview(&id)?.filter(|it| {
                let at = it.started_at;
                since.is_none_or(|since| at.is_some_and(|at| at >= since))
                    && until.is_none_or(|until| at.is_some_and(|at| at < until))
            }));
        }
        Ok(found)
    }

    /// A session and its figures; nothing if nobody has heard of it.
    pub fn overview(&self, session: &str) -> Result<Option<Overview>, GraphError> {
        let nodes = all(
            self.conn(),
            "SELECT node.agent, node.project, node.outcome, node.at, node.ended_at, node.gone_at,
                    node_version.body ->> '$.metadata.tokensUsed', node_version.body ->> '$.metadata.cost',
                    node_version.body ->> '$.metadata.durationMinutes',
                    ifnull(node_version.body ->> '$.content.title', node_version.body ->> '$.content.summary')
             FROM node JOIN node_version ON node_version.node = node.seq AND node_version.version = node.version
             WHERE node.session = ?1 ORDER BY node.at, node.id < 0, node.id",
            [session],
            one_node,
        )?;
        let heads = self.files_of_session(session)?;
        if nodes.is_empty() && heads.is_empty() {
            return Ok(None);
        }
        let commits = first(
            self.conn(),
            "SELECT count(DISTINCT commit_id) FROM commit_link WHERE session = ?1",
            [session],
            |row| row.get::<_, i64>(0),
        )?;
        let head = heads.iter().find_map(|file| file.head.as_ref());
        let mut whole = Overview {
            id: session.to_owned(),
            agent: head.map(|head| head.agent),
            project: head.and_then(|head| head.folder.clone()),
            started_at: head.and_then(|head| head.started_at),
            ended_at: None,
            nodes: 0,
            gone: 0,
            tokens: 0,
            cost: 0.0,
            minutes: 0.0,
            outcome: None,
            about: None,
            commits: uncount(commits.unwrap_or(0)),
        };
        for (part, ended_at) in nodes {
            whole.add(part, ended_at);
        }
        Ok(Some(whole))
    }

    /// The files that a session was read from, by path.
    pub fn files_of_session(&self, session: &str) -> Result<Vec<SessionFile>, GraphError> {
        all(
            self.conn(),
            "SELECT path, head, ifnull(state, 'null'), read_at, gone_at
             FROM session_file LEFT JOIN file_state ON file = seq WHERE session = ?1 ORDER BY path",
            [session],
            |row| {
                let head: Option<String> = row.get(1)?;
                Ok(SessionFile {
                    path: files::path(row.get(0)?),
                    head: head.map(|head| from_json("head", &head)).transpose()?,
                    state: from_json("state", &row.get::<_, String>(2)?)?,
                    read_at: time("read_at", row.get(3)?)?,
                    gone_at: optional_time("gone_at", row.get(4)?)?,
                })
            },
        )
    }

    /// The session that a file is of, whether it is still there or not.
    pub fn session_of_file(&self, file: &Path) -> Result<Option<String>, GraphError> {
        let found = first(
            self.conn(),
            "SELECT session FROM session_file WHERE path = ?1",
            [bytes(file)],
            |row| row.get::<_, Option<String>>(0),
        )?;
        Ok(found.flatten())
    }

    /// The ids of sessions that begin so, in order, at most `most`.
    pub fn sessions_with_prefix(
        &self,
        prefix: &str,
        most: usize,
    ) -> Result<Vec<String>, GraphError> {
        let end = format!("{prefix}\u{10ffff}");
        all(
            self.conn(),
            "SELECT session FROM node WHERE session >= ?1 AND session < ?2 UNION
             SELECT session FROM session_file WHERE session >= ?1 AND session < ?2
             ORDER BY session LIMIT ?3",
            params![prefix, end, limit(most)],
            |row| Ok(row.get(0)?),
        )
    }

    /// All edges at the nodes of a session, both of whose ends are there; by source, target and kind.
    pub fn edges_of_session(&self, session: &str) -> Result<Vec<Edge>, GraphError> {
        all(
            self.conn(),
            concat!(
                "SELECT ",
                edge_columns!(),
                " FROM edge
                 WHERE (source IN (SELECT id FROM node WHERE session = ?1)
                        OR target IN (SELECT id FROM node WHERE session = ?1))
                   AND EXISTS (SELECT 1 FROM node WHERE id = source)
                   AND EXISTS (SELECT 1 FROM node WHERE id = target)
                 ORDER BY source < 0, source, target < 0, target, kind"
            ),
            [session],
            edge,
        )
    }

    /// The nodes that pass filters.
    pub fn nodes_that_pass(&self, filters: &Filters) -> Result<BTreeSet<NodeId>, GraphError> {
        let conditions = Conditions::of_nodes(self.conn(), filters)?;
        let sql = format!("SELECT node.id FROM node WHERE {}", conditions.text());
        let found = all(
            self.conn(),
            &sql,
            params_from_iter(conditions.cells),
            |row| Ok(node_id(row.get(0)?)),
        )?;
        Ok(found.into_iter().collect())
    }
}

impl Overview {
    fn add(&mut self, part: Self, ended_at: Timestamp) {
        if self.nodes == 0 {
            self.agent = part.agent.or(self.agent);
            self.project = part.project.or_else(|| self.project.take());
            self.started_at = part.started_at;
            self.about = part.about;
        }
        self.ended_at = self.ended_at.max(Some(ended_at));
        self.nodes += 1;
        self.gone += part.gone;
        self.tokens = self.tokens.saturating_add(part.tokens);
        self.cost += part.cost;
        self.minutes += part.minutes;
        self.outcome = part.outcome;
    }
}

/// A session of one node, and when that ended.
fn one_node(row: &Row<'_>) -> Result<(Overview, Timestamp), GraphError> {
    let agent: Option<String> = row.get(0)?;
    let project: String = row.get(1)?;
    let outcome: String = row.get(2)?;
    let ended_at = time("ended_at", row.get(4)?)?;
    let gone: Option<i64> = row.get(5)?;
    let part = Overview {
        id: String::new(),
        agent: agent.as_deref().and_then(Agent::from_word),
        project: Some(project).filter(|project| !project.is_empty()),
        started_at: Some(time("at", row.get(3)?)?),
        ended_at: Some(ended_at),
        nodes: 1,
        gone: u64::from(gone.is_some()),
        tokens: uncount(row.get::<_, Option<i64>>(6)?.unwrap_or(0)),
        cost: row.get::<_, Option<f64>>(7)?.unwrap_or(0.0),
        minutes: row.get::<_, Option<f64>>(8)?.unwrap_or(0.0),
        outcome: Some(word("outcome", &outcome, Outcome::from_word)?),
        about: row.get(9)?,
        commits: 0,
    };
    Ok((part, ended_at))
}
