//! One reader for each format: from bytes to a [`super::Reading`].

pub mod checkstyle;
pub mod clippy;
pub mod common;
pub mod eslint;
pub mod list;
pub mod pylint;
pub mod radon;
pub mod regex;
pub mod ruff;
pub mod tend;

#[cfg(test)]
mod tests;

use std::io::BufRead;
use std::path::Path;

use super::adapter::Format;
use super::reading::{ReadError, Reading};

/// Reads a report. `state` is the state directory, where the key lies under which secrets are known.
pub fn read(format: Format, state: &Path, report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let _ = state;
    match format {
        Format::Checkstyle => checkstyle::read(report),
        Format::Clippy => clippy::read(report),
        Format::Eslint => eslint::read(report),
        Format::Pylint => pylint::read(report),
        Format::Radon => radon::read(report),
        Format::Ruff => ruff::read(report),
        Format::Tend => tend::read(report),
        _ => Err(ReadError::Empty),
    }
}
