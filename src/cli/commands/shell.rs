//! `git tend completions` and `git tend man`: generated from the command tree.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::app::App;
use crate::cli::args::Cli;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Print the manual page (roff)
#[derive(Debug, clap::Args)]
pub struct ManArgs {}

/// Prints the completion script of a shell.
pub fn completions(args: &CompletionsArgs, app: &App) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "git-tend", &mut script);
    app.ui.bytes_out(&script)?;
    Ok(Exit::Fine)
}

/// Prints the manual page.
pub fn man(_args: &ManArgs, app: &App) -> Result<Exit, CommandError> {
    let mut page = Vec::new();
    let tree = Cli::command();
    let render = |page: &mut Vec<u8>| {
        clap_mangen::Man::new(tree.clone()).render(page)?;
        for verb in tree.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let name = format!("git-tend-{}", verb.get_name());
            clap_mangen::Man::new(verb.clone().name(name)).render(page)?;
        }
        std::io::Result::Ok(())
    };
    render(&mut page).context("write the manual page")?;
    app.ui.bytes_out(&page)?;
    Ok(Exit::Fine)
}
