//! What the optimiser's cycles came to.

use rusqlite::params;

use super::Optimize;
use super::error::OptimizeError;
use crate::optimize::engine::Cycle;

/// So many cycles are kept: two years of weeks.
const KEPT: i64 = 100;

impl Optimize {
    /// Keeps what a cycle came to.
    pub fn put_cycle(&mut self, cycle: &Cycle) -> Result<(), OptimizeError> {
        // Words, numbers and lists of them: nothing in here can fail to become JSON.
        let summary = serde_json::to_string(cycle).unwrap_or_default();
        let took = i64::try_from(cycle.took_ms).unwrap_or(i64::MAX);
        self.write_for_good(|tx| {
            let sql = "INSERT INTO cycle (at, took_ms, summary) VALUES (?1, ?2, ?3)";
            tx.execute(sql, params![cycle.at, took, summary])?;
            let sql = "DELETE FROM cycle WHERE seq NOT IN (SELECT seq FROM cycle ORDER BY seq DESC LIMIT ?1)";
            tx.execute(sql, [KEPT])?;
            Ok(())
        })
    }

    /// The newest cycles, the newest first. What cannot be read, for a newer git-tend wrote it, is left out.
    pub fn cycles(&self, limit: usize) -> Result<Vec<Cycle>, OptimizeError> {
        let sql = "SELECT summary FROM cycle ORDER BY seq DESC LIMIT ?1";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.conn().prepare_cached(sql)?;
        let rows = statement.query_map([limit], |row| row.get::<_, String>(0))?;
        let mut cycles = Vec::new();
        for row in rows {
            cycles.extend(serde_json::from_str(&row?).ok());
        }
        Ok(cycles)
    }
}
