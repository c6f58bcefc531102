//! The optimiser's cycle: what is proposed, what is done about automations that do not keep what they promised, and what
//! is told about it.

mod summary;

pub use summary::{Automated, Cycle, Proposed, Summary, Totals};
