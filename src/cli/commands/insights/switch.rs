//! `git tend insights enable` and `disable`.

use crate::cli::app::{App, graph_error};
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::insights::Known;
use crate::cli::ui::plain;
use crate::graph::insights::{Standing, cleaned};

/// Tell an insight again, whatever is measured
#[derive(Debug, clap::Args)]
pub struct EnableArgs {
    /// The insight's id, or an unambiguous beginning of it
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Tell an insight no more
///
/// The next inject leaves it out.
#[derive(Debug, clap::Args)]
pub struct DisableArgs {
    /// The insight's id, or an unambiguous beginning of it
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Switches an insight on.
pub fn enable(args: &EnableArgs, app: &App) -> Result<Exit, CommandError> {
    switch(&args.id, Standing::Enabled, app)
}

/// Switches an insight off.
pub fn disable(args: &DisableArgs, app: &App) -> Result<Exit, CommandError> {
    switch(&args.id, Standing::Disabled, app)
}

fn switch(text: &str, standing: Standing, app: &App) -> Result<Exit, CommandError> {
    let known = Known::of(&app.graph_to_read()?)?;
    let insight = known.find(text)?;
    app.graph()?
        .set_insight_standing(&insight.id, standing, app.now())
        .map_err(|error| graph_error("record the decision", &error))?;
    app.ui.say(format!(
        "{standing}: {} · git tend insights inject",
        plain(&cleaned(&insight.pattern, 80))
    ));
    Ok(Exit::Fine)
}
