//! Patterns of a repository's history: one pass over its commits, many observers.
//!
//! [`update`] reads the commits that came since the last time (and those that left) and returns a [`State`]: sums that
//! can be added and subtracted, and the latest commits in git's order. Everything said is a function of the state, the
//! tracked paths, the mailmap and `now`: a state that was reached commit by commit says the same, byte for byte, as one
//! that was read at once.

mod codec;
mod gather;
mod message;
mod observe;
mod own;
mod patterns;
mod people;
mod recent;
mod state;
mod sums;
mod table;
mod tally;
#[cfg(test)]
mod tests;
mod update;
mod walk;
mod window;
mod words;

pub use observe::churn::{Changed, Churn, FolderCount, Untouched};
pub use observe::co_change::{CoChange, Group, Pair};
pub use observe::hot_files::{HotFile, HotFiles};
pub use observe::ownership::{FileOwnership, FolderOwnership, Ownership, of_file};
pub use observe::practices::{Habit, Practice};
pub use observe::rhythm::{FocusPeriod, Offset, WorkHours};
pub use observe::sessions::{Breaks, Sessions};
pub use observe::style::CommitStyle;
pub use observe::year::{Year, year};
pub use own::{OwnCommits, own_commits};
pub use patterns::{OwnHistory, Patterns, View, describe, describe_own};
pub use people::People;
pub use recent::{LATEST, WIDE};
pub use state::{State, VERSION};
pub use update::{Update, update};
pub use window::Window;
pub use words::is_imperative;
