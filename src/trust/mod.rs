//! What the user approved.

pub mod agent;
pub mod approvals;
pub mod fingerprint;
pub mod origin;
pub mod scripts;

pub use approvals::{Approvals, Status};
pub use fingerprint::{Definition, Fingerprint};
