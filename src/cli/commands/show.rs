//! `git tend show`.

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::story::{document, story, told};

/// Tell a job's whole story
///
/// Why it exists, whom it waited for, each attempt with what it used and was held to, what it found, its last words where
/// it failed, and what to type next.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The job's id, or an unambiguous beginning of it
    #[arg(value_name = "JOB")]
    pub job: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows a job.
pub fn show(args: &ShowArgs, app: &App) -> Result<Exit, CommandError> {
    let (queue, job) = app.find_job(&args.job)?;
    let told = told(&queue, job)?;
    if args.json {
        app.ui.json(&document(&told, &queue, app)?)?;
    } else {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui.lines(&story(&told, &queue, width, app)?)?;
    }
    Ok(Exit::Fine)
}
