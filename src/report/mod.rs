//! Documents about jobs and results, for programs.

pub mod analysis;
pub mod difference;
pub mod json;
pub mod scan;
