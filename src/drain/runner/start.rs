//! Which jobs start, and how a claimed one gets its process.

use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Active, Drain, DrainError, Idle, PULSE};
use crate::drain::admission::{Detaching, Running as Beside, Situation};
use crate::drain::candidate::Candidate;
use crate::drain::estimate::{Record, Sample};
use crate::drain::event::Event;
use crate::drain::judging::{self, Standing};
use crate::drain::launch::{self, LaunchError};
use crate::drain::load_gate::Load;
use crate::drain::planner::RESAMPLE;
use crate::drain::rules::Rules;
use crate::drain::slots::Slot;
use crate::drain::supervise::Supervised;
use crate::queue::{
    Category, Exit, Filter, Job, JobId, Lane, Lease, Next, RunRecord, Settlement, State, StateKind,
    Which,
};
use crate::system::{clock, pressure, random};
use crate::tasks::outcome::{Outcome, Policy, settle};
use crate::tasks::spec::RunSpec;

impl Drain<'_> {
    /// Starts jobs while there is a slot and one that fits. `Some` tells what to do when nothing runs.
    pub(super) fn start_what_fits(&mut self) -> Result<Option<Idle>, DrainError> {
        if self.something_new()? {
            self.refresh()?;
        }
        self.sample_load();
        loop {
            if self.options.begins.is_some_and(|it| self.elapsed() >= it) {
                return Ok(self.begins_nothing());
            }
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

    /// What to do when the time for beginning is over: what runs is waited for elsewhere.
    fn begins_nothing(&mut self) -> Option<Idle> {
        if self.active.is_empty() && self.options.only.is_none() {
            self.note_who_waits();
        }
        None
    }

    /// What to do when nothing could be started.
    fn idle(&mut self) -> Result<Option<Idle>, DrainError> {
        if self.options.only.is_none() {
            if self.active.is_empty() {
                self.note_who_waits();
            }
            return Ok(None);
        }
        let is_patient = self.options.patient && !self.options.gates;
        if self.only_settled()? || (!is_patient && !self.others_are_at_it()?) {
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

    /// Whether one of the jobs that were asked for runs elsewhere, or could start if a slot were free.
    fn others_are_at_it(&self) -> Result<bool, DrainError> {
        let Some(slots) = self.take_slots()? else {
            return Ok(true);
        };
        drop(slots);
        for id in self.options.only.iter().flatten() {
            let job = self.queue.job(id)?;
            if job.is_some_and(|job| job.state.kind() == StateKind::Running) {
                return Ok(true);
            }
        }
        Ok(false)
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
            eager: self.options.gates,
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
            if job.lane == Lane::Agent && !self.options.agent {
                continue;
            }
            if let Some(reason) = (self.approval.ready)(&job, &spec) {
                self.hold(&job, &reason, now)?;
                continue;
            }
            let Some(candidate) = Candidate::of(&job, &spec, self.opportunity, job.retry_alone)
            else {
                continue;
            };
            if !self.histories.contains_key(&candidate.history) {
                let history = self.queue.history(&candidate.history, &self.place.host)?;
                self.histories.insert(
                    candidate.history.clone(),
                    history.iter().map(Sample::from).collect(),
                );
            }
            candidates.push(candidate);
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
        let samples = self.histories.get(&job.history)?;
        let record = Record::new(samples, self.opportunity, &Rules::default());
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
            let later = now.checked_add(Duration::from_secs(3600)).unwrap_or(now);
            return self.give_back(&lease, &job, later, now, "a newer git-tend enqueued it");
        };
        let started = Instant::now();
        let title = job.name.clone().unwrap_or_else(|| job.task.clone());
        let judging = match judging::standing(self.queue, self.place, &job, &spec, now) {
            Ok(Standing::Settled(reason)) => {
                return self.settled_before(&lease, &job, &title, reason, now);
            }
            Ok(Standing::Judging(judging)) => Ok(Some(judging)),
            Ok(Standing::NotAsked) => Ok(None),
            Err(error) => Err(LaunchError::from(error)),
        };
        let (judging, prepared) = match judging {
            Ok(judging) => {
                let prepared = launch::prepare(
                    self.place,
                    &job,
                    &spec,
                    &lease,
                    judging.as_deref(),
                    slot.path(),
                );
                (judging, prepared)
            }
            Err(error) => (None, Err(error)),
        };
        if let Ok(ready) = &prepared
            && let Some(reason) = (self.approval.scripts)(&job, &spec, &ready.top)
        {
            // Back without an attempt, then aside: if we die in between, it is asked about again.
            self.give_back(&lease, &job, now, now, &reason)?;
            return self.hold(&job, &reason, now);
        }
        let launched = prepared.map_err(NotStarted::Prepare).and_then(|ready| {
            Supervised::start(&self.place.program, &ready.exec)
                .map(|supervised| (supervised, ready.checkout))
                .map_err(NotStarted::Start)
        });
        match launched {
            Ok((supervised, checkout)) => {
                self.begun += 1;
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
                    judging,
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

    /// Ends a job that need not run.
    fn settled_before(
        &mut self,
        lease: &Lease,
        job: &Job,
        title: &str,
        reason: String,
        now: Timestamp,
    ) -> Result<(), DrainError> {
        let settlement = Settlement {
            next: Next::Ended {
                exit: Exit::Skipped,
                reason,
            },
            record: self.empty_record(&job.task, "skipped", now),
            results: Vec::new(),
            verdict: None,
        };
        self.settle(lease, job, title, &settlement, Duration::ZERO)
    }

    fn give_back(
        &mut self,
        lease: &Lease,
        job: &Job,
        at: Timestamp,
        now: Timestamp,
        reason: &str,
    ) -> Result<(), DrainError> {
        let settlement = Settlement {
            next: Next::Snooze {
                at,
                reason: reason.to_owned(),
            },
            record: self.empty_record(&job.task, "unknown", now),
            results: Vec::new(),
            verdict: None,
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
            awaited: self.is_awaited(job),
            verdict_read: false,
            queued_at: job.queued_at,
        };
        let next = match error.lasting() {
            Some(next) => next,
            None => settle(&outcome, &policy, now, random::jitter()),
        };
        let settlement = Settlement {
            next,
            record: self.empty_record(&job.task, outcome.name(), now),
            results: Vec::new(),
            verdict: None,
        };
        self.settle(lease, job, title, &settlement, Duration::ZERO)
    }

    /// Whether a person waits for a job's answer: not for that of one that was only enqueued, unless this drain is for it.
    pub(super) fn is_awaited(&self, job: &Job) -> bool {
        let is_for_it = self.options.only.is_some() && !self.options.dedicated;
        (job.user_triggered && (is_for_it || !job.acknowledged)) || self.options.awaited
    }

    fn empty_record(&self, history: &str, outcome: &str, now: Timestamp) -> RunRecord {
        RunRecord {
            started_at: now,
            finished_at: now,
            history: history.to_owned(),
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
            self.summary.load = self.gate.load();
        }
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
        let Self::Prepare(error) = self else {
            return None;
        };
        match error {
            LaunchError::NoCommit
            | LaunchError::Bare
            | LaunchError::NoRoot(_)
            | LaunchError::NoFiles => Some(Next::Ended {
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
