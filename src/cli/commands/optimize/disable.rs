//! `git tend optimize disable`.

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::placing::take_away;
use crate::cli::optimizing::{failed_automation, open, registry};
use crate::cli::ui::plain;
use crate::optimize::automation::Change;

/// Take an automation away from where it was put; it stays tested
///
/// The file is as it was before, and of git's aliases only what was set is unset.
#[derive(Debug, clap::Args)]
pub struct DisableArgs {
    /// The automation, by its name or the beginning of its id
    #[arg(value_name = "AUTOMATION")]
    pub automation: String,
}

/// Disables an automation.
pub fn disable(args: &DisableArgs, app: &App) -> Result<Exit, CommandError> {
    let mut db = open(app)?;
    let automation = registry::find(&db, &args.automation)?;
    let now = app.now().as_millisecond();
    take_away(&mut db, &automation, app)?;
    if !automation.state.is_live() {
        app.ui
            .say(format!("{} was not enabled", plain(&automation.name)));
        return Ok(Exit::Fine);
    }
    db.change_automation(&automation.id, Change::Disable, now)
        .map_err(|error| failed_automation("register that it is disabled", &error))?;
    app.ui.say(format!("disabled {}", plain(&automation.name)));
    Ok(Exit::Fine)
}
