//! The user's own profile: who commits here, in which languages, how and when, and by which rules.
//!
//! It is about one person, the one whose address git is configured with, and nobody else: what is observed is taken from
//! that person's own commits and prompts, and a name in a file counts only when it is the user's. Nothing is scored. Everything is a
//! function of what was observed and of `now`; [`store`] keeps it in one private file, [`gather`] reads a repository.

pub mod attribute;
pub mod behaviour;
pub mod branches;
pub mod gather;
pub mod holders;
pub mod identity;
pub mod keys;
pub mod model;
pub mod prompts;
pub mod rules;
pub mod steward;
pub mod store;
#[cfg(test)]
mod tests;
pub mod value;
pub mod view;

pub use attribute::{Attribute, Effect, Observation};
pub use identity::Owner;
pub use model::{Change, Profile, Remembered, Scope};
pub use steward::Steward;
pub use store::{Kept, ProfileStore, StoreError};
pub use value::{Item, Value};
pub use view::{Export, Origin, Row, Shown, rows};
