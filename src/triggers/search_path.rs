//! Where programs are looked for when nobody's shell says: cron has hardly a `PATH`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::install::receipt::Receipt;
use crate::system::resolve;

/// What cron gives the programs that it starts.
pub const OF_CRON: &str = "/usr/bin:/bin";

/// The `PATH` that was written down when the repository's hooks were installed.
pub fn recorded(state: &Path) -> Option<OsString> {
    Receipt::load(state).path().map(PathBuf::into_os_string)
}

/// `path`, and behind it what was recorded: a folder that the caller put first stays first.
pub fn with_recorded(path: &OsStr, state: &Path) -> OsString {
    let Some(recorded) = recorded(state) else {
        return path.to_os_string();
    };
    let mut joined = path.to_os_string();
    let given = resolve::folders(&[], path);
    for folder in resolve::folders(&[], &recorded) {
        if !given.contains(&folder) {
            if !joined.is_empty() {
                joined.push(":");
            }
            joined.push(&folder);
        }
    }
    joined
}

/// The search path of a repository's jobs under cron.
pub fn cron_path(state: &Path) -> OsString {
    with_recorded(OF_CRON.as_ref(), state)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_was_recorded_comes_behind_what_cron_has() {
        let state = tempfile::tempdir().unwrap();
        assert_eq!(cron_path(state.path()), OF_CRON);
        let mut receipt = Receipt::default();
        for (recorded, path) in [
            (
                "/home/u/.cargo/bin:/usr/bin:relative::/opt/x",
                "/usr/bin:/bin:/home/u/.cargo/bin:/opt/x",
            ),
            ("", OF_CRON),
        ] {
            receipt.set_path(recorded.as_ref());
            receipt.store(state.path()).unwrap();
            assert_eq!(cron_path(state.path()), path, "{recorded}");
        }
        receipt.set_path("/a".as_ref());
        receipt.store(state.path()).unwrap();
        assert_eq!(with_recorded("".as_ref(), state.path()), "/a");
    }
}
