//! Sixty days of commits, pushes and nights, planned by the real planner: does every promise hold in the long run?
//!
//! Each rule that keeps tasks alive is also switched off once, to show that the promises depend on it.

#![allow(clippy::unwrap_used, clippy::panic)]

mod promises;
mod world;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;

use self::world::{DAY, DAYS, HOUR, KINDS, Occasion, Random, TIMEOUT, WEEK, Wanted, World};
use super::admission::{Admission, Detaching, Running, Situation, admit};
use super::budget::{Budget, MARGIN};
use super::candidate::Candidate;
use super::estimate::{Record, Sample, SampleKind};
use super::load_gate::LoadGate;
use super::planner::{Histories, Planner};
use super::rules::Rules;
use crate::queue::JobId;
use crate::queue::Next;
use crate::tasks::outcome::{Interruption, Outcome, Policy, settle};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Promise {
    /// Wall time ≤ B + G + 50 ms.
    Overrun,
    /// No job that fits some window waits more than seven days.
    Starved,
    /// No task becomes permanently inadmissible.
    Inadmissible,
    /// Every long job runs where detaching is allowed.
    LongJob,
    /// Most of the time goes into runs that get to their end.
    Waste,
}

struct Job {
    kind: usize,
    queued_at: u64,
    missed_from: i64,
}

struct Run {
    job: Job,
    ends: u64,
    started: u64,
    outcome: Outcome,
}

struct State<'a> {
    world: &'a World,
    rules: Rules,
    random: Random,
    jobs: BTreeMap<usize, Job>,
    detached: Option<Run>,
    histories: Histories,
    opportunity: i64,
    ordinary_start: HashMap<usize, u64>,
    completed: BTreeMap<usize, u32>,
    cut_ms: u64,
    run_ms: u64,
    broken: BTreeMap<Promise, String>,
}

fn timestamp(ms: u64) -> Timestamp {
    Timestamp::from_millisecond(ms.try_into().unwrap()).unwrap()
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap()
}

impl State<'_> {
    fn breaks(&mut self, promise: Promise, how: impl FnOnce() -> String) {
        let seed = self.world.seed;
        self.broken
            .entry(promise)
            .or_insert_with(|| format!("seed {seed}: {}", how()));
    }

    fn enqueue(&mut self, wanted: Wanted, now: u64) {
        for (kind, _) in KINDS.iter().enumerate().filter(|(_, k)| k.wanted == wanted) {
            // A twin that waits absorbs the newcomer and keeps its place.
            self.jobs.entry(kind).or_insert(Job {
                kind,
                queued_at: now,
                missed_from: self.opportunity,
            });
        }
    }

    fn candidate(&self, job: &Job) -> Candidate {
        let kind = &KINDS[job.kind];
        Candidate {
            id: JobId(format!("{:08x}", job.kind)),
            task: kind.name.to_owned(),
            history: kind.name.to_owned(),
            priority: kind.band,
            user_triggered: false,
            attempt: 0,
            queued_at: timestamp(job.queued_at),
            run_at: timestamp(job.queued_at),
            deadline: None,
            missed: self.opportunity - job.missed_from,
            timeout: TIMEOUT,
            interruptible: true,
            expect: None,
            retry_alone: false,
        }
    }

    /// Runs a job that starts at `at` in a window that began at `begun`, and says how that ends.
    fn run(&mut self, job: Job, begun: u64, at: u64, budget: Budget) -> Run {
        let wanted = at + millis(KINDS[job.kind].draw(&mut self.random)).max(1);
        let term = begun + millis(budget.term_at().unwrap());
        let kill = begun + millis(budget.kill_at().unwrap());
        // One process in ten does not obey; the others take up to two seconds to write down where they are.
        let obeyed = if self.random.chance(0.1) {
            kill
        } else {
            kill.min(term + self.random.below(2000))
        };
        let (ends, outcome) = if wanted > term && wanted > obeyed {
            let reaped = obeyed + self.random.below(millis(MARGIN));
            let by = Interruption::Budget;
            (reaped, Outcome::Interrupted { by })
        } else if self.random.chance(0.1) {
            // A failing run breaks off anywhere.
            let span = wanted - at;
            let broke = at + 1 + self.random.below(span);
            (broke, Outcome::Exited { code: 1 })
        } else {
            (wanted, Outcome::Exited { code: 0 })
        };
        Run {
            job,
            ends,
            started: at,
            outcome,
        }
    }

    fn finish(&mut self, run: Run) {
        let kind = &KINDS[run.job.kind];
        self.run_ms += run.ends - run.started;
        if matches!(run.outcome, Outcome::Interrupted { .. }) {
            self.cut_ms += run.ends - run.started;
        }
        if let Some(sample) = SampleKind::of(&run.outcome) {
            let history = self.histories.entry(kind.name.to_owned()).or_default();
            history.push(Sample {
                ms: (run.ends - run.started).try_into().unwrap(),
                kind: sample,
                opportunity: self.opportunity,
            });
            let excess = history.len().saturating_sub(100);
            history.drain(..excess);
        }
        let policy = Policy {
            attempt: 1,
            max_retries: 3,
            retry_delay: Duration::from_secs(10),
            retry_on: &[],
            awaited: false,
            verdict_read: false,
            queued_at: timestamp(run.job.queued_at),
        };
        match settle(&run.outcome, &policy, timestamp(run.ends), 0.0) {
            Next::Interrupted { .. } => {
                // A twin that came meanwhile is absorbed by the older row.
                self.jobs.insert(run.job.kind, run.job);
            }
            Next::Done | Next::Failed { .. } => {
                *self.completed.entry(run.job.kind).or_default() += 1;
                self.check_wait(run.job.kind, run.job.queued_at, run.ends);
            }
            other => panic!("the simulated tasks never come to {other:?}"),
        }
    }

    fn check_wait(&mut self, kind: usize, queued_at: u64, now: u64) {
        let waited = now.saturating_sub(queued_at);
        if waited <= WEEK {
            return;
        }
        let how = || {
            format!(
                "{} waited for {} h on day {}",
                KINDS[kind].name,
                waited / HOUR,
                now / DAY
            )
        };
        if KINDS[kind].fits(self.world.largest()) {
            self.breaks(Promise::Starved, how);
        } else if !self.world.tiny {
            self.breaks(Promise::LongJob, how);
        }
    }

    fn check_overrun(&mut self, begun: u64, ended: u64, budget: Budget) {
        // Written out, so that it does not depend on the code that it checks.
        let window = budget.total.unwrap();
        let allowed = window + Duration::from_secs(1).max(window / 5) + Duration::from_millis(50);
        if Duration::from_millis(ended - begun) > allowed {
            self.breaks(Promise::Overrun, || {
                format!("{budget:?} took {} ms", ended - begun)
            });
        }
    }

    /// Whether each task could still run, and those that fit do so without being tried.
    fn check_admissible(&mut self, now: u64) {
        for (index, kind) in KINDS.iter().enumerate() {
            let gate = LoadGate::new(1);
            let job = self.candidate(&Job {
                kind: index,
                queued_at: now,
                missed_from: self.opportunity,
            });
            let samples = self.histories.get(kind.name).cloned().unwrap_or_default();
            let record = Record::new(&samples, self.opportunity, &self.rules);
            let window = kind.quantiles().1 * 10;
            let situation = Situation {
                now: timestamp(now),
                budget: Budget::of(window),
                elapsed: Duration::ZERO,
                largest: Some(window),
                dedicated: false,
                eager: false,
                detaching: Detaching::Forbidden,
                gate: &gate,
                saves_battery: false,
                running: Running::default(),
                free_slots: 1,
            };
            if let Admission::Wait(reason) = admit(&job, &record, &situation, &self.rules) {
                self.breaks(Promise::Inadmissible, || {
                    format!("{} on day {}: {reason}", kind.name, now / DAY)
                });
            }
            let since = now - self.ordinary_start.get(&index).copied().unwrap_or(0);
            if kind.fits(self.world.largest()) && since > 2 * WEEK {
                self.breaks(Promise::Inadmissible, || {
                    format!(
                        "{} fits, and was not started but as a probe for {} days on day {}",
                        kind.name,
                        since / DAY,
                        now / DAY
                    )
                });
            }
        }
    }

    fn end_detached(&mut self, until: u64) {
        if self.detached.as_ref().is_some_and(|run| run.ends <= until) {
            let run = self.detached.take().unwrap();
            self.finish(run);
        }
    }

    /// One drain; returns when it ended.
    fn drain(&mut self, begun: u64, window: Duration) -> u64 {
        let budget = Budget::of(window);
        let gate = LoadGate::new(self.world.slots);
        let mut planner = Planner::new(self.rules);
        let candidates = self.jobs.values().map(|job| self.candidate(job)).collect();
        planner.refresh(
            candidates,
            &self.histories,
            self.opportunity,
            timestamp(begun),
        );
        let mut now = begun;
        let mut running: Vec<Run> = Vec::new();
        loop {
            self.end_detached(now);
            let taken = u32::from(self.detached.is_some());
            let count = u32::try_from(running.len()).unwrap();
            let plan = planner.next(&Situation {
                now: timestamp(now),
                budget,
                elapsed: Duration::from_millis(now - begun),
                largest: Some(self.world.largest()),
                dedicated: false,
                eager: false,
                detaching: match (self.world.tiny, taken) {
                    (true, _) => Detaching::Forbidden,
                    (_, 0) => Detaching::Allowed,
                    _ => Detaching::InUse,
                },
                gate: &gate,
                saves_battery: false,
                running: Running {
                    count,
                    alone: false,
                },
                free_slots: self.world.slots.saturating_sub(count + taken),
            });
            let kind_of = |id: &JobId| usize::from_str_radix(&id.0, 16).unwrap();
            if let Some(start) = plan.start {
                let Some(job) = self.jobs.remove(&kind_of(&start.job.id)) else {
                    continue;
                };
                if !start.probe {
                    self.ordinary_start.insert(job.kind, now);
                }
                let run = self.run(job, begun, now, budget);
                running.push(run);
                now += 5;
            } else if let Some(next) = (0..running.len()).min_by_key(|at| running[*at].ends) {
                let run = running.swap_remove(next);
                now = now.max(run.ends);
                self.finish(run);
            } else {
                if let Some(detach) = plan.detach
                    && let Some(job) = self.jobs.remove(&kind_of(&detach.job.id))
                {
                    self.ordinary_start.insert(job.kind, now);
                    let own = Budget::of(detach.budget);
                    let run = self.run(job, now, now, own);
                    self.check_overrun(now, run.ends, own);
                    self.detached = Some(run);
                }
                self.check_overrun(begun, now, budget);
                return now;
            }
        }
    }
}

/// Simulates, and returns the promises that were broken, each with its first example.
fn simulate(world: &World, rules: Rules) -> BTreeMap<Promise, String> {
    let mut state = State {
        world,
        rules,
        random: Random(world.seed),
        jobs: BTreeMap::new(),
        detached: None,
        histories: Histories::new(),
        opportunity: 0,
        ordinary_start: HashMap::new(),
        completed: BTreeMap::new(),
        cut_ms: 0,
        run_ms: 0,
        broken: BTreeMap::new(),
    };
    let mut free_from = 0;
    for day in 0..DAYS {
        state.enqueue(Wanted::Daily, day * DAY);
        let windows = world.windows(day, &mut state.random);
        for (at, window, occasion) in windows {
            state.end_detached(at);
            if occasion != Occasion::Night {
                state.enqueue(Wanted::OnCommit, at);
            }
            if occasion == Occasion::Push {
                state.enqueue(Wanted::OnPush, at);
            }
            // A hook that finds a drain at work leaves the job to it.
            if at >= free_from {
                state.opportunity += 1;
                free_from = state.drain(at, window);
            }
        }
        state.check_admissible((day + 1) * DAY);
    }
    let end = DAYS * DAY;
    let waiting: Vec<_> = state.jobs.values().map(|j| (j.kind, j.queued_at)).collect();
    for (kind, queued_at) in waiting {
        state.check_wait(kind, queued_at, end);
    }
    for (index, kind) in KINDS.iter().enumerate() {
        if !world.tiny && !state.completed.contains_key(&index) {
            state.breaks(Promise::LongJob, || format!("{} never ran", kind.name));
        }
    }
    let (cut, ran) = (state.cut_ms, state.run_ms);
    if cut * 5 > ran * 2 {
        state.breaks(Promise::Waste, || {
            format!(
                "{} s of {} s went into runs that were cut",
                cut / 1000,
                ran / 1000
            )
        });
    }
    state.broken
}
