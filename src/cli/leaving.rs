//! How the child processes of jobs begin and end: what they are handed in a file, and what they leave for the drain.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use super::ui::to_log;
use crate::tasks::left::{Left, Meaning, NO_SPACE};

/// The files of a list, which a NUL ends each.
pub fn listed(path: &OsStr) -> Result<Vec<OsString>, String> {
    let bytes =
        fs::read(path).map_err(|error| format!("failed to read the list of files: {error}"))?;
    let files = bytes
        .split(|byte| *byte == 0)
        .filter(|file| !file.is_empty())
        .map(|file| OsString::from_vec(file.to_vec()));
    Ok(files.collect())
}

/// Leaves what came of the work, or that it failed, with `lines` about each result in the log.
pub fn leave_what_came<B: Serialize>(
    came: Result<Left<B>, String>,
    lines: impl Fn(&B) -> Vec<String>,
    path: &Path,
) -> ExitCode {
    let left = came.unwrap_or_else(|error| {
        to_log(&error);
        Left {
            results: Vec::new(),
            meaning: Some(Meaning::Failed(error)),
        }
    });
    for line in left.results.iter().flat_map(|result| lines(&result.body)) {
        to_log(&line);
    }
    leave(&left, path)
}

/// Leaves it, and says in the log and by the exit code if that cannot be done.
pub fn leave<B: Serialize>(left: &Left<B>, path: &Path) -> ExitCode {
    match left.write(path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            to_log(&format!("failed to write the result: {error}"));
            match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    ExitCode::from(NO_SPACE)
                }
                _ => ExitCode::FAILURE,
            }
        }
    }
}
