//! `git tend profile`.

use std::fs;
use std::path::PathBuf;

use crate::analyze::profile::keys::{KEYS, Key};
use crate::analyze::profile::model::ALL;
use crate::analyze::profile::{Profile, ProfileStore, Remembered, Scope, StoreError, rows};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::tables;
use crate::cli::ui::{Role, paint, plain};
use crate::config::nearest;
use crate::report::json;
use crate::system::dirs::RepositoryId;

/// What git-tend knows of you
///
/// It is observed in your own commits, branches, settings and prompts to coding agents, kept in one private file on this
/// machine, and about nobody else.
#[derive(Debug, clap::Args)]
pub struct ProfileArgs {
    /// What to do with it; `show` if nothing is said.
    #[command(subcommand)]
    pub verb: Option<ProfileVerb>,
}

/// What to do with the profile.
#[derive(Debug, clap::Subcommand)]
pub enum ProfileVerb {
    /// Print what is known, how sure that is, and where from
    Show {
        /// Only this attribute, or those of a group such as `commit`
        #[arg(value_name = "KEY")]
        key: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Set an attribute: nothing that is observed changes it any more
    Correct {
        /// The attribute
        #[arg(value_name = "KEY")]
        key: String,
        /// Its value; several with commas between them
        #[arg(value_name = "VALUE")]
        value: String,
        /// In this repository only
        #[arg(long)]
        here: bool,
    },
    /// Forget an attribute, or a group of them, for good
    Forget {
        /// The attribute, or a group such as `work`
        #[arg(value_name = "KEY", required_unless_present = "all")]
        key: Option<String>,
        /// Everything; nothing is observed until it is lifted
        #[arg(long, conflicts_with = "key")]
        all: bool,
        /// Let what was forgotten be observed again
        #[arg(long)]
        lift: bool,
    },
    /// Write all that is kept as JSON
    Export {
        /// Write to FILE
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Shows or changes the profile.
pub fn profile(args: &ProfileArgs, app: &App) -> Result<Exit, CommandError> {
    let show = ProfileVerb::Show {
        key: None,
        json: false,
    };
    let store = ProfileStore::new(&app.dirs()?.state);
    match args.verb.as_ref().unwrap_or(&show) {
        ProfileVerb::Show { key, json } => print(&store, key.as_deref(), *json, app),
        ProfileVerb::Correct { key, value, here } => correct(&store, key, value, *here, app),
        ProfileVerb::Forget { key, all: _, lift } => forget(&store, key.as_deref(), *lift, app),
        ProfileVerb::Export { output } => export(&store, output.as_ref(), app),
    }
}

/// The repository that the command is typed in, if it is typed in one.
fn repository(app: &App) -> Option<RepositoryId> {
    RepositoryId::of(&app.located().ok()?.common_dir).ok()
}

fn load(store: &ProfileStore, app: &App) -> Result<Profile, CommandError> {
    if let Some(path) = store
        .set_damaged_aside()
        .map_err(|error| unreadable(&error))?
    {
        app.ui.warn(format!(
            "the profile could not be read; it is kept as {}",
            path.display()
        ));
    }
    store.load().map_err(|error| unreadable(&error))
}

fn unreadable(error: &StoreError) -> CommandError {
    CommandError::failed("failed to read the profile").because(error)
}

fn print(
    store: &ProfileStore,
    key: Option<&str>,
    as_json: bool,
    app: &App,
) -> Result<Exit, CommandError> {
    if let Some(key) = key {
        known(key)?;
    }
    let profile = load(store, app)?;
    let here = repository(app);
    let here = here.as_ref().map(RepositoryId::as_str);
    let mut shown = profile.shown(here, app.now());
    if as_json {
        shown.retain(|known| key.is_none_or(|key| covers(key, known.key)));
        app.ui.json(&serde_json::json!({
            "schema": json::SCHEMA, "version": profile.version, "attributes": shown,
        }))?;
        return Ok(Exit::Fine);
    }
    let rows = rows(&shown, key);
    if rows.is_empty() {
        app.ui.say("nothing is known yet · git tend run steward");
        return Ok(Exit::Fine);
    }
    let mut table = tables::table(&["ATTRIBUTE", "VALUE", "SURE", "FROM"]);
    for row in rows {
        table.add_row([
            paint(Role::Name, row.key),
            plain(&row.value),
            row.confidence,
            plain(&row.sources),
        ]);
    }
    app.ui.write_out(&tables::render(&table))?;
    Ok(Exit::Fine)
}

fn covers(group: &str, key: &str) -> bool {
    key.strip_prefix(group)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Refuses what is neither an attribute nor a group.
fn known(name: &str) -> Result<(), CommandError> {
    if Key::is_name_or_group(name) {
        return Ok(());
    }
    let error = CommandError::usage(format!("no attribute is named {}", plain(name)));
    let names = KEYS.iter().map(|key| key.name);
    Err(match nearest(name, names) {
        Some(meant) => error.hint(format!("did you mean {meant}?")),
        None => error.hint("git tend profile show"),
    })
}

fn correct(
    store: &ProfileStore,
    key: &str,
    value: &str,
    here: bool,
    app: &App,
) -> Result<Exit, CommandError> {
    known(key)?;
    let repository = here.then(|| repository(app)).flatten();
    if here && repository.is_none() {
        return Err(CommandError::usage("this is no repository"));
    }
    let scope = match &repository {
        Some(id) => Scope::Repository(id.as_str()),
        None => Scope::Everywhere,
    };
    let now = app.now();
    let kept = store
        .change(|profile| profile.correct(scope, key, value, now).map(drop))
        .map_err(|error| unreadable(&error))?;
    kept.value
        .map_err(|error| CommandError::usage("failed to correct the profile").because(&error))?;
    app.ui.say(format!("{key} is {} from now on", plain(value)));
    Ok(Exit::Fine)
}

fn forget(
    store: &ProfileStore,
    key: Option<&str>,
    lift: bool,
    app: &App,
) -> Result<Exit, CommandError> {
    let now = app.now();
    let name = key.unwrap_or(ALL);
    if let Some(key) = key {
        known(key)?;
    }
    if lift {
        let kept = store
            .change(|profile| profile.remember(name, now))
            .map_err(|error| unreadable(&error))?;
        let said = match kept.value {
            Remembered::Yes => "what was forgotten is observed again".to_owned(),
            Remembered::NotForgotten => "that was not forgotten".to_owned(),
            Remembered::Within(group) if group == ALL => {
                "everything is forgotten still · git tend profile forget --lift --all".to_owned()
            }
            Remembered::Within(group) => {
                format!("{group} is forgotten still · git tend profile forget --lift {group}")
            }
        };
        app.ui.say(said);
        return Ok(Exit::Fine);
    }
    let kept = store
        .change(|profile| match key {
            Some(key) => profile.forget(key, now),
            None => Ok(profile.forget_all(now)),
        })
        .map_err(|error| unreadable(&error))?;
    let gone = kept.value.context("forget")?;
    app.ui.say(format!(
        "{} forgotten, and not observed again · git tend profile forget --lift {}",
        crate::cli::format::count(gone, "attribute", "attributes"),
        key.unwrap_or("--all"),
    ));
    Ok(Exit::Fine)
}

fn export(store: &ProfileStore, output: Option<&PathBuf>, app: &App) -> Result<Exit, CommandError> {
    let export = load(store, app)?.export(app.now());
    match output {
        Some(path) => {
            let path = app.folder()?.join(path);
            let mut text = serde_json::to_string_pretty(&export).context("write the profile")?;
            text.push('\n');
            fs::write(&path, text).map_err(|error| {
                CommandError::failed(format!("write {}: {error}", path.display()))
            })?;
        }
        None => app.ui.json(&export)?,
    }
    Ok(Exit::Fine)
}
