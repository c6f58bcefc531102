//! How much nodes matter by now, as it was computed last.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::links::edge_count;
use super::read::current;
use super::row::{
    all, change, count, first, key, limit, ms, node_id, optional_time, time, uncount,
};
use super::{Graph, GraphError};
use crate::graph::node::NodeId;
use crate::graph::relevance::{
    MOST_EDGES, Standing, confidence, importance, is_archived, relevance,
};

/// What is known of how much a node matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownRelevance {
    /// From 0 to 1, as it was computed last.
    pub relevance: f64,
    /// How often it was read.
    pub accesses: u64,
    /// When last.
    pub accessed_at: Option<Timestamp>,
    /// Whether searches pass it over.
    pub archived: bool,
}

/// What computing it anew came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Nodes.
    pub nodes: usize,
    /// Those that searches pass over.
    pub archived: usize,
    /// Those of them that were found until now.
    pub newly_archived: usize,
    /// Those that are found again.
    pub restored: usize,
}

/// So many nodes are looked at in one transaction.
const AT_ONCE: usize = 500;
/// A smaller change is not written down.
const NOTICED: f64 = 0.002;

/// That a node is not archived.
pub(super) const NOT_ARCHIVED: &str = "NOT EXISTS (SELECT 1 FROM node_relevance
     WHERE node_relevance.node = node.seq AND node_relevance.archived)";

impl Graph {
    /// How much a node matters; nothing if that was never computed, nor the node read.
    pub fn relevance_of(&self, id: NodeId) -> Result<Option<KnownRelevance>, GraphError> {
        let found = all(
            self.conn(),
            "SELECT relevance, accesses, accessed_at, archived FROM node_relevance
             JOIN node ON node.seq = node_relevance.node WHERE node.id = ?1",
            [key(id)],
            |row| {
                Ok(KnownRelevance {
                    relevance: row.get(0)?,
                    accesses: uncount(row.get(1)?),
                    accessed_at: optional_time("accessed_at", row.get(2)?)?,
                    archived: row.get(3)?,
                })
            },
        )?;
        Ok(found.into_iter().next())
    }

    /// Notes that somebody read a node: it is found again if it was archived. False if there is no such node.
    pub fn note_access(&mut self, id: NodeId, now: Timestamp) -> Result<bool, GraphError> {
        self.write(|tx| {
            let changed = change(
                tx,
                "INSERT INTO node_relevance (node, version, importance, confidence, relevance, accesses, accessed_at, archived)
                 SELECT seq, 0, 0.5, 0.8, 1.0, 1, ?2, 0 FROM node WHERE id = ?1
                 ON CONFLICT (node) DO UPDATE SET
                     accesses = accesses + 1, accessed_at = max(coalesce(accessed_at, ?2), ?2), archived = 0",
                params![key(id), ms(now)],
            )?;
            Ok(changed > 0)
        })
    }

    /// Computes anew how much each node matters, in bounded steps: nobody waits long for the graph meanwhile.
    pub fn refresh_relevance(&mut self, now: Timestamp) -> Result<Refreshed, GraphError> {
        let mut refreshed = Refreshed::default();
        let mut after = i64::MIN;
        loop {
            let rows = rows(self.conn(), after)?;
            let Some(last) = rows.last() else {
                return Ok(refreshed);
            };
            after = last.seq;
            self.write(|tx| {
                for row in &rows {
                    row.refresh(tx, now, &mut refreshed)?;
                }
                Ok(())
            })?;
        }
    }
}

/// A node, and what was computed of it last.
struct Row {
    seq: i64,
    id: NodeId,
    version: u32,
    at: Timestamp,
    known: Option<Known>,
}

struct Known {
    version: u32,
    importance: f64,
    confidence: f64,
    relevance: f64,
    accesses: u64,
    accessed_at: Option<Timestamp>,
    archived: bool,
}

fn rows(conn: &Connection, after: i64) -> Result<Vec<Row>, GraphError> {
    all(
        conn,
        "SELECT node.seq, node.id, node.version, node.at, r.version, r.importance, r.confidence, r.relevance, r.accesses,
                r.accessed_at, r.archived
         FROM node LEFT JOIN node_relevance AS r ON r.node = node.seq
         WHERE node.seq > ?1 ORDER BY node.seq LIMIT ?2",
        params![after, limit(AT_ONCE)],
        |row| {
            let known = match row.get::<_, Option<u32>>(4)? {
                None => None,
                Some(version) => Some(Known {
                    version,
                    importance: row.get(5)?,
                    confidence: row.get(6)?,
                    relevance: row.get(7)?,
                    accesses: uncount(row.get(8)?),
                    accessed_at: optional_time("accessed_at", row.get(9)?)?,
                    archived: row.get(10)?,
                }),
            };
            Ok(Row {
                seq: row.get(0)?,
                id: node_id(row.get(1)?),
                version: row.get(2)?,
                at: time("at", row.get(3)?)?,
                known,
            })
        },
    )
}

impl Row {
    fn refresh(
        &self,
        conn: &Connection,
        now: Timestamp,
        refreshed: &mut Refreshed,
    ) -> Result<(), GraphError> {
        let (importance, confidence) = match &self.known {
            Some(known) if known.version == self.version => (known.importance, known.confidence),
            _ => match current(conn, self.id)? {
                Some(node) => (importance(&node), confidence(&node)),
                // Somebody forgot it meanwhile.
                None => return Ok(()),
            },
        };
        let known = self.known.as_ref();
        let accessed_at = known.and_then(|known| known.accessed_at);
        let edges = edge_count(conn, self.id, u32::try_from(MOST_EDGES).unwrap_or(u32::MAX))?;
        let relevance = relevance(&Standing {
            age_days: days(self.at, now),
            unread_days: accessed_at.map(|at| days(at, now)),
            accesses: known.map_or(0, |known| known.accesses),
            edges: u64::from(edges),
            importance,
            confidence,
        });
        let archived = is_archived(relevance);
        let was_archived = known.is_some_and(|known| known.archived);
        refreshed.nodes += 1;
        refreshed.archived += usize::from(archived);
        refreshed.newly_archived += usize::from(archived && !was_archived);
        refreshed.restored += usize::from(!archived && was_archived);
        let stays = known.is_some_and(|known| {
            known.version == self.version
                && known.archived == archived
                && (known.relevance - relevance).abs() < NOTICED
        });
        if stays {
            return Ok(());
        }
        // Readings that were noted since the row was read stay; they come in with the next night.
        change(
            conn,
            "INSERT INTO node_relevance (node, version, importance, confidence, relevance, accesses, accessed_at, archived)
             SELECT ?1, ?2, ?3, ?4, ?5, 0, NULL, ?6 WHERE EXISTS (SELECT 1 FROM node WHERE seq = ?1)
             ON CONFLICT (node) DO UPDATE SET
                 version = excluded.version, importance = excluded.importance, confidence = excluded.confidence,
                 relevance = excluded.relevance,
                 archived = CASE WHEN accesses = ?7 THEN excluded.archived ELSE archived END",
            params![
                self.seq,
                self.version,
                importance,
                confidence,
                relevance,
                archived,
                count(known.map_or(0, |known| known.accesses))
            ],
        )?;
        Ok(())
    }
}

#[allow(clippy::cast_precision_loss)] // Milliseconds of some thousand years.
fn days(from: Timestamp, to: Timestamp) -> f64 {
    to.as_millisecond().saturating_sub(from.as_millisecond()) as f64 / 86_400_000.0
}

/// Whether a node is archived.
pub(super) fn archived(conn: &Connection, seq: i64) -> Result<bool, GraphError> {
    let found = first(
        conn,
        "SELECT archived FROM node_relevance WHERE node = ?1",
        [seq],
        |row| row.get(0),
    )?;
    Ok(found.unwrap_or(false))
}
