//! How far each source was read.

use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Batch, Optimize, OptimizeError};
use crate::optimize::event::Source;
use crate::store::StoreError;

impl Optimize {
    /// How far a place of a source was read, as [`Batch::set_cursor`] had it; none if it was not, or if what stands there
    /// cannot be read any more.
    pub fn cursor<T: DeserializeOwned>(
        &self,
        source: Source,
        place: &str,
    ) -> Result<Option<T>, OptimizeError> {
        let sql = "SELECT state FROM cursor WHERE source = ?1 AND place = ?2";
        let state: Option<String> = self
            .conn()
            .prepare_cached(sql)?
            .query_row(params![source.name(), place], |row| row.get(0))
            .optional()?;
        Ok(state.and_then(|state| serde_json::from_str(&state).ok()))
    }

    /// When a source was last read, in ms UTC.
    pub fn read_at(&self, source: Source) -> Result<Option<i64>, OptimizeError> {
        let sql = "SELECT max(read_at) FROM cursor WHERE source = ?1";
        let mut statement = self.conn().prepare_cached(sql)?;
        Ok(statement.query_row([source.name()], |row| row.get(0))?)
    }
}

impl Batch<'_> {
    /// Notes how far a place of a source was read, together with what was read.
    pub fn set_cursor(
        &mut self,
        source: Source,
        place: &str,
        state: &impl Serialize,
        now: i64,
    ) -> Result<(), OptimizeError> {
        let state =
            serde_json::to_string(state).map_err(|error| StoreError::value("state", error))?;
        let sql = "INSERT INTO cursor (source, place, state, read_at) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (source, place) DO UPDATE SET state = excluded.state, read_at = excluded.read_at";
        self.tx()
            .prepare_cached(sql)?
            .execute(params![source.name(), place, state, now])?;
        Ok(())
    }
}
