//! Verbs that are dispatched before the command tree is built.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use super::conversations::SessionsHere;
use super::leaving::leave;
use super::{fix_runner, hook, own_runner, performance, threads, tool_runner};
use crate::analyze::builtin::{self, BuiltinError, Setting};
use crate::drain::launch::{OWN_VERB, TASK_VERB};
use crate::git::{GitEnv, Oid, discover};
use crate::system::clock;
use crate::system::dirs::Dirs;
use crate::tasks::left::LeftResult;
use crate::tools::{fix, order};

/// Does what `args` ask for if it is one of those verbs.
pub fn dispatch(args: &[OsString]) -> Option<ExitCode> {
    if let Some(code) = crate::hidden_verb(args) {
        return Some(code);
    }
    let (_, rest) = args.split_first()?;
    let (verb, rest) = rest.split_first()?;
    match verb.to_str()? {
        TASK_VERB => Some(task(rest)),
        order::VERB => Some(tool_runner::main(rest)),
        fix::VERB => Some(fix_runner::main(rest)),
        OWN_VERB => Some(own_runner::main(rest)),
        hook::VERB => hook::dispatch(rest),
        _ => None,
    }
}

/// `__task NAME GIT_DIR CACHE_DIR RESULT [COMMIT]`: a built-in task, below its supervisor.
fn task(args: &[OsString]) -> ExitCode {
    let [name, git_dir, state, result, commit @ ..] = args else {
        return ExitCode::from(2);
    };
    let environment = GitEnv {
        git_dir: Some(git_dir.clone()),
        ..GitEnv::default()
    };
    let commit = commit
        .first()
        .and_then(|commit| Oid::from_hex(commit.as_encoded_bytes()).ok());
    let name = name.to_string_lossy();
    let started = Instant::now();
    let dirs = Dirs::from_environment().ok();
    let data = dirs.as_ref().map(|dirs| dirs.data.as_path());
    let found = discover(Path::new("/"), &environment)
        .map_err(BuiltinError::from)
        .and_then(|located| {
            let sessions = SessionsHere::new(&located, data);
            let setting = Setting {
                located: &located,
                commit: commit.as_ref(),
                state: Some(Path::new(state)),
                user: dirs.as_ref().map(|dirs| dirs.state.as_path()),
                sessions: Some(&sessions),
                threads: threads::count(),
                now: clock::now(),
            };
            builtin::run(&name, &setting)
        });
    if let Err(error) = &found {
        super::ui::to_log(&format!("failed to {error}"));
    }
    let mut left = builtin::stored(&name, found.as_ref());
    if name == performance::TASK
        && found.is_ok()
        && let Some(result) = left.results.last()
    {
        let made = (&result.body, started.elapsed().as_secs_f64());
        let commit = commit.as_ref().map(Oid::as_str);
        let scan = performance::scan(git_dir, Path::new(state), commit, made);
        match scan.and_then(LeftResult::into_value) {
            Ok(scan) => left.results.insert(0, scan),
            Err(error) => super::ui::to_log(&error),
        }
    }
    match leave(&left, Path::new(result)) {
        ExitCode::SUCCESS if found.is_err() => ExitCode::FAILURE,
        code => code,
    }
}
