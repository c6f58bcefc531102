//! Other people's tools: a table that says how to find, call and read each, and one reader for each format.
//!
//! Readers are functions of bytes: they never fail by panicking, whatever a tool wrote. What a run came to is decided by
//! [`judge`] from the report, which the exit code only confirms.

pub mod adapter;
pub mod applies;
pub mod call;
pub mod fix;
pub mod fixers;
pub mod judge;
pub mod locate;
pub mod memory;
pub mod order;
pub mod outfit;
pub mod own;
pub mod parts;
pub mod project;
pub mod readers;
pub mod reading;
pub mod run;
pub mod summary;
pub mod table;
pub mod version;
pub mod workplace;

pub use adapter::{Format, Part, Source, Tool, Wanted};
pub use judge::{Ended, Judged, judge};
pub use project::{Planned, Project};
pub use reading::{ReadError, Reading};
