//! `__fix`: the child process of a job that mends files, below its supervisor.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use super::leaving::{leave_what_came, listed};
use crate::drain::place::scratch_path;
use crate::tools::fix::{self, FixOrder, Setting, StoredPatch};

/// Runs the fixers that it is told to run, and leaves what they changed for the drain.
pub fn main(args: &[OsString]) -> ExitCode {
    let [order, _git_dir, state, result, top, files] = args else {
        return ExitCode::from(2);
    };
    let Ok(order) = serde_json::from_slice::<FixOrder>(order.as_encoded_bytes()) else {
        return ExitCode::from(2);
    };
    let result = Path::new(result);
    let left = listed(files).and_then(|files| {
        let setting = Setting {
            order: &order,
            top: Path::new(top),
            state: Path::new(state),
            scratch: scratch_path(result),
            files,
        };
        fix::run(&setting).map_err(|error| match error {
            fix::FixError::Fixer(message) => message,
            error => format!("failed to {error}"),
        })
    });
    leave_what_came(left, log_lines, result)
}

/// What ran, and what it came to, in lines of the log.
fn log_lines(patch: &StoredPatch) -> Vec<String> {
    let fixers = patch.fixers.iter().map(|fixer| {
        let version = fixer
            .version
            .as_deref()
            .map_or_else(String::new, |it| format!(" {it}"));
        let code = fixer
            .exit_code
            .map_or_else(String::new, |it| format!(" exited with {it}"));
        format!("{}{version}{code}", fixer.tool)
    });
    let count = super::format::count(patch.files.len(), "file changed", "files changed");
    fixers.chain([count]).collect()
}
