//! The conversations' words: messages, what reads like a fact in them, and finding them again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params, params_from_iter};

use super::conditions::Conditions;
use super::derived::plain;
use super::find::marked;
use super::row::{all, change, limit, ms, optional_time, word};
use super::{Graph, GraphError, files};
use crate::graph::node::words;
use crate::graph::search::{
    DEFAULT_LIMIT, MAX_LIMIT, MessageEvidence, Query, Snippet, WINDOW, message_score,
};

words! {
    /// Who said something.
    Role {
        /// The user.
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// A summary that took the place of what was said.
        Summary = "summary",
    }
}

words! {
    /// What a sentence seems to be.
    FactKind {
        /// Who somebody is.
        Identity = "identity",
        /// What is in use.
        Technology = "technology",
        /// What was decided, and why.
        Decision = "decision",
        /// How something was solved.
        Solution = "solution",
        /// What was found out.
        Learning = "learning",
    }
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The entry's id.
    pub entry: String,
    /// Who said it.
    pub role: Role,
    /// When.
    pub at: Option<Timestamp>,
    /// What.
    pub text: String,
}

/// Something in a message that reads like a fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The entry's id.
    pub entry: String,
    /// What it seems to be.
    pub kind: FactKind,
    /// In the words of the message.
    pub text: String,
    /// The words around it.
    pub context: String,
    /// 0 to 1.
    pub confidence: f64,
    /// When it was said.
    pub at: Option<Timestamp>,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageHit {
    /// Its file.
    pub file: PathBuf,
    /// Its session.
    pub session: Option<String>,
    /// Where that was.
    pub folder: Option<String>,
    /// The entry's id.
    pub entry: String,
    /// Who said it.
    pub role: Role,
    /// When.
    pub at: Option<Timestamp>,
    /// Greater is better; comparable within one search.
    pub score: f64,
    /// The words around the match.
    pub snippet: Snippet,
}

/// A fact that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct FactHit {
    /// The fact.
    pub fact: Fact,
    /// Its session.
    pub session: Option<String>,
    /// Where that was.
    pub folder: Option<String>,
}

impl Graph {
    /// Messages that have all the words, the best first; without words the newest. At most `most`, 20 if nothing is said and
    /// never more than 500.
    pub fn search_messages(
        &self,
        query: &Query,
        role: Option<Role>,
        most: Option<usize>,
        now: Timestamp,
    ) -> Result<Vec<MessageHit>, GraphError> {
        let most = most.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
        let mut wheres = Conditions::of_messages(&query.filters, "message.at")?;
        if let Some(role) = role {
            wheres.add("message.role = ?", [Cell::from(role.as_str().to_owned())]);
        }
        let Some(expression) = query.expression() else {
            let sql = format!(
                "SELECT message.seq, 0.0 FROM message JOIN session_file ON session_file.seq = message.file
                 WHERE {} ORDER BY message.at DESC, message.seq DESC LIMIT ?",
                wheres.text()
            );
            let cells = wheres.cells.into_iter().chain([Cell::from(limit(most))]);
            let found = all(self.conn(), &sql, params_from_iter(cells), ranked)?;
            return self.hits(&found, &BTreeMap::new(), "", now);
        };
        let sql = format!(
            "SELECT message.seq, found.rank
             FROM (SELECT rowid, rank FROM message_text WHERE message_text MATCH ? ORDER BY rowid DESC LIMIT {WINDOW})
                  AS found
             JOIN message ON message.seq = found.rowid
             JOIN session_file ON session_file.seq = message.file
             WHERE {} ORDER BY found.rank, message.seq DESC LIMIT ?",
            wheres.text()
        );
        let cells = [Cell::from(expression.clone())]
            .into_iter()
            .chain(wheres.cells)
            .chain([Cell::from(limit(most.saturating_mul(2)))]);
        let found = all(self.conn(), &sql, params_from_iter(cells), ranked)?;
        let typed: Vec<&str> = query.terms.iter().map(|term| term.text.as_str()).collect();
        let typed = typed.join(" ").to_lowercase();
        let rows: Vec<i64> = found.iter().map(|it| it.0).collect();
        let texts = marked(self.conn(), "message_text", 0, &expression, query, &rows)?;
        let mut hits = self.hits(&found, &texts, &typed, now)?;
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits.truncate(most);
        Ok(hits)
    }

    /// What is shown of messages that were found.
    fn hits(
        &self,
        found: &[(i64, f64)],
        texts: &BTreeMap<i64, String>,
        typed: &str,
        now: Timestamp,
    ) -> Result<Vec<MessageHit>, GraphError> {
        let mut hits = Vec::with_capacity(found.len());
        for &(seq, rank) in found {
            hits.extend(all(
                self.conn(),
                "SELECT session_file.path, session_file.session, session_file.folder, message.entry, message.role,
                        message.at, substr(message.text, 1, 400), ?2 <> '' AND instr(lower(message.text), ?2) > 0
                 FROM message JOIN session_file ON session_file.seq = message.file WHERE message.seq = ?1",
                params![seq, typed],
                |row| {
                    let role: String = row.get(4)?;
                    let at = optional_time("at", row.get(5)?)?;
                    let exact = row.get(7)?;
                    let text = match texts.get(&seq) {
                        Some(marked) => marked.clone(),
                        None => row.get(6)?,
                    };
                    Ok(MessageHit {
                        file: files::path(row.get(0)?),
                        session: row.get(1)?,
                        folder: row.get(2)?,
                        entry: row.get(3)?,
                        role: word("role", &role, Role::from_word)?,
                        at,
                        score: message_score(&MessageEvidence { rank, at, exact }, now),
                        snippet: Snippet::of(&text),
                    })
                },
            )?);
        }
        Ok(hits)
    }

    /// Facts of a kind, or of all; those that have all the words, the newest first.
    pub fn facts(
        &self,
        query: &Query,
        kind: Option<FactKind>,
        most: Option<usize>,
    ) -> Result<Vec<FactHit>, GraphError> {
        let most = most.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
        let mut wheres = Conditions::of_messages(&query.filters, "fact.at")?;
        if let Some(kind) = kind {
            wheres.add("fact.kind = ?", [Cell::from(kind.as_str().to_owned())]);
        }
        if let Some(expression) = query.expression() {
            wheres.add(
                "fact.seq IN (SELECT rowid FROM fact_text WHERE fact_text MATCH ?)",
                [Cell::from(expression)],
            );
        }
        let sql = format!(
            "SELECT fact.entry, fact.kind, fact.text, fact.context, fact.confidence, fact.at, session_file.session,
                    session_file.folder
             FROM fact JOIN session_file ON session_file.seq = fact.file
             WHERE {} ORDER BY fact.at DESC, fact.text, fact.seq LIMIT ?",
            wheres.text()
        );
        let cells = wheres.cells.into_iter().chain([Cell::from(limit(most))]);
        all(self.conn(), &sql, params_from_iter(cells), |row| {
            let kind: String = row.get(1)?;
            Ok(FactHit {
                fact: Fact {
                    entry: row.get(0)?,
                    kind: word("kind", &kind, FactKind::from_word)?,
                    text: row.get(2)?,
                    context: row.get(3)?,
                    confidence: row.get(4)?,
                    at: optional_time("at", row.get(5)?)?,
                },
                session: row.get(6)?,
                folder: row.get(7)?,
            })
        })
    }

    /// What was said in a session, in its order.
    pub fn messages_of_session(
        &self,
        session: &str,
        most: usize,
    ) -> Result<Vec<Message>, GraphError> {
        all(
            self.conn(),
            "SELECT message.entry, message.role, message.at, message.text
             FROM session_file JOIN message ON message.file = session_file.seq
             WHERE session_file.session = ?1 ORDER BY session_file.path, message.seq LIMIT ?2",
            params![session, limit(most)],
            message,
        )
    }

    /// The newest messages of a role since a time, newest first: how the user writes, among others.
    pub fn messages_of_role(
        &self,
        role: Role,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<Message>, GraphError> {
        all(
            self.conn(),
            "SELECT entry, role, at, text FROM message WHERE role = ?1 AND at >= ?2 ORDER BY at DESC, seq DESC LIMIT ?3",
            params![role.as_str(), ms(since), limit(most)],
            message,
        )
    }
}

fn message(row: &rusqlite::Row<'_>) -> Result<Message, GraphError> {
    let role: String = row.get(1)?;
    Ok(Message {
        entry: row.get(0)?,
        role: word("role", &role, Role::from_word)?,
        at: optional_time("at", row.get(2)?)?,
        text: row.get(3)?,
    })
}

fn ranked(row: &rusqlite::Row<'_>) -> Result<(i64, f64), GraphError> {
    Ok((row.get(0)?, row.get(1)?))
}

/// Stores a message unless it is known; how many are new.
pub(super) fn put_message(
    conn: &Connection,
    file: i64,
    message: &Message,
) -> Result<usize, GraphError> {
    change(
        conn,
        "INSERT INTO message (file, entry, role, at, text) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (file, entry) DO NOTHING",
        params![
            file,
            message.entry,
            message.role.as_str(),
            message.at.map(ms),
            plain(&message.text)
        ],
    )
}

/// Stores a fact unless it is known; how many are new.
pub(super) fn put_fact(conn: &Connection, file: i64, fact: &Fact) -> Result<usize, GraphError> {
    // Not a number would be stored as none.
    let confidence = if fact.confidence.is_finite() {
        fact.confidence.clamp(0.0, 1.0)
    } else {
        0.0
    };
    change(
        conn,
        "INSERT INTO fact (file, entry, kind, text, context, confidence, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (file, entry, kind, text) DO NOTHING",
        params![
            file,
            fact.entry,
            fact.kind.as_str(),
            plain(&fact.text),
            plain(&fact.context),
            confidence,
            fact.at.map(ms)
        ],
    )
}

/// Forgets what was said in a file.
pub(super) fn forget_messages(conn: &Connection, file: i64) -> Result<(), GraphError> {
    change(conn, "DELETE FROM message WHERE file = ?1", [file])?;
    Ok(())
}

/// Forgets the facts of a file.
pub(super) fn forget_facts(conn: &Connection, file: i64) -> Result<(), GraphError> {
    change(conn, "DELETE FROM fact WHERE file = ?1", [file])?;
    Ok(())
}
