//! The database of what was done again and again: `optimize.db` in the user's data folder.

mod automations;
mod error;
mod forget;
mod open;

pub use automations::AutomationsError;
pub use error::OptimizeError;
pub use forget::{Forgotten, Pruned};
pub use open::Optimize;

#[cfg(test)]
mod tests;
