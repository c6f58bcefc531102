//! `git tend init`.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::config::init as detection;
use crate::config::layers::PROJECT_FILE;

/// Look at the repository and write a commented tend.toml
#[derive(Debug, clap::Args)]
pub struct InitArgs {
    /// Print it instead of writing it
    #[arg(long)]
    pub stdout: bool,
}

/// Writes the file.
pub fn init(args: &InitArgs, app: &App) -> Result<Exit, CommandError> {
    let located = app.located()?;
    let Some(top) = &located.worktree else {
        return Err(
            CommandError::usage("a bare repository has no place for a tend.toml")
                .hint("--config FILE names one elsewhere"),
        );
    };
    let index = app.repo()?.index().context("list the files")?;
    let paths: Vec<String> = index
        .into_iter()
        .filter_map(|entry| String::from_utf8(entry.path.into()).ok())
        .collect();
    let read = |path: &String| Some((path.clone(), std::fs::read_to_string(top.join(path)).ok()?));
    let manifests: BTreeMap<String, String> = paths
        .iter()
        .filter(|path| detection::is_wanted(path))
        .filter_map(read)
        .collect();
    let text = detection::propose(paths.iter().map(String::as_str), &manifests).text;
    if args.stdout {
        app.ui.write_out(&text)?;
        return Ok(Exit::Fine);
    }
    let path = top.join(PROJECT_FILE);
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => {
            app.ui.say(format!(
                "wrote {PROJECT_FILE} · git tend config check · git tend trust"
            ));
            Ok(Exit::Fine)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(CommandError::refused(
            format!("{PROJECT_FILE} exists and is left alone"),
        )
        .hint("git tend init --stdout prints what would be written")),
        Err(error) => {
            Err(CommandError::failed(format!("failed to write {}", path.display())).because(&error))
        }
    }
}
