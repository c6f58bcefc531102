//! Repeated work, between the database and whoever asks: reading what is new, what is repeated, and automations.

pub mod co_changes;
mod database;
mod found;
pub mod proposals;
mod reading;
pub mod registry;
mod repository;
mod syntax;
pub mod tried;

pub mod trials;
pub mod workflow;
pub mod workflows;

pub use database::{existing, failed, open, to_read};
pub use found::{Found, Proposal};
pub use reading::{Reading, counts, places_of};
pub use registry::failed_automation;
pub use syntax::check_syntax;
