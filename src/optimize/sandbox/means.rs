//! Which isolation there is, and which is taken.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::options::{Options, TrialError};
use super::place::Place;
use super::subject::Level;
use super::{programs, view};
use crate::system::env;
use crate::system::sandbox::{self, Claim, End, Means, Outcome, Spec, Standing};

/// What one of the means comes to on this machine.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// Which.
    pub means: Means,
    /// What would hold; or why it does not work.
    pub standings: Result<Vec<Standing>, String>,
}

impl Surveyed {
    /// What the level promises that would not hold.
    pub fn missing(&self, level: Level) -> Vec<Claim> {
        let Ok(standings) = &self.standings else {
            return level.claims();
        };
        level
            .claims()
            .into_iter()
            .filter(|claim| {
                !standings
                    .iter()
                    .any(|standing| standing.claim == *claim && standing.holds())
            })
            .collect()
    }
}

/// Tries the means one by one with a script that does nothing, the best first, and stops at one that keeps what the
/// level promises.
pub fn survey(options: &Options) -> Result<Vec<Surveyed>, TrialError> {
    let place = take_place(options)?;
    survey_in(&place, options, None)
}

pub(super) fn survey_in(
    place: &Place,
    options: &Options,
    repository: Option<&Path>,
) -> Result<Vec<Surveyed>, TrialError> {
    let candidates = match (options.level, options.means) {
        (Level::Minimal, _) => vec![Means::None],
        (_, Some(means)) => vec![means],
        _ if cfg!(target_os = "linux") => {
            vec![Means::Bubblewrap, Means::Namespaces, Means::Landlock]
        }
        _ => vec![Means::None],
    };
    let tree = place.tree();
    sandbox::remove(&tree)
        .and_then(|()| fs::create_dir(&tree))
        .map_err(io_at(&tree))?;
    let mut found = Vec::new();
    for means in candidates {
        let standings = if means == Means::Bubblewrap && sandbox::bubblewrap_program().is_none() {
            Err("bubblewrap is not installed".to_owned())
        } else {
            let program = programs::find("true", &[]).unwrap_or_else(|| "/bin/true".into());
            let start = Start {
                means,
                executable: programs::closure(std::slice::from_ref(&program)),
                program,
                args: Vec::new(),
                frozen: false,
                repository,
                // It asks for nothing: it finds out what there is.
                require: Vec::new(),
            };
            let outcome = start_in(place, options, start)?;
            match outcome.end {
                End::Exited(_) => Ok(outcome.standings),
                End::Failed(message) => Err(message),
                end => Err(format!("it ended with {end:?}")),
            }
        };
        let surveyed = Surveyed { means, standings };
        let is_enough = surveyed.missing(options.level).is_empty();
        found.push(surveyed);
        if is_enough {
            break;
        }
    }
    Ok(found)
}

/// The best of what was found: the first that is enough, else the one that lacks least.
pub(super) fn choose(found: &[Surveyed], options: &Options) -> Result<Means, TrialError> {
    let working = found.iter().filter(|surveyed| surveyed.standings.is_ok());
    let Some(best) = working.min_by_key(|surveyed| surveyed.missing(options.level).len()) else {
        return Err(match found.last() {
            Some(Surveyed {
                means,
                standings: Err(why),
            }) => TrialError::Means {
                means: *means,
                why: why.clone(),
            },
            _ => TrialError::Consent,
        });
    };
    let missing = best.missing(options.level);
    if options.require && !missing.is_empty() {
        return Err(TrialError::NotEnforced {
            level: options.level,
            means: best.means,
            missing,
        });
    }
    if best.means == Means::None && !options.consent {
        return Err(TrialError::Consent);
    }
    Ok(best.means)
}

pub(super) fn io_at(path: &Path) -> impl FnOnce(io::Error) -> TrialError {
    let path = path.to_owned();
    move |error| TrialError::Io { path, error }
}

pub(super) fn take_place(options: &Options) -> Result<Place, TrialError> {
    Place::take(&options.folder, options.wait)
        .map_err(io_at(&options.folder))?
        .ok_or(TrialError::Busy)
}

/// What is started in a place.
pub(super) struct Start<'a> {
    pub(super) means: Means,
    pub(super) program: PathBuf,
    pub(super) args: Vec<String>,
    pub(super) executable: Vec<PathBuf>,
    pub(super) frozen: bool,
    pub(super) repository: Option<&'a Path>,
    /// What must hold.
    pub(super) require: Vec<Claim>,
}

pub(super) fn start_in(
    place: &Place,
    options: &Options,
    start: Start<'_>,
) -> Result<Outcome, TrialError> {
    let spec = Spec {
        means: start.means,
        bubblewrap: sandbox::bubblewrap_program(),
        program: start.program,
        args: start.args,
        folder: place.tree(),
        env: view::environment(place, env::text("LANG"), &options.tools),
        top: place.top().to_owned(),
        view: view::view(
            place,
            options.level,
            start.frozen,
            start.executable,
            &options.tools,
        ),
        bounds: options.bounds,
        require: start.require,
        secrets: view::secrets(options.home.as_deref(), start.repository, place),
        stand_in: place.stand_in(),
    };
    Ok(sandbox::run(&options.helper, &spec)?)
}
