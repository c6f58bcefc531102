//! What the user types and reads.

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs one invocation.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let _ = args;
    ExitCode::SUCCESS
}
