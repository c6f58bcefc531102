//! One round over the registered repositories, each in a process of its own.
//!
//! A repository is somebody else's folder: its configuration may be a pipe that nobody writes to, its disk may be gone,
//! its database locked. So this process touches none of it. A child looks at one repository at a time, within what is
//! left of the budget, and has to say what it saw within [`PATIENCE`]; whatever happens to it, the next one follows. The
//! round goes on after the repository that was visited last, so that a short budget reaches all of them in turn.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fs4::TryLockError;
use serde_json::{Value, json};

use super::app::App;
use super::commands::tick::TickArgs;
use super::error::{CommandError, Context};
use super::exit_code::Exit;
use super::format;
use super::sessions::of_ticks::{self, Seen};
use super::ui::{Ui, plain};
use crate::drain::Budget;
use crate::report::json as documents;
use crate::system::errand::{self, Answer, End, Errand};
use crate::system::signals::Signals;
use crate::system::{env, filesystem, process, rotate};
use crate::triggers::cron_entry::{LARGEST_LOG, log_file};
use crate::triggers::registry::{Registered, Registry, Sight};

/// How long a child may take until it has looked at its repository. A locked database alone is waited for some seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a child needs to be started and to end by itself before it would be ended.
const HANDOVER: Duration = Duration::from_millis(100);

/// Visits every registered repository.
pub fn round(args: &TickArgs, app: &App) -> Result<Exit, CommandError> {
    let start = Instant::now();
    let state = &app.dirs()?.state;
    let registry = Registry::new(state);
    if let Some(aside) = registry.set_damaged_aside().context("read the registry")? {
        app.ui.warn(format!(
            "the registry of repositories was damaged and moved to {}; git tend install-cron in a repository enters it again",
            plain(&aside.to_string_lossy())
        ));
    }
    let listed = registry.list().context("read the registry")?;
    if listed.is_empty() {
        let seen = of_ticks::visit(args, app);
        hint_about_this_one(app, &listed);
        if args.json {
            app.ui.json(&document(args, &[], 0, &seen))?;
        } else {
            app.ui
                .say("no repository is registered · git tend install-cron in one registers it");
        }
        return Ok(Exit::Fine);
    }
    filesystem::private_dir(state).context("create the state folder")?;
    rotate::keep_below(&log_file(state), LARGEST_LOG);
    let Some(mut turn) = Turn::take(&state.join("tick.lock"))? else {
        if args.json {
            let mut document = document(args, &[], listed.len(), &Seen::default());
            document["busy"] = json!(true);
            app.ui.json(&document)?;
        } else {
            app.ui
                .say("another tick is at work; this one leaves it to it");
        }
        return Ok(Exit::Fine);
    };
    hint_about_this_one(app, &listed);
    let seen = of_ticks::visit(args, app);
    let mut round = Round {
        app,
        args,
        start,
        budget: Budget::of(args.budget),
        program: process::own_program().context("find this program")?,
        environment: env::for_another_repository(env::all()),
        signals: Signals::stops_and_children().context("catch signals")?,
        visits: Vec::new(),
    };
    let order = after(&listed, &turn.last()?);
    let mut left = order.len();
    for repository in order {
        if round.is_over() {
            break;
        }
        if !args.dry_run {
            // Before the visit: should it take this process down, the next round begins behind it.
            turn.set_last(&repository.id)?;
        }
        round.visit(repository)?;
        left -= 1;
    }
    let Round {
        visits, signals, ..
    } = round;
    if !args.dry_run {
        let sights: Vec<(&str, Sight)> = visits
            .iter()
            .filter_map(|visit| Some((visit.repository.id.as_str(), visit.sight.clone()?)))
            .collect();
        for gone in registry
            .saw(&sights, app.now())
            .context("write the registry")?
        {
            app.ui.warn(format!(
                "{}: gone for a week, and forgotten · git tend install-cron in it registers it again",
                shown(&gone.common_dir)
            ));
        }
    }
    if args.json {
        app.ui.json(&document(args, &visits, left, &seen))?;
    } else {
        if args.dry_run && visits.iter().all(Visit::saw_nothing_to_do) {
            app.ui.say("nothing to enqueue");
        }
        if left > 0 {
            let more = format::count(left, "repository is", "repositories are");
            app.ui.say(format!("{more} left for the next tick"));
        }
    }
    Ok(if signals.stop_count() > 0 {
        Exit::Interrupted
    } else if visits.iter().any(|visit| visit.outcome.is_failure()) {
        Exit::Failed
    } else {
        Exit::Fine
    })
}

/// The repositories in the order of this round: those after the one that was visited last, then the others.
fn after<'a>(listed: &'a [Registered], last: &str) -> Vec<&'a Registered> {
    let (done, next): (Vec<_>, Vec<_>) = listed.iter().partition(|one| one.id.as_str() <= last);
    next.into_iter().chain(done).collect()
}

/// Somebody who types `tick` in a repository may mean that one.
fn hint_about_this_one(app: &App, listed: &[Registered]) {
    // Under cron nobody reads it, and the home folder may be anything.
    if app.ui.is_quiet() {
        return;
    }
    let Ok(located) = app.located() else { return };
    if !listed
        .iter()
        .any(|one| one.common_dir == located.common_dir)
    {
        app.ui.say("this repository is not registered · git tend tick --here visits it, git tend install-cron registers it");
    }
}

/// The right to make a round, and the place where the last one got to: the lock's file holds it.
struct Turn(File);

impl Turn {
    /// `None` while another process has it.
    fn take(path: &Path) -> Result<Option<Self>, CommandError> {
        let file = filesystem::lock_file(path).context("open the lock of ticks")?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).context("lock the ticks"),
        }
    }

    fn last(&mut self) -> Result<String, CommandError> {
        let mut bytes = Vec::new();
        let read = self.0.rewind().and_then(|()| {
            // An identity; whatever else is there means nothing.
            std::io::Read::by_ref(&mut self.0)
                .take(64)
                .read_to_end(&mut bytes)
        });
        read.context("read where the last tick got to")?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    fn set_last(&mut self, id: &str) -> Result<(), CommandError> {
        let written = self
            .0
            .set_len(0)
            .and_then(|()| self.0.rewind())
            .and_then(|()| self.0.write_all(id.as_bytes()));
        written.context("write where this tick got to")
    }
}

/// A round under way.
struct Round<'a> {
    app: &'a App,
    args: &'a TickArgs,
    start: Instant,
    budget: Budget,
    program: PathBuf,
    environment: Vec<(OsString, OsString)>,
    signals: Signals,
    visits: Vec<Visit<'a>>,
}

/// One visit.
struct Visit<'a> {
    repository: &'a Registered,
    folder: PathBuf,
    outcome: Outcome,
    sight: Option<Sight>,
    /// What the child printed.
    seen: Value,
}

/// How a visit went.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// Well.
    Visited,
    /// Well, and some of its jobs failed.
    JobsFailed,
    /// There is nothing to visit.
    Vanished,
    /// It could not be visited.
    Failed(String),
    /// The user wants this to stop.
    Interrupted,
}

impl Outcome {
    const fn is_failure(&self) -> bool {
        matches!(self, Self::JobsFailed | Self::Failed(_))
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Visited => "visited",
            Self::JobsFailed => "jobs failed",
            Self::Vanished => "vanished",
            Self::Failed(_) => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl<'a> Round<'a> {
    fn is_over(&self) -> bool {
        let begun = !self.visits.is_empty();
        self.signals.stop_count() > 0 || (begun && self.left() <= HANDOVER)
    }

    fn left(&self) -> Duration {
        self.args.budget.saturating_sub(self.start.elapsed())
    }

    /// Visits each worktree of a repository; the repository alone where there is none.
    fn visit(&mut self, repository: &'a Registered) -> Result<(), CommandError> {
        let mut found_one = false;
        for worktree in &repository.worktrees {
            if found_one && self.is_over() {
                return Ok(());
            }
            let sight = self.look(repository, worktree, false)?;
            match sight {
                Some(Sight::Vanished) => return Ok(()),
                Some(Sight::WithoutWorktree(_)) => {}
                Some(Sight::Present) | None => found_one = true,
            }
        }
        if !found_one {
            self.look(repository, &repository.common_dir, true)?;
        }
        Ok(())
    }

    fn look(
        &mut self,
        repository: &'a Registered,
        folder: &Path,
        alone: bool,
    ) -> Result<Option<Sight>, CommandError> {
        let answer = self.send(repository, folder)?;
        let mut visit = Visit {
            repository,
            folder: folder.to_path_buf(),
            outcome: Outcome::Visited,
            sight: None,
            seen: serde_json::from_slice(&answer.stdout).unwrap_or(Value::Null),
        };
        let complaint = complaint(&answer.stderr);
        visit.outcome = match (&answer.end, visit.seen["vanished"].as_str()) {
            (End::Exited(Some(0)), Some("worktree")) if !alone => {
                visit.sight = Some(Sight::WithoutWorktree(folder.to_path_buf()));
                Outcome::Vanished
            }
            (End::Exited(Some(0)), Some(_)) => {
                visit.sight = Some(Sight::Vanished);
                Outcome::Vanished
            }
            (End::Exited(Some(0)), None) => {
                visit.sight = Some(Sight::Present);
                Outcome::Visited
            }
            (End::Exited(Some(1)), None) if !visit.seen.is_null() && complaint.is_none() => {
                visit.sight = Some(Sight::Present);
                Outcome::JobsFailed
            }
            (End::Exited(Some(130) | None), _) if self.signals.stop_count() > 0 => {
                Outcome::Interrupted
            }
            (End::Exited(Some(_)), _) => Outcome::Failed(
                complaint.unwrap_or_else(|| "it failed and said nothing".to_owned()),
            ),
            (End::Exited(None), _) => Outcome::Failed("a signal ended the visit".to_owned()),
            (End::Silent, _) => Outcome::Failed(format!(
                "ended: it could not be looked at within {} s",
                PATIENCE.as_secs()
            )),
            (End::TimedOut, _) => {
                Outcome::Failed("ended: it took longer than the budget".to_owned())
            }
        };
        self.tell(&visit, &answer.stderr);
        let sight = visit.sight.clone();
        self.visits.push(visit);
        Ok(sight)
    }

    /// Runs `git-tend -C FOLDER tick --here`.
    fn send(&self, repository: &Registered, folder: &Path) -> Result<Answer, CommandError> {
        let left = self.left().saturating_sub(HANDOVER);
        let milliseconds = left.as_millis().max(1);
        let mut args: Vec<OsString> = vec![
            "-C".into(),
            folder.into(),
            "--color".into(),
            "never".into(),
            "tick".into(),
            "--here".into(),
            "--json".into(),
            "--budget".into(),
            format!("{milliseconds}ms").into(),
            "--of".into(),
            repository.common_dir.clone().into(),
        ];
        if self.app.ui.is_quiet() {
            args.push("--quiet".into());
        }
        if self.args.dry_run {
            args.push("--dry-run".into());
        }
        if let Some(config) = &self.app.global.config {
            args.extend(["--config".into(), self.app.folder()?.join(config).into()]);
        }
        let end = self.budget.kill_at().unwrap_or(Duration::MAX);
        let errand = Errand {
            program: &self.program,
            args: &args,
            env: &self.environment,
            stdin: b"",
            timeout: end.saturating_sub(self.start.elapsed()),
            first_word: Some(PATIENCE),
        };
        errand::run(errand, &self.signals).context("start the visit of a repository")
    }

    /// Says what a person should know of a visit.
    fn tell(&self, visit: &Visit<'_>, stderr: &[u8]) {
        let ui = &self.app.ui;
        let place = shown(&visit.folder);
        match &visit.outcome {
            Outcome::Failed(why) => {
                self.warn(&place, why);
                return;
            }
            Outcome::Vanished if visit.sight == Some(Sight::Vanished) => {
                ui.say(format!("{place}: not there any more; left out"));
                return;
            }
            Outcome::Vanished => {
                ui.say(format!("{place}: this worktree is not there any more"));
                return;
            }
            Outcome::Visited | Outcome::JobsFailed | Outcome::Interrupted => {}
        }
        if !self.args.json {
            for note in visit.list("notes").iter().filter_map(Value::as_str) {
                ui.say(format!("{place}: {}", plain(note)));
            }
            let verb = if self.args.dry_run {
                "would enqueue"
            } else {
                "enqueued"
            };
            for one in visit.list("enqueued") {
                let word = |key: &str| plain(one[key].as_str().unwrap_or_default());
                ui.say(format!(
                    "{place}: {verb} {} · {}",
                    word("task"),
                    word("why")
                ));
            }
        }
        for line in String::from_utf8_lossy(stderr).lines() {
            // What a quiet child says is meant to be kept.
            match line.strip_prefix("warning: ") {
                Some(warning) => self.warn(&place, warning),
                None => ui.say(format!("{place}: {}", plain(line))),
            }
        }
    }

    /// A line that `--quiet` keeps; in a log, where a line without its time says little, with its time.
    fn warn(&self, place: &str, text: &str) {
        let ui = &self.app.ui;
        let when = if ui.is_quiet() && !Ui::can_ask() {
            format!("{:.0} ", self.app.now())
        } else {
            String::new()
        };
        ui.warn(format!("{when}{place}: {}", plain(text)));
    }
}

impl Visit<'_> {
    fn list(&self, key: &str) -> &[Value] {
        self.seen[key].as_array().map_or(&[], Vec::as_slice)
    }

    fn saw_nothing_to_do(&self) -> bool {
        self.list("enqueued").is_empty()
    }
}

/// A path for people, in one line.
fn shown(path: &Path) -> String {
    plain(&path.to_string_lossy())
}

/// What a failed git-tend said, as one line: its last error with the causes, and the mistake it showed before.
fn complaint(stderr: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().collect();
    let is_error = |line: &&str| line.starts_with("error: ");
    let last = lines.iter().rposition(is_error)?;
    let mut parts = vec![lines.get(last)?.strip_prefix("error: ")?];
    let causes = lines.iter().skip(last + 1).filter_map(|line| {
        let (number, cause) = line.trim_start().split_once(": ")?;
        number.parse::<u32>().ok().map(|_| cause)
    });
    parts.extend(causes);
    let shown: Vec<&str> = lines.iter().take(last).copied().collect();
    parts.extend(shown.iter().find_map(|line| line.strip_prefix("error: ")));
    let place = shown
        .iter()
        .find_map(|line| line.trim_start().strip_prefix("--> "));
    let place = place.map_or_else(String::new, |place| format!(" ({place})"));
    Some(format!("{}{place}", parts.join(": ")))
}

/// What `--json` prints.
fn document(args: &TickArgs, visits: &[Visit<'_>], left: usize, seen: &Seen) -> Value {
    let repositories: Vec<Value> = visits
        .iter()
        .map(|visit| {
            json!({
                "repository": visit.repository.common_dir.to_string_lossy(),
                "folder": visit.folder.to_string_lossy(),
                "outcome": visit.outcome.name(),
                "error": match &visit.outcome {
                    Outcome::Failed(why) => Some(why),
                    _ => None,
                },
                "enqueued": visit.list("enqueued"),
                "notes": visit.list("notes"),
            })
        })
        .collect();
    json!({
        "schema": documents::SCHEMA,
        "repositories": repositories,
        "sessions": seen.sessions,
        "nights": seen.nights,
        "optimization": seen.optimization.map(|it| json!({ "jobs": it.jobs, "refused": it.refused })),
        "own_queue_drains": seen.drained,
        "left": left,
        "busy": false,
        "dry_run": args.dry_run,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use jiff::Timestamp;

    use super::*;

    fn listed(ids: &[&str]) -> Vec<Registered> {
        ids.iter()
            .map(|id| Registered {
                id: (*id).to_owned(),
                common_dir: PathBuf::from(format!("/{id}")),
                worktrees: Vec::new(),
                added_at: Timestamp::UNIX_EPOCH,
                vanished_since: None,
            })
            .collect()
    }

    #[test]
    fn a_round_begins_after_the_one_that_was_visited_last() {
        let listed = listed(&["a", "c", "e"]);
        for (last, order) in [
            ("", "ace"),
            ("a", "cea"),
            // Visited, and forgotten since.
            ("b", "cea"),
            ("e", "ace"),
            ("f", "ace"),
        ] {
            let ids: String = after(&listed, last)
                .iter()
                .map(|one| one.id.as_str())
                .collect();
            assert_eq!(ids, order, "after {last}");
        }
    }

    #[test]
    fn a_complaint_is_one_line() {
        for (text, line) in [
            (
                "error: failed to open the queue\n  1: database is locked\nhint: wait\n",
                "failed to open the queue: database is locked",
            ),
            (
                "error: unknown key `x`\n --> tend.toml:1:1\n  |\n1 | x = 1\nerror: the configuration is not valid\nhint: git tend config check\n",
                "the configuration is not valid: unknown key `x` (tend.toml:1:1)",
            ),
            ("warning: w\nerror: e\n", "e"),
        ] {
            assert_eq!(complaint(text.as_bytes()).as_deref(), Some(line));
        }
        assert_eq!(complaint(b"warning: w\n"), None);
    }
}
