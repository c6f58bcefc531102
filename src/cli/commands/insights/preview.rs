//! `git tend insights preview`.

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::insights::{Known, view};
use crate::cli::sessions_view::document;
use crate::cli::ui::plain;

/// Show what would be written, and what is known besides
///
/// First the exact text, then a table: how often each insight was seen, how sure it is, and whether it is told. With -q only
/// the text. An insight is told when it was seen five times and is 70 % sure, and of an oddity it must be known what helps.
#[derive(Debug, clap::Args)]
pub struct PreviewArgs {
    /// All that is known, however rare and unsure
    #[arg(long)]
    pub all: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows what would be written.
pub fn preview(args: &PreviewArgs, app: &App) -> Result<Exit, CommandError> {
    let graph = app.graph_to_read()?;
    let known = Known::of(&graph)?;
    let told = known.told();
    if args.json {
        document::print(&view::document(&known, &told, args.all), app)?;
        return Ok(Exit::Fine);
    }
    for line in told.text.lines() {
        app.ui.out(plain(line))?;
    }
    if told.text.is_empty() {
        app.ui.say("nothing was seen often enough to be told");
    }
    if app.ui.is_quiet() {
        return Ok(Exit::Fine);
    }
    let width = app.ui.columns().unwrap_or(usize::MAX);
    let table = view::table(&known, &told, args.all, app.now(), width);
    if !table.is_empty() {
        if !told.text.is_empty() {
            app.ui.out("")?;
        }
        app.ui.lines(&table)?;
    }
    Ok(Exit::Fine)
}
