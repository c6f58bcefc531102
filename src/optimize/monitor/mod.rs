//! How automations do: their runs as [`crate::metrics`] takes them, and what is to be done about one that does badly.
//!
//! Only live runs say how an automation does where it is used; cases of the sandbox are made to fail. Percentiles, series and
//! anomalies are worked out where those of tasks are.

mod measured;
mod told;
mod verdict;
mod watched;

pub use measured::{anomalies, measured};
pub use told::{Told, untold};
pub use verdict::{Verdict, judge, since_enabled};
pub use watched::{Watched, rank, watch};
