//! Where programs are looked for when nobody's shell says: cron has hardly a `PATH`.

use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::path::Path;

use crate::system::{filesystem, resolve};

/// What cron gives the programs that it starts.
pub const OF_CRON: &str = "/usr/bin:/bin";

/// The receipt of the installed hooks, in a repository's state folder.
const RECEIPT: &str = "hooks.json";
/// A larger receipt is none.
const LARGEST: u64 = 1 << 20;

/// The `PATH` that was written down when the repository's hooks were installed.
pub fn recorded(state: &Path) -> Option<OsString> {
    let mut text = Vec::new();
    filesystem::open_regular(&state.join(RECEIPT))
        .and_then(|file| file.take(LARGEST).read_to_end(&mut text))
        .ok()?;
    let receipt: serde_json::Value = serde_json::from_slice(&text).ok()?;
    receipt["path"].as_str().map(OsString::from)
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
        for (receipt, path) in [
            (
                r#"{"path":"/home/u/.cargo/bin:/usr/bin:relative::/opt/x"}"#,
                "/usr/bin:/bin:/home/u/.cargo/bin:/opt/x",
            ),
            (r#"{"path":7}"#, OF_CRON),
            (r#"{"path":""}"#, OF_CRON),
            ("{", OF_CRON),
        ] {
            std::fs::write(state.path().join(RECEIPT), receipt).unwrap();
            assert_eq!(cron_path(state.path()), path, "{receipt}");
        }
        std::fs::write(state.path().join(RECEIPT), r#"{"path":"/a"}"#).unwrap();
        assert_eq!(with_recorded("".as_ref(), state.path()), "/a");
    }
}
