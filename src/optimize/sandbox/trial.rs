//! Running the cases.

use std::fs;
use std::path::{Path, PathBuf};

use super::case::{self, Case, CaseKind, Context, Prepare, plan};
use super::changes::{Change, Declared, compare};
use super::judge::{judge, passed, success_rate};
use super::means::io_at;
use super::options::{Options, TrialError};
use super::programs;
use super::report::{CaseReport, Report, weaker};
use super::stage::{Call, Stage};
use super::subject::{Interpreter, Subject};
use crate::system::sandbox::Standing;

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
    let Some(interpreter) = programs::find(subject.interpreter.program(), &options.tools) else {
        let why = format!("{} is not installed", subject.interpreter.program());
        return Ok(Report::not_run(subject.interpreter, level, why));
    };
    let declared = Declared::new(&subject.declared)?;
    let stage = Stage::open(subject.repository, options)?;
    let mut trial = Trial::prepare(subject, stage, interpreter, declared)?;
    let cases = plan(subject.parameters, &trial.context, level);
    for case in cases.iter().take(most) {
        trial.run(case)?;
    }
    Ok(trial.report())
}

struct Trial<'a> {
    subject: &'a Subject<'a>,
    stage: Stage<'a>,
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
        stage: Stage<'a>,
        interpreter: PathBuf,
        declared: Declared,
    ) -> Result<Self, TrialError> {
        let script = stage.keep(subject.interpreter, subject.text)?;
        let mut notes = stage.copied.notes.clone();
        let mut listed = vec![interpreter.clone()];
        for name in &subject.programs {
            match programs::find(name, &stage.options.tools) {
                Some(program) => listed.push(program),
                None => notes.push(format!("{name} is not among the system's programs")),
            }
        }
        let origin = stage.place.origin();
        let files = subject
            .parameters
            .iter()
            .flat_map(|parameter| parameter.default.iter().chain(&parameter.observed))
            .map(|value| relative(value, subject.repository))
            .filter(|value| is_file_in(&origin, value))
            .collect();
        Ok(Self {
            executable: programs::closure(&listed),
            context: Context {
                files,
                ..context(&stage, subject.repository)
            },
            subject,
            stage,
            interpreter,
            declared,
            script,
            notes,
            standings: None,
            cases: Vec::new(),
            first: Vec::new(),
        })
    }

    fn run(&mut self, case: &Case) -> Result<(), TrialError> {
        self.make_ready(case)?;
        let before = self.stage.look()?;
        let tree = self.stage.place.tree();
        let outcome = self.stage.run(Call {
            program: self.interpreter.clone(),
            args: case::arguments(
                self.subject.interpreter,
                &self.script.to_string_lossy(),
                &case.values,
                |value| is_file_in(&tree, value),
            ),
            executable: self.executable.clone(),
            frozen: case.prepare == Prepare::Frozen,
        })?;
        let changes = compare(&before, &self.stage.look()?, &self.declared);
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
    fn make_ready(&self, case: &Case) -> Result<(), TrialError> {
        if case.prepare == Prepare::Kept {
            return Ok(());
        }
        self.stage.begin_anew()?;
        if let Prepare::Emptied(files) = &case.prepare {
            let tree = self.stage.place.tree();
            for file in files.iter().filter(|file| is_file_in(&tree, file)) {
                let file = tree.join(file);
                fs::write(&file, "").map_err(io_at(&file))?;
            }
        }
        Ok(())
    }

    fn report(self) -> Report {
        let twice = self.cases.iter().find(|case| case.kind == CaseKind::Twice);
        Report {
            interpreter: self.subject.interpreter,
            level: self.stage.options.level,
            means: Some(self.stage.means),
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

/// What values are made of, as the copy has it.
pub(super) fn context(stage: &Stage<'_>, repository: Option<&Path>) -> Context {
    Context {
        repository: repository.map(|path| path.to_string_lossy().trim_end_matches('/').to_owned()),
        head: stage.copied.head.clone(),
        branch: stage.copied.branch.clone(),
        files: Vec::new(),
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
