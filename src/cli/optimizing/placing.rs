//! Taking an automation away from where it was put.

use super::failed_automation;
use crate::cli::app::App;
use crate::cli::edited_file::{EditedFile, worktree_of};
use crate::cli::error::{CommandError, Context as _};
use crate::config::LOCAL_FILE;
use crate::optimize::automation::{Automation, Placed};
use crate::optimize::db::Optimize;
use crate::optimize::place::{self, alias};

/// Whether it is where only git-tend and git look: what is in a file of the project's is taken away by a person.
pub fn is_ours_alone(automation: &Automation) -> bool {
    match &automation.placed {
        None | Some(Placed::GitConfig { .. }) => true,
        Some(Placed::File { path }) => path.ends_with(LOCAL_FILE),
    }
}

/// Takes it away from where it was put, if it was, and notes that.
pub fn take_away(
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
