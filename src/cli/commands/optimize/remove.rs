//! `git tend optimize remove`.

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::placing::take_away;
use crate::cli::optimizing::{failed_automation, open, registry};
use crate::cli::ui::plain;
use crate::optimize::automation::Change;
use crate::optimize::place::script;

/// Remove automations: from where they were put, and their texts
///
/// What they did is remembered (`list --all`), unless `--forget` says otherwise.
#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    /// The automations, by their names or the beginnings of their ids
    #[arg(value_name = "AUTOMATION", required = true)]
    pub automations: Vec<String>,
    /// Forget what they did, too
    #[arg(long)]
    pub forget: bool,
}

/// Removes automations.
pub fn remove(args: &RemoveArgs, app: &App) -> Result<Exit, CommandError> {
    let mut db = open(app)?;
    let found = args
        .automations
        .iter()
        .map(|name| registry::find(&db, name));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    for automation in found {
        take_away(&mut db, &automation, app)?;
        let error = |error| failed_automation("remove it", &error);
        if args.forget {
            db.remove_automation(&automation.id).map_err(error)?;
        } else {
            let now = app.now().as_millisecond();
            db.change_automation(&automation.id, Change::Retire, now)
                .map_err(error)?;
        }
        script::remove(&app.dirs()?.data, &automation.id).map_err(|error| {
            CommandError::failed("failed to remove the automation's text").because(&error)
        })?;
        app.ui.say(format!("removed {}", plain(&automation.name)));
    }
    Ok(Exit::Fine)
}
