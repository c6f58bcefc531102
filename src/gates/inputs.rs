//! The files that a verdict depends on, and the keys that they make.

use bstr::ByteSlice as _;

use super::settings::is_setting;
use crate::git::{Entry, Mode, Oid};
use crate::system::frames::Frames;
use crate::tasks::spec::{Action, Judges, RunSpec};
use crate::trust::scripts;

/// What a task looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All files of a tree.
    Tree,
    /// Those that its globs select, together with settings, manifests and lock files.
    Selected,
    /// The same, each by itself: it is called with those that changed.
    Each,
    /// A commit message.
    Message,
}

impl Scope {
    /// The scope of a task that judges.
    pub fn of(spec: &RunSpec, judges: &Judges) -> Self {
        if judges.message.is_some() {
            Self::Message
        } else if matches!(spec.action, Action::Command { .. }) && spec.files.is_some() {
            Self::Each
        } else if judges.files.is_everything() {
            Self::Tree
        } else {
            Self::Selected
        }
    }
}

/// The inputs of a task in a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// What it looks at.
    pub selected: Vec<Entry>,
    /// What decides how: settings, and scripts of the project's that the task runs. A digest.
    beside: [u8; 32],
}

impl Inputs {
    /// Those among the files of a tree.
    pub fn among(
        entries: Vec<Entry>,
        spec: &RunSpec,
        judges: &Judges,
    ) -> Result<Self, globset::Error> {
        let scripts = match &spec.action {
            Action::Command { argv } => scripts::candidates(argv, &spec.root),
            Action::Builtin { .. }
            | Action::Tools { .. }
            | Action::Fix { .. }
            | Action::Own { .. } => Vec::new(),
        };
        let mut beside = Frames::new("git-tend verdict settings v1");
        let mut selected = Vec::new();
        for entry in entries {
            let path = entry.path.as_bstr();
            let is_script = scripts.iter().any(|script| path == script.as_str());
            if is_script || is_setting(path) {
                frame(&mut beside, &entry);
            }
            if judges.files.contains(path)? && is_below(&entry, &spec.root) {
                selected.push(entry);
            }
        }
        Ok(Self {
            selected,
            beside: beside.digest(),
        })
    }

    /// The digest of one file, with what decides how it is looked at.
    pub fn file(&self, entry: &Entry) -> [u8; 32] {
        let mut frames = Frames::new("git-tend verdict file v1");
        frames.bytes(&self.beside);
        frame(&mut frames, entry);
        frames.digest()
    }

    /// The key of a verdict about some of the selected files.
    pub fn key<'a>(
        &self,
        definition: &str,
        entries: impl ExactSizeIterator<Item = &'a Entry>,
    ) -> String {
        let mut frames = Frames::new("git-tend verdict v1");
        frames.text(definition).text("files").bytes(&self.beside);
        frames.count(entries.len());
        for entry in entries {
            frame(&mut frames, entry);
        }
        frames.hex()
    }
}

/// A file of a project in a folder of it.
fn is_below(entry: &Entry, root: &str) -> bool {
    root.is_empty()
        || entry
            .path
            .strip_prefix(root.as_bytes())
            .is_some_and(|rest| rest.starts_with(b"/"))
}

fn frame(frames: &mut Frames, entry: &Entry) {
    let mode = match entry.mode {
        Mode::File => "file",
        Mode::Executable => "executable",
        Mode::Symlink => "symlink",
        Mode::Gitlink => "gitlink",
    };
    frames
        .bytes(&entry.path)
        .text(mode)
        .text(entry.oid.as_str());
}

/// The key of a verdict about a whole tree.
pub fn key_of_tree(definition: &str, tree: &Oid) -> String {
    let mut frames = Frames::new("git-tend verdict v1");
    frames.text(definition).text("tree").text(tree.as_str());
    frames.hex()
}

/// The key of a verdict about a message.
pub fn key_of_message(definition: &str, digest: &str) -> String {
    let mut frames = Frames::new("git-tend verdict v1");
    frames.text(definition).text("message").text(digest);
    frames.hex()
}

/// The digest of a commit message.
pub fn digest_of_message(message: &[u8]) -> String {
    blake3::hash(message).to_hex().to_string()
}
