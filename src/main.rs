//! The `git-tend` binary; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    match git_tend::hidden_verb(&args) {
        Some(code) => code,
        None => git_tend::cli::run(args),
    }
}
