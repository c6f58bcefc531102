//! What agents did for a repository, in figures: of given nodes, and of those that came since a moment.

use jiff::Timestamp;
use rusqlite::types::Value as Cell;
use rusqlite::{Row, params_from_iter};

use super::conditions::Conditions;
use super::row::{all, first, from_json, key, limit, ms, node_id, time, to_json, uncount, word};
use super::{Graph, GraphError};
use crate::graph::insights::{Insight, Standing};
use crate::graph::node::{Lessons, NodeId, NodeKind, Outcome};
use crate::graph::search::Filters;
use crate::graph::work::Piece;
use crate::sessions::draft::DRAFTED;

/// Since when, for pieces of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkSince {
    /// Those that ended after a moment.
    Ended(Timestamp),
    /// Those that were entered after the one with this number ([`Graph::newest_number`]), which is exact where sessions are
    /// read late; what ended before a moment is history that was read for the first time, and no news.
    Entered {
        /// The number.
        number: i64,
        /// The moment.
        ended: Timestamp,
    },
}

/// What a model learned from a piece of work.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// Which.
    pub node: NodeId,
    /// The lessons.
    pub lessons: Lessons,
}

/// An insight about which something was decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// Which.
    pub insight: Insight,
    /// What.
    pub standing: Standing,
    /// When.
    pub at: Timestamp,
}

/// What [`piece`] reads.
macro_rules! piece_columns {
    () => {
        "node.id, node.at, node.kind, node.outcome, node.analyzer, \
         ifnull((SELECT sum(input + output + cache_read + cache_write) FROM model_use WHERE model_use.node = node.seq), 0), \
         ifnull((SELECT sum(cost) FROM model_use WHERE model_use.node = node.seq), 0)"
    };
}

/// Whether a commit of the repository was made in the node. Asked of each node, for there are few.
const MADE_HERE: &str = "EXISTS (
    SELECT 1 FROM commit_link WHERE commit_link.session = node.session AND commit_link.repository = ?
        AND node.id = ifnull((SELECT id FROM node AS told WHERE told.id = commit_link.node),
            (SELECT id FROM node AS near WHERE near.session = commit_link.session AND near.at <= commit_link.at
             ORDER BY near.at DESC, near.id DESC LIMIT 1)))";

impl Graph {
    /// What these nodes took, newest first.
    pub fn pieces(&self, nodes: &[NodeId]) -> Result<Vec<Piece>, GraphError> {
        let ids: Vec<i64> = nodes.iter().map(|id| key(*id)).collect();
        all(
            self.conn(),
            concat!(
                "SELECT ",
                piece_columns!(),
                " FROM node WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY at DESC, id"
            ),
            [to_json("ids", &ids)?],
            piece,
        )
    }

    /// Whether anything was entered since then or judged since a moment, for whatever repository.
    pub fn is_news(&self, since: WorkSince, judged: Timestamp) -> Result<bool, GraphError> {
        let number = match since {
            WorkSince::Ended(_) => i64::MAX,
            WorkSince::Entered { number, .. } => number,
        };
        let found = first(
            self.conn(),
            "SELECT EXISTS (SELECT 1 FROM node WHERE seq > ?1) OR EXISTS (SELECT 1 FROM node WHERE analyzed_at > ?2)",
            [number, ms(judged)],
            |row| row.get::<_, bool>(0),
        )?;
        Ok(found.unwrap_or(false))
    }

    /// The pieces of work for a repository (see [`Graph::nodes_about`]) since then, newest first, at most `most`.
    pub fn pieces_since(
        &self,
        repository: &str,
        folders: &[String],
        since: WorkSince,
        most: usize,
    ) -> Result<Vec<Piece>, GraphError> {
        // Nothing is analysed before it has ended, so the index on that finds what ended.
        let (from, mut cells) = match since {
            WorkSince::Ended(at) => (
                "node INDEXED BY node_analyzed_at WHERE node.analyzed_at > ? AND node.ended_at > ?",
                vec![Cell::from(ms(at)), Cell::from(ms(at))],
            ),
            WorkSince::Entered { number, ended } => (
                "node NOT INDEXED WHERE node.seq > ? AND node.ended_at > ?",
                vec![Cell::from(number), Cell::from(ms(ended))],
            ),
        };
        let about = self.about(repository, folders, &mut cells)?;
        cells.push(limit(most).into());
        let sql = format!(
            "SELECT {} FROM {from} AND {about} ORDER BY at DESC, id LIMIT ?",
            piece_columns!()
        );
        all(self.conn(), &sql, params_from_iter(cells), piece)
    }

    /// What was learned from the pieces of work for a repository that were judged after a moment, the latest first, of at most
    /// `most` pieces.
    pub fn learned_since(
        &self,
        repository: &str,
        folders: &[String],
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<Learned>, GraphError> {
        let mut cells = vec![Cell::from(ms(since)), Cell::from(DRAFTED.to_owned())];
        let about = self.about(repository, folders, &mut cells)?;
        cells.push(limit(most).into());
        let sql = format!(
            "SELECT node.id, json_extract(body, '$.lessons') FROM node INDEXED BY node_analyzed_at
             JOIN node_version ON node_version.node = node.seq AND node_version.version = node.version
             WHERE node.analyzed_at > ? AND node.analyzer <> ? AND {about}
             ORDER BY node.analyzed_at DESC, node.id LIMIT ?"
        );
        all(self.conn(), &sql, params_from_iter(cells), |row| {
            let lessons: Option<String> = row.get(1)?;
            Ok(Learned {
                node: node_id(row.get(0)?),
                lessons: from_json("body", lessons.as_deref().unwrap_or("{}"))?,
            })
        })
    }

    /// Insights about which it was decided after a moment that agents are told them no more, the latest first.
    pub fn insights_off_since(
        &self,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<Decided>, GraphError> {
        let found = all(
            self.conn(),
            "SELECT body, standing, at FROM insight_standing JOIN insight ON insight.id = insight_standing.insight
             WHERE at > ?1 ORDER BY at DESC, id",
            [ms(since)],
            |row| {
                let standing: String = row.get(1)?;
                Ok(Decided {
                    insight: from_json("body", &row.get::<_, String>(0)?)?,
                    standing: word("standing", &standing, Standing::from_word)?,
                    at: time("at", row.get(2)?)?,
                })
            },
        )?;
        let off = found.into_iter().filter(|it| it.standing.is_off());
        Ok(off.take(most).collect())
    }

    /// The number of the node that was entered last; 0 if there is none.
    pub fn newest_number(&self) -> Result<i64, GraphError> {
        let found = first(self.conn(), "SELECT max(seq) FROM node", [], |row| {
            row.get::<_, Option<i64>>(0)
        })?;
        Ok(found.flatten().unwrap_or(0))
    }

    /// The condition that a node is about the repository.
    fn about(
        &self,
        repository: &str,
        folders: &[String],
        cells: &mut Vec<Cell>,
    ) -> Result<String, GraphError> {
        let mut about = MADE_HERE.to_owned();
        if !folders.is_empty() {
            let filters = Filters {
                projects: folders.to_vec(),
                ..Filters::default()
            };
            let there = Conditions::of_nodes(self.conn(), &filters)?;
            about = format!("({} OR {about})", there.text());
            cells.extend(there.cells);
        }
        cells.push(Cell::from(repository.to_owned()));
        Ok(about)
    }
}

fn piece(row: &Row<'_>) -> Result<Piece, GraphError> {
    let kind: String = row.get(2)?;
    let outcome: String = row.get(3)?;
    let analyzer: String = row.get(4)?;
    Ok(Piece {
        id: node_id(row.get(0)?),
        at: time("at", row.get(1)?)?,
        kind: word("kind", &kind, NodeKind::from_word)?,
        outcome: word("outcome", &outcome, Outcome::from_word)?,
        is_judged: analyzer != DRAFTED,
        tokens: uncount(row.get(5)?),
        cost: uncount(row.get(6)?),
    })
}
