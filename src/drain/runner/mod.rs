//! The drain: one thread that starts what the plan says, waits for whatever happens first, and records what ended.

mod end;
mod obey;
mod start;

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::drain::admission::Detaching;
use crate::drain::budget::Budget;
use crate::drain::event::Listener;
use crate::drain::load_gate::{Load, LoadGate};
use crate::drain::place::{self, Place};
use crate::drain::planner::{Histories, Planner};
use crate::drain::recovery;
use crate::drain::rules::Rules;
use crate::drain::slots::{DrainLock, Slot, Slots};
use crate::drain::supervise::Supervised;
use crate::drain::workspace::Checkout;
use crate::gates::known::Judging;
use crate::queue::{Drained, Job, JobId, Lease, Queue, QueueError, StateKind};
use crate::system::{battery, clock, poll, pressure, random, signals::Signals};
use crate::tasks::outcome::Interruption;
use crate::tasks::spec::RunSpec;

/// How often a drain that runs something looks for cancelled jobs, stop requests and new work of others.
const PULSE: Duration = Duration::from_millis(100);
/// Without a budget, how long running jobs are let after the user asked to stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
/// How long a supervisor may take to report after it was told to kill.
const LAST_WORD: Duration = Duration::from_millis(25);

/// What a drain is asked to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long it may take.
    pub budget: Budget,
    /// Only these jobs, and then until each of them has ended; `None`: whatever is ready.
    pub only: Option<BTreeSet<JobId>>,
    /// Whether jobs of [`Self::only`] that wait for another attempt are waited for.
    pub patient: bool,
    /// For how long jobs are begun; those that run then may go on for as long as they take.
    pub begins: Option<Duration>,
    /// Whether calls of the coding agent are begun.
    pub agent: bool,
    /// How many jobs of this repository run at once, over all processes.
    pub slots: u32,
    /// The same for the whole machine and this user.
    pub machine_slots: u32,
    /// How many of them this drain uses.
    pub own_slots: u32,
    /// Whether a busy machine holds jobs back.
    pub load_gate: bool,
    /// Whether low and deferred jobs wait for the mains.
    pub defer_on_battery: bool,
    /// Whether a job that no window holds may get a detached drain.
    pub detaching: Detaching,
    /// Whether this is such a drain.
    pub dedicated: bool,
    /// The largest budget that any trigger gives a drain; `None` if one gives as long as it takes.
    pub largest: Option<Duration>,
    /// Whether git waits for it: it has slots of its own beside those of other drains, and ends when nothing more can be
    /// started.
    pub gates: bool,
    /// Whether somebody reads what the jobs come to: then a missing tool or a failed one is not tried again later.
    pub awaited: bool,
}

/// The first slot of those that only gates use.
const FIRST_OF_GATES: u32 = 65;

impl Options {
    fn slots_in(&self, state: &Path, count: u32) -> Slots {
        let first = if self.gates { FIRST_OF_GATES } else { 1 };
        Slots::from(first, state.join("slots"), count)
    }
}

/// What a drain did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Runs by the state their jobs went to; `queued` are those that run again later.
    pub ended: HashMap<StateKind, u32>,
    /// Jobs that were recovered from lost runners.
    pub recovered: usize,
    /// Why it ended before its work, if it did.
    pub stopped: Option<Stopped>,
    /// Jobs that were left for a reason the user may want to know.
    pub waiting: Vec<(JobId, String)>,
    /// What the machine did when it was last looked at, if it matters to this drain and there was something to start.
    pub load: Option<Load>,
}

/// Why a drain ended before its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A signal.
    Signal,
    /// `git tend stop`.
    Request,
    /// `git tend pause`.
    Paused,
    /// The disk is full.
    Full,
}

/// Why a drain could not go on. Jobs that ran are ended, and recovered by the next drain.
#[derive(Debug, thiserror::Error)]
pub enum DrainError {
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The system.
    #[error("wait for jobs")]
    Wait(#[source] io::Error),
    /// The locks.
    #[error("use the slots")]
    Slots(#[source] io::Error),
    /// The folder of the logs.
    #[error("create the folder of the logs")]
    Logs(#[source] io::Error),
}

/// What decides whether a job may run: the reason to hold it, or nothing.
#[derive(Clone, Copy)]
pub struct Approval<'a> {
    /// Asked when it is ready.
    pub ready: &'a dyn Fn(&Job, &RunSpec) -> Option<String>,
    /// Asked when its workspace is, of which this is the top.
    pub scripts: &'a dyn Fn(&Job, &RunSpec, &Path) -> Option<String>,
}

/// Told of each job that has ended, once that is recorded; says whether it has entered what comes next.
pub type Follower<'a> = &'a dyn Fn(&mut Queue, &Job) -> bool;

/// Starts a detached drain for one job.
pub type Detacher<'a> = &'a dyn Fn(&JobId, Duration) -> io::Result<()>;

/// A job that runs.
struct Active {
    job: Job,
    spec: RunSpec,
    lease: Lease,
    judging: Option<Box<Judging>>,
    title: String,
    supervised: Supervised,
    started: Instant,
    started_at: Timestamp,
    interrupted: Option<Interruption>,
    killed: Option<Instant>,
    /// The lease was lost: it was cancelled.
    cancelled: bool,
    // Held until the end is recorded.
    _slot: Slot,
    _machine_slot: Slot,
    _checkout: Option<Checkout>,
}

/// How far a shutdown has come.
#[derive(Clone, Copy, Debug)]
struct Shutdown {
    since: Instant,
    why: Stopped,
    /// Running jobs may end by themselves, however long that takes.
    patient: bool,
    /// At once.
    now: bool,
}

/// A drain of one queue.
pub struct Drain<'a> {
    queue: &'a mut Queue,
    place: &'a Place,
    options: Options,
    approval: Approval<'a>,
    detacher: Detacher<'a>,
    follower: Follower<'a>,
    listener: &'a mut dyn Listener,
    slots: Slots,
    machine: Slots,
    run_id: String,
    started: Instant,
    opportunity: i64,
    stop_generation: i64,
    histories: Histories,
    planner: Planner,
    gate: LoadGate,
    sampler: Option<(pressure::Sampler, Duration)>,
    candidates: usize,
    saves_battery: bool,
    dirty: bool,
    seen_version: i64,
    active: Vec<Active>,
    shutdown: Option<Shutdown>,
    summary: Summary,
    begun: u32,
    seen_to_end: u32,
}

impl<'a> Drain<'a> {
    /// Prepares a drain.
    pub fn new(
        queue: &'a mut Queue,
        place: &'a Place,
        options: Options,
        approval: Approval<'a>,
        detacher: Detacher<'a>,
        follower: Follower<'a>,
        listener: &'a mut dyn Listener,
    ) -> Self {
        let gate = if options.load_gate {
            LoadGate::new(options.own_slots)
        } else {
            LoadGate::bypassed(options.own_slots)
        };
        Self {
            slots: options.slots_in(&place.state, options.slots),
            machine: options.slots_in(&place.machine_state, options.machine_slots),
            run_id: random::identity(),
            started: Instant::now(),
            opportunity: 0,
            stop_generation: 0,
            histories: Histories::new(),
            planner: Planner::new(Rules::default()),
            gate,
            sampler: None,
            candidates: 0,
            saves_battery: options.defer_on_battery && battery::discharging(),
            dirty: true,
            seen_version: 0,
            active: Vec::new(),
            shutdown: None,
            summary: Summary::default(),
            begun: 0,
            seen_to_end: 0,
            queue,
            place,
            options,
            approval,
            detacher,
            follower,
            listener,
        }
    }

    /// Runs what there is to run, within the budget.
    pub fn run(mut self) -> Result<Summary, DrainError> {
        std::fs::create_dir_all(place::logs(&self.place.state)).map_err(DrainError::Logs)?;
        let signals = Signals::stops().map_err(DrainError::Wait)?;
        let now = clock::now();
        self.stop_generation = self.queue.stop_generation()?;
        if self.options.only.is_none() && self.queue.paused_until(now)?.is_some() {
            self.summary.stopped = Some(Stopped::Paused);
            return Ok(self.summary);
        }
        let _dedicated = if self.options.dedicated {
            match DrainLock::try_dedicated(&self.place.state).map_err(DrainError::Slots)? {
                Some(lock) => Some(lock),
                None => return Ok(self.summary),
            }
        } else {
            None
        };
        self.opportunity = self.queue.opportunity(now)?;
        self.queue.expire(now)?;
        loop {
            self.recover()?;
            self.work(&signals)?;
            // Between the last look at the queue and the release of the last slot somebody may have enqueued a job and
            // found no slot free: whoever released looks again.
            if self.shutdown.is_some() || !self.something_new()? {
                break;
            }
        }
        self.leave_a_record();
        Ok(self.summary)
    }

    /// What this drain took, for metrics; one that found nothing to run writes nothing.
    fn leave_a_record(&mut self) {
        if self.begun == 0 && self.summary.ended.is_empty() {
            return;
        }
        let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let drained = Drained {
            budget_ms: self.options.budget.total.map(ms),
            wall_ms: ms(self.elapsed()),
            started: self.begun,
            finished: self.seen_to_end,
            stopped: self.summary.stopped.is_some(),
            gates: self.options.gates,
        };
        // The jobs' ends are recorded: that this is missing spoils nothing.
        let _ = self.queue.record_drain(&drained, clock::now());
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Until nothing runs and nothing can be started.
    fn work(&mut self, signals: &Signals) -> Result<(), DrainError> {
        loop {
            self.obey(signals)?;
            let idle = if self.shutdown.is_none() {
                self.start_what_fits()?
            } else {
                None
            };
            if self.active.is_empty() {
                match (self.shutdown, idle) {
                    (Some(shutdown), _) => {
                        self.summary.stopped = Some(shutdown.why);
                        return Ok(());
                    }
                    (None, Some(Idle::Wait(span))) => {
                        poll::readable(&[signals.fd()], Some(span)).map_err(DrainError::Wait)?;
                        self.listener.tick();
                        continue;
                    }
                    (None, _) => return Ok(()),
                }
            }
            self.wait(signals)?;
            self.collect()?;
            self.listener.tick();
        }
    }

    fn recover(&mut self) -> Result<(), DrainError> {
        if let Some(_lock) = DrainLock::try_acquire(&self.place.state).map_err(DrainError::Slots)? {
            let recovered = recovery::recover(
                self.queue,
                &self.slots,
                self.place,
                clock::now(),
                self.listener,
            )?;
            self.summary.recovered += recovered;
            self.dirty |= recovered > 0;
        }
        Ok(())
    }

    /// Whether there is work that was not there, or not known, when this drain last looked.
    fn something_new(&mut self) -> Result<bool, DrainError> {
        Ok(self.dirty || self.queue.data_version()? != self.seen_version)
    }
}

/// What a drain that runs nothing does next.
enum Idle {
    /// Looks again after this.
    Wait(Duration),
}
