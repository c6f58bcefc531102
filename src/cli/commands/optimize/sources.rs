//! `git tend optimize sources`.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::app::App;
use crate::cli::edited_file::EditedFile;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::{counts, places_of};
use crate::cli::screen::{Give, Grid, Text};
use crate::cli::sessions_view::document;
use crate::cli::trusting::check_who_types;
use crate::cli::ui::Role;
use crate::config::edit;
use crate::config::optimize::Source;
use crate::report::json::SCHEMA;
use crate::system::{env, tilde};

/// What may be read, and what is there to be read
///
/// Nothing is read unless `[optimize] sources` of your own configuration names it; --on and --off change that line for you.
/// What is read stays on this machine, in optimize.db of your data folder: steps without secrets, no lines as they were typed.
#[derive(Debug, clap::Args)]
pub struct SourcesArgs {
    /// Let these be read: git, bash, zsh, fish, atuin, shell, agents, jobs
    #[arg(long, value_name = "SOURCE", value_parser = source, num_args = 1..)]
    pub on: Vec<Source>,
    /// Read these no more; what was read stays until `forget`
    #[arg(long, value_name = "SOURCE", value_parser = source, num_args = 1..)]
    pub off: Vec<Source>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Reads the name of a source.
pub(super) fn source(name: &str) -> Result<Source, String> {
    Source::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Source::ALL.into_iter().map(Source::name).collect();
        format!("it is one of {}", names.join(", "))
    })
}

/// Shows or changes what may be read.
pub fn sources(args: &SourcesArgs, app: &App) -> Result<Exit, CommandError> {
    let mut on = app.loaded()?.config.optimize.sources.clone();
    if !args.on.is_empty() || !args.off.is_empty() {
        on = change(args, &on, app)?;
    }
    let counts = counts(app)?;
    let home = env::raw(env::HOME).and_then(|home| home.into_string().ok());
    let mut rows = Vec::new();
    for source in Source::ALL {
        let places = places_of(source, app)?;
        let there: Vec<&PathBuf> = places.iter().filter(|place| place.exists()).collect();
        let count = counts.get(&source).copied().unwrap_or(0);
        rows.push((
            source,
            on.contains(&source),
            places.clone(),
            there.len(),
            count,
        ));
    }
    if args.json {
        let sources: Vec<_> = rows
            .iter()
            .map(|(source, on, places, there, count)| {
                json!({ "source": source, "on": on, "places": places, "found": there, "steps": count })
            })
            .collect();
        document::print(&json!({ "schema": SCHEMA, "sources": sources }), app)?;
        return Ok(Exit::Fine);
    }
    let mut grid = Grid::new(&["SOURCE", "READ", "STEPS", "WHERE"])
        .right(&[2])
        .gives(&[(3, Give::Shrink(16))]);
    for (source, on, places, _, count) in &rows {
        let there = places.iter().find(|place| place.exists());
        let place = match (there, places.last()) {
            (Some(place), _) => {
                Text::new(tilde::written(&place.to_string_lossy(), home.as_deref()))
            }
            (None, Some(place)) => {
                let place = tilde::written(&place.to_string_lossy(), home.as_deref());
                Text::of(Role::Faint, format!("{place} (not there)"))
            }
            (None, None) => Text::of(Role::Faint, "only inside a repository"),
        };
        grid.row([
            Text::of(Role::Name, source.name()),
            if *on {
                Text::of(Role::Good, "yes")
            } else {
                Text::of(Role::Faint, "no")
            },
            Text::new(if *count == 0 {
                String::new()
            } else {
                count.to_string()
            }),
            place,
        ]);
    }
    app.ui
        .lines(&grid.lines(app.ui.columns().unwrap_or(usize::MAX)))?;
    if on.is_empty() {
        app.ui
            .say("nothing is read · git tend optimize sources --on git bash");
    }
    Ok(Exit::Fine)
}

/// Writes the user's configuration.
fn change(args: &SourcesArgs, now: &[Source], app: &App) -> Result<Vec<Source>, CommandError> {
    check_who_types(app)?;
    let path = app.config_files()?.user.ok_or_else(|| {
        CommandError::usage("there is no folder for your configuration").hint("set HOME")
    })?;
    let wanted: Vec<Source> = Source::ALL
        .into_iter()
        .filter(|it| (now.contains(it) || args.on.contains(it)) && !args.off.contains(it))
        .collect();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).context("create the folder of your configuration")?;
    }
    let file = EditedFile::open(&path, None)?;
    let names: Vec<&str> = wanted.iter().map(|it| it.name()).collect();
    let old = file.bytes.as_deref().unwrap_or_default();
    let new =
        edit::with_list(old, "optimize", "sources", &names).context("change your configuration")?;
    file.write(Some(&new))?;
    app.ui.say(format!("wrote {}", file.name()));
    Ok(wanted)
}
