//! `git tend sessions show`.

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::sessions_view::{document, session};

/// Tell what is known of a session
///
/// Where and when it was, its pieces of work in their order and how each came about, what the models took, and the commits
/// that were made in it.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The session's id, an unambiguous beginning of it, or its file
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows a session.
pub fn show(args: &ShowArgs, app: &App) -> Result<Exit, CommandError> {
    let graph = app.graph_to_read()?;
    let told = session::told(&graph, &args.session, app)?;
    if args.json {
        document::print(&document::session(&told), app)?;
    } else {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui.lines(&session::story(&told, &graph, width, app)?)?;
    }
    Ok(Exit::Fine)
}
