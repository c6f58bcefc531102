//! The state of a repository's queue: what was seen at one moment, and what that looks like.

mod around;
mod document;
mod gates;
mod jobs;
mod lines;
mod seen;

pub use around::Around;
pub use document::document;
pub use gates::{GateSeen, Gates, settled};
pub use jobs::{JobLook, Looker, grid, when, why};
pub use lines::{lines, short};
pub use seen::Seen;
