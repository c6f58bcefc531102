//! Running the cases.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::case::{self, Case, CaseKind, Context, Prepare, plan};
use super::changes::{Change, Declared, Snapshot, compare, snapshot};
use super::copy::{self, CopyError};
use super::judge::{judge, passed, success_rate};
use super::place::Place;
use super::report::{CaseReport, Report, weaker};
use super::subject::{Language, Level, Subject};
use super::{programs, view};
use crate::system::env;
use crate::system::sandbox::{
    self, Bounds, Claim, End, Means, Outcome, SandboxError, Spec, Standing,
};

/// Of a run's changes, so many are listed.
const LISTED: usize = 200;

/// How a script is tried.
#[derive(Clone, Debug)]
pub struct Options {
    /// Our own program.
    pub helper: PathBuf,
    /// Where throw-away folders are made, such as [`super::default_folder`].
    pub folder: PathBuf,
    /// How freely it runs.
    pub level: Level,
    /// What isolates it; the best there is if nothing is said.
    pub means: Option<Means>,
    /// Whether nothing is run if something that the level promises does not hold.
    pub require: bool,
    /// Whether the user agreed to a run without any isolation.
    pub consent: bool,
    /// What it may take.
    pub bounds: Bounds,
    /// The user's home folder, which must not be readable.
    pub home: Option<PathBuf>,
    /// Further folders of tools, absolute, that it may read and execute at level partial, and read at level full.
    pub tools: Vec<PathBuf>,
    /// How long to wait for others to finish if [`super::AT_ONCE`] are running.
    pub wait: Duration,
}

/// Why a script was not tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// No isolation, and no consent.
    #[error("run it without isolation: nobody agreed to that")]
    Consent,
    /// What the level promises does not hold here.
    #[error("confine it at level {}: {} cannot {}", level.name(), means.name(), words(missing))]
    NotEnforced {
        /// The level.
        level: Level,
        /// The best means there is.
        means: Means,
        /// What would be possible.
        missing: Vec<Claim>,
    },
    /// The means that was asked for does not work here.
    #[error("set up {}: {why}", means.name())]
    Means {
        /// The means.
        means: Means,
        /// What it said.
        why: String,
    },
    /// All places are taken.
    #[error("start a sandbox: {} are running already", super::AT_ONCE)]
    Busy,
    /// There is no copy of the repository.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The sandbox did not work.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A declared glob is none.
    #[error("read what it says it writes: {0}")]
    Declared(#[from] globset::Error),
    /// The throw-away folder could not be made or looked through.
    #[error("prepare {}: {error}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

fn words(claims: &[Claim]) -> String {
    let words: Vec<&str> = claims.iter().map(|claim| claim.words()).collect();
    format!("keep it from being able to {}", words.join(", "))
}

/// What one of the means comes to on this machine.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// Which.
    pub means: Means,
    /// What would hold; or why it does not work.
    pub standings: Result<Vec<Standing>, String>,
}

impl Surveyed {
    fn missing(&self, level: Level) -> Vec<Claim> {
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

fn survey_in(
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
fn choose(found: &[Surveyed], options: &Options) -> Result<Means, TrialError> {
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

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> TrialError {
    let path = path.to_owned();
    move |error| TrialError::Io { path, error }
}

fn take_place(options: &Options) -> Result<Place, TrialError> {
    Place::take(&options.folder, options.wait)
        .map_err(io_at(&options.folder))?
        .ok_or(TrialError::Busy)
}

/// What is started in a place.
struct Start<'a> {
    means: Means,
    program: PathBuf,
    args: Vec<String>,
    executable: Vec<PathBuf>,
    frozen: bool,
    repository: Option<&'a Path>,
    /// What must hold.
    require: Vec<Claim>,
}

fn start_in(place: &Place, options: &Options, start: Start<'_>) -> Result<Outcome, TrialError> {
    let spec = Spec {
        means: start.means,
        bubblewrap: sandbox::bubblewrap_program(),
        program: start.program,
        args: start.args,
        folder: place.tree(),
        env: view::environment(place, env::text("LANG")),
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

/// Tries a script in all its cases.
pub fn try_out(subject: &Subject<'_>, options: &Options) -> Result<Report, TrialError> {
    try_cases(subject, options, usize::MAX)
}

/// Runs a script once, in the plain case. That is not enough for it to pass.
pub fn try_once(subject: &Subject<'_>, options: &Options) -> Result<Report, TrialError> {
    try_cases(subject, options, 1)
}

fn try_cases(subject: &Subject<'_>, options: &Options, most: usize) -> Result<Report, TrialError> {
    let level = options.level;
    if subject.language == Language::AppleScript {
        let why = "AppleScript needs macOS".to_owned();
        return Ok(Report::not_run(subject.language, level, why));
    }
    if level == Level::Minimal && !options.consent {
        return Err(TrialError::Consent);
    }
    let Some(interpreter) = programs::find(subject.language.interpreter(), &options.tools) else {
        let why = format!("{} is not installed", subject.language.interpreter());
        return Ok(Report::not_run(subject.language, level, why));
    };
    let declared = Declared::new(&subject.declared)?;
    let place = take_place(options)?;
    let means = choose(&survey_in(&place, options, subject.repository)?, options)?;
    let mut trial = Trial::prepare(subject, options, place, means, interpreter, declared)?;
    let cases = plan(subject.parameters, &trial.context, level);
    for case in cases.iter().take(most) {
        trial.run(case)?;
    }
    Ok(trial.report())
}

struct Trial<'a> {
    subject: &'a Subject<'a>,
    options: &'a Options,
    place: Place,
    means: Means,
    interpreter: PathBuf,
    executable: Vec<PathBuf>,
    declared: Declared,
    context: Context,
    script: PathBuf,
    notes: Vec<String>,
    standings: Option<Vec<Standing>>,
    cases: Vec<CaseReport>,
    /// What the happy case changed.
    first: Vec<Change>,
}

impl<'a> Trial<'a> {
    fn prepare(
        subject: &'a Subject<'a>,
        options: &'a Options,
        place: Place,
        means: Means,
        interpreter: PathBuf,
        declared: Declared,
    ) -> Result<Self, TrialError> {
        let script = place.script_folder().join(subject.language.file_name());
        fs::write(&script, subject.text).map_err(io_at(&script))?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o500)).map_err(io_at(&script))?;
        let origin = place.origin();
        fs::create_dir(&origin).map_err(io_at(&origin))?;
        let copied = match subject.repository {
            Some(repository) => copy::copy(repository, &origin)?,
            None => copy::Copied::default(),
        };
        let mut notes = copied.notes;
        let mut listed = vec![interpreter.clone()];
        for name in &subject.programs {
            match programs::find(name, &options.tools) {
                Some(program) => listed.push(program),
                None => notes.push(format!("{name} is not among the system's programs")),
            }
        }
        let files = subject
            .parameters
            .iter()
            .flat_map(|parameter| parameter.default.iter().chain(&parameter.observed))
            .map(|value| relative(value, subject.repository))
            .filter(|value| is_file_in(&origin, value))
            .collect();
        let context = Context {
            repository: subject
                .repository
                .map(|path| path.to_string_lossy().trim_end_matches('/').to_owned()),
            head: copied.head,
            branch: copied.branch,
            files,
        };
        Ok(Self {
            executable: programs::closure(&listed),
            subject,
            options,
            place,
            means,
            interpreter,
            declared,
            context,
            script,
            notes,
            standings: None,
            cases: Vec::new(),
            first: Vec::new(),
        })
    }

    fn run(&mut self, case: &Case) -> Result<(), TrialError> {
        self.make_ready(case).map_err(io_at(&self.place.tree()))?;
        let before = self.look()?;
        let start = Start {
            means: self.means,
            program: self.interpreter.clone(),
            args: case::arguments(
                self.subject.language,
                &self.script.to_string_lossy(),
                &case.values,
                |value| is_file_in(&self.place.tree(), value),
            ),
            executable: self.executable.clone(),
            frozen: case.prepare == Prepare::Frozen,
            repository: self.subject.repository,
            require: if self.options.require {
                self.options.level.claims()
            } else {
                Vec::new()
            },
        };
        let outcome = start_in(&self.place, self.options, start)?;
        let changes = compare(&before, &self.look()?, &self.declared);
        let problems = judge(case.kind, &outcome.end, &changes, &self.first);
        if case.kind == CaseKind::Happy {
            self.first.clone_from(&changes);
        }
        // A frozen copy, or one at level full, is a claim of that run alone.
        let standings: Vec<Standing> = outcome.standings;
        self.standings = Some(match self.standings.take() {
            None => standings,
            Some(so_far) => weaker(so_far, &standings),
        });
        let changed = changes.len();
        self.cases.push(CaseReport {
            kind: case.kind,
            note: case.note.clone(),
            values: case.values.clone(),
            end: outcome.end,
            problems,
            wall_ms: outcome.wall_ms,
            cpu_ms: outcome.cpu_ms,
            peak_resident: outcome.peak_resident,
            left_behind: outcome.left_behind,
            changes: changes.into_iter().take(LISTED).collect(),
            changed,
            stdout: outcome.stdout,
            stderr: outcome.stderr,
        });
        Ok(())
    }

    /// Puts the copy and the home folder into the state that the case begins with.
    fn make_ready(&self, case: &Case) -> io::Result<()> {
        if case.prepare == Prepare::Kept {
            return Ok(());
        }
        for folder in [self.place.home(), self.place.tmp(), self.place.shm()] {
            sandbox::remove(&folder)?;
            fs::create_dir(&folder)?;
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        }
        fs::write(self.place.home().join(".gitconfig"), copy::GIT_CONFIG)?;
        let tree = self.place.tree();
        sandbox::remove(&tree)?;
        copy::duplicate(&self.place.origin(), &tree)?;
        if let Prepare::Emptied(files) = &case.prepare {
            for file in files.iter().filter(|file| is_file_in(&tree, file)) {
                fs::write(tree.join(file), "")?;
            }
        }
        Ok(())
    }

    fn look(&self) -> Result<Snapshot, TrialError> {
        let mut found = Snapshot::default();
        for (folder, prefix) in [(self.place.tree(), ""), (self.place.home(), "~/")] {
            snapshot(&folder, prefix, &mut found).map_err(io_at(&folder))?;
        }
        Ok(found)
    }

    fn report(self) -> Report {
        let twice = self.cases.iter().find(|case| case.kind == CaseKind::Twice);
        Report {
            language: self.subject.language,
            level: self.options.level,
            means: Some(self.means),
            not_run: None,
            success_rate: success_rate(&self.cases),
            idempotent: twice.map(|case| case.problems.is_empty()),
            passed: passed(&self.cases),
            standings: self.standings.unwrap_or_default(),
            notes: self.notes,
            cases: self.cases,
        }
    }
}

fn relative(value: &str, repository: Option<&Path>) -> String {
    let path = Path::new(value);
    repository
        .and_then(|repository| path.strip_prefix(repository).ok())
        .unwrap_or(path)
        .to_string_lossy()
        .trim_start_matches("./")
        .to_owned()
}

/// Whether a value names a regular file of the tree, without a way out of it.
fn is_file_in(tree: &Path, value: &str) -> bool {
    let path = Path::new(value);
    let stays = path.components().all(|part| {
        matches!(
            part,
            std::path::Component::Normal(_) | std::path::Component::CurDir
        )
    });
    stays
        && !value.is_empty()
        && tree.join(path).canonicalize().is_ok_and(|found| {
            found.is_file()
                && tree
                    .canonicalize()
                    .is_ok_and(|tree| found.starts_with(tree))
        })
}
