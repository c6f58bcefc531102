//! `__own`: the child process of a job of the user's own queue, below its supervisor.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::app::App;
use super::args::Global;
use super::error::CommandError;
use super::leaving::leave;
use super::optimizing::weekly;
use super::sessions::judging::{self, Judge};
use super::sessions::night_work;
use super::ui::{Color, Ui, to_log};
use serde_json::Value;

use crate::system::env;
use crate::system::signals::Signals;
use crate::tasks::left::{Commit, Left, LeftResult, Meaning};
use crate::tasks::spec::OwnWork;

/// Does what the job is for and leaves what it means for the job.
pub fn main(args: &[OsString]) -> ExitCode {
    let [work, _, _, result, job, run] = args else {
        return ExitCode::from(2);
    };
    let Ok(work) = serde_json::from_slice::<OwnWork>(work.as_encoded_bytes()) else {
        return ExitCode::from(2);
    };
    let global = Global {
        directory: None,
        config: env::raw(env::CONFIG_FILE).map(PathBuf::from),
        color: Some(Color::Never),
        quiet: true,
        user: true,
    };
    let app = App::new(global, Ui::new(Some(Color::Never), true));
    let by = Judge {
        job: &job.to_string_lossy(),
        run: &run.to_string_lossy(),
    };
    let signals = match Signals::stops() {
        Ok(signals) => signals,
        Err(error) => {
            to_log(&format!("failed to catch signals: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let done = work_on(&work, &app, by, &signals);
    let is_stopped = done.is_err() && signals.stop_count() > 0;
    let left = match done {
        Ok(done) => Left {
            results: results(&work, done.result),
            meaning: Some(done.meaning),
        },
        Err(error) => {
            to_log(&error.to_string());
            Left {
                results: Vec::new(),
                meaning: Some(Meaning::Failed(error.to_string())),
            }
        }
    };
    match leave(&left, Path::new(result)) {
        ExitCode::SUCCESS if is_stopped => ExitCode::from(STOPPED),
        code => code,
    }
}

/// As a process that SIGTERM ended.
const STOPPED: u8 = 143;

fn results(work: &OwnWork, result: Option<Value>) -> Vec<LeftResult<Value>> {
    let results = result.into_iter().map(|body| LeftResult {
        kind: work.task().to_owned(),
        about: Commit::Changes,
        body,
    });
    results.collect()
}

fn work_on(
    work: &OwnWork,
    app: &App,
    by: Judge<'_>,
    signals: &Signals,
) -> Result<Done, CommandError> {
    match work {
        OwnWork::SessionAnalysis(analysis) => {
            judging::judge(app, analysis, by, signals, &mut io::stderr())
        }
        OwnWork::ConnectionDiscovery { limit } => night_work::connections(app, *limit, signals),
        OwnWork::PatternAggregation => night_work::aggregation(app),
        OwnWork::Optimization => weekly::work(app),
    }
}

/// What came of the work.
#[derive(Debug)]
pub struct Done {
    /// What it means for the job.
    pub meaning: Meaning,
    /// What was done, for those who ask.
    pub result: Option<Value>,
}
