//! `git tend hook`, where it is typed; git's own calls are dispatched before the command tree is built.

use std::ffi::OsString;

use crate::cli::app::App;
use crate::cli::exit_code::Exit;
use crate::cli::hook as fast;

/// What an installed hook calls: enqueue what the event calls for
///
/// Runs the hook that was there before, if any, and passes its exit code on; a fault of git-tend never stops git.
#[derive(Debug, clap::Args)]
pub struct HookArgs {
    /// The name of a hook and what git gave it
    #[arg(value_name = "EVENT", required = true, num_args = 1.., trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<OsString>,
}

/// Does what the hook does.
pub fn hook(args: &HookArgs, app: &App) -> Exit {
    match fast::Call::parse(&args.words) {
        Some(call) => fast::run(&call, app),
        None => Exit::Usage,
    }
}
