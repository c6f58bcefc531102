//! The `git-tend` binary; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    git_tend::cli::run(std::env::args_os())
}
