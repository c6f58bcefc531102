//! `__fix`: the child process of a job that mends files, below its supervisor.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::process::ExitCode;

use crate::cli::leaving::leave;
use crate::drain::place::scratch_path;
use crate::tasks::left::{Left, Meaning};
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
    let left = left.unwrap_or_else(|error| {
        super::ui::to_log(&error);
        Left {
            results: Vec::new(),
            meaning: Some(Meaning::Failed(error)),
        }
    });
    for line in left
        .results
        .iter()
        .flat_map(|result| log_lines(&result.body))
    {
        super::ui::to_log(&line);
    }
    leave(&left, result)
}

fn listed(path: &OsStr) -> Result<Vec<OsString>, String> {
    let bytes =
        fs::read(path).map_err(|error| format!("failed to read the list of files: {error}"))?;
    let files = bytes
        .split(|byte| *byte == 0)
        .filter(|file| !file.is_empty())
        .map(|file| OsString::from_vec(file.to_vec()));
    Ok(files.collect())
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
