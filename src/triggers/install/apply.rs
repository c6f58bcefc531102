//! Doing what was planned, and undoing it. Each step leaves the hooks working: whatever was there is linked aside
//! before ours takes its place in one rename.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::folder::{
    Found, InstallError, companions, contents, failed, found, is_companion, set_aside, target,
};
use super::plan::Action;
use super::receipt::Receipt;
use super::shim::{self, Shim};
use crate::config::HookName;
use crate::system::filesystem;

/// How other tools name a hook that they take the place of.
const RENAMED_BY_OTHERS: [&str; 2] = ["legacy", "old"];

/// What was found where something was to be undone, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// Ours is gone, and nothing was there before.
    Removed(HookName),
    /// What was there before is there again.
    Restored(HookName),
    /// The same, but somebody changed it while it was set aside.
    RestoredChanged(HookName),
    /// Ours was changed by somebody: it stays, with what it runs.
    LeftEdited(HookName),
    /// Another tool wrote over ours: its hook stays, and what ours had set aside is kept in this file.
    Overwritten(HookName, PathBuf),
}

/// Does what was planned. The receipt is written first: after a crash it tells what is ours.
pub fn install(
    folder: &Path,
    plan: &BTreeMap<HookName, Action>,
    shim: &dyn Fn(HookName) -> Shim,
    receipt: &mut Receipt,
    state: &Path,
) -> Result<(), InstallError> {
    let aside = set_aside(folder);
    if !folder.is_dir() && plan.values().any(Action::changes) {
        fs::create_dir_all(folder).map_err(failed("create", folder))?;
        receipt.made_folder = true;
    }
    for (hook, action) in plan {
        let before = match action {
            Action::Write => None,
            Action::Chain(_) => Some(folder.join(hook.name())),
            Action::Refresh | Action::Keep => Some(aside.join(hook.name())),
            Action::Remove | Action::LeaveEdited | Action::LeaveOdd => continue,
        };
        let before = before.and_then(|path| contents(&path));
        receipt.note(*hook, &shim(*hook).text(), before.as_deref());
    }
    receipt.set_folder(folder);
    receipt
        .store(state)
        .map_err(failed("write", &state.join(super::receipt::FILE)))?;
    for (hook, action) in plan {
        let path = folder.join(hook.name());
        match action {
            Action::Write | Action::Refresh => write(&path, &shim(*hook))?,
            Action::Chain(_) => {
                keep_older(folder, &aside, *hook, &path)?;
                link_aside(&path, &aside.join(hook.name()))?;
                write(&path, &shim(*hook))?;
            }
            Action::Remove => {
                undo(folder, &aside, *hook, receipt)?;
                receipt.forget(*hook);
            }
            Action::Keep | Action::LeaveEdited | Action::LeaveOdd => {}
        }
    }
    // Another tool's reinstallation sets ours aside in its own way; it would be run twice.
    for hook in HookName::ALL {
        for path in renamed(folder, hook) {
            fs::remove_file(&path).map_err(failed("remove", &path))?;
        }
    }
    link_companions(folder, &aside)?;
    receipt
        .store(state)
        .map_err(failed("write", &state.join(super::receipt::FILE)))
}

/// Keeps others of us from the hooks between looking at them and changing them: who looked before another one's change
/// would take ours for somebody's hook, and set it aside.
pub fn lock(state: &Path) -> Result<File, InstallError> {
    let path = state.join("hooks.lock");
    filesystem::private_dir(state)
        .and_then(|()| filesystem::lock_file(&path))
        .and_then(|file| fs4::FileExt::lock(&file).map(|()| file))
        .map_err(failed("lock", &path))
}

/// Takes our hooks away and brings back what they took the place of.
pub fn uninstall(
    folder: &Path,
    receipt: &Receipt,
    state: &Path,
) -> Result<Vec<Undone>, InstallError> {
    let aside = set_aside(folder);
    let mut undone = Vec::new();
    for hook in HookName::ALL {
        undone.extend(undo(folder, &aside, hook, receipt)?);
    }
    if !undone
        .iter()
        .any(|one| matches!(one, Undone::LeftEdited(_)))
    {
        unlink_companions(folder, &aside, &[])?;
    }
    // Fails where something is left in it.
    let _ = fs::remove_dir(&aside);
    if receipt.made_folder {
        let _ = fs::remove_dir(folder);
    }
    Receipt::remove(state).map_err(failed("remove", &state.join(super::receipt::FILE)))?;
    Ok(undone)
}

fn undo(
    folder: &Path,
    aside: &Path,
    hook: HookName,
    receipt: &Receipt,
) -> Result<Option<Undone>, InstallError> {
    let path = folder.join(hook.name());
    let kept = aside.join(hook.name());
    let is_kept = kept.symlink_metadata().is_ok() && !is_companion(folder, &kept);
    let place = match found(&path, hook, receipt) {
        Found::OursEdited => return Ok(Some(Undone::LeftEdited(hook))),
        Found::Ours(_) | Found::OursOld => Some(path.clone()),
        // A crash came between setting it aside and taking its place.
        Found::Foreign(_) if is_kept && same_file(&path, &kept) => {
            fs::remove_file(&kept).map_err(failed("remove", &kept))?;
            return Ok(None);
        }
        Found::Nothing if is_kept => Some(path.clone()),
        _ => renamed(folder, hook).into_iter().next(),
    };
    let Some(place) = place else {
        return Ok(is_kept.then_some(Undone::Overwritten(hook, kept)));
    };
    if !is_kept {
        fs::remove_file(&place).map_err(failed("remove", &place))?;
        return Ok(Some(Undone::Removed(hook)));
    }
    let unchanged = contents(&kept).and_then(|text| receipt.is_unchanged(hook, &text));
    fs::rename(&kept, &place).map_err(failed("bring back", &place))?;
    Ok(Some(if unchanged == Some(false) {
        Undone::RestoredChanged(hook)
    } else {
        Undone::Restored(hook)
    }))
}

/// Files under the names that other tools give to hooks they take the place of, which are ours.
fn renamed(folder: &Path, hook: HookName) -> Vec<PathBuf> {
    RENAMED_BY_OTHERS
        .iter()
        .map(|suffix| folder.join(format!("{hook}.{suffix}")))
        .filter(|path| contents(path).is_some_and(|text| shim::is_ours(&text)))
        .collect()
}

fn write(path: &Path, shim: &Shim) -> Result<(), InstallError> {
    filesystem::replace(path, &shim.text(), 0o755).map_err(failed("write", path))
}

/// Gives a file a second name. Where the file system knows no such thing, the file goes there.
fn link_aside(path: &Path, aside: &Path) -> Result<(), InstallError> {
    let folder = aside.parent().unwrap_or(aside);
    fs::create_dir_all(folder).map_err(failed("create", folder))?;
    if same_file(path, aside) {
        return Ok(());
    }
    fs::hard_link(path, aside)
        .or_else(|_| fs::rename(path, aside))
        .map_err(failed("set aside", path))
}

/// What an earlier installation set aside is never lost when another tool has written a hook anew.
fn keep_older(
    folder: &Path,
    aside: &Path,
    hook: HookName,
    path: &Path,
) -> Result<(), InstallError> {
    let older = aside.join(hook.name());
    if is_companion(folder, &older) {
        return fs::remove_file(&older).map_err(failed("remove", &older));
    }
    if older.symlink_metadata().is_err() || same_file(&older, path) {
        return Ok(());
    }
    if contents(&older) == contents(path) {
        return fs::remove_file(&older).map_err(failed("remove", &older));
    }
    let free = (1..=u16::MAX)
        .map(|number| aside.join(format!("{hook}.{number}")))
        .find(|path| path.symlink_metadata().is_err());
    match free {
        Some(free) => fs::rename(&older, &free).map_err(failed("keep", &older)),
        None => Ok(()),
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| path.symlink_metadata().map(|it| (it.dev(), it.ino())).ok();
    identity(one).is_some() && identity(one) == identity(other)
}

/// Shows the hooks that are set aside what lies beside them in the folder they came from. Links that are right stay.
fn link_companions(folder: &Path, aside: &Path) -> Result<(), InstallError> {
    let Ok(entries) = fs::read_dir(aside) else {
        return Ok(());
    };
    let holds_hooks = entries
        .flatten()
        .any(|entry| !is_companion(folder, &entry.path()));
    let wanted = if holds_hooks {
        companions(folder).map_err(failed("read", folder))?
    } else {
        Vec::new()
    };
    unlink_companions(folder, aside, &wanted)?;
    if !holds_hooks {
        return fs::remove_dir(aside).map_err(failed("remove", aside));
    }
    for name in wanted {
        let link = aside.join(&name);
        if link.symlink_metadata().is_err() {
            std::os::unix::fs::symlink(target(folder, &name), &link)
                .map_err(failed("link", &link))?;
        }
    }
    Ok(())
}

/// Removes the links to what lies in the folder of the hooks, but for those of these names.
fn unlink_companions(folder: &Path, aside: &Path, but: &[OsString]) -> Result<(), InstallError> {
    let Ok(entries) = fs::read_dir(aside) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if is_companion(folder, &path) && !but.contains(&entry.file_name()) {
            fs::remove_file(&path).map_err(failed("remove", &path))?;
        }
    }
    Ok(())
}

/// Whether this process may write into a folder that exists, or make it.
pub fn is_writable(folder: &Path) -> io::Result<()> {
    let existing = folder
        .ancestors()
        .find(|folder| folder.exists())
        .unwrap_or(folder);
    filesystem::writable(existing)
}
