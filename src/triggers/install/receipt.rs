//! What was installed: the proof that a hook is ours as we wrote it, and what it took the place of.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::shim::Missing;
use crate::config::HookName;
use crate::system::filesystem;
use crate::system::stored_path::StoredPath;

/// The file in the repository's state folder.
pub const FILE: &str = "hooks.json";

const SCHEMA: u32 = 1;

/// One installed hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// BLAKE3 of what we wrote.
    pub shim: String,
    /// BLAKE3 of the hook that it took the place of; `None` if there was none.
    pub before: Option<String>,
}

/// What was installed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    schema: u32,
    folder: Option<StoredPath>,
    /// Whether the folder was not there before.
    #[serde(default)]
    pub made_folder: bool,
    /// What happens without us.
    #[serde(default)]
    pub missing: Missing,
    path: Option<StoredPath>,
    hooks: BTreeMap<HookName, Installed>,
}

impl Receipt {
    /// Reads the receipt of a repository; one that is missing or damaged says nothing.
    pub fn load(state: &Path) -> Self {
        let text = fs::read(state.join(FILE)).unwrap_or_default();
        let receipt: Self = serde_json::from_slice(&text).unwrap_or_default();
        if receipt.schema == SCHEMA {
            receipt
        } else {
            Self::default()
        }
    }

    /// Writes it, if it says anything new.
    pub fn store(&mut self, state: &Path) -> io::Result<()> {
        self.schema = SCHEMA;
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        let path = state.join(FILE);
        if fs::read(&path).is_ok_and(|found| found == text) {
            return Ok(());
        }
        filesystem::private_dir(state)?;
        filesystem::replace(&path, &text, 0o600)
    }

    /// Removes it.
    pub fn remove(state: &Path) -> io::Result<()> {
        match fs::remove_file(state.join(FILE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The folder in which the hooks are.
    pub fn folder(&self) -> Option<PathBuf> {
        self.folder.clone().map(PathBuf::from)
    }

    /// Says in which folder the hooks are.
    pub fn set_folder(&mut self, folder: &Path) {
        self.folder = Some(folder.into());
    }

    /// The `PATH` of whoever installed them: that of a scheduler is shorter.
    pub fn path(&self) -> Option<PathBuf> {
        self.path.clone().map(PathBuf::from)
    }

    /// Remembers a `PATH`.
    pub fn set_path(&mut self, path: &Path) {
        self.path = Some(path.into());
    }

    /// Whether any hook was installed.
    pub fn is_empty(&self) -> bool {
        self.hooks.is_empty()
    }

    /// The hooks that were installed.
    pub fn hooks(&self) -> impl Iterator<Item = HookName> {
        self.hooks.keys().copied()
    }

    /// Whether we wrote exactly this.
    pub fn wrote(&self, hook: HookName, text: &[u8]) -> bool {
        self.hooks
            .get(&hook)
            .is_some_and(|installed| installed.shim == hash(text))
    }

    /// Remembers what is written in a hook's place, and what was there before.
    pub fn note(&mut self, hook: HookName, shim: &[u8], before: Option<&[u8]>) {
        let installed = Installed {
            shim: hash(shim),
            before: before.map(hash),
        };
        self.hooks.insert(hook, installed);
    }

    /// Whether the hook that was there before is still the same; `None` if there was none.
    pub fn is_unchanged(&self, hook: HookName, before: &[u8]) -> Option<bool> {
        let known = self.hooks.get(&hook)?.before.as_ref()?;
        Some(*known == hash(before))
    }

    /// Forgets a hook.
    pub fn forget(&mut self, hook: HookName) {
        self.hooks.remove(&hook);
    }
}

fn hash(text: &[u8]) -> String {
    blake3::hash(text).to_hex().to_string()
}
