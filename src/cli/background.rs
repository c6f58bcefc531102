//! Drains that nobody waits for: how they are started, and the one that hooks hand their jobs to.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

use super::app::App;
use super::draining::{self, Request};
use super::error::{CommandError, Context};
use super::exit_code::Exit;
use super::ui::plain;
use crate::drain::slots::DrainLock;
use crate::queue::JobId;
use crate::system::{detach, env, process, rotate};

/// The log of detached drains is begun anew past this size.
const LARGEST_LOG: u64 = 1 << 20;

/// Starts `git tend drain` detached, its output in `tend.log`.
pub fn start(app: &App, words: &[&str]) -> io::Result<()> {
    let mut args: Vec<OsString> = vec!["drain".into(), "--quiet".into()];
    args.extend(named_config(app));
    args.extend(words.iter().map(OsString::from));
    start_verb(app, &args, None)
}

/// Starts the process that sends what waits in the outbox.
pub fn start_messenger(app: &App) -> io::Result<()> {
    let mut args: Vec<OsString> = ["notify", "deliver", "--background", "--quiet"]
        .map(OsString::from)
        .to_vec();
    args.extend(named_config(app));
    start_verb(app, &args, None)
}

/// The configuration that this invocation was told to read, as arguments.
fn named_config(app: &App) -> Vec<OsString> {
    let config = app.global.config.clone();
    config.map_or_else(Vec::new, |file| {
        vec!["--config".into(), file.into_os_string()]
    })
}

/// Starts one of our verbs detached, its output in `tend.log`.
pub fn start_verb(app: &App, args: &[OsString], input: Option<File>) -> io::Result<()> {
    let refused = |error: CommandError| io::Error::other(error.message);
    let located = app.located().map_err(refused)?;
    let log = app.state_dir().map_err(refused)?.join("tend.log");
    rotate::keep_below(&log, LARGEST_LOG);
    let folder = located.worktree.as_deref().unwrap_or(&located.git_dir);
    let mut variables: Vec<(OsString, OsString)> = env::without_git(env::all()).collect();
    if located.explicit {
        // Where the repository is cannot be told from the folder.
        variables.push((env::GIT_DIR.into(), located.git_dir.clone().into()));
        if let Some(worktree) = &located.worktree {
            variables.push((env::GIT_WORK_TREE.into(), worktree.clone().into()));
        }
    }
    detach::start(
        &process::own_program()?,
        args,
        folder,
        variables,
        input,
        &log,
    )
    .map(drop)
}

/// Starts a drain of its own for one job which no window holds.
pub fn dedicated(app: &App, job: &JobId, budget: Duration) -> io::Result<()> {
    let budget = millis(budget);
    start(app, &["--only", &job.0, "--dedicated", "--budget", &budget])
}

/// Makes sure that a drain sees what has just been enqueued: one that runs, or a new one.
///
/// A drain that leaves gives up its lock first and looks for new jobs then: whoever finds it held has been seen.
pub fn hand_over(app: &App, budget: Duration) -> Result<(), CommandError> {
    let state = app.state_dir()?;
    let free = DrainLock::try_background(state).context("look for a running drain")?;
    if free.is_none() {
        return Ok(());
    }
    drop(free);
    start(app, &["--background", "--budget", &millis(budget)]).context("start the detached drain")
}

/// Drains as the one drain that hooks hand their jobs to; leaves at once if there is one. `in_place`: no process is left
/// behind.
pub fn run(app: &App, budget: Duration, in_place: bool) -> Result<Exit, CommandError> {
    let started = Instant::now();
    let mut queue = app.queue()?;
    loop {
        let lock = DrainLock::try_background(app.state_dir()?).context("take the drain's lock")?;
        let Some(lock) = lock else {
            return Ok(Exit::Fine);
        };
        for note in draining::reconcile(app, &mut queue, false)?.notes {
            app.ui.say(plain(&note.to_string()));
        }
        let newest = queue.newest().context("look for new jobs")?;
        let request = Request {
            budget: Some(budget.saturating_sub(started.elapsed())),
            in_place,
            ..Request::default()
        };
        let summary = draining::drain(app, &mut queue, request)?;
        drop(lock);
        let more = summary.stopped.is_none()
            && queue
                .has_ready_since(newest, app.now())
                .context("look for new jobs")?;
        if !more {
            return Ok(draining::conclude(app, &summary));
        }
        if started.elapsed() >= budget {
            // They came while this drain had no time left for them, and their hooks counted on it.
            hand_over(app, budget)?;
            return Ok(draining::conclude(app, &summary));
        }
    }
}

fn millis(span: Duration) -> String {
    format!("{}ms", span.as_millis())
}
