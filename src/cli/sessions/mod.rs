//! Bringing the graph of agents' sessions up to date, and which commits came of which session.

pub mod analyses;
pub mod commits;
pub mod here;
pub mod made_by;
pub mod made_by_lines;
pub mod places;
pub mod reading;

pub use reading::{Reading, planned, read_sessions};
