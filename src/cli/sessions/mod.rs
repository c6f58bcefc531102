//! Bringing the graph of agents' sessions up to date.

pub mod places;
pub mod reading;

pub use reading::{Reading, planned, read_sessions};
