//! One reader for each format: from bytes to a [`super::Reading`].

pub mod cargo_test;
pub mod checkstyle;
pub mod clippy;
pub mod common;
pub mod eslint;
pub mod go_test;
pub mod jest;
pub mod junit;
pub mod list;
pub mod pylint;
pub mod radon;
pub mod record;
pub mod regex;
pub mod ruff;
pub mod tend;
pub mod trace;
pub mod unittest;

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
        Format::CargoTest => cargo_test::read(report),
        Format::Checkstyle => checkstyle::read(report),
        Format::Clippy => clippy::read(report),
        Format::Eslint => eslint::read(report),
        Format::GoTest => go_test::read(report),
        Format::Jest => jest::read(report),
        Format::Junit => junit::read(report),
        Format::Pylint => pylint::read(report),
        Format::Radon => radon::read(report),
        Format::Ruff => ruff::read(report),
        Format::Tend => tend::read(report),
        Format::Unittest => unittest::read(report),
        _ => Err(ReadError::Empty),
    }
}
