//! What happened since somebody asked last: found, mended, slower, failed, done by coding agents, and what it took.

mod agents;
mod document;
mod gather;
mod lines;
mod scans;
mod slower;

pub use agents::{Agents, Lesson};
pub use document::document;
pub use gather::{Digest, Held, gather};
pub use lines::lines;
pub use scans::difference;
