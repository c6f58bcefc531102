//! `git tend optimize shell-init`.

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::error::Context as _;
use crate::cli::exit_code::Exit;
use crate::optimize::collect::{JOURNAL, Shell, snippet};
use crate::system::filesystem;

/// Print lines for your shell's start-up file that note what you type: where, how long it took and how it ended
///
/// Histories of bash and fish do not know where a command was typed, and of no shell how it ended. The lines write to a file
/// of your own on this machine, start no process, and leave out what begins with a space. Put
/// `eval "$(git-tend optimize shell-init bash)"` into ~/.bashrc, the same with zsh into ~/.zshrc, or `git-tend optimize
/// shell-init fish | source` into fish's config.fish; and name `shell` in `[optimize] sources`.
#[derive(Debug, clap::Args)]
pub struct ShellInitArgs {
    /// bash, zsh or fish
    #[arg(value_name = "SHELL", value_parser = shell)]
    pub shell: Shell,
}

fn shell(name: &str) -> Result<Shell, String> {
    Shell::from_name(name).ok_or_else(|| "bash, zsh or fish".to_owned())
}

/// Prints the lines.
pub fn shell_init(args: &ShellInitArgs, app: &App) -> Result<Exit, CommandError> {
    let data = &app.dirs()?.data;
    filesystem::private_dir(data).context("create your folder for data")?;
    let text = snippet(args.shell, &data.join(JOURNAL));
    app.ui.bytes_out(text.as_bytes())?;
    Ok(Exit::Fine)
}
