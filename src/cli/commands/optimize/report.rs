//! `git tend optimize report`.

use std::path::PathBuf;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::{overview, summary};
use crate::cli::sessions_view::document;
use crate::cli::ui::plain;
use crate::report::optimize;
use crate::system::filesystem;

/// What automations saved, what is unusual about them, and what is proposed
///
/// The same is a section of `git tend report --format html`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Runs and savings of the last N days
    #[arg(long, value_name = "N", default_value_t = summary::DAYS, value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub days: u16,
    /// Write to FILE, in one step
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How wide lines in a file are.
const WIDTH: usize = 100;

/// Tells what the optimiser knows.
pub fn report(args: &ReportArgs, app: &App) -> Result<Exit, CommandError> {
    let summary = summary::of(app, args.days)?.unwrap_or_default();
    if args.json && args.output.is_none() {
        document::print(&optimize::document(&summary), app)?;
        return Ok(Exit::Fine);
    }
    let Some(path) = &args.output else {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui
            .lines(&overview::lines(&summary, app.now(), &app.zone(), width))?;
        return Ok(Exit::Fine);
    };
    let text = if args.json {
        let text = serde_json::to_string_pretty(&optimize::document(&summary));
        format!("{}\n", text.context("write JSON")?)
    } else {
        let lines = overview::lines(&summary, app.now(), &app.zone(), WIDTH);
        let lines = lines.iter().map(|line| format!("{}\n", line.bare()));
        lines.collect()
    };
    let path = app.folder()?.join(path);
    let doing = format!("write {}", plain(&path.to_string_lossy()));
    filesystem::publish(&path, text.as_bytes()).context(&doing)?;
    Ok(Exit::Fine)
}
