//! A script is tried where it can do no harm, in the cases that show what it is worth.
//!
//! It gets a throw-away copy of the repository as of `HEAD` (what is not committed is not part of it, and neither are
//! remotes, hooks and submodules), a home folder of its own and a few variables. [`Level`] says what it may do there;
//! the isolation is [`crate::system::sandbox`]'s. Which cases there are ([`plan`]) and what is expected of each
//! ([`judge`]) is pure; [`try_out`] runs them. The report says what was changed, against what was declared, and which
//! limits really held.

mod access;
mod case;
mod changes;
mod copy;
mod judge;
mod means;
mod options;
mod place;
mod programs;
mod rehearse;
mod report;
mod stage;
mod subject;
mod trial;
mod view;

pub use case::{Case, CaseKind, Context, Prepare, plan};
pub use changes::{Change, ChangeKind, Declared, Snapshot, compare, snapshot};
pub use copy::CopyError;
pub use judge::{PASSING_RATE, ending, judge, passed, success_rate};
pub use means::{Surveyed, survey};
pub use options::{Options, TrialError};
pub use place::{AT_ONCE, default_folder};
pub use rehearse::{Part, Played, Rehearsal};
pub use report::{CaseReport, Report};
pub use subject::{Interpreter, Level, Subject};
pub use trial::{try_once, try_out};
