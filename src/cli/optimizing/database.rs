//! The database of repeated work, opened for a command.

use crate::cli::app::{App, patient};
use crate::cli::error::CommandError;
use crate::cli::ui::plain;
use crate::optimize::db::{Optimize, OptimizeError};
use crate::store::{Access, OPTIMIZE, OpenOptions, StoreError};

/// The database, made if there is none.
pub fn open(app: &App) -> Result<Optimize, CommandError> {
    with(app, Access::ReadWrite)
}

/// The database, which must exist.
pub fn to_read(app: &App) -> Result<Optimize, CommandError> {
    existing(app)?.ok_or_else(|| {
        CommandError::failed("nothing has been read yet to find repeated work in")
            .hint("git tend optimize sources")
    })
}

/// The database if there is one; nothing is made.
pub fn existing(app: &App) -> Result<Option<Optimize>, CommandError> {
    if !app.dirs()?.data.join(OPTIMIZE.file).exists() {
        return Ok(None);
    }
    with(app, Access::ReadOnly).map(Some)
}

fn with(app: &App, access: Access) -> Result<Optimize, CommandError> {
    let data = &app.dirs()?.data;
    let options = patient(access);
    let opened = Optimize::open(data, &options).or_else(|error| match error {
        // One of an older git-tend: it takes a writer to bring it up to date.
        OptimizeError::Store(StoreError::NotReady) if access == Access::ReadOnly => {
            let access = Access::ReadWrite;
            Optimize::open(data, &OpenOptions { access, ..options })
        }
        OptimizeError::Store(StoreError::Corrupt { .. }) if access == Access::ReadWrite => {
            Optimize::replace_damaged(data, &options)
        }
        error @ OptimizeError::Store(_) => Err(error),
    });
    let database = opened.map_err(|error| failed("open the database of repeated work", &error))?;
    if let Some(moved) = database.replaced() {
        app.ui.warn(format!(
            "the database of repeated work was damaged; its files were moved to {} and a new one was started. What \
             histories still hold is read again; automations are in the old file",
            plain(&moved.to_string_lossy())
        ));
    }
    Ok(database)
}

/// What was being done to the database, and what can be done about its failure.
pub fn failed(doing: &str, error: &OptimizeError) -> CommandError {
    let failed = CommandError::refused(format!("failed to {doing}")).because(error);
    match error {
        OptimizeError::Store(StoreError::NetworkFilesystem { .. }) => {
            failed.hint("set XDG_DATA_HOME to a folder on a local disk")
        }
        OptimizeError::Store(StoreError::TooNew { .. }) => failed.hint("update git-tend"),
        OptimizeError::Store(StoreError::Full) => failed.hint("free some space and run it again"),
        OptimizeError::Store(StoreError::Corrupt { .. }) => {
            failed.hint("git tend optimize identify moves it aside and reads histories again")
        }
        OptimizeError::Store(_) => failed,
    }
}
