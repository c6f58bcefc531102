//! What can go wrong with the database.

use crate::store::StoreError;

/// Why an operation of the database failed.
#[derive(Debug, thiserror::Error)]
pub enum OptimizeError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for OptimizeError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
