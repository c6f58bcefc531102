//! The drain: one thread that starts what the plan says, waits for whatever happens first, and records what ended.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::admission::{Detaching, Running as Beside, Situation};
use super::budget::Budget;
use super::candidate::Candidate;
use super::estimate::{Sample, SampleKind};
use super::event::{Event, Listener};
use super::finish::{self, Finished};
use super::launch::{self, LaunchError};
use super::load_gate::{Load, LoadGate};
use super::place::{self, Place};
use super::planner::{Histories, Planner, RESAMPLE};
use super::protocol::ExecReport;
use super::recovery;
use super::rules::Rules;
use super::slots::{DrainLock, Slot, Slots};
use super::supervise::{self, Supervised};
use super::workspace::Checkout;
use crate::queue::{
    ExecutionKind, Filter, Job, JobId, Lease, Next, Queue, QueueError, RunRecord, Settled,
    Settlement, State, StateKind, Which,
};
use crate::store::StoreError;
use crate::system::{battery, clock, poll, pressure, random, signals::Signals};
use crate::tasks::outcome::{Interruption, Outcome, Policy, settle};
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
}

/// What a drain did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Runs by the state their jobs went to; `queued` are those that run again later.
    pub ended: HashMap<StateKind, u32>,
    /// Jobs that were recovered from lost runners.
    pub recovered: usize,
    /// Why it ended before its work, if it did.
    pub stopped: Option<Stopped>,
    /// Jobs that were left for a reason the user may want to know.
    pub waiting: Vec<(JobId, String)>,
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

/// What decides whether a job's definition may run: the reason to hold it, or nothing.
pub type Approval<'a> = &'a dyn Fn(&Job, &RunSpec) -> Option<String>;

/// Starts a detached drain for one job.
pub type Detacher<'a> = &'a dyn Fn(&JobId, Duration) -> io::Result<()>;

/// A job that runs.
struct Active {
    job: Job,
    spec: RunSpec,
    lease: Lease,
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
}

impl<'a> Drain<'a> {
    /// Prepares a drain.
    pub fn new(
        queue: &'a mut Queue,
        place: &'a Place,
        options: Options,
        approval: Approval<'a>,
        detacher: Detacher<'a>,
        listener: &'a mut dyn Listener,
    ) -> Self {
        let gate = if options.load_gate {
            LoadGate::new(options.own_slots)
        } else {
            LoadGate::bypassed(options.own_slots)
        };
        Self {
            slots: Slots::new(place.state.join("slots"), options.slots),
            machine: Slots::new(place.machine_state.join("slots"), options.machine_slots),
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
            queue,
            place,
            options,
            approval,
            detacher,
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
        Ok(self.summary)
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

    // ---- starting

    /// Starts jobs while there is a slot and one that fits. `Some` tells what to do when nothing runs.
    fn start_what_fits(&mut self) -> Result<Option<Idle>, DrainError> {
        if self.something_new()? {
            self.refresh()?;
        }
        self.sample_load();
        loop {
            let own = self.options.own_slots.min(self.gate.slots());
            let used = u32::try_from(self.active.len()).unwrap_or(u32::MAX);
            let pair = if used < own { self.take_slots()? } else { None };
            let mut planner = std::mem::take(&mut self.planner);
            let plan = planner.next(&self.situation(u32::from(pair.is_some())));
            self.planner = planner;
            match (plan.start, pair) {
                (Some(start), Some(pair)) => {
                    let expected = self.expected(&start.job);
                    self.start(&start.job.id, pair, expected)?;
                }
                (_, pair) => {
                    drop(pair);
                    if let Some(detach) = plan.detach {
                        self.hand_over(&detach.job, detach.budget);
                    }
                    return self.idle();
                }
            }
        }
    }

    /// What to do when nothing could be started.
    fn idle(&mut self) -> Result<Option<Idle>, DrainError> {
        if self.options.only.is_none() {
            if self.active.is_empty() {
                self.note_who_waits();
            }
            return Ok(None);
        }
        if self.only_settled()? {
            return Ok(None);
        }
        // They wait for a retry, for a slot, or for another process that runs them.
        Ok(match self.options.budget.term_at() {
            Some(at) if self.elapsed() >= at => None,
            _ => Some(Idle::Wait(PULSE / 2)),
        })
    }

    /// Whether each of the jobs that were asked for has ended, or waits for the user.
    fn only_settled(&self) -> Result<bool, DrainError> {
        for id in self.options.only.iter().flatten() {
            let waits = self.queue.job(id)?.is_some_and(|job| {
                !job.state.kind().is_terminal() && !matches!(job.state, State::Held { .. })
            });
            if waits {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn note_who_waits(&mut self) {
        let situation = self.situation(1);
        let waiting = self
            .planner
            .why_not(&situation)
            .map(|(id, reason)| (id.clone(), reason.to_string()))
            .collect();
        self.summary.waiting = waiting;
    }

    fn take_slots(&self) -> Result<Option<(Slot, Slot)>, DrainError> {
        let Some(slot) = self.slots.try_acquire().map_err(DrainError::Slots)? else {
            return Ok(None);
        };
        let machine = self.machine.try_acquire().map_err(DrainError::Slots)?;
        Ok(machine.map(|machine| (slot, machine)))
    }

    fn situation(&self, free_slots: u32) -> Situation<'_> {
        Situation {
            now: clock::now(),
            budget: self.options.budget,
            elapsed: self.elapsed(),
            largest: self.options.largest,
            dedicated: self.options.dedicated,
            detaching: self.options.detaching,
            gate: &self.gate,
            saves_battery: self.saves_battery,
            running: Beside {
                count: u32::try_from(self.active.len()).unwrap_or(u32::MAX),
                alone: self.active.iter().any(|active| active.job.retry_alone),
            },
            free_slots,
        }
    }

    fn refresh(&mut self) -> Result<(), DrainError> {
        // Read before the jobs: a write in between is then seen as new.
        self.seen_version = self.queue.data_version()?;
        self.dirty = false;
        let now = clock::now();
        let jobs = match &self.options.only {
            None => self.queue.ready(now)?,
            Some(only) => {
                let filter = Filter {
                    which: Which::In(StateKind::Queued),
                    ..Filter::default()
                };
                let mut jobs = self.queue.list(&filter)?;
                jobs.retain(|job| only.contains(&job.id));
                jobs
            }
        };
        let mut candidates = Vec::with_capacity(jobs.len());
        for job in jobs {
            // What this version does not understand it leaves to one that does.
            let Ok(spec) = RunSpec::of(&job.spec) else {
                continue;
            };
            if let Some(reason) = (self.approval)(&job, &spec) {
                self.hold(&job, &reason, now)?;
                continue;
            }
            if !self.histories.contains_key(&job.task) {
                let history = self.queue.history(&job.task, &self.place.host)?;
                self.histories
                    .insert(job.task.clone(), history.iter().map(sample).collect());
            }
            candidates.extend(Candidate::of(
                &job,
                &spec,
                self.opportunity,
                job.retry_alone,
            ));
        }
        self.candidates = candidates.len();
        self.planner
            .refresh(candidates, &self.histories, self.opportunity, now);
        Ok(())
    }

    fn hold(&mut self, job: &Job, reason: &str, now: Timestamp) -> Result<(), DrainError> {
        if self.queue.hold(&job.id, reason, now)? {
            self.listener.hear(&Event::NotStarted {
                job: job.id.clone(),
                task: job.task.clone(),
                reason: reason.to_owned(),
            });
        }
        Ok(())
    }

    fn expected(&self, job: &Candidate) -> Option<Duration> {
        let samples = self.histories.get(&job.task)?;
        let record = super::estimate::Record::new(samples, self.opportunity, &Rules::default());
        (record.completed > 0).then(|| record.estimate(job.expect).q50)
    }

    fn start(
        &mut self,
        id: &JobId,
        (slot, machine_slot): (Slot, Slot),
        expected: Option<Duration>,
    ) -> Result<(), DrainError> {
        let now = clock::now();
        let Some(lease) = self.queue.claim(id, &self.run_id, slot.number(), now)? else {
            return Ok(());
        };
        // Read after the claim: until then a newer commit may have been coalesced into it.
        let Some(job) = self.queue.job(id)? else {
            return Ok(());
        };
        let Ok(spec) = RunSpec::of(&job.spec) else {
            return self.give_back(&lease, &job, now, "a newer git-tend enqueued it");
        };
        let started = Instant::now();
        let launched = launch::prepare(self.place, &job, &spec, &lease, slot.path())
            .map_err(NotStarted::Prepare)
            .and_then(|ready| {
                Supervised::start(&self.place.program, &ready.exec)
                    .map(|supervised| (supervised, ready.checkout))
                    .map_err(NotStarted::Start)
            });
        let title = job.name.clone().unwrap_or_else(|| job.task.clone());
        match launched {
            Ok((supervised, checkout)) => {
                self.listener.hear(&Event::Started {
                    job: job.id.clone(),
                    task: job.task.clone(),
                    title: title.clone(),
                    slot: slot.number(),
                    attempt: lease.attempt,
                    expected,
                });
                self.active.push(Active {
                    job,
                    spec,
                    lease,
                    title,
                    supervised,
                    started,
                    started_at: now,
                    interrupted: None,
                    killed: None,
                    cancelled: false,
                    _slot: slot,
                    _machine_slot: machine_slot,
                    _checkout: checkout,
                });
                Ok(())
            }
            Err(error) => self.not_started(&lease, &job, &spec, &title, now, &error),
        }
    }

    fn give_back(
        &mut self,
        lease: &Lease,
        job: &Job,
        now: Timestamp,
        reason: &str,
    ) -> Result<(), DrainError> {
        let at = now.checked_add(Duration::from_secs(3600)).unwrap_or(now);
        let settlement = Settlement {
            next: Next::Snooze {
                at,
                reason: reason.to_owned(),
            },
            record: self.empty_record("unknown", now),
            result: None,
        };
        self.settle(lease, job, &job.task.clone(), &settlement, Duration::ZERO)
    }

    fn not_started(
        &mut self,
        lease: &Lease,
        job: &Job,
        spec: &RunSpec,
        title: &str,
        now: Timestamp,
        error: &NotStarted,
    ) -> Result<(), DrainError> {
        let outcome = error.outcome();
        let policy = Policy {
            attempt: lease.attempt,
            max_retries: job.max_retries,
            retry_delay: job.retry_delay,
            retry_on: &spec.retry_on,
            user_triggered: job.user_triggered,
            verdict_read: false,
            queued_at: job.queued_at,
        };
        let next = match error.lasting() {
            Some(next) => next,
            None => settle(&outcome, &policy, now, random::jitter()),
        };
        let settlement = Settlement {
            next,
            record: self.empty_record(outcome.name(), now),
            result: None,
        };
        self.settle(lease, job, title, &settlement, Duration::ZERO)
    }

    fn empty_record(&self, outcome: &str, now: Timestamp) -> RunRecord {
        RunRecord {
            started_at: now,
            finished_at: now,
            host: self.place.host.clone(),
            outcome: outcome.to_owned(),
            killed: false,
            exit_code: None,
            signal: None,
            cpu_ms: None,
            peak_rss_kib: None,
            enforced: serde_json::Value::Null,
            log: None,
        }
    }

    fn hand_over(&mut self, job: &Candidate, budget: Duration) {
        if let Err(error) = (self.detacher)(&job.id, budget) {
            self.listener.hear(&Event::Note(format!(
                "job {} needs a window of its own and none could be opened: {error}",
                job.id
            )));
        }
        self.options.detaching = Detaching::InUse;
    }

    fn sample_load(&mut self) {
        if !self.options.load_gate || self.candidates == 0 {
            return;
        }
        let elapsed = self.elapsed();
        let sampler = match &mut self.sampler {
            Some((_, at)) if elapsed < *at + RESAMPLE => return,
            Some((sampler, at)) => {
                *at = elapsed;
                sampler
            }
            none @ None => {
                let sampler = pressure::Sampler::new();
                sampler.warm_up();
                &mut none.insert((sampler, elapsed)).0
            }
        };
        if let Some(pressure::Pressure { cpu, memory }) = sampler.sample() {
            self.gate.feed(Load { cpu, memory }, elapsed);
        }
    }

    // ---- obeying

    fn obey(&mut self, signals: &Signals) -> Result<(), DrainError> {
        signals.drain();
        match signals.stop_count() {
            0 => {}
            1 => self.shut_down(Stopped::Signal, false, false),
            _ => self.shut_down(Stopped::Signal, false, true),
        }
        if self.queue.data_version()? != self.seen_version {
            if let Some(stop) = self.queue.stop_requested(self.stop_generation)? {
                self.shut_down(Stopped::Request, !stop.force, stop.force);
            }
            for active in &mut self.active {
                if !active.cancelled && !self.queue.still_mine(&active.lease)? {
                    active.cancelled = true;
                    kill(active);
                }
            }
        }
        self.enforce_deadlines();
        Ok(())
    }

    fn shut_down(&mut self, why: Stopped, patient: bool, now: bool) {
        let shutdown = self.shutdown.get_or_insert(Shutdown {
            since: Instant::now(),
            why,
            patient,
            now,
        });
        shutdown.now |= now;
        shutdown.patient &= patient;
    }

    /// When running jobs are asked to end, when they are ended, and on whose account.
    fn deadlines(&self) -> Vec<(Instant, Instant, Interruption)> {
        let mut deadlines = Vec::with_capacity(2);
        let budget = self.options.budget;
        if let (Some(term), Some(kill)) = (budget.term_at(), budget.kill_at()) {
            deadlines.push((
                self.started + term,
                self.started + kill,
                Interruption::Budget,
            ));
        }
        if let Some(shutdown) = self
            .shutdown
            .filter(|shutdown| !shutdown.patient || shutdown.now)
        {
            let by = match shutdown.why {
                Stopped::Request => Interruption::Stop,
                Stopped::Signal | Stopped::Paused | Stopped::Full => Interruption::Shutdown,
            };
            let grace = if shutdown.now {
                Duration::ZERO
            } else {
                budget.grace().unwrap_or(SHUTDOWN_GRACE)
            };
            deadlines.push((shutdown.since + grace / 2, shutdown.since + grace, by));
        }
        deadlines
    }

    fn enforce_deadlines(&mut self) {
        let now = Instant::now();
        for (term, end, by) in self.deadlines() {
            for active in self.active.iter_mut().filter(|active| !active.cancelled) {
                if now >= end && active.killed.is_none() {
                    active.interrupted.get_or_insert(by);
                    kill(active);
                } else if now >= term && active.interrupted.is_none() {
                    active.interrupted = Some(by);
                    // A supervisor that cannot be told is found dead by its report.
                    let _ = active.supervised.terminate();
                }
            }
        }
    }

    // ---- ending

    fn wait(&mut self, signals: &Signals) -> Result<(), DrainError> {
        let now = Instant::now();
        let next = self
            .deadlines()
            .into_iter()
            .flat_map(|(term, end, _)| [term, end])
            .chain(
                self.active
                    .iter()
                    .filter_map(|active| Some(active.killed? + LAST_WORD)),
            )
            .filter(|at| *at > now)
            .map(|at| at - now)
            .min()
            .unwrap_or(PULSE)
            .min(PULSE);
        let mut fds: Vec<BorrowedFd<'_>> = vec![signals.fd()];
        fds.extend(
            self.active
                .iter()
                .map(|active| active.supervised.report_fd()),
        );
        poll::readable(&fds, Some(next)).map_err(DrainError::Wait)?;
        Ok(())
    }

    fn collect(&mut self) -> Result<(), DrainError> {
        let mut index = 0;
        while let Some(active) = self.active.get_mut(index) {
            let report = match active.supervised.try_report() {
                Ok(Some(supervise::Finished::Reported(report))) => Some(Some(report)),
                Ok(Some(supervise::Finished::SupervisorDied(_))) | Err(_) => Some(None),
                // It was told to kill and is silent: its job is not waited for any longer.
                Ok(None) if active.killed.is_some_and(|at| at.elapsed() >= LAST_WORD) => {
                    active.supervised.abandon();
                    Some(None)
                }
                Ok(None) => None,
            };
            match report {
                Some(report) => {
                    let active = self.active.swap_remove(index);
                    // Its slot is free only when its end is recorded.
                    self.ended(&active, report.as_ref())?;
                }
                None => index += 1,
            }
        }
        Ok(())
    }

    fn ended(&mut self, active: &Active, report: Option<&ExecReport>) -> Result<(), DrainError> {
        let now = clock::now();
        let wall = report.map_or_else(
            || active.started.elapsed(),
            |report| Duration::from_millis(report.wall_ms),
        );
        let finished = Finished {
            job: &active.job,
            spec: &active.spec,
            lease: &active.lease,
            report,
            interrupted: active.interrupted,
            started_at: active.started_at,
            wall,
        };
        let settlement = finish::settlement(&finished, self.place, now, random::jitter());
        if let Some(kind) = SampleKind::of(&finish::outcome(report, active.interrupted)) {
            self.histories
                .entry(active.job.task.clone())
                .or_default()
                .push(Sample {
                    ms: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX),
                    kind,
                    opportunity: self.opportunity,
                });
        }
        self.settle(&active.lease, &active.job, &active.title, &settlement, wall)
    }

    fn settle(
        &mut self,
        lease: &Lease,
        job: &Job,
        title: &str,
        settlement: &Settlement,
        wall: Duration,
    ) -> Result<(), DrainError> {
        let now = clock::now();
        let settled = match self.queue.settle(lease, settlement, now) {
            Err(QueueError::Store(StoreError::Full)) => {
                // Not even the room that is kept for this was enough: the job is taken back by a later drain.
                self.listener.hear(&Event::Note(
                    "the disk is full: nothing more is started, and what ran is run again"
                        .to_owned(),
                ));
                self.shut_down(Stopped::Full, true, false);
                return Ok(());
            }
            other => other?,
        };
        let state = match &settled {
            Settled::Applied {
                state,
                rerun,
                released,
                ..
            } => {
                self.dirty |=
                    rerun.is_some() || !released.is_empty() || *state == StateKind::Queued;
                *state
            }
            Settled::Stale => StateKind::Cancelled,
        };
        *self.summary.ended.entry(state).or_default() += 1;
        let (reason, again) = why(&settlement.next);
        self.listener.hear(&Event::Finished {
            job: job.id.clone(),
            task: job.task.clone(),
            title: title.to_owned(),
            state,
            wall,
            reason: if settled == Settled::Stale {
                Some("cancelled".to_owned())
            } else {
                reason
            },
            again,
        });
        Ok(())
    }
}

/// What a drain that runs nothing does next.
enum Idle {
    /// Looks again after this.
    Wait(Duration),
}

fn kill(active: &mut Active) {
    active.killed = Some(Instant::now());
    // A supervisor that cannot be told is found dead by its report.
    let _ = active.supervised.kill();
}

fn why(next: &Next) -> (Option<String>, Option<Timestamp>) {
    match next {
        Next::Done => (None, None),
        Next::Failed { error, .. } => (Some(error.clone()), None),
        Next::Retry { at, error } => (Some(error.clone()), Some(*at)),
        Next::Snooze { at, reason } => (Some(reason.clone()), Some(*at)),
        Next::Interrupted { reason } | Next::Hold { reason } | Next::Ended { reason, .. } => {
            (Some(reason.clone()), None)
        }
    }
}

fn sample(execution: &crate::queue::Execution) -> Sample {
    Sample {
        ms: execution.ms,
        kind: match execution.kind {
            ExecutionKind::Succeeded => SampleKind::Succeeded,
            ExecutionKind::Failed => SampleKind::Failed,
            ExecutionKind::Killed => SampleKind::Killed,
        },
        opportunity: execution.opportunity,
    }
}

/// Why a claimed job has no process.
#[derive(Debug)]
enum NotStarted {
    Prepare(LaunchError),
    Start(io::Error),
}

impl NotStarted {
    fn outcome(&self) -> Outcome {
        let (message, missing_tool) = match self {
            Self::Prepare(error) => (
                error.to_string(),
                matches!(error, LaunchError::MissingTool(_)),
            ),
            Self::Start(error) if error.kind() == io::ErrorKind::StorageFull => {
                return Outcome::NoSpace;
            }
            Self::Start(error) => (error.to_string(), false),
        };
        Outcome::SpawnFailed {
            message,
            missing_tool,
        }
    }

    /// What another attempt would not change.
    fn lasting(&self) -> Option<Next> {
        use crate::queue::{Category, Exit};
        let Self::Prepare(error) = self else {
            return None;
        };
        match error {
            LaunchError::NoCommit | LaunchError::NoRoot(_) => Some(Next::Ended {
                exit: Exit::Skipped,
                reason: error.to_string(),
            }),
            LaunchError::NoWorktree(_) => Some(Next::Ended {
                exit: Exit::Superseded,
                reason: error.to_string(),
            }),
            LaunchError::NoCommand | LaunchError::NotExecutable(_) => Some(Next::Failed {
                category: Category::Permanent,
                error: error.to_string(),
            }),
            _ => None,
        }
    }
}
