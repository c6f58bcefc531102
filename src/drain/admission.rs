//! Whether a job may start now.

use std::time::Duration;

use jiff::Timestamp;

use super::budget::{Budget, MARGIN, Room};
use super::candidate::Candidate;
use super::estimate::{Estimate, Record};
use super::load_gate::LoadGate;
use super::reason::Reason;
use super::rules::Rules;
use crate::config::Priority;

/// A task that was cut again and again is tried after 2K, 4K, 8K and then every 16K opportunities: it costs one window in
/// 160, and it is noticed within days when it has become quicker.
const MOST_DOUBLINGS: u32 = 4;

/// Whether this drain may have a job run in a detached drain of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detaching {
    /// Yes.
    Allowed,
    /// Not now: such a drain is running.
    InUse,
    /// Never (`detach = false`, `CI`).
    Forbidden,
}

/// What runs beside the job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// Jobs that this drain runs now.
    pub count: u32,
    /// Whether one of them must run without others.
    pub alone: bool,
}

/// The moment at which a start is decided.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The wall clock.
    pub now: Timestamp,
    /// The drain's budget.
    pub budget: Budget,
    /// Since the drain started, on a monotonic clock.
    pub elapsed: Duration,
    /// The largest budget that any configured trigger gives a drain; `None` if one gives as long as it takes.
    pub largest: Option<Duration>,
    /// Whether this drain was started for one job that no other window holds, with a budget made for it.
    pub dedicated: bool,
    /// Whether a job that never ran is tried however short the window: git waits, and the answer may be quick.
    pub eager: bool,
    /// Whether a job may be sent there.
    pub detaching: Detaching,
    /// The load gate.
    pub gate: &'a LoadGate,
    /// On battery, with `on_battery = "defer"`.
    pub saves_battery: bool,
    /// What runs now.
    pub running: Running,
    /// Slots that this drain holds or can get.
    pub free_slots: u32,
}

/// The decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Admission {
    /// It is expected to end within the budget.
    Start,
    /// Nobody knows whether it does; the budget cuts it if it does not.
    Probe,
    /// It is to run once in a detached drain of its own, which gets this budget.
    RunDetachedAlone {
        /// Long enough, as far as anybody knows.
        budget: Duration,
    },
    /// Not now.
    Wait(Reason),
}

/// Decides about one job.
pub fn admit(
    job: &Candidate,
    record: &Record,
    situation: &Situation<'_>,
    rules: &Rules,
) -> Admission {
    if let Some(reason) = turned_away(job, situation) {
        return Admission::Wait(reason);
    }
    let admission = match situation.budget.remaining(situation.elapsed) {
        Room::Unlimited => Admission::Start,
        // Its budget is a guess like any other: asking again whether it fits would send it away for ever.
        Room::Left(_) if situation.dedicated => Admission::Start,
        Room::Left(left) => admit_into(left, job, record, situation, rules),
        Room::Over => admit_into(Duration::ZERO, job, record, situation, rules),
    };
    // Asked last, so that only a job which could start otherwise makes others wait for it.
    if job.retry_alone
        && situation.running.count > 0
        && matches!(admission, Admission::Start | Admission::Probe)
    {
        return Admission::Wait(Reason::OthersRunning);
    }
    admission
}

/// What keeps a job from starting whatever room there is.
fn turned_away(job: &Candidate, situation: &Situation<'_>) -> Option<Reason> {
    let native = job.native_band();
    if job.run_at > situation.now {
        return Some(Reason::NotYet { run_at: job.run_at });
    }
    if job.deadline.is_some_and(|at| at < situation.now) {
        return Some(Reason::DeadlinePassed);
    }
    if let Some(load) = situation.gate.blocks(native) {
        return Some(Reason::Busy {
            cpu: load.cpu,
            memory: load.memory,
        });
    }
    if situation.saves_battery && native >= Priority::Low {
        return Some(Reason::OnBattery);
    }
    if situation.running.alone {
        return Some(Reason::BesideAlone);
    }
    if situation.free_slots == 0 || situation.running.count >= situation.gate.slots() {
        return Some(Reason::NoSlot);
    }
    None
}

/// What a job asks of a window.
struct Demand {
    estimate: Estimate,
    /// `Some` if it may not be cut.
    timeout: Option<Duration>,
    /// `Some(longest)` if it never got to its end in this time, as often as it may be tried.
    barred: Option<Duration>,
}

impl Demand {
    fn of(job: &Candidate, record: &Record, rules: &Rules) -> Self {
        let cuts = record.cuts;
        Self {
            estimate: record.estimate(job.expect).capped(job.timeout),
            timeout: (!job.interruptible).then_some(job.timeout),
            // Runs that got to their end say more than cuts do; without them, an estimate is only a hope.
            barred: (record.completed == 0 && cuts.count >= rules.cuts_allowed)
                .then_some(cuts.longest),
        }
    }

    /// Whether a window with this much left and this grace holds it: q50 ≤ R and q90 ≤ R + G.
    fn fits(&self, left: Duration, grace: Duration) -> bool {
        match (self.timeout, self.barred) {
            (Some(timeout), _) => timeout <= left,
            (None, Some(longest)) if longest >= left => false,
            (None, _) => {
                self.estimate.q50 <= left && self.estimate.q90 <= left.saturating_add(grace)
            }
        }
    }

    fn fits_fresh(&self, window: Duration) -> bool {
        let budget = Budget::of(window);
        match budget.remaining(Duration::ZERO) {
            Room::Left(left) => self.fits(left, budget.grace().unwrap_or_default()),
            _ => false,
        }
    }

    fn too_big(&self, job: &Candidate, largest: Duration) -> Option<Reason> {
        if self.fits_fresh(largest) {
            return None;
        }
        let (needs, at_least) = match (self.timeout, self.barred) {
            (Some(timeout), _) => (timeout, false),
            (None, Some(longest)) => (longest, true),
            (None, None) => (self.estimate.q90, false),
        };
        Some(Reason::TooBig {
            task: job.task.clone(),
            needs,
            at_least,
            largest,
        })
    }

    fn refusal(&self, left: Duration, record: &Record) -> Reason {
        if left.is_zero() {
            return Reason::WindowOver;
        }
        match (self.timeout, self.barred) {
            (Some(timeout), _) => Reason::MayNotBeCut { timeout, left },
            (None, Some(longest)) if longest >= left => Reason::CutBefore {
                cuts: record.cuts.count,
                longest,
            },
            (None, _) => Reason::DoesNotFit {
                needs: self.estimate.q90,
                left,
            },
        }
    }

    /// The budget of a detached run. After a cut it is at least twice what was not enough, so that few runs suffice
    /// however wrong the estimate was.
    fn alone_budget(&self, job: &Candidate, record: &Record) -> Duration {
        let timeout = job.timeout.saturating_add(MARGIN);
        if self.timeout.is_some() {
            return timeout;
        }
        let q90 = self.estimate.q90;
        let guess = q90.saturating_add(q90 / 2);
        guess
            .max(record.cuts.longest.saturating_mul(2))
            .min(timeout)
    }
}

fn admit_into(
    left: Duration,
    job: &Candidate,
    record: &Record,
    situation: &Situation<'_>,
    rules: &Rules,
) -> Admission {
    let grace = situation.budget.grace().unwrap_or_default();
    let demand = Demand::of(job, record, rules);
    if demand.fits(left, grace) {
        return Admission::Start;
    }
    let too_big = situation
        .largest
        .and_then(|largest| demand.too_big(job, largest));
    let lost_patience = situation
        .budget
        .total
        .is_some_and(|window| !demand.fits_fresh(window))
        && rules.patience.is_some_and(|patience| {
            job.queued_at
                .checked_add(patience)
                .is_ok_and(|until| until <= situation.now)
        });
    if (too_big.is_some() || lost_patience) && job.missed >= rules.alone_after {
        match situation.detaching {
            Detaching::Allowed => {
                return Admission::RunDetachedAlone {
                    budget: demand.alone_budget(job, record),
                };
            }
            Detaching::InUse => return Admission::Wait(Reason::DetachedInUse),
            Detaching::Forbidden => {}
        }
    }
    let detaches = situation.detaching != Detaching::Forbidden;
    let least = if situation.eager && record.since_run.is_none() {
        Duration::from_millis(1)
    } else {
        grace
    };
    if is_probe(left, least, &demand, job, record, detaches, rules) {
        return Admission::Probe;
    }
    Admission::Wait(match too_big {
        Some(reason) if situation.detaching == Detaching::Forbidden => reason,
        _ => demand.refusal(left, record),
    })
}

/// For those who look after the configuration: the reason why no window of at most `largest` holds the job.
pub fn too_big(
    job: &Candidate,
    record: &Record,
    largest: Duration,
    rules: &Rules,
) -> Option<Reason> {
    Demand::of(job, record, rules).too_big(job, largest)
}

/// Whether it is worth trying although it does not seem to fit.
fn is_probe(
    left: Duration,
    least: Duration,
    demand: &Demand,
    job: &Candidate,
    record: &Record,
    detaches: bool,
    rules: &Rules,
) -> bool {
    let Some(mut after) = rules.probe_after else {
        return false;
    };
    if demand.timeout.is_some() || left < least {
        return false;
    }
    if demand.barred.is_some_and(|longest| longest >= left) {
        if detaches || !rules.backs_off {
            return false;
        }
        let doublings = record.cuts.count.saturating_sub(1).min(MOST_DOUBLINGS);
        after = after.saturating_mul(1 << doublings);
    }
    match record.since_run {
        None => true,
        Some(since) => since >= after && job.missed >= after,
    }
}

#[cfg(test)]
mod tests;
