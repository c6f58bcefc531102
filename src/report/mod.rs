//! Documents about jobs, results and findings, for people and for programs.

pub mod agents;
pub mod analysis;
pub mod difference;
pub mod findings;
pub mod format;
pub mod html;
pub mod insights;
pub mod json;
pub mod metrics;
pub mod optimize;
pub mod safe_json;
pub mod scan;
pub mod spending;
