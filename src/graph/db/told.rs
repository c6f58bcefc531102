//! What the sessions of some folders tell of, put together for those who sum it up.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;
use rusqlite::params;

use super::conversation::FactKind;
use super::row::{all, limit, optional_time, time, to_json, uncount};
use super::{Graph, GraphError};
use crate::analyze::conversation::{
    Failure, NEWEST_PROMPTS, Prompt, Session, Statement, Told, Used,
};

/// Of a prompt, no more is read, in characters: what comes after is pasted.
const PROMPT: i64 = 4_000;
/// So many statements of each kind are read: what is said again is told once.
const STATEMENTS: i64 = 200;
/// So many technologies and failures.
const RANKED: usize = 50;

/// Files of the folders in the JSON list `?1`.
macro_rules! files {
    () => {
        "(SELECT seq FROM session_file WHERE folder IN (SELECT value FROM json_each(?1)))"
    };
}

impl Graph {
    /// The folders of all sessions, ascending.
    pub fn session_folders(&self) -> Result<Vec<String>, GraphError> {
        all(
            self.conn(),
            "SELECT DISTINCT folder FROM session_file WHERE folder IS NOT NULL ORDER BY folder",
            [],
            |row| Ok(row.get(0)?),
        )
    }

    /// Something that is another one once anything has changed that the sessions of these folders tell. Costs a row for each
    /// of their files.
    pub fn mark_of(&self, folders: &[String]) -> Result<String, GraphError> {
        let folders = to_json("folder", &folders)?;
        let mut hash = blake3::Hasher::new();
        hash.update(folders.as_bytes());
        let mut add = |sql: &str, columns: usize| -> Result<(), GraphError> {
            let rows = all(self.conn(), sql, [&folders], |row| {
                let mut line = String::new();
                for column in 0..columns {
                    line.push_str(&format!("{:?}\0", row.get_ref(column)?));
                }
                Ok(line)
            })?;
            for row in rows {
                hash.update(row.as_bytes());
                hash.update(b"\n");
            }
            hash.update(b"\n");
            Ok(())
        };
        add(
            "SELECT path, size, session, agent, folder, messages, read_at, gone_at FROM session_file
             WHERE folder IN (SELECT value FROM json_each(?1)) ORDER BY path",
            8,
        )?;
        add(
            concat!(
                "SELECT count(*), max(seq) FROM message WHERE file IN ",
                files!()
            ),
            2,
        )?;
        add(
            concat!(
                "SELECT count(*), max(seq) FROM fact WHERE file IN ",
                files!()
            ),
            2,
        )?;
        add(
            concat!(
                "SELECT count(*), sum(version), max(analyzed_at) FROM node
                 WHERE seq IN (SELECT node FROM node_file WHERE file IN ",
                files!(),
                ")"
            ),
            3,
        )?;
        Ok(hash.finalize().to_hex().to_string())
    }

    /// The newest prompts of the sessions of these folders, newest first.
    pub fn prompts_of(&self, folders: &[String]) -> Result<Vec<Prompt>, GraphError> {
        all(
            self.conn(),
            concat!(
                "SELECT at, substr(text, 1, ?2) FROM message WHERE seq IN (
                     SELECT seq FROM message WHERE role = 'user' AND file IN ",
                files!(),
                " ORDER BY at DESC, seq DESC LIMIT ?3)
                 ORDER BY at DESC, seq DESC"
            ),
            params![to_json("folder", &folders)?, PROMPT, limit(NEWEST_PROMPTS)],
            |row| {
                Ok(Prompt {
                    at: optional_time("at", row.get(0)?)?,
                    text: row.get(1)?,
                })
            },
        )
    }

    /// What the sessions of these folders tell. Sessions whose files are gone count; what was said in them is forgotten.
    pub fn told_of(&self, folders: &[String]) -> Result<Told, GraphError> {
        let list = to_json("folder", &folders)?;
        let (sessions, is_kept) = self.sessions_of(&list)?;
        let asked = all(
            self.conn(),
            concat!(
                "SELECT at FROM message WHERE role = 'user' AND at IS NOT NULL AND file IN ",
                files!()
            ),
            [&list],
            |row| Ok(time("at", row.get(0)?)?),
        )?;
        Ok(Told {
            sessions,
            is_kept,
            asked,
            prompts: self.prompts_of(folders)?,
            technologies: self.technologies_of(&list)?,
            decisions: self.statements_of(&list, FactKind::Decision)?,
            solutions: self.statements_of(&list, FactKind::Solution)?,
            learnings: self.statements_of(&list, FactKind::Learning)?,
            failures: self.failures_of(&list)?,
        })
    }

    /// The sessions by their ids, and whether messages of any of them are kept.
    fn sessions_of(&self, folders: &str) -> Result<(Vec<Session>, bool), GraphError> {
        let mut sessions: BTreeMap<String, Session> = BTreeMap::new();
        let mut is_kept = false;
        let heads = all(
            self.conn(),
            "SELECT session, ifnull(agent, ''), messages FROM session_file
             WHERE session IS NOT NULL AND folder IN (SELECT value FROM json_each(?1)) ORDER BY path",
            [folders],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, bool>(2)?,
                ))
            },
        )?;
        for (id, agent, messages) in heads {
            is_kept |= messages;
            sessions.entry(id.clone()).or_insert_with(|| Session {
                id,
                agent,
                ..Session::default()
            });
        }
        let spans = all(
            self.conn(),
            concat!(
                "SELECT session, min(at), max(ended_at), 0, 0, 0 FROM node
                 WHERE seq IN (SELECT node FROM node_file WHERE file IN ",
                files!(),
                ") GROUP BY session
                 UNION ALL
                 SELECT session_file.session, min(message.at), max(message.at), sum(role = 'user'),
                        sum(role = 'assistant'), sum(role = 'summary')
                 FROM message JOIN session_file ON session_file.seq = message.file WHERE message.file IN ",
                files!(),
                " GROUP BY session_file.session"
            ),
            [folders],
            |row| {
                Ok((
                    row.get::<_, Option<String>>(0)?,
                    optional_time("at", row.get(1)?)?,
                    optional_time("ended_at", row.get(2)?)?,
                    [3, 4, 5].map(|column| row.get::<_, i64>(column)),
                ))
            },
        )?;
        for (id, began, ended, counts) in spans {
            let Some(session) = id.and_then(|id| sessions.get_mut(&id)) else {
                continue;
            };
            session.began = earlier(session.began, began);
            session.ended = session.ended.max(ended);
            let [asked, answered, summaries] = counts;
            session.asked += uncount(asked?);
            session.answered += uncount(answered?);
            session.summaries += uncount(summaries?);
        }
        Ok((sessions.into_values().collect(), is_kept))
    }

    /// What is in use, however it is written: by the writing that is seen most often.
    fn technologies_of(&self, folders: &str) -> Result<Vec<Used>, GraphError> {
        let written = all(
            self.conn(),
            concat!(
                "SELECT text, count(*), max(at) FROM fact WHERE kind = 'technology' AND file IN ",
                files!(),
                " GROUP BY text ORDER BY count(*) DESC, text"
            ),
            [folders],
            |row| {
                Ok(Used {
                    name: row.get(0)?,
                    times: uncount(row.get(1)?),
                    last: optional_time("at", row.get(2)?)?,
                })
            },
        )?;
        let mut used: BTreeMap<String, Used> = BTreeMap::new();
        for one in written {
            match used.entry(one.name.to_lowercase()) {
                Entry::Vacant(place) => {
                    place.insert(one);
                }
                Entry::Occupied(mut place) => {
                    let known = place.get_mut();
                    known.times = known.times.saturating_add(one.times);
                    known.last = known.last.max(one.last);
                }
            }
        }
        let mut used: Vec<Used> = used.into_values().collect();
        used.sort_by_key(|it| std::cmp::Reverse(it.times));
        used.truncate(RANKED);
        Ok(used)
    }

    fn statements_of(&self, folders: &str, kind: FactKind) -> Result<Vec<Statement>, GraphError> {
        all(
            self.conn(),
            concat!(
                "SELECT fact.text, fact.context, ifnull(session_file.session, ''), fact.at
                 FROM fact JOIN session_file ON session_file.seq = fact.file
                 WHERE fact.kind = ?2 AND fact.file IN ",
                files!(),
                " ORDER BY fact.at DESC, fact.text, session_file.session, fact.entry LIMIT ?3"
            ),
            params![folders, kind.as_str(), STATEMENTS],
            |row| {
                Ok(Statement {
                    text: row.get(0)?,
                    context: row.get(1)?,
                    session: row.get(2)?,
                    at: optional_time("at", row.get(3)?)?,
                })
            },
        )
    }

    /// Ways in which tools failed more than once.
    fn failures_of(&self, folders: &str) -> Result<Vec<Failure>, GraphError> {
        all(
            self.conn(),
            concat!(
                "SELECT tool, error, sum(times), count(DISTINCT node.session), max(tool_error.at)
                 FROM tool_error JOIN node ON node.seq = tool_error.node
                 WHERE tool_error.node IN (SELECT node FROM node_file WHERE file IN ",
                files!(),
                ") GROUP BY tool, error HAVING sum(times) > 1
                 ORDER BY sum(times) DESC, tool, error LIMIT ?2"
            ),
            params![folders, limit(RANKED)],
            |row| {
                Ok(Failure {
                    tool: row.get(0)?,
                    error: row.get(1)?,
                    times: uncount(row.get(2)?),
                    sessions: uncount(row.get(3)?),
                    last: optional_time("at", row.get(4)?)?,
                })
            },
        )
    }
}

/// The earlier of two times of which either may be unknown.
fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
