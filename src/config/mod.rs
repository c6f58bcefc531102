//! tend.toml, its layers and its errors.

pub mod priority;
pub mod schema;

pub use priority::Priority;
pub use schema::Workspace;
