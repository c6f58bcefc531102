//! `git tend optimize run`.

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::{cycle, overview, weekly};
use crate::cli::sessions_view::document;
use crate::report::json::SCHEMA;
use crate::report::optimize;

/// Do the optimiser's weekly work now
///
/// Reads what is new in the sources that your configuration names, finds what is repeated, writes the five best proposals out and
/// tries each in the sandbox; nothing is enabled. Automations that fail again and again are disabled (`auto_disable`), and what
/// became slower is told. `git tend tick` does it once a week (`[optimize] cycle`).
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs a cycle and says what came of it.
pub fn run(args: &RunArgs, app: &App) -> Result<Exit, CommandError> {
    weekly::remember(app)?;
    let (cycle, summary) = cycle::run(app)?;
    if args.json {
        let all = json!({
            "schema": SCHEMA,
            "cycle": optimize::cycle(&cycle),
            "summary": summary.as_ref().map(optimize::document),
        });
        document::print(&all, app)?;
        return Ok(Exit::Fine);
    }
    let Some(summary) = summary else {
        app.ui
            .say("nothing may be read yet · git tend optimize sources --on git bash");
        return Ok(Exit::Fine);
    };
    let width = app.ui.columns().unwrap_or(usize::MAX);
    app.ui.lines(&overview::cycle_lines(
        &cycle,
        &summary,
        app.now(),
        &app.zone(),
        width,
    ))?;
    Ok(Exit::Fine)
}
