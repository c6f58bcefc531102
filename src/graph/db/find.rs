//! Finding nodes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params, params_from_iter};

use super::conditions::Conditions;
use super::links::edge_count;
use super::read::{Listed, listed, listed_columns};
use super::row::{all, first, limit, node_id, time, to_json};
use super::{Graph, GraphError, relevance};
use crate::graph::node::NodeId;
use crate::graph::search::{
    DEFAULT_LIMIT, ENOUGH_EDGES, Evidence, MARKS, MAX_LIMIT, Query, Snippet, WINDOW, Weights,
};

/// A node that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The node.
    pub node: Listed,
    /// Its summary.
    pub summary: String,
    /// From 0 to 1; 0 where there were no words to judge by.
    pub score: f64,
    /// The words around the match.
    pub snippet: Snippet,
    /// Whether searches pass it over unless they ask for what is archived.
    pub archived: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    /// The best first; without words the newest first.
    pub hits: Vec<Hit>,
    /// Whether there are more.
    pub more: bool,
}

/// What the index says of a match.
struct Ranked {
    seq: i64,
    id: NodeId,
    at: Timestamp,
    rank: f64,
}

/// How many of the matches that the index ranks best are looked at closely.
const CLOSELY: usize = 200;

impl Graph {
    /// Nodes that have all the words and pass the filters. At most `most`, 20 if nothing is said and never more than 500.
    ///
    /// The index ranks first; the best of these are put in order by all the evidence there is. Nodes that are marked as gone
    /// are found like others; archived ones only if the query asks for them.
    pub fn search(
        &self,
        query: &Query,
        most: Option<usize>,
        now: Timestamp,
        weights: &Weights,
    ) -> Result<Hits, GraphError> {
        let most = most.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
        let mut conditions = Conditions::of_nodes(self.conn(), &query.filters)?;
        if !query.with_archived {
            conditions.add(relevance::NOT_ARCHIVED, []);
        }
        let Some(expression) = query.expression() else {
            return self.newest(&conditions, most);
        };
        let closely = CLOSELY.max(most.saturating_mul(2));
        let ranked = self.ranked(&expression, conditions, closely)?;
        let words = query.words();
        // Asked for a span of time, its later end is what counts.
        let about = query.filters.until.or(query.filters.since.map(|_| now));
        let mut scored = Vec::with_capacity(ranked.len());
        for it in ranked {
            let (summary, tags) = self.words_of(it.seq)?;
            let evidence = Evidence {
                rank: it.rank,
                edges: edge_count(self.conn(), it.id, ENOUGH_EDGES)?,
                summary: &summary,
                tags: &tags,
                at: it.at,
            };
            let score = evidence.score(&words, about, now, weights);
            scored.push((score, it, summary));
        }
        scored.sort_by(|(a, x, _), (b, y, _)| {
            b.total_cmp(a).then(y.at.cmp(&x.at)).then(x.id.cmp(&y.id))
        });
        let more = scored.len() > most;
        scored.truncate(most);
        let shown: Vec<i64> = scored.iter().map(|(_, it, _)| it.seq).collect();
        let marked = marked(self.conn(), "node_text", -1, &expression, query, &shown)?;
        let mut hits = Vec::with_capacity(scored.len());
        for (score, it, summary) in scored {
            let snippet = Snippet::of(marked.get(&it.seq).unwrap_or(&summary));
            let archived = relevance::archived(self.conn(), it.seq)?;
            hits.extend(self.listed(it.seq)?.map(|node| Hit {
                node,
                summary,
                score,
                snippet,
                archived,
            }));
        }
        Ok(Hits { hits, more })
    }

    /// What the index ranks best.
    fn ranked(
        &self,
        expression: &str,
        conditions: Conditions,
        most: usize,
    ) -> Result<Vec<Ranked>, GraphError> {
        let sql = format!(
            "SELECT node.seq, node.id, node.at, found.rank
             FROM (SELECT rowid, rank FROM node_text WHERE node_text MATCH ? ORDER BY rowid DESC LIMIT {WINDOW}) AS found
             JOIN node ON node.seq = found.rowid
             WHERE {} ORDER BY found.rank, node.at DESC, node.id LIMIT ?",
            conditions.text()
        );
        let cells = std::iter::once(Cell::from(expression.to_owned()))
            .chain(conditions.cells)
            .chain([Cell::from(limit(most))]);
        all(self.conn(), &sql, params_from_iter(cells), |row| {
            Ok(Ranked {
                seq: row.get(0)?,
                id: node_id(row.get(1)?),
                at: time("at", row.get(2)?)?,
                rank: row.get(3)?,
            })
        })
    }

    fn newest(&self, conditions: &Conditions, most: usize) -> Result<Hits, GraphError> {
        let sql = format!(
            "SELECT {}, node.seq FROM node WHERE {} ORDER BY node.at DESC, node.id LIMIT ?",
            listed_columns!(),
            conditions.text()
        );
        let cells = conditions.cells.iter().cloned();
        let cells = cells.chain([Cell::from(limit(most.saturating_add(1)))]);
        let found = all(self.conn(), &sql, params_from_iter(cells), |row| {
            Ok((listed(row)?, row.get::<_, i64>(9)?))
        })?;
        let more = found.len() > most;
        let mut hits = Vec::with_capacity(found.len());
        for (node, seq) in found.into_iter().take(most) {
            let (summary, _) = self.words_of(seq)?;
            hits.push(Hit {
                node,
                snippet: Snippet::of(&summary),
                summary,
                score: 0.0,
                archived: relevance::archived(self.conn(), seq)?,
            });
        }
        Ok(Hits { hits, more })
    }

    /// A node's summary and tags, as they are indexed.
    fn words_of(&self, seq: i64) -> Result<(String, Vec<String>), GraphError> {
        let found = first(
            self.conn(),
            "SELECT summary, tags FROM node_text WHERE rowid = ?1",
            [seq],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        )?;
        let (summary, tags) = found.unwrap_or_default();
        Ok((summary, tags.lines().map(str::to_owned).collect()))
    }

    fn listed(&self, seq: i64) -> Result<Option<Listed>, GraphError> {
        let found = all(
            self.conn(),
            concat!("SELECT ", listed_columns!(), " FROM node WHERE seq = ?1"),
            [seq],
            listed,
        )?;
        Ok(found.into_iter().next())
    }
}

/// The text around the matches in some rows of an index, marked.
///
/// A row is looked up by its number, for which the index seeks; but it collects all the words that begin with a prefix each
/// time it is asked, so then it is asked once and what it finds besides is passed over.
pub(super) fn marked(
    conn: &Connection,
    table: &str,
    column: i32,
    expression: &str,
    query: &Query,
    rows: &[i64],
) -> Result<BTreeMap<i64, String>, GraphError> {
    let snippet = format!("SELECT rowid, snippet({table}, {column}, ?1, ?2, '…', 24) FROM {table}");
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
    if query.terms.iter().any(|term| term.prefix) {
        let sql = format!(
            "{snippet} WHERE {table} MATCH ?3 AND +rowid IN (SELECT value FROM json_each(?4))"
        );
        let rows = to_json("rows", &rows)?;
        let params = params![MARKS.0, MARKS.1, expression, rows];
        return Ok(all(conn, &sql, params, pair)?.into_iter().collect());
    }
    let sql = format!("{snippet} WHERE {table} MATCH ?3 AND rowid = ?4");
    let mut found = BTreeMap::new();
    for row in rows {
        let params = params![MARKS.0, MARKS.1, expression, row];
        found.extend(all(conn, &sql, params, pair)?);
    }
    Ok(found)
}
