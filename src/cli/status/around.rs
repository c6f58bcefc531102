//! What is true of the repository besides its queue: its configuration, its slots, and what makes things happen.

use std::path::PathBuf;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::drain::slots;
use crate::system::{flock, process};
use crate::triggers::crontab;
use crate::triggers::install::events;
use crate::triggers::install::receipt::Receipt;
use crate::triggers::registry::Registry;
use crate::triggers::scheduler::Crontab;

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
    /// Whether ticks visit this repository; `None` where there is nothing that could start them, or nobody looked.
    pub has_ticks: Option<bool>,
}

impl Around {
    /// Looks around.
    pub fn look(app: &App) -> Result<Self, CommandError> {
        let loaded = app.loaded()?;
        let state = app.state_dir()?;
        let receipt = Receipt::load(state);
        let wanted = events::wanted(app.tasks()?);
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
            has_ticks: None,
        })
    }

    /// Looks whether ticks come, too: that takes a program, so it is asked only where it is told.
    pub fn look_for_ticks(&mut self, app: &App) {
        self.has_ticks = has_ticks(app);
    }

    /// The same, of what changes while somebody looks on.
    pub fn look_again(&mut self, app: &App) -> Result<(), CommandError> {
        self.drains = flock::is_held(&slots::background_lock_path(app.state_dir()?));
        Ok(())
    }
}

/// Whether the user's crontab has our entry, and ticks know this repository.
fn has_ticks(app: &App) -> Option<bool> {
    let text = Crontab::find().and_then(|command| command.read()).ok()?;
    let is_installed = text.is_some_and(|text| matches!(crontab::installed(&text), Ok(Some(_))));
    let common_dir = &app.located().ok()?.common_dir;
    let listed = Registry::new(&app.dirs().ok()?.state).list().ok()?;
    Some(is_installed && listed.iter().any(|one| one.common_dir == *common_dir))
}
