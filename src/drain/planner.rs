//! Chooses the next job to start.
//!
//! Ranking and estimating are done once per [`Planner::refresh`]; after that each start takes the first admissible job
//! of an ordered list. Within one window room only shrinks, so that a job refused for want of room is passed over for
//! good, and a thousand refusals cost one look each.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::admission::{Admission, Situation, admit};
use super::budget::Room;
use super::candidate::Candidate;
use super::estimate::{Record, Sample};
use super::explain::Explanation;
use super::rank::{Key, Rank};
use super::reason::Reason;
use super::rules::Rules;
use crate::queue::JobId;

/// When to look at a busy machine again.
pub const RESAMPLE: Duration = Duration::from_secs(5);

/// The runs of the tasks on this host, newest last.
pub type Histories = HashMap<String, Vec<Sample>>;

/// A job to start now.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Which.
    pub job: Candidate,
    /// Whether it is only tried.
    pub probe: bool,
}

/// A job to hand over to a detached drain.
#[derive(Clone, Debug, PartialEq)]
pub struct Detach {
    /// Which.
    pub job: Candidate,
    /// That drain's budget.
    pub budget: Duration,
}

/// What to do next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Start this, then ask again.
    pub start: Option<Start>,
    /// Nothing starts or runs here any more: have this one run in a detached drain of its own.
    pub detach: Option<Detach>,
    /// When to ask again although no job ended and nobody wrote to the queue. `None`: time alone changes nothing within
    /// this window, and a drain that runs nothing is done.
    pub wake_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Entry {
    key: Key,
    rank: Rank,
    job: Candidate,
    record: Arc<Record>,
    /// Set when it is out of the running until the next refresh.
    gone: Option<Gone>,
}

#[derive(Debug)]
enum Gone {
    /// Handed out.
    Taken,
    /// For a reason that lasts as long as the window.
    Refused(Reason),
}

/// The candidates in order.
#[derive(Debug, Default)]
pub struct Planner {
    rules: Rules,
    /// Those whose time has come, in order.
    entries: Vec<Entry>,
    /// Every entry before it is gone.
    head: usize,
    /// The others, the soonest last.
    later: Vec<Entry>,
    /// The first job that wants a detached run.
    detach: Option<Detach>,
}

impl Planner {
    /// A planner without candidates.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }

    /// Takes the candidates anew: O(n log n).
    ///
    /// Needed when somebody else wrote to the queue, or a job's end released others. The end of a job of one's own is
    /// no reason: what it taught is worth less than sorting two thousand candidates two thousand times.
    pub fn refresh(
        &mut self,
        candidates: Vec<Candidate>,
        histories: &Histories,
        opportunity: i64,
        now: Timestamp,
    ) {
        let mut records: HashMap<String, Arc<Record>> = HashMap::new();
        let mut entries: Vec<Entry> = candidates
            .into_iter()
            .map(|job| {
                let record = records.get(&job.history).cloned().unwrap_or_else(|| {
                    let samples = histories.get(&job.history).map_or(&[][..], Vec::as_slice);
                    let record = Arc::new(Record::new(samples, opportunity, &self.rules));
                    records.insert(job.history.clone(), Arc::clone(&record));
                    record
                });
                let rank = Rank::of(&job, &record, now, &self.rules);
                Entry {
                    key: rank.key(&job),
                    rank,
                    job,
                    record,
                    gone: None,
                }
            })
            .collect();
        self.later = entries
            .extract_if(.., |entry| entry.job.run_at > now)
            .collect();
        self.later
            .sort_unstable_by_key(|entry| std::cmp::Reverse(entry.job.run_at));
        entries.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        self.entries = entries;
        self.head = 0;
        self.detach = None;
    }

    /// Chooses. A job that is returned is out of the list until the next refresh.
    pub fn next(&mut self, situation: &Situation<'_>) -> Plan {
        self.admit_those_whose_time_has_come(situation.now);
        self.head += self
            .entries
            .iter()
            .skip(self.head)
            .take_while(|entry| entry.gone.is_some())
            .count();
        let mut busy = false;
        for entry in self.entries.iter_mut().skip(self.head) {
            if entry.gone.is_some() {
                continue;
            }
            match admit(&entry.job, &entry.record, situation, &self.rules) {
                admission @ (Admission::Start | Admission::Probe) => {
                    entry.gone = Some(Gone::Taken);
                    return Plan {
                        start: Some(Start {
                            job: entry.job.clone(),
                            probe: admission == Admission::Probe,
                        }),
                        ..Plan::default()
                    };
                }
                Admission::RunDetachedAlone { budget } => {
                    if self.detach.is_none() {
                        self.detach = Some(Detach {
                            job: entry.job.clone(),
                            budget,
                        });
                    }
                }
                Admission::Wait(Reason::NoSlot | Reason::BesideAlone) => return Plan::default(),
                // Others would follow one another past it for ever; once it has waited long enough, they wait for it.
                Admission::Wait(Reason::OthersRunning)
                    if entry.job.missed >= self.rules.alone_after =>
                {
                    return Plan::default();
                }
                Admission::Wait(reason) => {
                    busy |= matches!(reason, Reason::Busy { .. });
                    if reason.lasts() {
                        entry.gone = Some(Gone::Refused(reason));
                    }
                }
            }
        }
        Plan {
            start: None,
            detach: (situation.running.count == 0)
                .then(|| self.detach.take())
                .flatten(),
            wake_at: self.wake_at(situation, busy),
        }
    }

    /// What keeps each job that was not handed out from starting now, in order.
    pub fn why_not<'a>(
        &'a self,
        situation: &'a Situation<'_>,
    ) -> impl Iterator<Item = (&'a JobId, Reason)> {
        self.entries
            .iter()
            .chain(self.later.iter().rev())
            .filter_map(move |entry| {
                let reason = match &entry.gone {
                    Some(Gone::Taken) => return None,
                    Some(Gone::Refused(reason)) => reason.clone(),
                    None => match admit(&entry.job, &entry.record, situation, &self.rules) {
                        Admission::Wait(reason) => reason,
                        _ => return None,
                    },
                };
                Some((&entry.job.id, reason))
            })
    }

    /// Everything that decides about one of the candidates.
    pub fn explain(&self, id: &JobId, situation: &Situation<'_>) -> Option<Explanation> {
        self.entries
            .iter()
            .chain(&self.later)
            .find(|entry| entry.job.id == *id)
            .map(|entry| {
                Explanation::of(
                    &entry.job,
                    &entry.record,
                    entry.rank,
                    situation,
                    &self.rules,
                )
            })
    }

    fn admit_those_whose_time_has_come(&mut self, now: Timestamp) {
        while let Some(entry) = self.later.pop_if(|entry| entry.job.run_at <= now) {
            let at = self.entries.partition_point(|other| other.key < entry.key);
            self.entries.insert(at, entry);
            self.head = self.head.min(at);
        }
    }

    fn wake_at(&self, situation: &Situation<'_>, busy: bool) -> Option<Timestamp> {
        let due = self.later.last().map(|entry| entry.job.run_at);
        let again = busy
            .then(|| situation.now.checked_add(RESAMPLE).ok())
            .flatten();
        let at = due.into_iter().chain(again).min()?;
        match situation.budget.remaining(situation.elapsed) {
            Room::Unlimited => Some(at),
            Room::Left(left) => (at < situation.now.checked_add(left).ok()?).then_some(at),
            Room::Over => None,
        }
    }
}

#[cfg(test)]
mod tests;
