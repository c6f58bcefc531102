//! Running the cases.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::case::{self, Case, CaseKind, Context, Prepare, plan};
use super::changes::{Change, Declared, Snapshot, compare, snapshot};
use super::copy;
use super::judge::{judge, passed, success_rate};
use super::means::{Start, choose, io_at, start_in, survey_in, take_place};
use super::options::{Options, TrialError};
use super::place::Place;
use super::programs;
use super::report::{CaseReport, Report, weaker};
use super::subject::{Interpreter, Level, Subject};
use crate::system::sandbox::{self, Means, Standing};

/// Of a run's changes, so many are listed.
const LISTED: usize = 200;

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
    if subject.interpreter == Interpreter::AppleScript {
        let why = "AppleScript needs macOS".to_owned();
        return Ok(Report::not_run(subject.interpreter, level, why));
    }
    if level == Level::Minimal && !options.consent {
        return Err(TrialError::Consent);
    }
    let Some(interpreter) = programs::find(subject.interpreter.program(), &options.tools) else {
        let why = format!("{} is not installed", subject.interpreter.program());
        return Ok(Report::not_run(subject.interpreter, level, why));
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
        let script = place.script_folder().join(subject.interpreter.file_name());
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
                self.subject.interpreter,
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
            changed: changes.len(),
            changes: changes.into_iter().take(LISTED).collect(),
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
            interpreter: self.subject.interpreter,
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
