//! What an automation is: its form, its identity, how far it is trusted, and what its runs say.

mod form;
mod identity;
mod row;
mod runs;
mod state;

pub use form::Form;
pub use identity::{digest, identity};
pub use row::{Automation, Placed, TooMany, make_room};
pub use runs::{KEPT_RUNS, Run, RunKind, Statistics, Summed, error_text};
pub use state::{Change, IllegalChange, State};
