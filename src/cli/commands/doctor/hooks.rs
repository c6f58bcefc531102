//! What `doctor` says of installed hooks.

use super::{Check, Level, check};
use crate::cli::app::App;
use crate::cli::commands::install_hooks;
use crate::triggers::install::events;
use crate::triggers::install::folder::{self, Found, Owner};
use crate::triggers::install::receipt::Receipt;

const NAME: &str = "hooks";

/// Hooks that are missing, dead, written over, or call a program that is gone.
pub(super) fn hooks(app: &App) -> Vec<Check> {
    let (Ok(tasks), Ok(folder), Ok(state)) =
        (app.tasks(), install_hooks::find(app), app.state_dir())
    else {
        // Another check says why.
        return Vec::new();
    };
    let receipt = Receipt::load(state);
    let mut checks = Vec::new();
    let mut warn = |says: String| checks.push(check(NAME, Level::Warning, says));
    if !receipt.is_empty()
        && let Some(installed) = receipt.folder()
        && installed != folder.path
    {
        warn(format!(
            "core.hooksPath names {}: those installed in {} are not run · git tend uninstall-hooks && git tend install-hooks",
            folder.path.display(),
            installed.display()
        ));
    }
    let mut ours = 0;
    for (hook, seen) in folder::look(&folder.path, &receipt) {
        match &seen.now {
            Found::Ours(shim) if !shim.program.exists() => warn(format!(
                "{hook} calls {}, which is gone · git tend install-hooks",
                shim.program.display()
            )),
            Found::OursOld => warn(format!(
                "{hook} is of an earlier version · git tend install-hooks"
            )),
            Found::Ours(_) | Found::OursEdited => ours += 1,
            Found::Foreign(manager) if receipt.hooks().any(|installed| installed == hook) => {
                warn(format!(
                    "{hook}: {manager}, written over ours · git tend install-hooks"
                ));
            }
            Found::Nothing if receipt.hooks().any(|installed| installed == hook) => {
                warn(format!(
                    "{hook} was removed by hand · git tend install-hooks"
                ));
            }
            _ => {}
        }
    }
    if checks.is_empty() {
        let wanted = events::wanted(tasks).len();
        let says = match (ours, &folder.owner) {
            (0, _) if wanted == 0 => "none: no task is on a hook".to_owned(),
            (0, Owner::Repository) => "none installed · git tend install-hooks".to_owned(),
            (0, _) => "in a folder that is edited by hand · git tend hooks".to_owned(),
            (count, _) => format!("{count} installed"),
        };
        checks.push(check(NAME, Level::Good, says));
    }
    checks
}
