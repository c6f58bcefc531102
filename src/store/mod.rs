//! The door to SQLite: opening, creating, migrating and keeping small the databases that many short processes share.
//!
//! The rules that hold for every database: whoever opens it holds its open lock shared, whoever creates it or moves it
//! aside holds that lock exclusively; every write is a `BEGIN IMMEDIATE` transaction; the write-ahead log is never
//! checkpointed by SQLite itself but by whoever finds it large ([`Store::tidy_wal`]); and no file of a database is ever
//! opened by other means while this process may have it open, for closing such a file drops SQLite's locks.

mod ballast;
mod damage;
mod error;
mod foreign;
mod lock;
mod migrate;
mod open;
mod schema;
mod write;

pub use error::StoreError;
pub(crate) use foreign::Foreign;
#[cfg(test)]
pub(crate) use foreign::made;
pub use open::{Access, OpenOptions, Store};
pub use schema::{CACHE, GRAPH, OPTIMIZE, QUEUE, Schema};
pub(crate) use write::Durability;

#[cfg(test)]
mod tests;
