//! Any history of operations, over two connections, against a reference model that is nothing but values.

use proptest::prelude::*;

use super::*;
use crate::queue::{Category, Cause, How, Paths, Reclaimed, Retried, Running};

const SMALL: usize = 5;
const MAX_RETRIES: u32 = 1;

#[derive(Clone, Debug)]
enum Op {
    Enqueue {
        task: u8,
        commit: u8,
        band: usize,
        typed: bool,
        held: bool,
    },
    EnqueueChild {
        parent: usize,
    },
    Claim {
        job: usize,
        drain: u8,
    },
    Settle {
        lease: usize,
        next: Ending,
    },
    Reclaim {
        seen: usize,
        rebooted: bool,
    },
    Look,
    Cancel(usize),
    Retry(usize),
    Hold(usize),
    Release(u8),
}

#[derive(Clone, Copy, Debug)]
enum Ending {
    Done,
    Failed,
    Retry,
    Interrupted,
    Hold,
}

fn op() -> impl Strategy<Value = Op> {
    let ending = prop_oneof![
        Just(Ending::Done),
        Just(Ending::Failed),
        Just(Ending::Retry),
        Just(Ending::Interrupted),
        Just(Ending::Hold),
    ];
    prop_oneof![
        4 => (0..3_u8, 0..3_u8, 0..5_usize, prop::bool::weighted(0.2), prop::bool::weighted(0.15)).prop_map(
            |(task, commit, band, typed, held)| Op::Enqueue { task, commit, band, typed, held }),
        2 => (0..20_usize).prop_map(|parent| Op::EnqueueChild { parent }),
        6 => (0..20_usize, 0..2_u8).prop_map(|(job, drain)| Op::Claim { job, drain }),
        5 => (0..6_usize, ending).prop_map(|(lease, next)| Op::Settle { lease, next }),
        2 => (0..6_usize, prop::bool::weighted(0.2)).prop_map(|(seen, rebooted)| Op::Reclaim { seen, rebooted }),
        2 => Just(Op::Look),
        1 => (0..20_usize).prop_map(Op::Cancel),
        2 => (0..20_usize).prop_map(Op::Retry),
        1 => (0..20_usize).prop_map(Op::Hold),
        1 => (0..3_u8).prop_map(Op::Release),
    ]
}

#[derive(Clone, Debug)]
struct Want {
    commit: u8,
    band: Priority,
    recreatable: bool,
    held: bool,
    since: i64,
}

#[derive(Clone, Debug)]
struct Row {
    id: JobId,
    task: Option<u8>,
    want: Want,
    state: StateKind,
    attempt: u32,
    losses: u32,
    alone: bool,
    fence: i64,
    drain: u8,
    parent: Option<usize>,
    satisfied: bool,
    rerun: Option<Want>,
}

#[derive(Default)]
struct Model {
    rows: Vec<Row>,
    lost: Vec<(u8, usize)>,
}

impl Want {
    fn merged(&self, newer: &Self) -> Self {
        Self {
            commit: newer.commit,
            band: self.band.min(newer.band),
            recreatable: self.recreatable && newer.recreatable,
            held: newer.held,
            since: self.since.min(newer.since),
        }
    }
}

impl Row {
    fn waits(&self) -> bool {
        !self.state.is_terminal() && self.state != StateKind::Running
    }

    fn wait(&mut self) {
        self.state = if self.want.held {
            StateKind::Held
        } else if self.parent.is_some() && !self.satisfied {
            StateKind::Blocked
        } else {
            StateKind::Queued
        };
    }

    fn requeue(&mut self) {
        if let Some(rerun) = self.rerun.take() {
            if rerun.commit != self.want.commit {
                self.attempt = 0;
            }
            self.want = self.want.merged(&rerun);
        }
        self.wait();
    }
}

impl Model {
    fn twin(&self, task: u8) -> Option<usize> {
        self.rows
            .iter()
            .position(|row| row.task == Some(task) && !row.state.is_terminal())
    }

    /// The victim that has to make room; `Err` when there is no room to be made.
    fn room(&self, band: Priority, parent: Option<usize>) -> Result<Option<usize>, ()> {
        if self.rows.iter().filter(|row| row.waits()).count() < SMALL {
            return Ok(None);
        }
        let victim = self
            .rows
            .iter()
            .enumerate()
            .filter(|(index, row)| {
                let needed = |child: &Row| child.parent == Some(*index) && !child.satisfied;
                row.waits()
                    && row.want.recreatable
                    && row.want.band > band
                    && Some(*index) != parent
                    && !self.rows.iter().any(needed)
            })
            .max_by_key(|(index, row)| (row.want.band, row.want.since, *index));
        victim.map(|(index, _)| Some(index)).ok_or(())
    }

    fn push(&mut self, task: Option<u8>, want: Want, parent: Option<usize>) -> usize {
        let satisfied = parent.is_some_and(|parent| self.rows[parent].state == StateKind::Done);
        let mut row = Row {
            id: JobId(String::new()),
            task,
            want,
            state: StateKind::Queued,
            attempt: 0,
            losses: 0,
            alone: false,
            fence: 0,
            drain: 0,
            parent,
            satisfied,
            rerun: None,
        };
        row.wait();
        self.rows.push(row);
        self.rows.len() - 1
    }

    fn end(&mut self, index: usize, state: StateKind) {
        let row = &mut self.rows[index];
        row.state = state;
        row.alone = false;
        let rerun = row.rerun.take();
        let task = row.task;
        if let Some(want) = rerun.filter(|_| state != StateKind::Cancelled) {
            self.push(task, want, None);
        }
        for child in 0..self.rows.len() {
            let row = &mut self.rows[child];
            if row.parent != Some(index) || row.satisfied {
                continue;
            }
            if state == StateKind::Done {
                row.satisfied = true;
                if row.state == StateKind::Blocked {
                    row.state = StateKind::Queued;
                }
            } else if row.waits() {
                self.end(child, StateKind::Failed);
            }
        }
    }

    fn settle(&mut self, index: usize, next: Ending) {
        let row = &mut self.rows[index];
        row.alone = false;
        match next {
            Ending::Done => self.end(index, StateKind::Done),
            Ending::Failed => self.end(index, StateKind::Failed),
            Ending::Retry if row.attempt > MAX_RETRIES => self.end(index, StateKind::Failed),
            Ending::Retry => {
                row.want.band = row.want.band.max(Priority::Low);
                row.requeue();
            }
            Ending::Interrupted | Ending::Hold => {
                row.attempt -= 1;
                row.want.held = matches!(next, Ending::Hold);
                row.requeue();
            }
        }
    }

    fn reclaim(&mut self, index: usize, rebooted: bool) {
        let drain = self.rows[index].drain;
        let beside = self.rows.iter().enumerate().any(|(other, row)| {
            other != index && row.state == StateKind::Running && row.drain == drain
        }) || self
            .lost
            .iter()
            .any(|(lost, job)| *lost == drain && *job != index);
        let row = &mut self.rows[index];
        if !rebooted {
            self.lost.push((drain, index));
            if beside && !row.alone {
                row.alone = true;
            } else {
                row.losses += 1;
            }
            if row.losses == 3 {
                self.end(index, StateKind::Failed);
                return;
            }
        }
        row.attempt -= 1;
        row.requeue();
    }
}

/// The real queue through two connections, used in turn, and the model beside it.
struct Both {
    queues: [Queue; 2],
    model: Model,
    leases: Vec<(usize, Lease)>,
    seen: Vec<(usize, Running)>,
    now: i64,
    _dir: TempDir,
}

impl Both {
    fn new() -> Self {
        let (dir, queue) = queue();
        Self {
            queues: [queue, open(&dir)],
            model: Model::default(),
            leases: Vec::new(),
            seen: Vec::new(),
            now: 0,
            _dir: dir,
        }
    }

    fn queue(&mut self) -> &mut Queue {
        &mut self.queues[usize::from(self.now % 2 == 1)]
    }

    /// Wraps an arbitrary number around the rows there are.
    fn pick(&self, index: usize) -> Option<(usize, JobId)> {
        let count = self.model.rows.len();
        (count > 0).then(|| {
            let index = index % count;
            (index, self.model.rows[index].id.clone())
        })
    }

    fn step(&mut self, op: &Op) {
        self.now += 1;
        let now = at(self.now);
        match *op {
            Op::Enqueue {
                task,
                commit,
                band,
                typed,
                held,
            } => self.enqueue(task, commit, Priority::ALL[band], typed, held),
            Op::EnqueueChild { parent } => self.enqueue_child(parent),
            Op::Claim { job, drain } => {
                let Some((index, id)) = self.pick(job) else {
                    return;
                };
                let claimed = self
                    .queue()
                    .claim(&id, &format!("drain{drain}"), 0, now)
                    .unwrap();
                let row = &mut self.model.rows[index];
                assert_eq!(claimed.is_some(), row.state == StateKind::Queued);
                if let Some(lease) = claimed {
                    row.state = StateKind::Running;
                    row.attempt += 1;
                    row.fence += 1;
                    row.drain = drain;
                    assert_eq!((lease.fence, lease.attempt), (row.fence, row.attempt));
                    self.leases.push((index, lease));
                }
            }
            Op::Settle { lease, next } => self.settle(lease, next),
            Op::Look => {
                let running = self.queue().running().unwrap();
                for seen in running {
                    let index = self.index_of(&seen.id);
                    self.seen.push((index, seen));
                }
            }
            Op::Reclaim { seen, rebooted } => self.reclaim(seen, rebooted),
            Op::Cancel(job) => {
                let Some((index, id)) = self.pick(job) else {
                    return;
                };
                self.queue().cancel(&id, "typed", now).unwrap();
                if !self.model.rows[index].state.is_terminal() {
                    self.model.end(index, StateKind::Cancelled);
                }
            }
            Op::Retry(job) => self.retry(job),
            Op::Hold(job) => {
                let Some((index, id)) = self.pick(job) else {
                    return;
                };
                let held = self.queue().hold(&id, "why", now).unwrap();
                let row = &mut self.model.rows[index];
                assert_eq!(held, row.waits());
                if held {
                    row.want.held = true;
                    row.wait();
                }
            }
            Op::Release(task) => {
                let name = format!("task{task}");
                let released = self
                    .queue()
                    .release_held(|job| job.task == name, now)
                    .unwrap()
                    .len();
                let mut expected = 0;
                for row in &mut self.model.rows {
                    if row.task == Some(task) && row.state == StateKind::Held {
                        row.want.held = false;
                        row.wait();
                        expected += 1;
                    }
                }
                assert_eq!(released, expected);
            }
        }
    }

    fn index_of(&self, id: &JobId) -> usize {
        self.model
            .rows
            .iter()
            .position(|row| row.id == *id)
            .unwrap()
    }

    fn enqueue(&mut self, task: u8, commit: u8, band: Priority, typed: bool, held: bool) {
        let name = format!("task{task}");
        let new = NewJob {
            priority: band,
            user_triggered: typed,
            trigger: if typed {
                Trigger::Manual
            } else {
                Trigger::Hook
            },
            held: held.then(|| "new".to_owned()),
            max_retries: MAX_RETRIES,
            input: Input {
                commit: Some(commit.to_string()),
                paths: Paths::All,
                ..Input::default()
            },
            ..job(&name)
        };
        let now = self.now;
        let entered = self
            .queue()
            .enqueue(&[new], SMALL, at(now))
            .unwrap()
            .remove(0);
        let want = Want {
            commit,
            band: if typed { Priority::Critical } else { band },
            recreatable: !typed,
            held,
            since: now,
        };
        if let Some(twin) = self.model.twin(task) {
            let row = &mut self.model.rows[twin];
            assert_eq!(entered.id.as_ref(), Some(&row.id));
            if row.state == StateKind::Running {
                assert_eq!(entered.how, How::Rerun);
                row.rerun = Some(match &row.rerun {
                    Some(older) => older.merged(&want),
                    None => want,
                });
            } else {
                assert_eq!(entered.how, How::Coalesced);
                if row.want.commit != commit {
                    row.attempt = 0;
                }
                row.want = row.want.merged(&want);
                row.wait();
            }
            return;
        }
        match self.model.room(want.band, None) {
            Err(()) => assert_eq!(entered.how, How::Refused),
            Ok(victim) => {
                assert_eq!(entered.how, How::New);
                let evicted = victim.map(|victim| self.model.rows[victim].id.clone());
                assert_eq!(entered.evicted, evicted);
                if let Some(victim) = victim {
                    self.model.end(victim, StateKind::Dropped);
                }
                let index = self.model.push(Some(task), want, None);
                self.model.rows[index].id = entered.id.unwrap();
            }
        }
    }

    fn enqueue_child(&mut self, parent: usize) {
        let Some((parent, id)) = self.pick(parent) else {
            return;
        };
        let child = NewJob {
            unique_key: None,
            trigger: Trigger::Chain,
            max_retries: MAX_RETRIES,
            needs: vec![Need::Job(id)],
            ..commit(job("child"), "0")
        };
        let now = self.now;
        let entered = self
            .queue()
            .enqueue(&[child], SMALL, at(now))
            .unwrap()
            .remove(0);
        let want = Want {
            commit: 0,
            band: Priority::Normal,
            recreatable: false,
            held: false,
            since: now,
        };
        let state = self.model.rows[parent].state;
        if state.is_terminal() && state != StateKind::Done {
            let index = self.model.push(None, want, Some(parent));
            self.model.rows[index].state = StateKind::Failed;
            self.model.rows[index].id = entered.id.unwrap();
            return;
        }
        match self.model.room(want.band, Some(parent)) {
            Err(()) => assert_eq!(entered.how, How::Refused),
            Ok(victim) => {
                if let Some(victim) = victim {
                    self.model.end(victim, StateKind::Dropped);
                }
                let index = self.model.push(None, want, Some(parent));
                self.model.rows[index].id = entered.id.unwrap();
            }
        }
    }

    fn settle(&mut self, lease: usize, next: Ending) {
        if self.leases.is_empty() {
            return;
        }
        let (index, lease) = self.leases[lease % self.leases.len()].clone();
        let at_now = at(self.now);
        let reason = || "why".to_owned();
        let settled = settlement(match next {
            Ending::Done => Next::Done,
            Ending::Failed => Next::Failed {
                category: Category::Permanent,
                error: reason(),
            },
            Ending::Retry => Next::Retry {
                at: at_now,
                error: reason(),
            },
            Ending::Interrupted => Next::Interrupted { reason: reason() },
            Ending::Hold => Next::Hold { reason: reason() },
        });
        let row = &self.model.rows[index];
        let mine = row.state == StateKind::Running && row.fence == lease.fence;
        assert_eq!(self.queue().still_mine(&lease).unwrap(), mine);
        let settled = self.queue().settle(&lease, &settled, at_now).unwrap();
        if !mine {
            assert_eq!(settled, Settled::Stale);
            return;
        }
        self.model.settle(index, next);
        let Settled::Applied { rerun, .. } = settled else {
            panic!("{settled:?}");
        };
        self.adopt(rerun);
    }

    /// The row that a rerun has made has no id in the model yet.
    fn adopt(&mut self, rerun: Option<JobId>) {
        let nameless = self.model.rows.iter_mut().find(|row| row.id.0.is_empty());
        match (nameless, rerun) {
            (Some(row), Some(id)) => row.id = id,
            (None, None) => {}
            (model, real) => panic!("{model:?} against {real:?}"),
        }
    }

    fn reclaim(&mut self, seen: usize, rebooted: bool) {
        if self.seen.is_empty() {
            return;
        }
        let (index, seen) = self.seen[seen % self.seen.len()].clone();
        let cause = if rebooted {
            Cause::Rebooted
        } else {
            Cause::Vanished
        };
        let now = at(self.now);
        let reclaimed = self.queue().reclaim(&seen, cause, now).unwrap();
        let row = &self.model.rows[index];
        if row.state != StateKind::Running || row.fence != seen.fence {
            assert_eq!(reclaimed, Reclaimed::Gone);
            return;
        }
        self.model.reclaim(index, rebooted);
        let row = &self.model.rows[index];
        match reclaimed {
            Reclaimed::Requeued { alone } => assert_eq!(alone, row.alone),
            Reclaimed::Failed { .. } => {
                assert_eq!(row.state, StateKind::Failed);
                let follower = self.queues[0].ready(at(i64::from(u32::MAX))).unwrap();
                let held = self.queues[0]
                    .list(&crate::queue::Filter::default())
                    .unwrap();
                let known = |job: &Job| self.model.rows.iter().any(|row| row.id == job.id);
                let new = follower.into_iter().chain(held).find(|job| !known(job));
                self.adopt(new.map(|job| job.id));
            }
            Reclaimed::Gone => panic!("gone"),
        }
    }

    fn retry(&mut self, job: usize) {
        let Some((index, id)) = self.pick(job) else {
            return;
        };
        let now = self.now;
        let retried = self.queue().retry(&id, at(now)).unwrap();
        let row = &self.model.rows[index];
        if !row.state.is_terminal() || row.state == StateKind::Done {
            assert_eq!(retried, Retried::NotRetriable(row.state));
            return;
        }
        if let Some(twin) = row.task.and_then(|task| self.model.twin(task)) {
            assert_eq!(retried, Retried::Twin(self.model.rows[twin].id.clone()));
            return;
        }
        let mut satisfied = row.satisfied;
        if let Some(parent) = row.parent.filter(|_| !satisfied) {
            let parent = &self.model.rows[parent];
            if parent.state == StateKind::Done {
                satisfied = true;
            } else if parent.state.is_terminal() {
                assert_eq!(retried, Retried::NeedUnmet(parent.id.clone()));
                return;
            }
        }
        let row = &mut self.model.rows[index];
        row.satisfied = satisfied;
        row.attempt = 0;
        row.losses = 0;
        row.alone = false;
        row.want = Want {
            commit: row.want.commit,
            band: Priority::Critical,
            recreatable: false,
            held: false,
            since: now,
        };
        row.wait();
        assert_eq!(retried, Retried::Again(row.state));
    }

    fn compare(&self) {
        for row in &self.model.rows {
            // Read through the connection that did not write last.
            let job = self.queues[usize::from(self.now % 2 == 0)]
                .job(&row.id)
                .unwrap()
                .unwrap();
            assert_eq!(
                (
                    job.state.kind(),
                    job.attempt,
                    job.losses,
                    job.retry_alone,
                    job.fence,
                    job.priority,
                    job.input.commit.clone().unwrap_or_default(),
                ),
                (
                    row.state,
                    row.attempt,
                    row.losses,
                    row.alone,
                    row.fence,
                    row.want.band,
                    row.want.commit.to_string(),
                ),
                "{row:?}"
            );
        }
        let counted: u64 = self.queues[0]
            .counts(at(0))
            .unwrap()
            .by_state
            .values()
            .sum();
        let kept = self
            .model
            .rows
            .iter()
            .filter(|row| !row.state.is_terminal() || row.state == StateKind::Failed);
        assert_eq!(counted, kept.count() as u64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_history_agrees_with_the_model(ops in prop::collection::vec(op(), 1..70)) {
        let mut both = Both::new();
        for op in &ops {
            both.step(op);
            both.compare();
        }
    }
}
