//! What notices that something is to be done.
//!
//! [`commits`], [`changes`] and [`schedule`] decide, as functions of values; the edges beside them gather those values
//! from the repository and the queue and do what was decided. [`reconcile`] runs them all.

pub mod changes;
mod commit_edge;
pub mod commits;
pub mod countdown;
pub mod cron;
pub mod cron_entry;
pub mod crontab;
mod disk;
mod file_edge;
pub mod hook;
pub mod install;
pub mod note;
pub mod packages;
mod reconcile;
pub mod registry;
pub mod schedule;
mod schedule_edge;
pub mod scheduler;
pub mod search_path;

pub use commit_edge::{HeadEvent, is_rebasing};
pub use countdown::countdown;
pub use note::{Adoption, Note};
pub use reconcile::{Context, Reconciled, Wanted, is_of_interest, reconcile, reconcile_hook};

#[cfg(test)]
mod tests;
