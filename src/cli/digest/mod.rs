//! What happened since somebody asked last: found, mended, slower, failed, and what it took.

mod document;
mod gather;
mod lines;
mod scans;
mod slower;

pub use document::document;
pub use gather::{Digest, Held, gather};
pub use lines::lines;
pub use scans::difference;
