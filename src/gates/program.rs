//! Which program it is that judges: not where it lies, and not only its file.
//!
//! The file of a tool that is a script says little: the tool is the package behind it. So the digest of a program takes
//! in the `package.json` that it belongs to, or what is installed in its virtual environment, or which toolchain rustup
//! stands for. Nothing is ever started to find out. Digests are kept for as long as none of these files changes: one of a
//! large binary takes tens of milliseconds.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::system::filesystem;
use crate::system::frames::Frames;

/// Larger files beside a program are not its own.
const LARGEST: u64 = 16 << 20;

/// The digests of programs, by path.
#[derive(Debug)]
pub(super) struct Programs {
    file: PathBuf,
    /// rustup's own folder, where the environment names it.
    rustup: Option<PathBuf>,
    known: BTreeMap<PathBuf, Known>,
    changed: bool,
}

/// A digest, and the files as they were when it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    files: Vec<Stat>,
    digest: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stat {
    path: PathBuf,
    size: u64,
    modified_ns: i128,
    inode: u64,
}

impl Stat {
    fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self {
            path: path.to_path_buf(),
            size: found.len(),
            modified_ns: i128::from(found.mtime()) * 1_000_000_000 + i128::from(found.mtime_nsec()),
            inode: found.ino(),
        })
    }
}

impl Programs {
    /// Those that a state directory remembers; a missing or damaged file knows none.
    pub(super) fn open(state: &Path, rustup: Option<PathBuf>) -> Self {
        let file = state.join("programs.json");
        let known = fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self {
            file,
            rustup,
            known: known.unwrap_or_default(),
            changed: false,
        }
    }

    /// The digest of a program; nothing if it cannot be read.
    pub(super) fn digest(&mut self, program: &Path) -> Option<String> {
        let own = program.canonicalize().ok()?;
        let kin = Kin::of(program, &own, self.rustup.as_deref());
        let files: Vec<Stat> = std::iter::once(own.as_path())
            .chain(kin.files())
            .filter_map(Stat::of)
            .collect();
        if let Some(known) = self.known.get(program)
            && known.files == files
        {
            return Some(known.digest.clone());
        }
        let mut frames = Frames::new("git-tend program v1");
        let mut content = blake3::Hasher::new();
        content.update_reader(fs::File::open(&own).ok()?).ok()?;
        frames.bytes(content.finalize().as_bytes());
        kin.describe(&mut frames);
        let digest = frames.hex();
        let known = Known {
            files,
            digest: digest.clone(),
        };
        self.known.insert(program.to_path_buf(), known);
        self.changed = true;
        Some(digest)
    }

    /// Keeps what was learned. That it cannot be kept costs time only.
    pub(super) fn save(&mut self) {
        if self.changed
            && let Ok(bytes) = serde_json::to_vec(&self.known)
        {
            let _ = filesystem::replace(&self.file, &bytes, 0o600);
            self.changed = false;
        }
    }
}

/// What a program is made of besides its file.
enum Kin {
    /// Nothing that is known of.
    None,
    /// A package of npm.
    Node(PathBuf),
    /// A virtual environment: its folders of installed packages.
    Python(Vec<PathBuf>),
    /// rustup's stand-in for a toolchain: its settings, and what was installed when.
    Rustup([PathBuf; 2]),
}

impl Kin {
    fn of(program: &Path, own: &Path, rustup: Option<&Path>) -> Self {
        let folder = program.parent().unwrap_or(Path::new("/"));
        if let Some(package) = own
            .ancestors()
            .skip(1)
            .take_while(|folder| !folder.ends_with("node_modules"))
            .map(|folder| folder.join("package.json"))
            .find(|file| file.is_file())
            .filter(|file| file.iter().any(|part| part == "node_modules"))
        {
            return Self::Node(package);
        }
        if let Some(environment) = folder.parent()
            && environment.join("pyvenv.cfg").is_file()
        {
            return Self::Python(installed_below(environment));
        }
        if is_rustup(folder, own)
            && let Some(home) = rustup_home(folder, rustup)
        {
            return Self::Rustup([home.join("settings.toml"), home.join("update-hashes")]);
        }
        Self::None
    }

    fn files(&self) -> impl Iterator<Item = &Path> {
        let files: &[PathBuf] = match self {
            Self::None => &[],
            Self::Node(package) => std::slice::from_ref(package),
            Self::Python(folders) => folders,
            Self::Rustup(files) => files,
        };
        files.iter().map(PathBuf::as_path)
    }

    fn describe(&self, frames: &mut Frames) {
        match self {
            Self::None => {}
            Self::Node(package) => {
                frames.text("node").bytes(&read(package));
            }
            Self::Python(folders) => {
                frames.text("python");
                for folder in folders {
                    let mut names = names_in(folder);
                    names.retain(|name| {
                        name.ends_with(b".dist-info") || name.ends_with(b".egg-info")
                    });
                    frames.count(names.len());
                    for name in names {
                        frames.bytes(&name);
                    }
                }
            }
            Self::Rustup([settings, hashes]) => {
                frames.text("rustup").bytes(&read(settings));
                for name in names_in(hashes) {
                    frames
                        .bytes(&name)
                        .bytes(&read(&hashes.join(OsStr::from_bytes(&name))));
                }
            }
        }
    }
}

/// `lib/python3.12/site-packages` of a virtual environment.
fn installed_below(environment: &Path) -> Vec<PathBuf> {
    let lib = environment.join("lib");
    names_in(&lib)
        .into_iter()
        .filter(|name| name.starts_with(b"python") || name.starts_with(b"pypy"))
        .map(|name| lib.join(OsStr::from_bytes(&name)).join("site-packages"))
        .filter(|folder| folder.is_dir())
        .collect()
}

/// Whether a file is one of the names under which rustup is installed: links to one file, or copies of one size.
fn is_rustup(folder: &Path, own: &Path) -> bool {
    if own.file_name().is_some_and(|name| name == "rustup") {
        return true;
    }
    let size = |path: &Path| fs::metadata(path).map(|found| found.len()).ok();
    let rustup = size(&folder.join("rustup"));
    rustup.is_some() && rustup == size(own)
}

/// rustup's folder: the one that is named, or the one beside cargo's.
fn rustup_home(programs: &Path, named: Option<&Path>) -> Option<PathBuf> {
    let beside = || Some(programs.parent()?.parent()?.join(".rustup"));
    named
        .map(Path::to_path_buf)
        .or_else(beside)
        .filter(|home| home.join("settings.toml").is_file())
}

/// The names in a folder, sorted.
fn names_in(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<Vec<u8>> = entries
        .flatten()
        .map(|entry| entry.file_name().as_bytes().to_vec())
        .collect();
    names.sort();
    names
}

fn read(path: &Path) -> Vec<u8> {
    let small = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
    small
        .then(|| fs::read(path).ok())
        .flatten()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn digest(state: &Path, program: &Path) -> String {
        let mut programs = Programs::open(state, None);
        let digest = programs.digest(program).unwrap();
        programs.save();
        // From memory, and from scratch: the same.
        assert_eq!(
            Programs::open(state, None).digest(program).as_ref(),
            Some(&digest)
        );
        let elsewhere = tempfile::tempdir().unwrap();
        assert_eq!(
            Programs::open(elsewhere.path(), None)
                .digest(program)
                .as_ref(),
            Some(&digest)
        );
        digest
    }

    #[test]
    fn a_program_is_its_content_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let (one, other) = (state.join("a/tool"), state.join("b/tool"));
        write(&one, "version 1");
        write(&other, "version 1");
        let before = digest(state, &one);
        assert_eq!(digest(state, &other), before);
        write(&one, "version 2, and longer");
        assert_ne!(digest(state, &one), before);
        assert!(
            Programs::open(state, None)
                .digest(&state.join("none"))
                .is_none()
        );
        write(&state.join("programs.json"), "{\"broken");
        assert_eq!(digest(state, &other), before);
    }

    #[test]
    fn the_package_behind_a_script_counts() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        let script = top.join("node_modules/eslint/bin/eslint.js");
        let package = top.join("node_modules/eslint/package.json");
        write(&script, "#!/usr/bin/env node");
        write(&package, "{\"version\":\"9.0.0\"}");
        write(&top.join("package.json"), "{}");
        let program = top.join("node_modules/.bin/eslint");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("../eslint/bin/eslint.js", &program).unwrap();
        let before = digest(top, &program);
        write(&package, "{\"version\":\"9.10.0\"}");
        let after = digest(top, &program);
        assert_ne!(after, before);
        write(
            &top.join("package.json"),
            "{\"name\":\"the project's own\"}",
        );
        assert_eq!(digest(top, &program), after);
    }

    #[test]
    fn what_is_installed_beside_a_script_counts() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        let program = top.join(".venv/bin/flake8");
        write(&program, "#!/venv/bin/python");
        write(&top.join(".venv/pyvenv.cfg"), "");
        let installed = top.join(".venv/lib/python3.12/site-packages");
        write(&installed.join("flake8-7.0.0.dist-info/METADATA"), "");
        let before = digest(top, &program);
        let (old, new) = ("flake8-7.0.0.dist-info", "flake8-7.1.0.dist-info");
        fs::rename(installed.join(old), installed.join(new)).unwrap();
        let after = digest(top, &program);
        assert_ne!(after, before);
        write(&installed.join("__pycache__/x.pyc"), "");
        assert_eq!(digest(top, &program), after);
    }

    #[test]
    fn a_toolchain_behind_rustup_counts() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        for name in ["rustup", "cargo"] {
            write(&home.join(".cargo/bin").join(name), "rustup");
        }
        write(&home.join(".rustup/settings.toml"), "default = 1.90");
        write(&home.join(".rustup/update-hashes/stable"), "1");
        let program = home.join(".cargo/bin/cargo");
        let before = digest(home, &program);
        write(&home.join(".rustup/settings.toml"), "default = 1.91.0");
        assert_ne!(digest(home, &program), before);
    }
}
