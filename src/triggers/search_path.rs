//! Where programs are looked for when nobody's shell says: cron has hardly a `PATH`.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::install::receipt::Receipt;
use crate::system::resolve;

/// What cron gives the programs that it starts.
pub const OF_CRON: &str = "/usr/bin:/bin";

/// The `PATH` that was written down when the repository's hooks were installed.
pub fn recorded(state: &Path) -> Option<OsString> {
    Receipt::load(state).path().map(PathBuf::into_os_string)
}

/// Writes down the `PATH` of somebody's shell in a state directory, for those who will have cron's. One that has no more than
/// cron gives is nobody's.
pub fn record(path: &OsStr, state: &Path) -> io::Result<()> {
    let of_cron = resolve::folders(&[], OF_CRON.as_ref());
    let given = resolve::folders(&[], path);
    if given.iter().all(|folder| of_cron.contains(folder))
        || recorded(state).is_some_and(|known| known == path)
    {
        return Ok(());
    }
    let mut receipt = Receipt::load(state);
    receipt.set_path(Path::new(path));
    receipt.store(state)
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
    fn the_path_of_a_shell_is_recorded_and_not_that_of_cron() {
        let state = tempfile::tempdir().unwrap();
        record(OF_CRON.as_ref(), state.path()).unwrap();
        assert_eq!(recorded(state.path()), None);
        record("/opt/x:/usr/bin".as_ref(), state.path()).unwrap();
        record("/bin".as_ref(), state.path()).unwrap();
        assert_eq!(cron_path(state.path()), "/usr/bin:/bin:/opt/x");
    }

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
