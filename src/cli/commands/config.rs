//! `git tend config`.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::format;
use crate::config::{Config, json_schema, show};
use crate::tasks::resolve;
use crate::tools::readers::tend;

/// Check and show the configuration
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub verb: ConfigVerb,
}

/// What to do with the configuration.
#[derive(Debug, clap::Subcommand)]
pub enum ConfigVerb {
    /// Point at every mistake, by file, line and column
    Check,
    /// Print the effective configuration and where each value comes from
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of tend.toml, for editors
    Schema {
        /// Print that of what an analyser of your own writes (`output = "tend"`)
        #[arg(long)]
        analyser: bool,
    },
}

/// Checks, shows, or prints the schema.
pub fn config(args: &ConfigArgs, app: &App) -> Result<Exit, CommandError> {
    match &args.verb {
        ConfigVerb::Check => {
            let loaded =
                Config::load(&app.config_files()?).map_err(|error| app.config_error(&error))?;
            let tasks = resolve(&loaded).map_err(|error| app.config_error(&error))?;
            let on = tasks.iter().filter(|task| task.enabled).count();
            let count = format::count(on, "task", "tasks");
            app.ui.say(format!("the configuration is valid: {count}"));
        }
        ConfigVerb::Show { json: true } => app
            .ui
            .json(&show::to_json(app.loaded()?).context("write the configuration")?)?,
        ConfigVerb::Show { json: false } => {
            let text = show::to_toml(app.loaded()?).context("write the configuration")?;
            app.ui.write_out(&text)?;
        }
        ConfigVerb::Schema { analyser: true } => app.ui.json(&tend::schema())?,
        ConfigVerb::Schema { analyser: false } => app.ui.json(&json_schema::schema())?,
    }
    Ok(Exit::Fine)
}
