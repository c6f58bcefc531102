//! Which sessions of coding agents made which commits, as the agents told the hooks: kept until the graph of sessions has it.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::events::log_general;
use super::row::{self, Cells, ms};
use super::{Queue, QueueError};
use crate::git::Oid;
use crate::store::{Durability, StoreError};

/// A commit that was made in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitSession {
    /// The commit's id.
    pub commit: String,
    /// The agent's name, such as `claude-code`.
    pub agent: String,
    /// The agent's own id of the session.
    pub session: String,
    /// When it was made.
    pub at: Timestamp,
}

macro_rules! columns {
    () => {
        "commit_id, agent, session, at"
    };
}

fn read(row: &rusqlite::Row<'_>) -> Result<CommitSession, StoreError> {
    let mut row = Cells::new(row);
    Ok(CommitSession {
        commit: row.next()?,
        agent: row.next()?,
        session: row.next()?,
        at: row.time("at")?,
    })
}

impl Queue {
    /// Records what [`Queue::record`] does, and in which sessions a commit was made.
    pub fn record_made(
        &mut self,
        kind: &str,
        data: &Value,
        made: &[CommitSession],
        now: Timestamp,
    ) -> Result<(), QueueError> {
        self.write(Durability::Normal, |tx| {
            for one in made {
                row::change(
                    tx,
                    "INSERT OR IGNORE INTO commit_session (commit_id, agent, session, at) VALUES (?1, ?2, ?3, ?4)",
                    params![one.commit, one.agent, one.session, ms(one.at)],
                )?;
            }
            log_general(tx, kind, data, now)
        })
    }

    /// Commits took the place of others: they are of the same sessions, at the same time.
    pub fn commits_rewritten(&mut self, pairs: &[(Oid, Oid)]) -> Result<(), QueueError> {
        // Where no agent makes commits, nothing is written.
        let any = row::first(
            self.conn(),
            "SELECT 1 FROM commit_session LIMIT 1",
            [],
            |row| Cells::new(row).next::<i64>(),
        )?;
        if any.is_none() || pairs.is_empty() {
            return Ok(());
        }
        self.write(Durability::Normal, |tx| {
            for (old, new) in pairs {
                row::change(
                    tx,
                    "INSERT OR IGNORE INTO commit_session (commit_id, agent, session, at)
                     SELECT ?2, agent, session, at FROM commit_session WHERE commit_id = ?1",
                    [old.as_str(), new.as_str()],
                )?;
            }
            Ok(())
        })
    }

    /// The sessions in which a commit was made.
    pub fn sessions_of_commit(&self, commit: &str) -> Result<Vec<CommitSession>, QueueError> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM commit_session WHERE commit_id = ?1 ORDER BY agent, session"
        );
        row::all(self.conn(), sql, [commit], read)
    }

    /// At most `most` that the graph of sessions does not have yet, oldest first, and up to which number they go.
    pub fn sessions_to_carry(&self, most: usize) -> Result<(Vec<CommitSession>, i64), QueueError> {
        let sql = concat!(
            "SELECT seq, ",
            columns!(),
            " FROM commit_session WHERE carried = 0 ORDER BY seq LIMIT ?1"
        );
        let found = row::all(self.conn(), sql, [row::bound(most)], |row| {
            let mut row = Cells::new(row);
            Ok((
                row.next::<i64>()?,
                CommitSession {
                    commit: row.next()?,
                    agent: row.next()?,
                    session: row.next()?,
                    at: row.time("at")?,
                },
            ))
        })?;
        let last = found.last().map_or(0, |(seq, _)| *seq);
        Ok((found.into_iter().map(|(_, one)| one).collect(), last))
    }

    /// The graph of sessions has all up to this number.
    pub fn sessions_carried(&mut self, up_to: i64) -> Result<(), QueueError> {
        self.write(Durability::Normal, |tx| {
            row::change(
                tx,
                "UPDATE commit_session SET carried = 1 WHERE carried = 0 AND seq <= ?1",
                [up_to],
            )
            .map(drop)
        })
    }
}

/// Forgets what is past its time.
pub(super) fn prune(conn: &Connection, before: i64, max_rows: usize) -> Result<usize, QueueError> {
    row::change(
        conn,
        "DELETE FROM commit_session WHERE seq IN (
             SELECT seq FROM (SELECT seq, at FROM commit_session ORDER BY seq LIMIT ?2) WHERE at < ?1)",
        params![before, row::bound(max_rows)],
    )
}
