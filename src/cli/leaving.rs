//! How the child processes of jobs end: they leave what they found for the drain.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use super::ui::to_log;
use crate::tasks::left::{Left, NO_SPACE};

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
