//! What the user approved.

pub mod agent;
pub mod approvals;
pub mod fingerprint;

pub use approvals::{Approvals, Status};
pub use fingerprint::{Definition, Fingerprint};
