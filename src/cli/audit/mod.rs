//! The audit trail for people and programs: what happened to jobs, which hooks fired, what was decided.

mod listing;
pub mod record;
mod words;

pub use listing::{Trail, json_line};
pub use words::{reason, state, trigger};
