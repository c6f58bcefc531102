//! One reader for each format: from bytes to a [`super::Reading`].

pub mod advisory;
pub mod bandit;
pub mod cargo_audit;
pub mod cargo_test;
pub mod checkstyle;
pub mod clippy;
pub mod common;
pub mod eslint;
pub mod gitleaks;
pub mod go_test;
pub mod jest;
pub mod json;
pub mod junit;
pub mod list;
pub mod npm_audit;
pub mod osv_scanner;
pub mod pip_audit;
pub mod pylint;
pub mod radon;
pub mod record;
pub mod regex;
pub mod ruff;
pub mod safety;
pub mod sarif;
pub mod semgrep;
pub mod tend;
pub mod trace;
pub mod unittest;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::io::BufRead;
use std::path::Path;

use super::adapter::Format;
use super::reading::{ReadError, Reading};
use crate::analyze::digest_key;
use crate::system::random;

/// Reads a report. `state` is the state directory, where the key lies under which secrets are known.
pub fn read(format: Format, state: &Path, report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    match format {
        Format::Bandit => bandit::read(report),
        Format::CargoAudit => cargo_audit::read(report),
        Format::CargoTest => cargo_test::read(report),
        Format::Checkstyle => checkstyle::read(report),
        Format::Clippy => clippy::read(report),
        Format::Eslint => eslint::read(report),
        Format::Gitleaks => {
            let key = digest_key::of(state).unwrap_or_else(random::bytes);
            gitleaks::read_with(&key, report)
        }
        Format::GoTest => go_test::read(report),
        Format::Jest => jest::read(report),
        Format::Junit => junit::read(report),
        Format::NpmAudit => npm_audit::read(report),
        Format::OsvScanner => osv_scanner::read(report),
        Format::PipAudit => pip_audit::read(report),
        Format::Pylint => pylint::read(report),
        Format::Radon => radon::read(report),
        Format::Ruff => ruff::read(report),
        Format::Safety => safety::read(report),
        Format::Sarif => sarif::read(report),
        Format::Semgrep => semgrep::read(report),
        Format::Tend => tend::read(report),
        Format::Unittest => unittest::read(report),
    }
}
