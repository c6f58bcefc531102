//! `git tend doctor`.

mod agent;
mod hooks;
mod notices;
mod sandbox;
mod tools;
mod waiting;

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{cron_checks, draining, trusting};
use crate::drain::workspace;
use crate::report::json as documents;
use crate::system::resolve::{self, Unresolved};
use crate::system::{battery, cgroup, env, filesystem, git_command, pressure};
use crate::tasks::spec::Action;

/// What is missing or odd on this machine and in this repository
///
/// Exit code 0 when git tend can work here, 1 when it cannot. With `--user`: only what is yours and of no repository, which is
/// the agent that judges sessions and what it works on.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Ask the model that judges sessions for a word, too: that costs a little
    #[arg(long)]
    pub probe_model: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Good,
    /// To be looked at.
    Warning,
    /// Nothing works.
    Fatal,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Fatal => "fatal",
        }
    }

    fn mark(self) -> String {
        match self {
            Self::Good => paint(Role::Good, "✓"),
            Self::Warning => paint(Role::Warning, "⚠"),
            Self::Fatal => paint(Role::Bad, "✗"),
        }
    }
}

/// One line of the answer.
pub struct Check {
    name: &'static str,
    level: Level,
    says: String,
}

/// A line about `name`.
pub fn check(name: &'static str, level: Level, says: impl Into<String>) -> Check {
    Check {
        name,
        level,
        says: says.into(),
    }
}

/// Looks at everything.
pub fn doctor(args: &DoctorArgs, app: &App) -> Result<Exit, CommandError> {
    let of_agent = agent::checks(app, args.probe_model);
    let health = agent::health(&of_agent, app);
    let mut checks = if app.global.user {
        Vec::new()
    } else {
        checks(app)
    };
    checks.extend(of_agent);
    let worst = checks
        .iter()
        .map(|check| check.level)
        .max()
        .unwrap_or(Level::Good);
    let warnings = checks
        .iter()
        .filter(|check| check.level == Level::Warning)
        .count();
    if args.json {
        let checks: Vec<_> = checks
            .iter()
            .map(|check| json!({ "check": check.name, "level": check.level.name(), "message": check.says }))
            .collect();
        app.ui.json(&json!({
            "schema": documents::SCHEMA,
            "healthy": worst < Level::Fatal,
            "warnings": warnings,
            "checks": checks,
            "health": health,
        }))?;
    } else {
        for check in &checks {
            app.ui.out(format!(
                "{} {:<14} {}",
                check.level.mark(),
                check.name,
                plain(&check.says)
            ))?;
        }
        app.ui.out(match (worst, warnings) {
            (Level::Fatal, _) => "Not ready".to_owned(),
            (_, 0) => "Ready".to_owned(),
            (_, 1) => "Ready (1 warning)".to_owned(),
            (_, warnings) => format!("Ready ({warnings} warnings)"),
        })?;
    }
    Ok(if worst == Level::Fatal {
        Exit::Failed
    } else {
        Exit::Fine
    })
}

fn checks(app: &App) -> Vec<Check> {
    let mut checks = vec![git(), repository(app)];
    match app.state_dir() {
        Ok(state) => checks.push(file_system(app, state)),
        Err(error) => checks.push(check("state", Level::Fatal, error.to_string())),
    }
    // What the tasks make of it is part of its being right.
    // So that built-in tasks with nothing to do are not spoken of.
    app.look_for_tools();
    checks.push(match app.tasks().and_then(|_| app.loaded()) {
        Ok(loaded) if loaded.files.is_empty() => {
            check("configuration", Level::Good, "none: built-in tasks only")
        }
        Ok(loaded) => {
            let files: Vec<String> = loaded
                .files
                .iter()
                .map(|file| file.document.path.to_string_lossy().into_owned())
                .collect();
            check("configuration", Level::Good, files.join(", "))
        }
        Err(error) => check("configuration", Level::Fatal, error.to_string()),
    });
    checks.push(queue(app));
    checks.extend(hooks::hooks(app));
    checks.extend(notices::notices(app));
    checks.extend(waiting::too_big(app));
    checks.extend(waiting::load(app));
    checks.extend(tasks(app));
    checks.extend(tools::tools(app));
    checks.extend(cron_checks::checks(app));
    checks.push(limits());
    checks.extend(sandbox::sandbox(app));
    checks.extend(machine(app));
    checks
}

fn git() -> Check {
    match git_command::GitCommand::in_folder(std::path::Path::new("/"))
        .arg("version")
        .run()
    {
        Ok(said) => check(
            "git",
            Level::Good,
            String::from_utf8_lossy(&said).trim().to_owned(),
        ),
        Err(error) => check("git", Level::Fatal, format!("failed to {error}")),
    }
}

fn repository(app: &App) -> Check {
    match app
        .located()
        .and_then(|located| app.repo().map(|_| located))
    {
        Ok(located) => check(
            "repository",
            Level::Good,
            located.common_dir.to_string_lossy(),
        ),
        Err(error) => check("repository", Level::Fatal, error.to_string()),
    }
}

fn file_system(app: &App, state: &std::path::Path) -> Check {
    let existing = state
        .ancestors()
        .find(|path| path.exists())
        .unwrap_or(state);
    let allowed = app
        .loaded()
        .is_ok_and(|loaded| loaded.config.queue.network_filesystem);
    match filesystem::shared_filesystem(existing) {
        Ok(Some(fstype)) if allowed => check(
            "file system",
            Level::Warning,
            format!("{fstype}: the queue uses an exclusive rollback journal"),
        ),
        Ok(Some(fstype)) => check(
            "file system",
            Level::Fatal,
            format!("{fstype}: SQLite's write-ahead log is not safe there"),
        ),
        Ok(None) => check("file system", Level::Good, "local"),
        Err(error) => check("file system", Level::Warning, error.to_string()),
    }
}

fn queue(app: &App) -> Check {
    match app.existing_queue() {
        Ok(None) => check("queue", Level::Good, "none yet"),
        Ok(Some(queue)) => match queue.counts(app.day_start()) {
            Ok(counts) => {
                let failed = counts
                    .by_state
                    .get(&crate::queue::StateKind::Failed)
                    .copied()
                    .unwrap_or(0);
                let held = counts
                    .by_state
                    .get(&crate::queue::StateKind::Held)
                    .copied()
                    .unwrap_or(0);
                if failed + held > 0 {
                    check(
                        "queue",
                        Level::Warning,
                        format!("{failed} failed, {held} held · git tend queue --all"),
                    )
                } else {
                    check("queue", Level::Good, "readable")
                }
            }
            Err(error) => check("queue", Level::Fatal, error.to_string()),
        },
        Err(error) => check("queue", Level::Fatal, error.to_string()),
    }
}

fn tasks(app: &App) -> Vec<Check> {
    let Ok(tasks) = app.tasks() else {
        return Vec::new();
    };
    let approvals = draining::approvals(app).unwrap_or_default();
    let top = app
        .located()
        .ok()
        .and_then(|located| located.worktree.clone())
        .unwrap_or_default();
    let folders = resolve::folders(&[&top], &env::raw("PATH").unwrap_or_default());
    let mut checks = Vec::new();
    let mut fine = 0;
    for task in tasks.iter().filter(|task| task.enabled) {
        if trusting::unapproved(app, &approvals, task).is_some() {
            checks.push(check(
                "task",
                Level::Warning,
                format!("{} is not approved · git tend trust", task.key),
            ));
            continue;
        }
        let Action::Command { argv } = &task.action else {
            fine += 1;
            continue;
        };
        let Some(program) = argv.first() else {
            continue;
        };
        match resolve::resolve(program.as_ref(), &top, &folders, resolve::look) {
            Ok(_) => fine += 1,
            Err(Unresolved::Missing(_)) => checks.push(check(
                "task",
                Level::Warning,
                format!(
                    "{}: {program} is not installed: not in .venv/bin, node_modules/.bin or PATH",
                    task.key
                ),
            )),
            Err(error) => checks.push(check(
                "task",
                Level::Warning,
                format!("{}: failed to {error}", task.key),
            )),
        }
    }
    if fine > 0 {
        checks.insert(0, check("tasks", Level::Good, format!("{fine} ready")));
    }
    checks
}

fn limits() -> Check {
    match cgroup::delegation() {
        Some(_) => check("limits", Level::Good, "memory and CPU by control group"),
        None => check(
            "limits",
            Level::Good,
            "memory and CPU by sampling, share by niceness: no control group is delegated",
        ),
    }
}

fn machine(app: &App) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Ok(dirs) = app.dirs() {
        let bytes: u64 = workspace::stored(&dirs.cache.join("ws"))
            .iter()
            .map(|one| one.bytes)
            .sum();
        let shown = bytesize::ByteSize::b(bytes).display().iec();
        let quota = bytesize::ByteSize::b(workspace::QUOTA).display().iec();
        let level = if bytes > workspace::QUOTA {
            Level::Warning
        } else {
            Level::Good
        };
        checks.push(check("workspaces", level, format!("{shown} of {quota}")));
    }
    if battery::discharging() {
        checks.push(check(
            "battery",
            Level::Good,
            "discharging: low and deferred jobs wait",
        ));
    }
    let stalls = pressure::stalls();
    let stalled: Vec<String> = [
        ("cpu", stalls.cpu),
        ("memory", stalls.memory),
        ("io", stalls.io),
    ]
    .iter()
    .filter_map(|(resource, share)| Some(format!("{resource} {:.0} %", (*share)?)))
    .collect();
    if !stalled.is_empty() {
        checks.push(check(
            "pressure",
            Level::Good,
            format!("{} stalled in the last 10 s", stalled.join(", ")),
        ));
    }
    checks
}
