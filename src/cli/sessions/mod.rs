//! Bringing the graph of agents' sessions up to date, and which commits came of which session.

pub mod analyses;
pub mod calling;
pub mod caps;
pub mod commits;
pub mod here;
pub mod judging;
pub mod made_by;
pub mod made_by_lines;
pub mod night_work;
pub mod nights;
pub mod of_ticks;
pub mod places;
pub mod reading;

pub use reading::{Reading, planned, read_sessions};
