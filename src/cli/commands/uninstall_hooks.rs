//! `git tend uninstall-hooks`.

use serde_json::json;

use crate::cli::app::App;
use crate::cli::audit::record;
use crate::cli::commands::install_hooks::find;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::plain;
use crate::triggers::install::apply::{self, Undone};
use crate::triggers::install::receipt::Receipt;

/// Take our hooks away and bring back what was there before
#[derive(Debug, clap::Args)]
pub struct UninstallHooksArgs {}

/// Uninstalls.
pub fn uninstall_hooks(_: &UninstallHooksArgs, app: &App) -> Result<Exit, CommandError> {
    let state = app.state_dir()?;
    let _lock = apply::lock(state).context("uninstall the hooks")?;
    let receipt = Receipt::load(state);
    // core.hooksPath may name another folder by now.
    let folder = match receipt.folder() {
        Some(folder) => folder,
        None => find(app)?.path,
    };
    let undone = apply::uninstall(&folder, &receipt, state).context("uninstall the hooks")?;
    for one in &undone {
        app.ui.say(plain(&match one {
            Undone::Removed(hook) => format!("{hook:<16} removed"),
            Undone::Restored(hook) => format!("{hook:<16} removed; the hook before it is back"),
            Undone::RestoredChanged(hook) => format!(
                "{hook:<16} removed; the hook before it is back, changed since it was set aside"
            ),
            Undone::LeftEdited(hook) => format!(
                "{hook:<16} left alone: it was edited since it was installed; remove it by hand"
            ),
            Undone::Overwritten(hook, kept) => format!(
                "{hook:<16} left alone: another tool wrote it anew; what was there before ours is in {}",
                kept.display()
            ),
        }));
    }
    let removed: Vec<&str> = undone.iter().filter_map(removed).collect();
    if !removed.is_empty() {
        record::aside(record::HOOKS_REMOVED, &json!({ "hooks": removed }), app);
    }
    if undone.is_empty() {
        app.ui.say("no hooks of ours are installed");
    }
    Ok(Exit::Fine)
}

const fn removed(undone: &Undone) -> Option<&'static str> {
    match undone {
        Undone::Removed(hook) | Undone::Restored(hook) | Undone::RestoredChanged(hook) => {
            Some(hook.name())
        }
        Undone::LeftEdited(_) | Undone::Overwritten(..) => None,
    }
}
