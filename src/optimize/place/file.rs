//! Files in which automations are enabled.

use crate::config::edit::{
    BlockError, EditError, TaskEdit, with_block, with_task, without_block, without_task,
};
use crate::config::layers::LOCAL_FILE;
use crate::optimize::automation::Automation;
use crate::optimize::generate::Entry;

use super::blocks::{ends_whole, just_recipes, make_targets, makefile_takes};

/// What make reads, the first that is there.
pub const MAKEFILES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];
/// What just reads, whatever their case.
pub const JUSTFILES: [&str; 3] = ["Justfile", ".justfile", "justfile"];

/// Why a file is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The automation is in no file.
    #[error("this form is in no file")]
    NoFile,
    /// There is such a name.
    #[error("there is a target or recipe `{0}` already")]
    Taken(String),
    /// Its recipes begin with something else than a tab.
    #[error("the Makefile sets .RECIPEPREFIX, so a recipe with tabs is none there")]
    RecipePrefix,
    /// What would follow would be a part of it.
    #[error("the last line of the file ends with a backslash, so nothing can follow it")]
    Continued,
    /// The name of a hook that is none.
    #[error("`{0}` is not a hook that git-tend installs")]
    NoHook(String),
    /// The marks.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] EditError),
}

/// The names of files in which an automation may be put, at the top of the repository: the first that is there, or the last
/// if none is. None for forms that are in no file. Of a task the caller decides: [`crate::config::layers::PROJECT_FILE`] is everybody's.
pub fn candidates(entry: &Entry) -> &'static [&'static str] {
    match entry {
        Entry::Makefile { .. } => &MAKEFILES,
        Entry::Justfile { .. } => &JUSTFILES,
        // What one person does again and again is theirs until they say otherwise.
        Entry::Task { .. } => &[LOCAL_FILE],
        Entry::GitAlias { .. } => &[],
    }
}

/// The file with the automation in it; what was put there before under its id is replaced.
pub fn with(old: &[u8], automation: &Automation) -> Result<Vec<u8>, PlaceError> {
    match &automation.entry {
        Some(Entry::Makefile { block }) => {
            let bare = without_block(old, &automation.id)?;
            makefile_takes(&bare)?;
            if make_targets(&bare).contains(&automation.name) {
                return Err(PlaceError::Taken(automation.name.clone()));
            }
            Ok(with_block(&bare, &automation.id, block)?)
        }
        Some(Entry::Justfile { block }) => {
            let bare = without_block(old, &automation.id)?;
            ends_whole(&bare)?;
            if just_recipes(&bare).contains(&automation.name) {
                return Err(PlaceError::Taken(automation.name.clone()));
            }
            Ok(with_block(&bare, &automation.id, block)?)
        }
        Some(Entry::Task { .. }) => Ok(with_task(old, &task(automation)?)?),
        Some(Entry::GitAlias { .. }) | None => Err(PlaceError::NoFile),
    }
}

/// The file without the automation; as it is if it is not there.
pub fn without(old: &[u8], automation: &Automation) -> Result<Vec<u8>, PlaceError> {
    match &automation.entry {
        Some(Entry::Makefile { .. } | Entry::Justfile { .. }) => {
            Ok(without_block(old, &automation.id)?)
        }
        Some(Entry::Task { .. }) => Ok(without_task(old, &task(automation)?)?),
        Some(Entry::GitAlias { .. }) | None => Err(PlaceError::NoFile),
    }
}

fn task(automation: &Automation) -> Result<TaskEdit, PlaceError> {
    let Some(Entry::Task {
        run,
        schedule,
        hook,
        gate,
    }) = &automation.entry
    else {
        return Err(PlaceError::NoFile);
    };
    let hook = match hook {
        None => None,
        Some(name) => {
            let hook = name.parse().map_err(|_| PlaceError::NoHook(name.clone()))?;
            Some((hook, *gate))
        }
    };
    Ok(TaskEdit {
        id: automation.id.clone(),
        name: automation.name.clone(),
        run: run.clone(),
        schedule: schedule.clone(),
        hook,
    })
}
