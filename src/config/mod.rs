//! `tend.toml`, its layers and its errors.
//!
//! [`Config::load`] reads the files and unites them; nothing else happens while they are right, for hooks wait for it.
//! What is wrong (`explain`), what contradicts itself ([`check`]) and where a value comes from ([`locate`], [`show`]) is
//! found out by parsing again. What a task does beyond its words is no business of this room.

pub mod edit;
mod explain;
pub mod locate;
pub mod notify;
mod text;

pub mod check;
pub mod costs;
pub mod diagnostic;
pub mod event;
pub mod init;
pub mod json_schema;
pub mod layers;
pub mod metrics;
pub mod optimize;
pub mod output;
pub mod pattern;
pub mod priority;
pub mod schedule;
pub mod schema;
pub mod show;
pub mod signer;
pub mod suppress;
pub mod task;
pub mod units;
pub mod user;
pub mod workspace;

pub use diagnostic::{ConfigError, Diagnostic, Style};
pub use event::{Event, HookName};
pub use layers::{Files, LOCAL_FILE, Layer, Loaded};
pub use priority::Priority;
pub use schema::Config;
pub use signer::Signer;
pub use task::{Task, TaskName};
pub use text::{Invalid, nearest};
pub use workspace::Workspace;

#[cfg(test)]
mod tests;
