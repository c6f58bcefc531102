//! A task that may fit, as commented TOML.

use std::fmt::Write as _;

/// A task that may fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suggestion {
    /// The task's name.
    pub(super) name: String,
    /// The command.
    pub(super) run: Vec<String>,
    /// The folder in which it runs; empty for the top.
    pub(super) folder: String,
    /// Globs below the folder.
    pub(super) files: &'static [&'static str],
    /// The event that starts it; a gate has none of its own.
    pub(super) on: Option<&'static str>,
    /// Where it runs.
    pub(super) workspace: &'static str,
    /// Whether it is quick enough for a gate.
    pub(super) gate: bool,
}

/// Whether a text can be written on one line of a comment, and as a name of a folder.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= 200 && !text.contains(|c: char| c.is_control() || c == '\\')
}

/// A TOML string on one line, for a text that [`is_plain`].
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<_> = texts.map(quoted).collect();
    format!("[{}]", texts.join(", "))
}

impl Suggestion {
    /// Writes it, each line a comment.
    pub(super) fn write(&self, text: &mut String) {
        let _ = writeln!(text, "# [task.{}]", self.name);
        let run = list(self.run.iter().map(String::as_str));
        let _ = writeln!(text, "# run = {run}");
        if !self.folder.is_empty() {
            let _ = writeln!(text, "# root = {}", quoted(&self.folder));
        }
        // In a glob a bracket or a star of a folder's name would mean something else.
        let escaped = globset::escape(&self.folder);
        if !self.files.is_empty() && is_plain(&escaped) == is_plain(&self.folder) {
            let globs: Vec<_> = self
                .files
                .iter()
                .map(|glob| {
                    if escaped.is_empty() {
                        (*glob).to_owned()
                    } else {
                        format!("{escaped}/{glob}")
                    }
                })
                .collect();
            let _ = writeln!(text, "# files = {}", list(globs.iter().map(String::as_str)));
        }
        if let Some(event) = self.on {
            let _ = writeln!(text, "# on = [{}]", quoted(event));
        }
        let _ = writeln!(text, "# workspace = {}", quoted(self.workspace));
    }
}
