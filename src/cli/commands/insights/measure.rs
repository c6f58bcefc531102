//! `git tend insights measure`.

use crate::cli::app::{App, graph_error};
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::insights::{When, forget_what_is_gone, measure as measured, view};
use crate::cli::sessions_view::document;
use crate::graph::Graph;

/// Measure what came of what is told
///
/// Sessions of the 14 days before an insight was told are compared with those since: in what share of them it occurred, and
/// whether the difference is more than an accident (χ² of 3.841 or more, with ten sessions on either side). What clearly made
/// things worse, by more than 10 %, is switched off: the next inject leaves it out. The nightly run does the same once a week.
#[derive(Debug, clap::Args)]
pub struct MeasureArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Measures.
pub fn measure(args: &MeasureArgs, app: &App) -> Result<Exit, CommandError> {
    drop(app.graph_to_read()?);
    let (mut graph, now) = (app.graph()?, app.now());
    let work = |graph: &mut Graph| {
        forget_what_is_gone(graph, now)?;
        measured(graph, When::Now, now)
    };
    let found = work(&mut graph).map_err(|error| graph_error("measure what is told", &error))?;
    if args.json {
        document::print(&view::effects_document(&found), app)?;
    } else if found.is_empty() {
        app.ui.say("nothing is told yet · git tend insights inject");
    } else {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui.lines(&view::effects(&found, now, width))?;
    }
    if found.iter().any(|it| it.is_told_no_more) {
        app.ui
            .say("git tend insights inject leaves out what was switched off");
    }
    Ok(Exit::Fine)
}
