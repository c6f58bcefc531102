//! The database of what was done again and again: `optimize.db` in the user's data folder.

mod add;
mod automations;
mod corpus;
mod cursor;
mod cycles;
mod error;
mod forget;
mod open;

pub(super) use add::digest;
pub use add::{Batch, NewEvent, NewStep};
pub use automations::AutomationsError;
pub use corpus::Wanted;
pub use error::OptimizeError;
pub use forget::{Forgotten, Pruned};
pub use open::Optimize;

#[cfg(test)]
mod tests;
