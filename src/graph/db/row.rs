//! Between rows and values.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::GraphError;
use crate::graph::node::NodeId;
use crate::store::StoreError;

/// A node's id in a column: SQLite's integers have a sign.
pub(super) const fn key(id: NodeId) -> i64 {
    id.0.cast_signed()
}

/// The other way round.
pub(super) const fn node_id(key: i64) -> NodeId {
    NodeId(key.cast_unsigned())
}

/// A time in a column.
pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The other way round.
pub(super) fn time(column: &'static str, ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::value(column, ms))
}

/// A time that may be missing.
pub(super) fn optional_time(
    column: &'static str,
    ms: Option<i64>,
) -> Result<Option<Timestamp>, StoreError> {
    ms.map(|ms| time(column, ms)).transpose()
}

/// A count in a column: no count here is near its end.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The other way round.
pub(super) fn uncount(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A limit in a statement.
pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// JSON in a column.
pub(super) fn to_json<T: Serialize>(column: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::value(column, error))
}

/// The other way round.
pub(super) fn from_json<T: DeserializeOwned>(
    column: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::value(column, error))
}

/// A word in a column.
pub(super) fn word<T>(
    column: &'static str,
    text: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StoreError> {
    read(text).ok_or_else(|| StoreError::value(column, text))
}

/// All rows.
pub(super) fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, GraphError>,
) -> Result<Vec<T>, GraphError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// The first row.
pub(super) fn first<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, GraphError> {
    Ok(conn
        .prepare_cached(sql)?
        .query_row(params, read)
        .optional()?)
}

/// A statement that changes something; how many rows.
pub(super) fn change(
    conn: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<usize, GraphError> {
    Ok(conn.prepare_cached(sql)?.execute(params)?)
}
