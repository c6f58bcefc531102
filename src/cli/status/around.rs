//! What is true of the repository besides its queue: its configuration, its slots, and what makes things happen.

use std::path::PathBuf;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::drain::slots;
use crate::system::{flock, process};
use crate::triggers::install::events;
use crate::triggers::install::receipt::Receipt;
use crate::triggers::registry::Registry;

/// What is true of the repository besides its queue.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The repository's name.
    pub name: String,
    /// The files of the configuration.
    pub config_files: Vec<PathBuf>,
    /// How many jobs may run at once.
    pub slots: u32,
    /// Whether a drain runs that hooks hand their jobs to; `None` where nobody can tell.
    pub drains: Option<bool>,
    /// Hooks that tasks are on and that are not installed, although none is.
    pub hooks_missing: bool,
    /// The hooks that were installed.
    pub hooks: Vec<String>,
    /// Whether ticks visit this repository.
    pub has_ticks: bool,
}

impl Around {
    /// Looks around. Nothing is started for it.
    pub fn look(app: &App) -> Result<Self, CommandError> {
        let loaded = app.loaded()?;
        let state = app.state_dir()?;
        let receipt = Receipt::load(state);
        let wanted = events::wanted(app.tasks()?);
        let common_dir = &app.located()?.common_dir;
        let registered = app
            .dirs()
            .ok()
            .and_then(|dirs| Registry::new(&dirs.state).list().ok())
            .unwrap_or_default();
        Ok(Self {
            name: crate::cli::scans::name(app),
            config_files: loaded
                .files
                .iter()
                .map(|file| file.document.path.clone())
                .collect(),
            slots: loaded.config.queue.slots(process::processors() as usize),
            drains: flock::is_held(&slots::background_lock_path(state)),
            hooks_missing: receipt.is_empty() && !wanted.is_empty(),
            hooks: receipt.hooks().map(|hook| hook.name().to_owned()).collect(),
            has_ticks: registered.iter().any(|one| one.common_dir == *common_dir),
        })
    }

    /// The same, of what changes while somebody looks on.
    pub fn look_again(&mut self, app: &App) -> Result<(), CommandError> {
        self.drains = flock::is_held(&slots::background_lock_path(app.state_dir()?));
        Ok(())
    }
}
