//! `git tend show`.

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::sessions::made_by_lines::ToldCommit;
use crate::cli::story::{document, story, told};
use crate::git::Oid;

/// Tell a job's whole story, or a commit's
///
/// Of a job: why it exists, whom it waited for, each attempt with what it used and was held to, what it found, its last
/// words where it failed, and what to type next. Of a commit: the sessions of coding agents that made it, with what they
/// took, and the jobs about it.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The job's id, or an unambiguous beginning of it; else a commit, in any of git's notations
    #[arg(value_name = "JOB|COMMIT")]
    pub which: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows a job, or what is no job but a commit.
pub fn show(args: &ShowArgs, app: &App) -> Result<Exit, CommandError> {
    let (queue, job) = match app.find_job(&args.which) {
        Ok(found) => found,
        Err(error) => {
            let oid = app.repo()?.resolve_commit(&args.which);
            return oid.map_or(Err(error), |oid| show_commit(args, oid, app));
        }
    };
    let told = told(&queue, job, app)?;
    if args.json {
        app.ui.json(&document(&told, &queue, app)?)?;
    } else {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui.lines(&story(&told, &queue, width, app)?)?;
    }
    Ok(Exit::Fine)
}

fn show_commit(args: &ShowArgs, oid: Oid, app: &App) -> Result<Exit, CommandError> {
    let queue = app.existing_queue()?;
    let told = ToldCommit::read(app, queue.as_ref(), oid)?;
    if args.json {
        app.ui.json(&told.document())?;
    } else {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui.lines(&told.lines(width, app))?;
    }
    Ok(Exit::Fine)
}
