//! The user's own queue, of no repository: draining it, what enters it by the clock, and what its jobs have in common.

mod job;
pub mod schedules;

pub use job::{job, new};

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::progress::Progress;
use crate::cli::sessions::caps::Allowance;
use crate::drain::housekeeping;
use crate::drain::place::Place;
use crate::drain::runner::Approval;
use crate::drain::slots::DrainLock;
use crate::drain::workspace::Origin;
use crate::drain::{Budget, Detaching, Drain, Options, Summary};
use crate::queue::retention::Policy;
use crate::queue::{Job, JobId, Queue};
use crate::system::{cgroup, detach, env, filesystem, host, process, rotate};
use crate::triggers::search_path;

/// The log of detached drains is begun anew past this size.
const LARGEST_LOG: u64 = 1 << 20;

/// What a drain of the user's own queue is to do.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Only these jobs, as far as they can run now; `None`: whatever is ready.
    pub only: Option<BTreeSet<JobId>>,
    /// For how long jobs are begun; those that run then may go on.
    pub begins: Option<Duration>,
}

/// Runs jobs of the user's own queue.
///
/// No budget cuts them: a call of the agent that is cut off was paid for nothing. Each has a time-out of its own, and after
/// `begins` no other one is begun.
pub fn drain(app: &App, queue: &mut Queue, run: Run) -> Result<Summary, CommandError> {
    let config = &app.loaded()?.config;
    let place = place(app)?;
    let slots = config.agent.slots.get();
    let allowance = Allowance::of(app)?;
    if let Some(why) = &allowance.refused {
        app.ui.say(format!("the agent is not called: {why}"));
    }
    let expected = run.only.as_ref().map(BTreeSet::len);
    let options = Options {
        budget: Budget { total: None },
        slots,
        machine_slots: process::processors().max(4).saturating_add(slots),
        own_slots: slots,
        // They wait for others' machines.
        load_gate: false,
        defer_on_battery: false,
        detaching: Detaching::Forbidden,
        dedicated: false,
        largest: None,
        only: run.only,
        patient: false,
        begins: run.begins,
        agent: allowance.refused.is_none(),
        gates: false,
        awaited: false,
    };
    let approval = Approval {
        ready: &|_, _| None,
        scripts: &|_, _, _| None,
    };
    let detacher = |_: &JobId, _: Duration| Err(io::Error::from(io::ErrorKind::Unsupported));
    let follower = |_: &mut Queue, _: &Job| false;
    let mut progress = Progress::new(&app.ui, expected);
    let drain = Drain::new(
        queue,
        &place,
        options,
        approval,
        &detacher,
        &follower,
        &mut progress,
    );
    let summary = drain.run().context("drain your own queue")?;
    app.saw(progress.into_seen());
    let policy = Policy::of(&config.retention);
    housekeeping::tidy(queue, &place.state, &place.workspaces, &policy, app.now())
        .context("prune your own queue")?;
    Ok(summary)
}

/// Writes down where the programs of whoever typed a command are, for drains that cron starts.
pub fn remember_path(app: &App) -> Result<(), CommandError> {
    let path = env::raw(env::PATH).unwrap_or_default();
    let data = &app.dirs()?.data;
    filesystem::private_dir(data).context("create your folder for data")?;
    search_path::record(&path, data).context("write down where your programs are")
}

/// Where such jobs run: in no repository.
fn place(app: &App) -> Result<Place, CommandError> {
    let dirs = app.dirs()?;
    let mut environment: Vec<(OsString, OsString)> =
        env::scrubbed(env::for_another_repository(env::all()));
    if let Some(config) = &app.global.config {
        let config = app.folder()?.join(config);
        environment.push((env::CONFIG_FILE.into(), config.into()));
    }
    Ok(Place {
        state: dirs.data.clone(),
        machine_state: dirs.state.clone(),
        // No job of this queue has one.
        workspaces: dirs.cache.join("no-workspaces"),
        git_dir: dirs.data.clone(),
        origin: Origin {
            common_dir: dirs.data.clone(),
            worktree: None,
        },
        program: process::own_program().context("find this program")?,
        environment,
        host: host::name(),
        boot_id: process::boot_id().context("read the boot's identity")?,
        cgroup: cgroup::delegation(),
    })
}

/// The one drain of this queue that goes on in the background; `None` while there is one.
pub fn background(data: &Path) -> io::Result<Option<DrainLock>> {
    DrainLock::try_background(data)
}

/// Starts a drain of this queue in the background, unless there is one or nothing is ready.
pub fn hand_over(app: &App) -> Result<bool, CommandError> {
    let data = &app.dirs()?.data;
    // Nothing is left behind where processes are counted.
    if env::is_set(env::CI) || !data.join("queue.db").exists() {
        return Ok(false);
    }
    let now = app.now();
    let queue = app.user_queue()?;
    let ready = queue.ready(now).context("look for jobs of your own")?;
    let allowance = Allowance::of(app)?;
    let is_waited_for = ready
        .iter()
        .any(|job| job.lane != crate::queue::Lane::Agent || allowance.refused.is_none());
    let lock = background(data).context("look for a running drain")?;
    if !is_waited_for || lock.is_none() {
        return Ok(false);
    }
    drop(lock);
    let budget = app.loaded()?.config.nightly.budget.get();
    let budget = format!("{}ms", budget.as_millis());
    let mut args: Vec<OsString> = ["drain", "--user", "--background", "--quiet", "--budget"]
        .map(OsString::from)
        .to_vec();
    args.push(budget.into());
    if let Some(config) = &app.global.config {
        args.extend(["--config".into(), app.folder()?.join(config).into()]);
    }
    let log = data.join("tend.log");
    rotate::keep_below(&log, LARGEST_LOG);
    detach::start(
        &process::own_program().context("find this program")?,
        &args,
        data,
        env::for_another_repository(env::all()),
        None,
        &log,
    )
    .context("start the drain of your own queue")?;
    Ok(true)
}
