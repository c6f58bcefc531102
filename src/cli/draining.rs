//! What `run`, `run-all`, `drain` and `tick` share: approvals, enqueuing, and one drain with everything it needs.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::app::App;
use super::background;
use super::bisecting;
use super::error::{CommandError, Context};
use super::exit_code::Exit;
use super::format;
use super::metering;
use super::notifying::{self, Messenger};
use super::permission::Permission;
use super::progress::Progress;
use super::ui::{Role, paint, plain};
use crate::drain::housekeeping;
use crate::drain::runner::{Approval, Stopped};
use crate::drain::{Budget, Detaching, Drain, Options, Summary};
use crate::queue::retention::Policy;
use crate::queue::{Enqueued, How, Input, Job, JobId, Queue, QueueError, StateKind};
use crate::store::StoreError;
use crate::system::{env, process};
use crate::tasks::Task;
use crate::triggers::hook::Response;
use crate::triggers::note::Note;
use crate::triggers::{self, Reconciled};
use crate::trust::Approvals;
use crate::trust::approvals::ApprovalsFile;

/// The least that a machine runs at once, however few processors it has.
const LEAST_MACHINE_SLOTS: u32 = 4;

/// So many gates run at once.
const MOST_GATES: u32 = 16;

/// How many waiting jobs are named.
const NAMED: usize = 5;

/// The approvals of this repository.
pub fn approvals_file(app: &App) -> Result<ApprovalsFile, CommandError> {
    ApprovalsFile::new(&app.dirs()?.approvals(), &app.located()?.common_dir)
        .context("find the approvals")
}

/// Reads the approvals; a damaged file approves nothing, and is said.
pub fn approvals(app: &App) -> Result<Approvals, CommandError> {
    let approvals = approvals_file(app)?.load().context("read the approvals")?;
    if let Some(path) = approvals.damaged() {
        app.ui.warn(format!(
            "{} is damaged: nothing is approved",
            plain(&path.to_string_lossy())
        ));
    }
    Ok(approvals)
}

/// Looks at commits, files and schedules, and enqueues what they call for.
pub fn reconcile(app: &App, queue: &mut Queue, dry_run: bool) -> Result<Reconciled, CommandError> {
    app.look_for_tools();
    let permission = Permission::new(app);
    let held = |task: &Task, input: &Input| permission.held(task, input);
    let context = triggers::Context {
        tasks: app.tasks()?,
        config: &app.loaded()?.config,
        held: &held,
        now: app.now(),
        zone: &app.zone(),
        dry_run,
        hook: None,
    };
    let mut seen = triggers::reconcile(queue, app.repo()?, &context);
    if !dry_run && let Err(error) = bisecting::advance_all(app, queue) {
        seen.notes.push(Note::Failed {
            source: "bisections",
            error: error.to_string(),
        });
    }
    Ok(seen)
}

/// Makes the queue, and lets what is committed from now on count as new: the first hook finds everything ready.
pub fn watch_from_here(app: &App) -> Result<(), CommandError> {
    let mut queue = app.queue()?;
    let context = triggers::Context {
        tasks: &[],
        config: &app.loaded()?.config,
        held: &|_, _| None,
        now: app.now(),
        zone: &app.zone(),
        dry_run: false,
        hook: None,
    };
    triggers::reconcile_hook(&mut queue, app.repo()?, &context, &Response::of_head());
    Ok(())
}

/// What a drain is to do.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// How long it may take; `None`: as long as it takes.
    pub budget: Option<Duration>,
    /// Only these jobs, until they have ended.
    pub only: Option<BTreeSet<JobId>>,
    /// How many jobs at once, at most.
    pub slots: Option<u32>,
    /// Typed by a person who waits for the answer: the load gate does not hold it.
    pub user: bool,
    /// A drain for one job which no window holds.
    pub dedicated: bool,
    /// Git waits for it, or somebody who has nothing else to do meanwhile.
    pub gates: bool,
    /// Somebody reads what the jobs come to, though they were not typed.
    pub awaited: bool,
    /// No process is left behind: `detach = false`.
    pub in_place: bool,
}

/// Runs a drain with progress on the terminal, then tidies.
pub fn drain(app: &App, queue: &mut Queue, request: Request) -> Result<Summary, CommandError> {
    let started = Instant::now();
    let in_place = request.in_place || env::is_set(env::CI);
    let budget = request.budget;
    let place = app.place()?;
    let config = &app.loaded()?.config;
    let slots = config.queue.slots(process::processors() as usize);
    // Each gate has a slot: a slow one must not keep a quick one from failing.
    let gates = request.only.as_ref().map_or(1, BTreeSet::len);
    let gates = u32::try_from(gates).unwrap_or(1).clamp(1, MOST_GATES);
    let slots = if request.gates { gates } else { slots };
    let options = Options {
        budget: Budget {
            total: request.budget,
        },
        slots,
        machine_slots: process::processors().max(LEAST_MACHINE_SLOTS).max(slots),
        own_slots: request.slots.unwrap_or(slots).clamp(1, slots.max(1)),
        load_gate: config.queue.load_gate && !request.user,
        defer_on_battery: !request.user
            && config.queue.on_battery == crate::config::schema::OnBattery::Defer,
        detaching: if in_place || request.only.is_some() {
            Detaching::Forbidden
        } else {
            Detaching::Allowed
        },
        dedicated: request.dedicated,
        largest: largest_window(config),
        only: request.only,
        patient: true,
        begins: None,
        agent: false,
        gates: request.gates,
        awaited: request.awaited || request.gates,
    };
    let permission = Permission::new(app);
    let approval = Approval {
        ready: &|job, spec| permission.held_at_start(job, spec),
        scripts: &|job, spec, top| permission.held_for_scripts(job, spec, top),
    };
    let detacher = |job: &JobId, budget: Duration| background::dedicated(app, job, budget);
    let follower = |queue: &mut Queue, job: &Job| bisecting::follow(app, queue, job);
    let expected = options.only.as_ref().map(BTreeSet::len);
    let mut progress = Progress::new(&app.ui, expected);
    if options.gates {
        progress.says_no_ends();
    }
    let is_waited_for = options.gates;
    let drain = Drain::new(
        queue,
        &place,
        options,
        approval,
        &detacher,
        &follower,
        &mut progress,
    );
    let summary = drain.run().context("drain the queue")?;
    app.saw(progress.into_seen());
    if is_waited_for {
        return Ok(summary);
    }
    let policy = Policy::of(&config.retention);
    let all_workspaces = app.dirs()?.cache.join("ws");
    let messenger = if in_place {
        Messenger::Here {
            left: budget.map(|budget| budget.saturating_sub(started.elapsed())),
        }
    } else {
        Messenger::LeftBehind
    };
    notifying::after_drain(app, queue, summary.load, messenger);
    housekeeping::tidy(queue, &place.state, &all_workspaces, &policy, app.now())
        .context("prune the queue")?;
    metering::drains_leave_a_textfile(app, queue);
    Ok(summary)
}

/// The largest budget that a configured trigger gives a drain.
pub fn largest_window(config: &crate::config::Config) -> Option<Duration> {
    config
        .hooks
        .values()
        .filter(|hook| hook.enabled)
        .map(|hook| hook.drain.get())
        .max()
}

/// Says what could not be enqueued, and who had to make room.
pub fn report_enqueued(app: &App, names: &[String], enqueued: &[Enqueued]) -> Exit {
    let mut exit = Exit::Fine;
    for (name, one) in names.iter().zip(enqueued) {
        if one.how == How::Refused {
            exit = Exit::Refused;
            app.ui.warn(format!(
                "{} is not enqueued: the queue is full · git tend queue",
                plain(name)
            ));
        }
        if let Some(evicted) = &one.evicted {
            app.ui.say(format!("{evicted} made room in the full queue"));
        }
    }
    exit
}

/// An error of enqueuing as the user sees it.
pub fn enqueue_error(error: &QueueError) -> CommandError {
    let full = matches!(error, QueueError::Store(StoreError::Full));
    let failed = CommandError::refused("failed to enqueue").because(error);
    if full {
        failed.hint("the disk is full: nothing was enqueued")
    } else {
        failed
    }
}

/// Who was left waiting, and why.
pub fn say_who_waits(app: &App, summary: &Summary) {
    for (id, why) in summary.waiting.iter().take(NAMED) {
        app.ui
            .say(format!("{} {id} {}", paint(Role::Faint, "…"), plain(why)));
    }
    if summary.waiting.len() > NAMED {
        let more = format::count(
            summary.waiting.len() - NAMED,
            "more job waits",
            "more jobs wait",
        );
        app.ui.say(format!("… {more} · git tend queue"));
    }
}

/// The exit code and the last line of a drain.
pub fn conclude(app: &App, summary: &Summary) -> Exit {
    let count = |state: StateKind| summary.ended.get(&state).copied().unwrap_or(0);
    match summary.stopped {
        Some(Stopped::Signal) => {
            app.ui.say("interrupted: what did not end is queued again");
            return Exit::Interrupted;
        }
        Some(Stopped::Full) => return Exit::Refused,
        Some(Stopped::Request) => app.ui.say("stopped"),
        Some(Stopped::Paused) => app.ui.say("paused · git tend pause --resume"),
        None => {}
    }
    if count(StateKind::Failed) > 0 {
        Exit::Failed
    } else {
        Exit::Fine
    }
}
