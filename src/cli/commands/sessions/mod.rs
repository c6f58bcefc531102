//! `git tend sessions`.

mod scan;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use scan::ScanArgs;

/// Sessions of coding agents: pi, Claude Code and Codex CLI
///
/// They are read from the files that the agents leave, on this machine and without a model, into a graph of your own. Secrets
/// are taken out before anything is stored.
#[derive(Debug, clap::Args)]
pub struct SessionsArgs {
    /// What to do with them
    #[command(subcommand)]
    pub verb: SessionsVerb,
}

/// What to do with sessions.
#[derive(Debug, clap::Subcommand)]
pub enum SessionsVerb {
    #[allow(missing_docs)] // its own `Args` have the help text
    Scan(ScanArgs),
}

/// Does it.
pub fn sessions(args: &SessionsArgs, app: &App) -> Result<Exit, CommandError> {
    match &args.verb {
        SessionsVerb::Scan(args) => scan::scan(args, app),
    }
}
