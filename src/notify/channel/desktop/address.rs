//! Where the session's bus is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::system::env;

/// Where systemd keeps what belongs to the sessions of each user.
const RUNTIME_FOLDERS: &str = "/run/user";

/// The socket of the bus in the user's runtime folder.
const SOCKET: &str = "bus";

/// The bus of the user's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bus {
    /// Addresses as the D-Bus Specification writes them, one or more with `;` between.
    Addresses(String),
    /// A Unix socket.
    Socket(PathBuf),
}

/// The bus that the session's variables name; else the socket in the user's runtime folder, if there is one. `None`: there
/// is no desktop.
///
/// A bus that is named is used or none, even if it does not answer: somebody said so.
pub fn find(variable: impl Fn(&str) -> Option<OsString>, user: u32) -> Option<Bus> {
    find_below(Path::new(RUNTIME_FOLDERS), variable, user)
}

fn find_below(
    runtime_folders: &Path,
    variable: impl Fn(&str) -> Option<OsString>,
    user: u32,
) -> Option<Bus> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(addresses) = set(env::DBUS_SESSION_BUS_ADDRESS) {
        let addresses = addresses.into_string().ok()?;
        // What sandboxes and build services write so that nobody looks elsewhere.
        return (!addresses.starts_with("disabled:")).then_some(Bus::Addresses(addresses));
    }
    let named = set(env::XDG_RUNTIME_DIR)
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute());
    let usual = runtime_folders.join(user.to_string());
    named
        .into_iter()
        .chain([usual])
        .map(|folder| folder.join(SOCKET))
        .find(|socket| socket.exists())
        .map(Bus::Socket)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    #[test]
    fn the_bus_that_is_named_comes_first_and_then_the_socket_that_exists() {
        let folder = tempfile::tempdir().unwrap();
        let found = |variables: &[(&str, &Path)]| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| value.as_os_str().to_os_string())
            };
            find_below(folder.path(), variable, 1000)
        };
        let named = folder.path().join("named");
        let own = folder.path().join("1000");
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[("XDG_RUNTIME_DIR", &named)]), None);
        for folder in [&own, &named] {
            fs::create_dir(folder).unwrap();
        }
        assert_eq!(found(&[]), None);
        fs::write(own.join("bus"), "").unwrap();
        let usual = Some(Bus::Socket(own.join("bus")));
        assert_eq!(found(&[]), usual);
        assert_eq!(found(&[("XDG_RUNTIME_DIR", &named)]), usual);
        fs::write(named.join("bus"), "").unwrap();
        let expected = Some(Bus::Socket(named.join("bus")));
        assert_eq!(found(&[("XDG_RUNTIME_DIR", &named)]), expected);
        assert_eq!(found(&[("XDG_RUNTIME_DIR", Path::new("named"))]), usual);
        let address = |text| found(&[("DBUS_SESSION_BUS_ADDRESS", Path::new(text))]);
        let gone = "unix:path=/gone";
        assert_eq!(address(gone), Some(Bus::Addresses(gone.into())));
        assert_eq!(address("disabled:"), None);
        assert_eq!(address(""), usual);
    }
}
