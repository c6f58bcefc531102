//! Totals over all nodes, kept up by the database as nodes come and go.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::read::node_from;
use super::row::{all, change, first, limit, node_id, time, uncount, word};
use super::{Graph, GraphError, derived};
use crate::graph::node::{Level, NodeId};
use crate::graph::patterns::{
    EXAMPLES, FailurePattern, LessonPattern, ModelStats, Patterns, Taken, failure_id, failure_text,
    lesson_id, stats,
};

impl Graph {
    /// Failures of tools that occurred at least so often (twice makes a pattern), lessons likewise, and what each model took.
    pub fn patterns(&self, at_least: u64) -> Result<Patterns, GraphError> {
        Ok(Patterns {
            failures: self.failure_patterns(at_least)?,
            models: self.model_stats()?,
            lessons: self.lesson_patterns(at_least)?,
        })
    }

    /// Ways in which tools fail, by tool and error.
    pub fn failure_patterns(&self, at_least: u64) -> Result<Vec<FailurePattern>, GraphError> {
        let totals = all(
            self.conn(),
            "SELECT tool, error, times, (SELECT note FROM failure_note AS n WHERE n.tool = f.tool AND n.error = f.error)
             FROM failure AS f WHERE times >= ?1 ORDER BY tool, error",
            [super::row::count(at_least)],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, i64>(2)?,
                    row.get::<_, Option<String>>(3)?,
                ))
            },
        )?;
        let mut found = Vec::with_capacity(totals.len());
        for (tool, error, times, note) in totals {
            let seen = all(
                self.conn(),
                "SELECT DISTINCT id, at FROM tool_error WHERE tool = ?1 AND error = ?2
                 ORDER BY at DESC, id < 0 DESC, id DESC LIMIT ?3",
                params![tool, error, limit(EXAMPLES)],
                sighting,
            )?;
            let models = all(
                self.conn(),
                "SELECT model FROM failure_model WHERE tool = ?1 AND error = ?2 ORDER BY model",
                [&tool, &error],
                |row| Ok(row.get(0)?),
            )?;
            found.push(FailurePattern {
                id: failure_id(&tool, &error),
                pattern: failure_text(&tool, &error),
                tool,
                error_type: error,
                occurrences: uncount(times),
                models,
                last_seen: last(&seen),
                example_nodes: seen.into_iter().map(|it| it.0).collect(),
                learning_opportunity: note,
            });
        }
        Ok(found)
    }

    /// What each model took, by name.
    pub fn model_stats(&self) -> Result<Vec<ModelStats>, GraphError> {
        all(
            self.conn(),
            "SELECT model, input, output, cache_read, cache_write, cost, sessions, quirks, errors,
                    (SELECT max(at) FROM model_use WHERE model_use.model = model_total.model)
             FROM model_total ORDER BY model",
            [],
            |row| {
                let number = |column: usize| -> Result<u64, GraphError> {
                    Ok(uncount(row.get::<_, i64>(column)?))
                };
                let sum = Taken {
                    input: number(1)?,
                    output: number(2)?,
                    cache_read: number(3)?,
                    cache_write: number(4)?,
                    cost: number(5)?,
                };
                let last_used = row.get::<_, Option<i64>>(9)?;
                let last_used = last_used.map(|at| time("at", at)).transpose()?;
                let counts = (number(6)?, number(7)?, number(8)?);
                Ok(stats(row.get(0)?, &sum, counts, last_used))
            },
        )
    }

    /// Lessons that were learned at least so often, by level and words.
    pub fn lesson_patterns(&self, at_least: u64) -> Result<Vec<LessonPattern>, GraphError> {
        let totals = all(
            self.conn(),
            "SELECT level, pattern, times FROM lesson_total WHERE times >= ?1 ORDER BY level, pattern",
            [super::row::count(at_least)],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, i64>(2)?,
                ))
            },
        )?;
        let mut found = Vec::with_capacity(totals.len());
        for (level, pattern, times) in totals {
            let seen = all(
                self.conn(),
                "SELECT DISTINCT id, at FROM lesson WHERE level = ?1 AND pattern = ?2
                 ORDER BY at DESC, id < 0 DESC, id DESC LIMIT ?3",
                params![level, pattern, limit(EXAMPLES)],
                sighting,
            )?;
            let tags = all(
                self.conn(),
                "SELECT tag FROM lesson_tag WHERE level = ?1 AND pattern = ?2 ORDER BY tag",
                [&level, &pattern],
                |row| Ok(row.get(0)?),
            )?;
            let level = word("level", &level, Level::from_word)?;
            found.push(LessonPattern {
                id: lesson_id(level, &pattern),
                level,
                pattern,
                occurrences: uncount(times),
                tags,
                last_seen: last(&seen),
                example_nodes: seen.into_iter().map(|it| it.0).collect(),
            });
        }
        Ok(found)
    }

    /// Writes beside a failure what is to be learned from it; nothing takes it away. It stays whatever happens to the totals.
    /// False if there is no such failure.
    pub fn note_failure(&mut self, id: &str, note: Option<&str>) -> Result<bool, GraphError> {
        let known = self.failure_patterns(1)?.into_iter().find(|it| it.id == id);
        let Some(known) = known else {
            return Ok(false);
        };
        self.write_for_good(|tx| {
            let key = [&known.tool, &known.error_type];
            change(
                tx,
                "DELETE FROM failure_note WHERE tool = ?1 AND error = ?2",
                key,
            )?;
            if let Some(note) = note {
                change(
                    tx,
                    "INSERT INTO failure_note (tool, error, note) VALUES (?1, ?2, ?3)",
                    params![known.tool, known.error_type, note],
                )?;
            }
            Ok(true)
        })
    }

    /// Makes the totals, the index and the filters anew from the nodes.
    pub fn rebuild(&mut self) -> Result<(), GraphError> {
        self.write(|tx| {
            for table in [
                "node_text",
                "term",
                "tool_error",
                "model_use",
                "model_quirk",
                "lesson",
                "failure",
                "failure_model",
                "model_session",
                "model_total",
                "lesson_total",
                "lesson_tag",
            ] {
                change(tx, &format!("DELETE FROM {table}"), [])?;
            }
            derive_all(tx)
        })
    }
}

fn derive_all(conn: &Connection) -> Result<(), GraphError> {
    let mut after = i64::MIN;
    while let Some((seq, version, body)) = first(
        conn,
        "SELECT node.seq, node.version, node_version.body FROM node
         JOIN node_version ON node_version.node = node.seq AND node_version.version = node.version
         WHERE node.seq > ?1 ORDER BY node.seq LIMIT 1",
        [after],
        |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, u32>(1)?,
                row.get::<_, String>(2)?,
            ))
        },
    )? {
        derived::write(conn, seq, &node_from(&body, version)?)?;
        after = seq;
    }
    Ok(())
}

fn sighting(row: &rusqlite::Row<'_>) -> Result<(NodeId, Timestamp), GraphError> {
    Ok((node_id(row.get(0)?), time("at", row.get(1)?)?))
}

fn last(seen: &[(NodeId, Timestamp)]) -> Timestamp {
    seen.first().map_or(Timestamp::UNIX_EPOCH, |it| it.1)
}
