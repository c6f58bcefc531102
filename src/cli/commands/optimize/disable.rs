//! `git tend optimize disable`, and the part of `remove` that is the same.

use crate::cli::app::App;
use crate::cli::edited_file::{EditedFile, worktree_of};
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::{failed_automation, open, registry};
use crate::cli::ui::plain;
use crate::optimize::automation::{Automation, Change, Placed};
use crate::optimize::db::Optimize;
use crate::optimize::place::{self, alias};

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

/// Takes it away from where it was put, if it was, and notes that.
pub(super) fn take_away(
    db: &mut Optimize,
    automation: &Automation,
    app: &App,
) -> Result<(), CommandError> {
    match &automation.placed {
        None => return Ok(()),
        Some(Placed::GitConfig { git_dir, value }) => {
            let from = git_dir
                .as_deref()
                .map_or(alias::Where::User, alias::Where::Repository);
            let is_gone = git_dir.as_ref().is_some_and(|dir| !dir.exists());
            if !is_gone {
                alias::unset(from, &automation.name, value).context("unset the alias")?;
            }
        }
        Some(Placed::File { path }) => {
            let top = path.parent().and_then(worktree_of);
            let file = EditedFile::open(path, top.as_deref())?;
            if let Some(old) = &file.bytes {
                let new = place::without(old, automation).map_err(|error| {
                    CommandError::refused(format!("{} was not changed", file.name()))
                        .because(&error)
                })?;
                if new != *old {
                    // Without anything else in it, it was made for this.
                    let left = (!new.is_empty()).then_some(new.as_slice());
                    file.show(left, app);
                    file.write(left)?;
                    app.ui.say(format!("wrote {}", file.name()));
                }
            }
        }
    }
    db.edit_automation(&automation.id, |it| {
        it.placed = None;
        Ok(())
    })
    .map_err(|error| failed_automation("register where it is", &error))?;
    Ok(())
}
