//! What package managers read: which files those are, and what each says a project needs.
//!
//! Every parser is a function of bytes: nothing is run, nothing is resolved, and what cannot be known that way is noted.

mod cargo;
mod format;
mod go;
mod gradle;
mod json;
mod maven;
pub(in crate::analyze) mod pep508;
mod pyproject;
mod python_literal;
mod requirement;
mod requirements_txt;
mod ruby;
mod setup_cfg;
mod setup_py;
#[cfg(test)]
mod tests;

pub use format::{Ecosystem, Format};
pub(in crate::analyze) use requirement::is_for_development;
pub use requirement::{Manifest, Requirement, Scope};
