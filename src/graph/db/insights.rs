//! Insights: drawn from all nodes, what was decided about them, where they stand, and what came of that.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::files;
use super::read::node_from;
use super::row::{all, change, count, from_json, limit, ms, node_id, time, to_json, uncount, word};
use super::{Graph, GraphError};
use crate::graph::insights::effect::{Effect, SessionSeen};
use crate::graph::insights::{Gatherer, Insight, InsightKind, Standing, ToolError, of_node};
use crate::sessions::draft::DRAFTED;

/// An insight in a file that coding agents read.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// The file.
    pub file: PathBuf,
    /// The folder whose sessions read it; empty for all.
    pub scope: String,
    /// Since when.
    pub since: Timestamp,
    /// Its line.
    pub text: String,
    /// The insight as it was then.
    pub insight: Insight,
}

/// A line that stands in a file now.
#[derive(Clone, Copy, Debug)]
pub struct NewNote<'a> {
    /// The line.
    pub text: &'a str,
    /// The insight.
    pub insight: &'a Insight,
    /// Whether it stood there before, in the same words or in others.
    pub stood: bool,
}

impl Graph {
    /// Draws the insights from all nodes as they are now.
    pub fn gather_insights(&self) -> Result<Vec<Insight>, GraphError> {
        let mut gatherer = Gatherer::default();
        let mut statement = self.conn().prepare_cached(
            "SELECT body, node.version FROM node
             JOIN node_version ON node_version.node = node.seq AND node_version.version = node.version
             WHERE analyzer <> ?1",
        )?;
        let mut rows = statement.query([DRAFTED])?;
        while let Some(row) = rows.next()? {
            gatherer.judged(&node_from(&row.get::<_, String>(0)?, row.get(1)?)?);
        }
        let mut statement = self
            .conn()
            .prepare_cached("SELECT tool, error, model, times, at, id FROM tool_error")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            gatherer.tool_error(&ToolError {
                tool: row.get(0)?,
                error: row.get(1)?,
                model: row.get(2)?,
                times: uncount(row.get(3)?),
                at: time("at", row.get(4)?)?,
                node: node_id(row.get(5)?),
            });
        }
        let notes = all(
            self.conn(),
            "SELECT tool, error, note FROM failure_note",
            [],
            |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)),
        )?;
        Ok(gatherer.insights(&notes.into_iter().collect()))
    }

    /// Keeps insights as they were drawn now, in place of those that were kept before.
    pub fn keep_insights(&mut self, insights: &[Insight]) -> Result<(), GraphError> {
        self.write(|tx| {
            change(tx, "DELETE FROM insight", [])?;
            for insight in insights {
                change(
                    tx,
                    "INSERT INTO insight (id, kind, model, frequency, confidence, last_seen, body)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT (id) DO NOTHING",
                    params![
                        insight.id,
                        insight.kind.as_str(),
                        insight.model,
                        count(insight.frequency),
                        insight.confidence,
                        ms(insight.last_seen),
                        to_json("body", insight)?
                    ],
                )?;
            }
            Ok(())
        })
    }

    /// Insights as they were kept last: of one kind or of all, those that were seen most often first.
    pub fn kept_insights(
        &self,
        kind: Option<InsightKind>,
        most: usize,
    ) -> Result<Vec<Insight>, GraphError> {
        all(
            self.conn(),
            "SELECT body FROM insight WHERE ?1 IS NULL OR kind = ?1
             ORDER BY frequency DESC, last_seen DESC, id LIMIT ?2",
            params![kind.map(InsightKind::as_str), limit(most)],
            |row| Ok(from_json("body", &row.get::<_, String>(0)?)?),
        )
    }

    /// What was decided about insights, by their ids.
    pub fn insight_standings(&self) -> Result<BTreeMap<String, Standing>, GraphError> {
        let found = all(
            self.conn(),
            "SELECT insight, standing FROM insight_standing",
            [],
            |row| {
                let standing: String = row.get(1)?;
                let standing = word("standing", &standing, Standing::from_word)?;
                Ok((row.get(0)?, standing))
            },
        )?;
        Ok(found.into_iter().collect())
    }

    /// Decides about an insight.
    pub fn set_insight_standing(
        &mut self,
        id: &str,
        standing: Standing,
        now: Timestamp,
    ) -> Result<(), GraphError> {
        self.write_for_good(|tx| decide(tx, id, standing, now))
    }

    /// All insights that stand in files.
    pub fn insight_notes(&self) -> Result<Vec<Note>, GraphError> {
        all(
            self.conn(),
            "SELECT file, scope, since, text, body FROM insight_note ORDER BY file, insight",
            [],
            note,
        )
    }

    /// Notes what stands in a file now; nothing if its block is gone. What stood there before stands since then.
    pub fn set_insight_notes(
        &mut self,
        file: &Path,
        scope: &str,
        notes: &[NewNote<'_>],
        now: Timestamp,
    ) -> Result<(), GraphError> {
        let path = file.as_os_str().as_bytes();
        self.write_for_good(|tx| {
            let known = all(
                tx,
                "SELECT insight, since FROM insight_note WHERE file = ?1",
                [path],
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)),
            )?;
            let known: BTreeMap<String, i64> = known.into_iter().collect();
            change(tx, "DELETE FROM insight_note WHERE file = ?1", [path])?;
            for note in notes {
                let since = known.get(&note.insight.id).filter(|_| note.stood);
                change(
                    tx,
                    "INSERT INTO insight_note (file, insight, scope, since, text, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (file, insight) DO NOTHING",
                    params![
                        path,
                        note.insight.id,
                        scope,
                        since.copied().unwrap_or_else(|| ms(now)),
                        note.text,
                        to_json("body", note.insight)?
                    ],
                )?;
            }
            Ok(())
        })
    }

    /// What came of insights that were told, the newest measurement of each, by their ids.
    pub fn insight_effects(&self) -> Result<BTreeMap<String, Effect>, GraphError> {
        let found = all(
            self.conn(),
            "SELECT insight, body FROM insight_effect ORDER BY insight, since, measured_at",
            [],
            |row| {
                let effect = from_json("body", &row.get::<_, String>(1)?)?;
                Ok((row.get(0)?, effect))
            },
        )?;
        Ok(found.into_iter().collect())
    }

    /// Keeps what was measured, and decides against insights that made things worse, unless a person decided about them. The
    /// ids of those.
    pub fn keep_effects(
        &mut self,
        effects: &[(String, Effect)],
        now: Timestamp,
    ) -> Result<Vec<String>, GraphError> {
        let standings = self.insight_standings()?;
        self.write_for_good(|tx| {
            let mut worse = Vec::new();
            for (id, effect) in effects {
                change(
                    tx,
                    "INSERT INTO insight_effect (insight, since, measured_at, body) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (insight, since) DO UPDATE SET
                         measured_at = excluded.measured_at, body = excluded.body",
                    params![
                        id,
                        ms(effect.since),
                        ms(effect.measured_at),
                        to_json("body", effect)?
                    ],
                )?;
                if effect.is_worse() && !standings.contains_key(id) {
                    decide(tx, id, Standing::Worse, now)?;
                    worse.push(id.clone());
                }
            }
            Ok(worse)
        })
    }

    /// Sessions that began since then, as far as effects are concerned.
    pub fn sessions_seen(&self, since: Timestamp) -> Result<Vec<SessionSeen>, GraphError> {
        let mut seen: BTreeMap<String, SessionSeen> = BTreeMap::new();
        let mut statement = self.conn().prepare_cached(
            "SELECT node.session, body, node.version,
                    (SELECT min(at) FROM node AS other WHERE other.session = node.session) AS began
             FROM node JOIN node_version ON node_version.node = node.seq AND node_version.version = node.version
             WHERE node.at >= ?1 ORDER BY node.at, node.id",
        )?;
        let mut rows = statement.query([ms(since)])?;
        while let Some(row) = rows.next()? {
            let session: String = row.get(0)?;
            let node = node_from(&row.get::<_, String>(1)?, row.get(2)?)?;
            let began = time("began", row.get(3)?)?;
            if began < since {
                continue;
            }
            let it = seen.entry(session).or_insert_with(|| SessionSeen {
                project: node.classification.project.clone(),
                began,
                ..SessionSeen::default()
            });
            it.is_judged |= !node.is_draft();
            let models = node.observations.models_used.iter();
            it.models
                .extend(models.map(crate::graph::node::ModelUse::name));
            for (id, times) in of_node(&node) {
                let sum = it.insights.entry(id).or_default();
                *sum = sum.saturating_add(times);
            }
        }
        Ok(seen.into_values().collect())
    }
}

fn note(row: &Row<'_>) -> Result<Note, GraphError> {
    Ok(Note {
        file: files::path(row.get(0)?),
        scope: row.get(1)?,
        since: time("since", row.get(2)?)?,
        text: row.get(3)?,
        insight: from_json("body", &row.get::<_, String>(4)?)?,
    })
}

fn decide(
    conn: &Connection,
    id: &str,
    standing: Standing,
    now: Timestamp,
) -> Result<(), GraphError> {
    change(
        conn,
        "INSERT INTO insight_standing (insight, standing, at) VALUES (?1, ?2, ?3)
         ON CONFLICT (insight) DO UPDATE SET standing = excluded.standing, at = excluded.at",
        params![id, standing.as_str(), ms(now)],
    )?;
    Ok(())
}
