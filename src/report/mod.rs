//! Documents about jobs and results, for programs.

pub mod difference;
pub mod json;
