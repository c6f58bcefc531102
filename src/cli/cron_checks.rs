//! What `doctor` says about ticks: whether something starts them, and what they will find.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::app::App;
use super::commands::doctor::{Check, Level, check};
use super::{draining, trusting};
use crate::system::{env, process_tree, resolve};
use crate::tasks::Task;
use crate::tasks::spec::Action;
use crate::triggers::cron::next_occurrence;
use crate::triggers::cron_entry::{self, Every};
use crate::triggers::crontab;
use crate::triggers::registry::Registry;
use crate::triggers::scheduler::{Crontab, SchedulerError};
use crate::triggers::search_path;

/// The names of the daemons that read crontabs.
const DAEMONS: [&str; 6] = [
    "cron",
    "crond",
    "fcron",
    "bcron-sched",
    "busybox-crond",
    "dcron",
];

/// How many fires of an expression are looked at to find the shortest time between two.
const FIRES: usize = 100;

/// Whether a cron daemon is among the processes. Where it is started on demand it counts as running.
pub fn daemon_seems_to_run() -> bool {
    cfg!(not(target_os = "linux"))
        || process_tree::names()
            .iter()
            .any(|name| DAEMONS.contains(&name.as_str()))
}

/// Everything about ticks.
pub fn checks(app: &App) -> Vec<Check> {
    let good = |says: String| vec![check("cron", Level::Good, says)];
    let bad = |says: String| vec![check("cron", Level::Warning, says)];
    let read = Crontab::find().and_then(|command| command.read());
    let text = match read {
        Ok(text) => text.unwrap_or_default(),
        Err(SchedulerError::NotInstalled) => {
            return good(
                "no program `crontab`: schedules are looked at by hooks and drains only".to_owned(),
            );
        }
        Err(error) => return bad(format!("failed to {error}")),
    };
    let entry = match crontab::installed(&text) {
        Ok(Some(entry)) => entry,
        Ok(None) => {
            return good(
                "no entry: schedules are looked at by hooks and drains only · git tend install-cron"
                    .to_owned(),
            );
        }
        Err(error) => return bad(format!("the crontab cannot be used: {error}")),
    };
    installed(app, entry)
}

/// With an entry.
fn installed(app: &App, entry: &[u8]) -> Vec<Check> {
    let warning = |says: String| check("cron", Level::Warning, says);
    let mut checks = Vec::new();
    let every = Every::of_entry(entry);
    let program = cron_entry::program(entry).map(PathBuf::from);
    match &program {
        Some(program) if resolve::look(program) == resolve::Candidate::Executable => {}
        Some(program) => checks.push(warning(format!(
            "the entry runs {}, which is not there any more · git tend install-cron",
            program.to_string_lossy()
        ))),
        None => checks.push(warning(
            "the entry names no program · git tend install-cron".to_owned(),
        )),
    }
    if !daemon_seems_to_run() {
        checks.push(warning(
            "an entry is installed, and no cron daemon seems to run".to_owned(),
        ));
    }
    let cron_folders = resolve::folders(&[], search_path::OF_CRON.as_ref());
    let git = resolve::resolve(
        OsStr::new("git"),
        Path::new("/"),
        &cron_folders,
        resolve::look,
    );
    if git.is_err() {
        checks.push(warning(format!(
            "git is not in the PATH that cron gives, {}",
            search_path::OF_CRON
        )));
    }
    checks.extend(registered(app));
    let tasks = app.tasks().unwrap_or_default();
    if let Some(every) = every {
        checks.extend(finer(app, tasks, every).map(warning));
    }
    checks.extend(out_of_reach(app, tasks).into_iter().map(warning));
    if checks.is_empty() {
        let often = every.map_or_else(
            || "at times of your own".to_owned(),
            |every| format!("every {every}"),
        );
        checks.push(check("cron", Level::Good, format!("tick runs {often}")));
    }
    checks
}

/// Whether ticks come here.
fn registered(app: &App) -> Option<Check> {
    let registry = Registry::new(&app.dirs().ok()?.state);
    let located = app.located().ok()?;
    let says = match registry.list() {
        Ok(listed)
            if listed
                .iter()
                .any(|one| one.common_dir == located.common_dir) =>
        {
            return None;
        }
        Ok(_) if registry.damaged_path().exists() => format!(
            "this repository is not registered; the registry was damaged and is in {} · git tend install-cron",
            registry.damaged_path().to_string_lossy()
        ),
        Ok(_) => "this repository is not registered: ticks do not visit it · git tend install-cron"
            .to_owned(),
        Err(error) => format!("failed to {error}"),
    };
    Some(check("cron", Level::Warning, says))
}

/// The tasks that want to run more often than ticks come.
fn finer(app: &App, tasks: &[Task], every: Every) -> Option<String> {
    let tick = every.get();
    let names: Vec<String> = tasks
        .iter()
        .filter(|task| task.enabled)
        .filter(|task| {
            task.triggers.every.is_some_and(|span| span < tick)
                || shortest(app, task).is_some_and(|span| {
                    span < SignedDuration::try_from(tick).unwrap_or(SignedDuration::MAX)
                })
        })
        .map(|task| task.key.clone())
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "tick runs every {every}, and more often is asked for by {} · git tend install-cron --every",
            names.join(", ")
        )
    })
}

/// The shortest time between two of a cron expression's next fires.
fn shortest(app: &App, task: &Task) -> Option<SignedDuration> {
    let cron = task.triggers.schedule.as_ref()?.parsed()?;
    let zone = app.zone();
    let fires: Vec<Timestamp> =
        std::iter::successors(Some(app.now()), |at| next_occurrence(&cron, *at, &zone))
            .skip(1)
            .take(FIRES)
            .collect();
    fires
        .windows(2)
        .filter_map(|pair| Some(pair.last()?.duration_since(*pair.first()?)))
        .min()
}

/// The programs of tasks that a shell finds today and a tick will not.
fn out_of_reach(app: &App, tasks: &[Task]) -> Vec<String> {
    let Ok(state) = app.state_dir() else {
        return Vec::new();
    };
    let top = app
        .located()
        .ok()
        .and_then(|located| located.worktree.clone())
        .unwrap_or_default();
    let today = resolve::folders(&[&top], &env::raw("PATH").unwrap_or_default());
    let under_cron = resolve::folders(&[&top], &search_path::cron_path(state));
    let approvals = draining::approvals(app).unwrap_or_default();
    tasks
        .iter()
        .filter(|task| task.enabled && trusting::unapproved(app, &approvals, task).is_none())
        .filter_map(|task| {
            let Action::Command { argv } = &task.action else {
                return None;
            };
            let program = argv.first()?;
            let found = |folders: &[PathBuf]| {
                resolve::resolve(program.as_ref(), &top, folders, resolve::look).ok()
            };
            let here = found(&today)?;
            found(&under_cron).is_none().then(|| {
                format!(
                    "{}: {program} is {}, which is not in the PATH of cron; install-hooks records yours",
                    task.key,
                    here.to_string_lossy()
                )
            })
        })
        .collect()
}
