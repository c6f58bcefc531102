//! `git tend run-all`.

use super::run::{self, HowArgs};
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::{draining, trusting};
use crate::queue::Input;
use crate::tasks::Task;
use crate::tasks::jobs;
use crate::tasks::spec::Action;

/// Run every task of this repository now
///
/// Without a configuration these are the built-in analyses. Tasks whose command nobody has approved yet are asked about,
/// and held where nobody can be asked.
#[derive(Debug, clap::Args)]
pub struct RunAllArgs {
    /// Only the built-in analyses
    #[arg(long)]
    pub quick: bool,
    #[command(flatten)]
    #[allow(missing_docs)] // a comment here would be taken for help text
    pub how: HowArgs,
}

/// Runs everything that is switched on.
pub fn run_all(args: &RunAllArgs, app: &App) -> Result<Exit, CommandError> {
    app.look_for_tools();
    let tasks = app.tasks()?;
    let wanted: Vec<&Task> = tasks
        .iter()
        .filter(|task| {
            task.enabled && (!args.quick || matches!(task.action, Action::Builtin { .. }))
        })
        .collect();
    trusting::offer(
        app,
        &run::with_needs(&wanted, tasks),
        args.how.trust,
        "Approve and run?",
    )?;
    let approvals = draining::approvals(app)?;
    let occasion = run::occasion(app, app.head_commit()?, false)?;
    let keys: Vec<&str> = wanted.iter().map(|task| task.key.as_str()).collect();
    let held = |task: &Task, _: &Input| trusting::unapproved(app, &approvals, task);
    let batch = jobs::jobs_for(tasks, &keys, &occasion, &held, &|pattern| {
        run::folders(app, pattern)
    });
    run::submit(app, &batch, &args.how, false)
}
