//! The file that insights are written into.

use std::path::{Path, PathBuf};

use crate::cli::app::App;
use crate::cli::edited_file::{EditedFile, shown, worktree_of};
use crate::cli::error::CommandError;
use crate::system::tilde;

/// What coding agents read, unless another file is named.
const USUAL: &str = "AGENTS.md";

/// The file, and who reads it.
#[derive(Debug)]
pub struct Target {
    /// The file.
    pub file: EditedFile,
    /// The folder whose sessions read it; empty for all.
    pub scope: String,
}

impl Target {
    /// Finds and reads the file that is named, or `AGENTS.md` at the worktree's top.
    pub fn of(app: &App, file: Option<&Path>) -> Result<Self, CommandError> {
        let named = match file {
            Some(file) => app.folder()?.join(file),
            None => worktree(app)?.join(USUAL),
        };
        let (Some(folder), Some(name)) = (named.parent(), named.file_name()) else {
            return Err(CommandError::usage(format!("{} is no file", shown(&named))));
        };
        let folder = folder.canonicalize().map_err(|error| {
            CommandError::usage(format!("no folder {}", shown(folder))).because(&error)
        })?;
        let top = worktree_of(&folder);
        Ok(Self {
            file: EditedFile::open(&folder.join(name), top.as_deref())?,
            scope: scope(&folder, top.is_some()),
        })
    }
}

fn worktree(app: &App) -> Result<PathBuf, CommandError> {
    let located = app.located()?;
    located.worktree.clone().ok_or_else(|| {
        CommandError::usage("the repository has no worktree")
            .hint("name the file: git tend insights inject FILE")
    })
}

/// Sessions read a file in their folder and in those above it; those in a hidden folder of the home, such as ~/.pi/agent, are
/// the agents' own, and read in all sessions.
fn scope(folder: &Path, is_in_worktree: bool) -> String {
    let home = tilde::expanded("~").canonicalize().ok();
    let is_hidden = home
        .and_then(|home| folder.strip_prefix(home).ok().map(Path::to_owned))
        .and_then(|rest| rest.components().next().map(|it| it.as_os_str().to_owned()))
        .is_some_and(|first| first.as_encoded_bytes().starts_with(b"."));
    if is_hidden && !is_in_worktree {
        String::new()
    } else {
        folder.to_string_lossy().into_owned()
    }
}
