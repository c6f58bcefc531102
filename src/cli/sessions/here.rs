//! The repository that a command is about, as the graph knows it.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::system::dirs::RepositoryId;

/// The repository, as the graph knows it.
pub struct Here {
    /// Its id.
    pub id: String,
    /// Its worktrees, as sessions name their folders.
    pub folders: Vec<String>,
}

impl Here {
    /// The one that the command is about.
    pub fn of(app: &App) -> Result<Self, CommandError> {
        let id = RepositoryId::of(&app.located()?.common_dir).context("name the repository")?;
        Ok(Self {
            id: id.as_str().to_owned(),
            folders: folders(app)?,
        })
    }
}

fn folders(app: &App) -> Result<Vec<String>, CommandError> {
    let worktrees = app.repo()?.worktrees().context("list the worktrees")?;
    let own = app.located()?.worktree.clone();
    let paths = worktrees.into_iter().map(|it| it.path).chain(own);
    let mut folders: Vec<String> = paths
        .filter_map(|path| path.into_os_string().into_string().ok())
        .collect();
    folders.sort();
    folders.dedup();
    Ok(folders)
}
