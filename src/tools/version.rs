//! Which version of a tool is installed: asked once for each program file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::system::capture::{self, Capture};
use crate::system::filesystem;

/// Nothing takes longer to say its version, not even what is started by a JVM.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is said about a version is short.
const LIMIT: u64 = 64 << 10;
/// A version of something else is no version.
const LONGEST: usize = 40;

/// What was answered before, by program.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known(BTreeMap<PathBuf, Answer>);

/// A program's answer, and which file gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    size: u64,
    modified_ns: i128,
    inode: u64,
    version: Option<String>,
}

/// The versions that programs told, kept in a file: a tool that is started by an interpreter takes half a second to tell.
#[derive(Debug)]
pub struct Versions {
    file: PathBuf,
    known: Known,
    changed: bool,
}

impl Versions {
    /// Those of a file in the state directory; a missing or damaged one knows nothing.
    pub fn open(state: &Path) -> Self {
        let file = state.join("tool-versions.json");
        let known = fs::read(&file).ok();
        Self {
            known: known
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .unwrap_or_default(),
            file,
            changed: false,
        }
    }

    /// The version of a program.
    pub fn of(
        &mut self,
        program: &Path,
        args: &[&str],
        env: &[(OsString, OsString)],
    ) -> Option<String> {
        let found = fs::metadata(program).ok()?;
        let answer = |version| Answer {
            size: found.len(),
            modified_ns: i128::from(found.mtime()) * 1_000_000_000 + i128::from(found.mtime_nsec()),
            inode: found.ino(),
            version,
        };
        if let Some(known) = self.known.0.get(program)
            && *known == answer(known.version.clone())
        {
            return known.version.clone();
        }
        let version = ask(program, args, env);
        self.known
            .0
            .insert(program.to_path_buf(), answer(version.clone()));
        self.changed = true;
        version
    }

    /// Keeps what was learned. That it cannot be kept costs time only.
    pub fn save(self) {
        if self.changed
            && let Ok(bytes) = serde_json::to_vec(&self.known)
        {
            let _ = filesystem::replace(&self.file, &bytes, 0o600);
        }
    }
}

fn ask(program: &Path, args: &[&str], env: &[(OsString, OsString)]) -> Option<String> {
    let folder = filesystem::private_temp_dir().ok()?;
    let said = ask_in(&folder, program, args, env);
    let _ = fs::remove_dir_all(&folder);
    version_in(&said?)
}

fn ask_in(
    folder: &Path,
    program: &Path,
    args: &[&str],
    env: &[(OsString, OsString)],
) -> Option<String> {
    let mut file = File::options()
        .create_new(true)
        .read(true)
        .write(true)
        .open(folder.join("version"))
        .ok()?;
    let args: Vec<OsString> = args.iter().map(OsString::from).collect();
    capture::run(
        Capture {
            program,
            args: &args,
            cwd: folder,
            env,
            stdout: &file,
            stderr: &file,
            timeout: PATIENCE,
            limit: LIMIT,
        },
        &mut || (),
    )
    .ok()?;
    let mut bytes = Vec::new();
    file.rewind().ok()?;
    file.take(LIMIT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The first word that is a version: digits with a dot, perhaps behind a `v`.
fn version_in(said: &str) -> Option<String> {
    said.split(|c: char| c.is_whitespace() || "(),;\"'".contains(c))
        .map(|word| word.strip_prefix('v').unwrap_or(word))
        .find(|word| {
            word.len() <= LONGEST
                && word.contains('.')
                && word.starts_with(|c: char| c.is_ascii_digit())
                && word
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || ".+-_".contains(c))
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_version_is_found_among_the_words() {
        for (said, version) in [
            (
                "bandit 1.9.4\n  python version = 3.11.2 (main)",
                Some("1.9.4"),
            ),
            ("v10.2.1\n", Some("10.2.1")),
            ("pylint 4.0.5\nastroid 4.0.2\nPython 3.11.2", Some("4.0.5")),
            ("clippy 0.1.91 (f8297e351a 2025-10-28)", Some("0.1.91")),
            (
                "Apache Maven 3.8.7\nMaven home: /usr/share/maven",
                Some("3.8.7"),
            ),
            ("go version go1.19.8 linux/amd64", None),
            ("", None),
            ("no such option", None),
        ] {
            assert_eq!(version_in(said).as_deref(), version, "{said}");
        }
    }

    #[test]
    fn a_program_is_asked_once() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("tool");
        let asked = folder.path().join("asked");
        let script = format!("#!/bin/sh\necho . >> {}\necho tool $1\n", asked.display());
        fs::write(&program, script).unwrap();
        fs::set_permissions(
            &program,
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        for _ in 0..2 {
            let mut versions = Versions::open(folder.path());
            let version = versions.of(&program, &["1.2"], &[]);
            assert_eq!(version.as_deref(), Some("1.2"));
            versions.save();
        }
        assert_eq!(fs::read_to_string(&asked).unwrap(), ".\n");
        fs::write(folder.path().join("tool-versions.json"), "{").unwrap();
        let version = Versions::open(folder.path()).of(&program, &["1.3"], &[]);
        assert_eq!(version.as_deref(), Some("1.3"));
    }
}
