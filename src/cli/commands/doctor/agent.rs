//! What `doctor` says of the agent that judges sessions, and of what it works on.

use std::io;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::{Check, Level, check};
use crate::agent::skills;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::prompting;
use crate::cli::sessions::calling::{self, Account, Caller};
use crate::cli::sessions::{nights, places};
use crate::config::user::Agent;
use crate::graph::ledger::Purpose;
use crate::graph::patterns::dollars;
use crate::queue::{Filter, Lane, StateKind, Which};
use crate::report::format;
use crate::sessions::find::walk;
use crate::system::resolve::{self, Unresolved};
use crate::system::signals::Signals;
use crate::system::{env, random};

/// How long a model may take to say OK.
const PROBE: Duration = Duration::from_secs(30);
/// What it is asked.
const QUESTION: &str = "Reply with OK and nothing else.";
/// So much of an odd answer is shown, in characters.
const SHOWN: usize = 60;

/// Everything about it; `probe`: the model is asked too, which costs a little. In a repository nothing is said of an agent that
/// is switched off.
pub(super) fn checks(app: &App, probe: bool) -> Vec<Check> {
    let Ok(loaded) = app.loaded() else {
        // Another check says why.
        return Vec::new();
    };
    let agent = &loaded.config.agent;
    let mut checks = Vec::new();
    if !agent.enabled && !probe && !app.global.user {
        return checks;
    }
    if agent.enabled || probe {
        checks.extend(program(agent, app));
        checks.extend(skills_of(agent, app));
        checks.push(instructions(app));
        checks.push(spending(agent, app));
        if probe {
            checks.push(model(app));
        }
    } else {
        checks.push(check(
            "agent",
            Level::Good,
            "off: sessions are read, and nobody judges them · [agent] enabled = true in your own config.toml",
        ));
    }
    checks.extend(sessions(app));
    checks.push(graph(app));
    checks.extend(own_queue(app));
    checks
}

fn program(agent: &Agent, app: &App) -> Vec<Check> {
    const NAME: &str = "agent";
    let Some(name) = agent.command.first() else {
        return vec![check(NAME, Level::Fatal, "[agent] command is empty")];
    };
    let environment = match calling::environment(app) {
        Ok(environment) => environment,
        Err(error) => return vec![check(NAME, Level::Fatal, error.to_string())],
    };
    let path = environment
        .iter()
        .find(|(name, _)| name == env::PATH)
        .map(|(_, path)| path.clone())
        .unwrap_or_default();
    let folders = resolve::folders(&[], &path);
    let found = resolve::resolve(
        name.as_ref(),
        std::path::Path::new("/"),
        &folders,
        resolve::look,
    );
    let program = match found {
        Ok(program) => program,
        Err(Unresolved::Missing(_)) => {
            let hint = if name == "pi" {
                " · npm install -g @mariozechner/pi-coding-agent"
            } else {
                ""
            };
            let says = format!("{name} is not installed: not in PATH{hint}");
            return vec![check(NAME, Level::Fatal, says)];
        }
        Err(error) => return vec![check(NAME, Level::Fatal, format!("failed to {error}"))],
    };
    let calls = format!("{} · {}/{}", program.display(), agent.provider, agent.model);
    let version = match skills::version(agent, &environment) {
        Ok(Some(version)) if !version.is_enough() => check(
            "agent version",
            Level::Fatal,
            format!("{version}: {} or later is needed", skills::Version::OLDEST),
        ),
        Ok(Some(version)) => check("agent version", Level::Good, version.to_string()),
        Ok(None) => check(
            "agent version",
            Level::Warning,
            "it does not tell its version",
        ),
        Err(error) => check("agent version", Level::Warning, error.to_string()),
    };
    vec![check(NAME, Level::Good, calls), version]
}

/// Those that are configured, and the two that S3 knows of.
fn skills_of(agent: &Agent, app: &App) -> Vec<Check> {
    let Ok(environment) = calling::environment(app) else {
        return Vec::new();
    };
    let mut checks = Vec::new();
    for skill in &agent.skills {
        let alone = Agent {
            skills: vec![skill.clone()],
            ..agent.clone()
        };
        checks.push(match skills::skills(&alone, &environment) {
            Ok(found) => {
                let found: Vec<String> = found.iter().map(|it| it.display().to_string()).collect();
                check("skill", Level::Good, found.join(", "))
            }
            Err(missing) => check("skill", Level::Fatal, missing.message),
        });
    }
    for optional in skills::unconfigured(agent, &environment) {
        let name = optional.name;
        let says = match optional.folder {
            Some(_) => format!("{name} is there and not given to the agent; nothing here needs it"),
            None => format!("{name} is not installed; nothing here needs it"),
        };
        checks.push(check("skill", Level::Warning, says));
    }
    checks
}

fn instructions(app: &App) -> Check {
    const NAME: &str = "instructions";
    let version = app
        .existing_graph()
        .and_then(|graph| prompting::present(app, graph.as_ref()));
    match version {
        Ok(version) => check(NAME, Level::Good, version.to_string()),
        Err(error) => check(NAME, Level::Fatal, error.to_string()),
    }
}

fn spending(agent: &Agent, app: &App) -> Check {
    const NAME: &str = "agent cost";
    let spent = app.existing_graph().and_then(|graph| {
        graph
            .map(|graph| graph.spent(app.day_start(), ""))
            .transpose()
            .context("read what the agent has cost")
    });
    let cap = agent.max_cost_per_day.get();
    match spent {
        Ok(spent) => {
            let spent = spent.unwrap_or_default();
            let cost = dollars(spent.cost_today);
            let says = format!(
                "${cost:.4} of ${cap:.2} today, {}",
                format::count(
                    usize::try_from(spent.jobs_today).unwrap_or(usize::MAX),
                    "analysis",
                    "analyses"
                )
            );
            let level = if cost >= cap {
                Level::Warning
            } else {
                Level::Good
            };
            check(NAME, level, says)
        }
        Err(error) => check(NAME, Level::Fatal, error.to_string()),
    }
}

/// Asks the model for a word.
fn model(app: &App) -> Check {
    const NAME: &str = "model";
    match probed(app) {
        Ok(answer) if is_ok(&answer) => check(NAME, Level::Good, "it answers"),
        Ok(answer) => {
            let answer: String = answer.chars().take(SHOWN).collect();
            let says = format!("it answers, but not what it was told to: {answer}");
            check(NAME, Level::Warning, says)
        }
        Err(error) => check(NAME, Level::Fatal, error.to_string()),
    }
}

fn is_ok(answer: &str) -> bool {
    let letters = answer.chars().filter(|c| c.is_alphanumeric());
    letters.collect::<String>().eq_ignore_ascii_case("ok")
}

fn probed(app: &App) -> Result<String, CommandError> {
    let own = random::identity();
    let account = Account {
        job: &own,
        run: &own,
        purpose: Purpose::Probe,
        node: None,
    };
    let signals = Signals::stops().context("catch signals")?;
    let mut caller = Caller::new(app, account)?;
    caller.within(PROBE);
    // Nobody wants an answer of last week's: each probe is another question.
    let question = format!("{QUESTION}\n\n(probe {own})");
    let answered = caller.ask(
        "You are asked whether you are there.",
        &question,
        &signals,
        &mut io::sink(),
    );
    answered
        .result
        .map(|reply| reply.text)
        .map_err(|failure| CommandError::failed(failure.to_string()))
}

/// How many files there are in which folders.
fn sessions(app: &App) -> Option<Check> {
    let config = &app.loaded().ok()?.config.sessions;
    if !config.enabled {
        let says = "not read by tick: [sessions] enabled = false";
        return Some(check("sessions", Level::Good, says));
    }
    let places = places::places(config, env::raw);
    let there: Vec<_> = places.into_iter().filter(|it| it.path.is_dir()).collect();
    if there.is_empty() {
        let says = "no folder of sessions of pi, Claude Code or Codex CLI is here";
        return Some(check("sessions", Level::Good, says));
    }
    let walked = walk(&there);
    let folders: Vec<String> = there
        .iter()
        .map(|place| {
            let files = walked.files.iter();
            let files = files.filter(|file| file.path.starts_with(&place.path));
            let files = format::count(files.count(), "file", "files");
            format!("{files} in {}", place.path.display())
        })
        .collect();
    Some(match walked.unreadable.first() {
        None => check("sessions", Level::Good, folders.join(", ")),
        Some((path, error)) => check(
            "sessions",
            Level::Warning,
            format!("{}: {error}", path.display()),
        ),
    })
}

fn graph(app: &App) -> Check {
    const NAME: &str = "graph";
    let counts = app.existing_graph().and_then(|graph| {
        graph
            .map(|graph| graph.node_count())
            .transpose()
            .context("read the graph")
    });
    match counts {
        Ok(None) => check(NAME, Level::Good, "none yet · git tend sessions scan"),
        Ok(Some(nodes)) => {
            let nodes = usize::try_from(nodes).unwrap_or(usize::MAX);
            check(NAME, Level::Good, format::count(nodes, "node", "nodes"))
        }
        Err(error) => check(NAME, Level::Fatal, error.to_string()),
    }
}

/// What waits in it, what failed, and when the next night comes.
fn own_queue(app: &App) -> Option<Check> {
    const NAME: &str = "own queue";
    let dirs = app.dirs().ok()?;
    if !dirs.data.join("queue.db").exists() {
        return None;
    }
    let looked = app.user_queue().and_then(|queue| {
        let counts = queue
            .counts(app.day_start())
            .context("look into your own queue")?;
        Ok((counts, nights::planned(&queue)?))
    });
    Some(match looked {
        Err(error) => check(NAME, Level::Fatal, error.to_string()),
        Ok((counts, planned)) => {
            let of = |state| counts.by_state.get(&state).copied().unwrap_or(0);
            let (waiting, failed) = (of(StateKind::Queued), of(StateKind::Failed));
            let next = planned.iter().min_by_key(|(_, at)| *at).map(|(part, at)| {
                let at = format::moment(*at, app.now(), &app.zone());
                format!(", next: {} {at}", part.word())
            });
            let says = format!(
                "{waiting} waiting, {failed} failed{} · git tend queue --user",
                next.unwrap_or_default()
            );
            let level = if failed > 0 {
                Level::Warning
            } else {
                Level::Good
            };
            check(NAME, level, says)
        }
    })
}

/// How the agent's work stands. Source of the form: S3's `HealthStatus`; there is no process whose uptime could be told, and
/// the workers are the analyses that run at this moment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Health {
    healthy: bool,
    uptime: Option<u64>,
    workers: Workers,
    queue: Waiting,
    last_analysis: Value,
    errors: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Workers {
    total: u32,
    active: u32,
    idle: u32,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Waiting {
    pending: u64,
    running: u64,
    failed_today: u64,
}

/// What [`checks`] found, for programs.
pub(super) fn health(checks: &[Check], app: &App) -> Health {
    let errors: Vec<String> = checks
        .iter()
        .filter(|check| check.level == Level::Fatal)
        .map(|check| format!("{}: {}", check.name, check.says))
        .collect();
    let mut waiting = Waiting::default();
    let mut active = 0;
    let is_there = app
        .dirs()
        .is_ok_and(|dirs| dirs.data.join("queue.db").exists());
    if is_there
        && let Ok(queue) = app.user_queue()
        && let Ok(counts) = queue.counts(app.day_start())
    {
        let of = |state| counts.by_state.get(&state).copied().unwrap_or(0);
        waiting = Waiting {
            pending: of(StateKind::Queued) + of(StateKind::Blocked),
            running: of(StateKind::Running),
            failed_today: counts.failed_today,
        };
        let running = queue.list(&Filter {
            which: Which::In(StateKind::Running),
            ..Filter::default()
        });
        let agents = running.unwrap_or_default();
        let agents = agents.iter().filter(|job| job.lane == Lane::Agent).count();
        active = u32::try_from(agents).unwrap_or(u32::MAX);
    }
    let total = app
        .loaded()
        .map_or(0, |loaded| loaded.config.agent.slots.get());
    let last = app
        .existing_graph()
        .ok()
        .flatten()
        .and_then(|graph| graph.last_analysis().ok().flatten());
    Health {
        healthy: errors.is_empty(),
        uptime: None,
        workers: Workers {
            total,
            active,
            idle: total.saturating_sub(active),
        },
        queue: waiting,
        last_analysis: serde_json::to_value(last).unwrap_or_default(),
        errors,
    }
}
