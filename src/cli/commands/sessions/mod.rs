//! `git tend sessions`.

mod analyze;
mod list;
pub mod scan;
mod show;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;

/// Sessions of coding agents: what they were about and what they took
///
/// Those of pi, Claude Code and Codex CLI are read from the files that the agents leave, on this machine and without a
/// model, into a graph of your own. Secrets are taken out before anything is stored.
#[derive(Debug, clap::Args)]
pub struct SessionsArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub verb: SessionsVerb,
}

/// What to do with sessions.
#[derive(Debug, clap::Subcommand)]
#[allow(missing_docs)] // a doc comment here would replace the help text of the verb's own `Args`
pub enum SessionsVerb {
    Scan(scan::ScanArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Analyze(analyze::AnalyzeArgs),
}

/// Does it.
pub fn sessions(args: &SessionsArgs, app: &App) -> Result<Exit, CommandError> {
    match &args.verb {
        SessionsVerb::Scan(args) => scan::scan(args, app),
        SessionsVerb::List(args) => list::list(args, app),
        SessionsVerb::Show(args) => show::show(args, app),
        SessionsVerb::Analyze(args) => analyze::analyze(args, app),
    }
}
