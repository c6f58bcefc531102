//! Reading what is new in the sources that the user's configuration names.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::database::{existing, failed, open};
use super::{Found, repository};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::format;
use crate::cli::sessions::places::places;
use crate::cli::ui::plain;
use crate::config::optimize::Source;
use crate::optimize::collect::{
    CollectError, Gathered, Gatherer, JOURNAL, atuin_config, atuin_database, histories,
};
use crate::optimize::command::{Reader, Typed};
use crate::optimize::db::{NewStep, Optimize};
use crate::optimize::event::Line;
use crate::sessions::find::walk;
use crate::system::{env, rotate};

/// A larger journal is begun anew once it was read, in bytes: a year or so of typing.
const LARGEST_JOURNAL: u64 = 4 << 20;

/// What reading brought.
#[derive(Debug, Default)]
pub struct Reading {
    gathered: BTreeMap<Source, Gathered>,
    failed: Vec<(Source, String)>,
}

/// The files that a source would be read from, whether they exist or not.
pub fn places_of(source: Source, app: &App) -> Result<Vec<PathBuf>, CommandError> {
    Ok(match source {
        Source::Bash | Source::Zsh | Source::Fish => histories(source, env::raw),
        Source::Shell => {
            let journal = app.dirs()?.data.join(JOURNAL);
            // What was moved aside may have got a last record after it was read.
            vec![rotate::numbered(&journal, 1), journal]
        }
        Source::Atuin => {
            let config = atuin_config(env::raw).and_then(|path| std::fs::read_to_string(path).ok());
            atuin_database(config.as_deref(), env::raw)
                .into_iter()
                .collect()
        }
        Source::Agents => places(&app.loaded()?.config.sessions, env::raw)
            .into_iter()
            .map(|place| place.path)
            .collect(),
        Source::Git => app
            .located()
            .map(|located| vec![located.git_dir.join("logs/HEAD")])
            .unwrap_or_default(),
        Source::Jobs => match app.located() {
            Ok(_) => vec![app.state_dir()?.join("queue.db")],
            Err(_) => Vec::new(),
        },
    })
}

impl Reading {
    /// Reads what is new, of repositories the one that the command is about. A source that cannot be read is told, and the
    /// others are read all the same.
    pub fn of(app: &App) -> Result<Self, CommandError> {
        Self::with(app, &[])
    }

    /// The same, and of other repositories too.
    pub fn with(app: &App, others: &[App]) -> Result<Self, CommandError> {
        let config = &app.loaded()?.config.optimize;
        let mut reading = Self::default();
        if config.sources.is_empty() {
            return Ok(reading);
        }
        let mut db = open(app)?;
        let home = env::raw(env::HOME).and_then(|home| home.into_string().ok());
        let reader = Reader::new().context("load the grammar of shells")?;
        let reader = RefCell::new(reader.with_home(home));
        let read = |line: &Line| steps(&mut reader.borrow_mut(), line);
        let mut gatherer = Gatherer {
            db: &mut db,
            read: &read,
            scope: &repository::of_folder,
            now: app.now().as_millisecond(),
        };
        for source in &config.sources {
            let mut brought = Gathered::default();
            if let Err(error) = gather(*source, app, &mut gatherer, &mut brought)? {
                reading.failed.push((*source, error.to_string()));
            }
            for other in others {
                if !matches!(source, Source::Git | Source::Jobs) {
                    break;
                }
                // A repository that cannot be opened takes none of the others along.
                let told = match gather(*source, other, &mut gatherer, &mut brought) {
                    Ok(Ok(())) => continue,
                    Ok(Err(error)) => error.to_string(),
                    Err(error) => error.to_string(),
                };
                reading.failed.push((*source, told));
            }
            reading.gathered.insert(*source, brought);
        }
        let keep = i64::try_from(config.keep.get().as_millis()).unwrap_or(i64::MAX);
        db.prune(app.now().as_millisecond().saturating_sub(keep))
            .map_err(|error| failed("forget what is old", &error))?;
        Ok(reading)
    }

    /// What could not be read.
    pub fn say(&self, app: &App) {
        for (source, error) in &self.failed {
            app.ui
                .warn(format!("{}: failed to {}", source.name(), plain(error)));
        }
    }

    /// Why there is nothing to show.
    pub fn why_nothing(&self, app: &App, found: &Found) -> Result<String, CommandError> {
        let config = &app.loaded()?.config.optimize;
        if config.sources.is_empty() {
            return Ok("nothing may be read yet · git tend optimize sources".to_owned());
        }
        Ok(match found.corpus.events.len() {
            0 => "nothing was done yet in what may be read · git tend optimize sources".to_owned(),
            count => format!(
                "nothing is repeated often enough in {} · git tend optimize identify --all",
                format::count(count, "step", "steps")
            ),
        })
    }

    /// As JSON.
    pub fn document(&self) -> Value {
        let sources = self.gathered.iter();
        let sources = sources.map(|(source, gathered)| (source.name().to_owned(), json!(gathered)));
        json!({
            "sources": sources.collect::<serde_json::Map<_, _>>(),
            "failed": self.failed.iter().map(|(source, error)| json!({
                "source": source, "error": error,
            })).collect::<Vec<_>>(),
        })
    }
}

/// Reads one source. The inner error is the source's, and the others can be read all the same.
fn gather(
    source: Source,
    app: &App,
    gatherer: &mut Gatherer<'_>,
    into: &mut Gathered,
) -> Result<Result<(), CollectError>, CommandError> {
    let mut add =
        |gathered: Result<Gathered, CollectError>| gathered.map(|gathered| into.add(&gathered));
    match source {
        Source::Bash | Source::Zsh | Source::Fish | Source::Shell => {
            for path in places_of(source, app)? {
                if let Err(error) = add(gatherer.history(source, &path)) {
                    return Ok(Err(error));
                }
            }
            if source == Source::Shell {
                rotate::keep_below(&app.dirs()?.data.join(JOURNAL), LARGEST_JOURNAL);
            }
        }
        Source::Atuin => {
            for path in places_of(source, app)? {
                if let Err(error) = add(gatherer.atuin(&path)) {
                    return Ok(Err(error));
                }
            }
        }
        Source::Agents => {
            let walked = walk(&places(&app.loaded()?.config.sessions, env::raw));
            for file in walked.files {
                if let Err(error) = add(gatherer.session(&file.path, file.agent)) {
                    return Ok(Err(error));
                }
            }
        }
        Source::Git | Source::Jobs => {
            if app.located().is_err() {
                return Ok(Ok(()));
            }
            return in_repository(source, app, gatherer, &mut add);
        }
    }
    Ok(Ok(()))
}

fn in_repository(
    source: Source,
    app: &App,
    gatherer: &mut Gatherer<'_>,
    add: &mut dyn FnMut(Result<Gathered, CollectError>) -> Result<(), CollectError>,
) -> Result<Result<(), CollectError>, CommandError> {
    if source == Source::Git
        && let Err(error) = add(gatherer.reflog(app.repo()?))
    {
        return Ok(Err(error));
    }
    let Some(queue) = app.existing_queue()? else {
        return Ok(Ok(()));
    };
    let located = app.located()?;
    let folder = located.worktree.as_deref().unwrap_or(&located.git_dir);
    let folder = folder.to_string_lossy();
    let state = app.state_dir()?;
    Ok(add(match source {
        Source::Git => gatherer.pushes(&queue, state, Some(&folder)),
        _ => gatherer.jobs(&queue, state, Some(&folder)),
    }))
}

fn steps(reader: &mut Reader, line: &Line) -> Vec<NewStep> {
    let typed = reader.read(&line.text, line.folder.as_deref());
    typed.into_iter().map(step).collect()
}

fn step(typed: Typed) -> NewStep {
    NewStep {
        key: typed.step.key.clone(),
        shape: typed.step.shape.clone(),
        kinds: typed.step.kinds.clone(),
        values: typed.values,
        folder: typed.folder,
        noise: typed.step.noise,
        risky: typed.step.risky,
        interactive: typed.step.interactive,
    }
}

/// How many steps there are of each source.
pub fn counts(app: &App) -> Result<BTreeMap<Source, u64>, CommandError> {
    let Some(db) = existing(app)? else {
        return Ok(BTreeMap::new());
    };
    let counts = Optimize::counts(&db).map_err(|error| failed("count what was read", &error))?;
    Ok(counts.into_iter().collect())
}
