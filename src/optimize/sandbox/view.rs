//! What a script sees of the system.

use std::path::{Path, PathBuf};

use super::place::Place;
use super::subject::Level;
use crate::system::sandbox::{Place as Shown, View};

/// Folders that belong to the system, where it has them.
const SYSTEM: [&str; 9] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/gnu/store",
];

/// What programs read while they run, without the programs.
const LIBRARIES: [&str; 14] = [
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/libx32",
    "/usr/share",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/local/share",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
];

/// What of `/etc` tells programs how the system is set up, and nothing secret: users' names, libraries, zones,
/// certificates.
const FILES: [&str; 24] = [
    "/etc/alternatives",
    "/etc/bash.bashrc",
    "/etc/ca-certificates",
    "/etc/debian_version",
    "/etc/group",
    "/etc/hosts",
    "/etc/inputrc",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/locale.alias",
    "/etc/localtime",
    "/etc/magic",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/pki/tls/certs",
    "/etc/protocols",
    "/etc/python3",
    "/etc/python3.11",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/timezone",
];

/// What is seen at a level. `executable` are the programs that may be executed at level full, `tools` further folders
/// of programs.
pub(super) fn view(
    place: &Place,
    level: Level,
    frozen: bool,
    executable: Vec<PathBuf>,
    tools: &[PathBuf],
) -> View {
    let frozen = frozen || level == Level::Full;
    let shown = |path: PathBuf, writable| Shown { path, writable };
    let there = |paths: &[&str]| -> Vec<PathBuf> {
        paths
            .iter()
            .map(PathBuf::from)
            .filter(|path| path.exists())
            .collect()
    };
    let mut system = there(&SYSTEM);
    system.extend_from_slice(tools);
    let mut libraries = there(&LIBRARIES);
    libraries.extend_from_slice(tools);
    View {
        places: vec![
            shown(place.tree(), !frozen),
            shown(place.home(), true),
            shown(place.tmp(), true),
            shown(place.shm(), true),
            shown(place.script_folder(), false),
        ],
        system,
        files: there(&FILES),
        programs: (level == Level::Full).then_some(executable),
        libraries,
        tmp: place.tmp(),
        shm: place.shm(),
        frozen: frozen.then(|| place.tree()),
    }
}

/// All of a script's variables. Programs of `tools` come first.
pub(super) fn environment(
    place: &Place,
    language: Option<String>,
    tools: &[PathBuf],
) -> Vec<(String, String)> {
    let tools = tools.iter().map(|folder| folder.to_string_lossy());
    let path: Vec<_> = tools.chain([super::programs::PATH.into()]).collect();
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let home = place.home();
    let below = |name: &str| text(home.join(name));
    [
        ("PATH", path.join(":")),
        ("HOME", text(home.clone())),
        ("USER", "sandbox".to_owned()),
        ("LOGNAME", "sandbox".to_owned()),
        ("SHELL", "/bin/sh".to_owned()),
        ("LANG", language.unwrap_or_else(|| "C.UTF-8".to_owned())),
        ("TERM", "dumb".to_owned()),
        ("TMPDIR", text(place.tmp())),
        ("XDG_CACHE_HOME", below(".cache")),
        ("XDG_CONFIG_HOME", below(".config")),
        ("XDG_DATA_HOME", below(".local/share")),
        ("XDG_STATE_HOME", below(".local/state")),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ("GIT_TERMINAL_PROMPT", "0".to_owned()),
        ("GIT_EDITOR", "false".to_owned()),
        ("GIT_PAGER", "cat".to_owned()),
        ("PAGER", "cat".to_owned()),
        ("EDITOR", "false".to_owned()),
        // Whatever hooks of ours a script sets off stay quiet.
        (crate::system::env::TEND, "0".to_owned()),
        (crate::system::env::RUN, place.cookie()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The user's folders and the real repository, which must not be readable.
pub(super) fn secrets(
    home: Option<&Path>,
    repository: Option<&Path>,
    place: &Place,
) -> Vec<PathBuf> {
    let mut secrets = Vec::new();
    if let Some(home) = home.filter(|home| home.is_dir()) {
        let known = [
            ".ssh",
            ".gnupg",
            ".netrc",
            ".aws",
            ".config",
            ".bash_history",
        ];
        secrets.extend(
            known
                .iter()
                .map(|name| home.join(name))
                .filter(|path| path.exists()),
        );
        secrets.push(home.to_owned());
    }
    if let Some(repository) = repository {
        secrets.push(repository.to_owned());
        secrets.push(repository.join(".git/config"));
    }
    secrets.extend(place.beside());
    secrets
}
