//! The optimiser's cycle: what is written out, what is done about automations that do not keep what they promised, and
//! what is told about it.

mod choose;
mod same;
mod summary;

pub use choose::{Choice, MOST, Offer, Reason, choose};
pub use same::{calls, same_work};
pub use summary::{Automated, Cycle, Proposed, Summary, Totals};
