//! Repeated work, between the database and whoever asks: reading what is new, what is repeated, and automations.

pub mod co_changes;
pub mod cycle;
mod database;
pub mod efficiency;
pub mod efficiency_page;
mod found;
mod habits;
mod look_after;
pub mod monitor_page;
pub mod monitored;
pub mod overview;
pub mod placing;
pub mod proposals;
mod reading;
pub mod registry;
mod repository;
pub mod summary;
mod syntax;
pub mod trials;
pub mod tried;
pub mod trying;
pub mod weekly;
pub mod workflow;
pub mod workflows;
pub mod writing;

pub use database::{existing, failed, open, to_read};
pub use found::{Found, Proposal};
pub use reading::{Reading, counts, places_of};
pub use registry::failed_automation;
pub use repository::known_by;
pub use syntax::check_syntax;
