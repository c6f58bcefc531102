//! `git tend sbom`.

use std::fs;
use std::path::PathBuf;

use crate::analyze::builtin::{self, Setting};
use crate::analyze::cyclonedx::About;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::threads;

/// Print what a commit depends on as a bill of materials
///
/// In the JSON form of CycloneDX 1.6, from the lock files first and the manifests second: nothing is run, installed or
/// asked of a registry.
#[derive(Debug, clap::Args)]
pub struct SbomArgs {
    /// The commit; HEAD if none is named
    #[arg(value_name = "REV")]
    pub rev: Option<String>,
    /// Write to FILE
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Writes a bill of materials.
pub fn sbom(args: &SbomArgs, app: &App) -> Result<Exit, CommandError> {
    let rev = args.rev.as_deref().unwrap_or("HEAD");
    let repo = app.repo()?;
    let commit = repo.resolve_commit(rev).context("find the commit")?;
    let located = app.located()?;
    let top = located.worktree.as_ref().unwrap_or(&located.git_dir);
    let name = top
        .file_name()
        .map_or_else(|| "repository".into(), |name| name.to_string_lossy());
    let setting = Setting {
        located,
        commit: Some(&commit),
        // Facts that were found out are used; a repository without a queue gets none for this.
        state: Some(app.state_dir()?).filter(|state| state.exists()),
        user: None,
        sessions: None,
        threads: threads::count(),
        now: app.now(),
    };
    let about = About {
        name: &name,
        version: Some(commit.as_str()),
        tool_version: env!("CARGO_PKG_VERSION"),
        timestamp: app.now(),
    };
    let bill = builtin::bill(&setting, &about).context("read the dependencies")?;
    match &args.output {
        Some(path) => {
            let path = app.folder()?.join(path);
            fs::write(&path, bill).map_err(|error| {
                CommandError::failed(format!("write {}: {error}", path.display()))
            })?;
        }
        None => app.ui.write_out(&bill)?,
    }
    Ok(Exit::Fine)
}
