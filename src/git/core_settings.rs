//! The few settings that decide where a repository's files are, read without starting git.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use bstr::ByteSlice;

use super::error::GitError;
use crate::system::git_command::GitCommand;

/// `core.bare`, `core.worktree` and `extensions.worktreeConfig` of the repository's own configuration file.
///
/// Git itself reads these from that file alone: no includes, no user configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CoreSettings {
    pub bare: Option<bool>,
    pub worktree: Option<PathBuf>,
    worktree_config: bool,
}

impl CoreSettings {
    /// Reads them as git does: a linked worktree ignores the shared file's two, unless it has a file of its own.
    pub(super) fn of(git_dir: &Path, common_dir: &Path) -> Result<Self, GitError> {
        let mut settings = Self::default();
        settings.read(&common_dir.join("config"))?;
        if settings.worktree_config {
            settings.read(&git_dir.join("config.worktree"))?;
        } else if git_dir != common_dir {
            settings = Self::default();
        }
        Ok(settings)
    }

    fn read(&mut self, file: &Path) -> Result<(), GitError> {
        let text = match fs::read(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => {
                let path = file.to_path_buf();
                return Err(GitError::Io { path, source });
            }
        };
        if let Some(pairs) = plain_settings(&text) {
            for (key, value) in pairs {
                self.set(&key, value);
            }
            return Ok(());
        }
        let folder = file.parent().unwrap_or(Path::new("/"));
        let listed = GitCommand::in_folder(folder)
            .args(["config", "--no-includes", "-z", "--list", "--file"])
            .arg(file)
            .run()?;
        for item in listed.split_str("\0").filter(|item| !item.is_empty()) {
            let (key, value) = match item.split_once_str("\n") {
                Some((key, value)) => (key, Some(value.to_vec())),
                None => (item, None),
            };
            self.set(&key.to_str_lossy(), value);
        }
        Ok(())
    }

    fn set(&mut self, key: &str, value: Option<Vec<u8>>) {
        // A key without a value is true.
        let flag = || {
            value.as_deref().is_none_or(|value| {
                [&b"true"[..], b"yes", b"on", b"1"]
                    .iter()
                    .any(|word| value.eq_ignore_ascii_case(word))
            })
        };
        match key {
            "core.bare" => self.bare = Some(flag()),
            "extensions.worktreeconfig" => self.worktree_config = flag(),
            "core.worktree" => {
                self.worktree = value.map(|value| OsString::from_vec(value).into());
            }
            _ => {}
        }
    }
}

/// The settings of the sections `core` and `extensions`, or `None` for syntax better left to git.
fn plain_settings(text: &[u8]) -> Option<Vec<(String, Option<Vec<u8>>)>> {
    let mut found = Vec::new();
    let mut section = None;
    for line in text.lines() {
        let line = line.trim();
        if line.ends_with(b"\\") {
            return None;
        }
        if line.is_empty() || line.starts_with(b"#") || line.starts_with(b";") {
            continue;
        }
        if let Some(header) = line.strip_prefix(b"[") {
            let name = header.strip_suffix(b"]")?;
            section = ["core", "extensions"]
                .into_iter()
                .find(|known| name.eq_ignore_ascii_case(known.as_bytes()));
            continue;
        }
        let Some(section) = section else { continue };
        let (key, value) = match line.split_once_str("=") {
            Some((key, value)) => (key.trim(), Some(value.trim())),
            None => (line, None),
        };
        if value.is_some_and(|value| value.find_byteset(b"\"\\#;").is_some()) {
            return None;
        }
        let key = format!("{section}.{}", key.to_str().ok()?.to_ascii_lowercase());
        found.push((key, value.map(<[u8]>::to_vec)));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn settings(text: &str) -> CoreSettings {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config"), text).unwrap();
        CoreSettings::of(folder.path(), folder.path()).unwrap()
    }

    #[test]
    fn plain_files_are_read_here() {
        let text = "# x\n[core]\n\tbare = false\n\tworktree = ../../sub dir\n[remote \"origin\"]\n\tbare = true\n";
        assert!(plain_settings(text.as_bytes()).is_some());
        let found = settings(text);
        assert_eq!(found.bare, Some(false));
        assert_eq!(found.worktree, Some("../../sub dir".into()));
    }

    #[test]
    fn difficult_files_are_read_by_git() {
        let text = "[alias]\n\tx = one \\\n bare\n[core] bare\n\tworktree = \"../a;b\" # c\n";
        assert!(plain_settings(text.as_bytes()).is_none());
        let found = settings(text);
        assert_eq!(found.bare, Some(true));
        assert_eq!(found.worktree, Some("../a;b".into()));
    }
}
