//! From the queue to what is told.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::agents::{Agents, agents};
use super::scans::{Changed, changed};
use super::slower::{Slower, slower};
use crate::cli::app::App;
use crate::cli::audit::record::HOOK;
use crate::cli::error::{CommandError, Context as _};
use crate::queue::{
    EventFilter, Filter, Job, JobId, Mark, Queue, Spent, State, StateKind, TaskEnd, Which,
};
use crate::system::host;
use crate::tasks::spec::AD_HOC;

/// What happened since a mark.
#[derive(Debug)]
pub struct Digest {
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// About findings and tests.
    pub scans: Changed,
    /// Tasks that take longer.
    pub slower: Vec<Slower>,
    /// Tasks whose last job failed: how it did, and how many failed.
    pub failed: Vec<(Job, usize)>,
    /// Tasks whose last job was done after one had failed.
    pub recovered: Vec<TaskEnd>,
    /// Failed jobs that nobody has retried.
    pub dead: u64,
    /// Tasks with jobs that wait for approval.
    pub held: Vec<Held>,
    /// What it took.
    pub spent: Spent,
    /// How often each hook fired.
    pub hooks: BTreeMap<String, u64>,
    /// What coding agents did; nothing where no session was ever read.
    pub agents: Option<Agents>,
}

/// A task with jobs that wait for approval.
#[derive(Clone, Debug)]
pub struct Held {
    /// The task.
    pub task: String,
    /// How many.
    pub jobs: usize,
    /// Since when the first waits.
    pub since: Timestamp,
    /// What is to be approved.
    pub why: String,
}

impl Digest {
    /// Whether there is nothing to tell: what failed before and what waits longer is no news.
    pub fn is_empty(&self) -> bool {
        let scans = &self.scans;
        scans.new.is_empty()
            && scans.fixed.is_empty()
            && scans.first.is_empty()
            && scans.flaky.is_empty()
            && self.slower.is_empty()
            && self.failed.is_empty()
            && self.recovered.is_empty()
            && self.held.iter().all(|held| held.since <= self.since)
            && self.spent.runs == 0
            && self.hooks.is_empty()
            && self.agents.as_ref().is_none_or(Agents::is_empty)
    }
}

/// Gathers what happened since a mark.
pub fn gather(
    queue: &Queue,
    mark: &Mark,
    now: Timestamp,
    app: &App,
) -> Result<Digest, CommandError> {
    let scans = changed(queue, mark, app)?;
    let (failed, recovered) = ends(queue, mark)?;
    let durations = queue
        .durations_around(mark, &host::name())
        .context("read the runs")?
        .into_iter()
        // What is typed is another command each time.
        .filter(|(task, ..)| task != AD_HOC)
        .collect();
    let counts = queue.counts(now).context("count the jobs")?;
    Ok(Digest {
        since: mark.at,
        until: now,
        scans,
        slower: slower(durations),
        failed,
        recovered,
        dead: counts
            .by_state
            .get(&StateKind::Failed)
            .copied()
            .unwrap_or(0),
        held: held(queue)?,
        spent: queue.spent_since(mark).context("read the runs")?,
        hooks: hooks(queue, mark)?,
        agents: agents(mark, app),
    })
}

type Ends = (Vec<(Job, usize)>, Vec<TaskEnd>);

fn ends(queue: &Queue, mark: &Mark) -> Result<Ends, CommandError> {
    let before = queue.ends_before(mark).context("read what happened")?;
    let since = queue.ends_since(mark).context("read what happened")?;
    let mut by_task: BTreeMap<&str, (Option<&TaskEnd>, usize)> = BTreeMap::new();
    for end in &since {
        let (last, failures) = by_task.entry(&end.task).or_default();
        *last = Some(end);
        *failures += usize::from(!end.is_done);
    }
    let (mut failed, mut recovered) = (Vec::new(), Vec::new());
    for (task, (last, failures)) in by_task {
        let Some(last) = last else { continue };
        let had_failed = before.iter().any(|end| end.task == task && !end.is_done);
        if !last.is_done {
            failed.extend(job(queue, &last.job)?.map(|job| (job, failures)));
        } else if task != AD_HOC && (failures > 0 || had_failed) {
            recovered.push(last.clone());
        }
    }
    Ok((failed, recovered))
}

fn job(queue: &Queue, id: &JobId) -> Result<Option<Job>, CommandError> {
    queue.job(id).context("read the job")
}

fn held(queue: &Queue) -> Result<Vec<Held>, CommandError> {
    let filter = Filter {
        which: Which::In(StateKind::Held),
        ..Filter::default()
    };
    let mut by_task: BTreeMap<String, Held> = BTreeMap::new();
    for job in queue.list(&filter).context("list the held jobs")? {
        let State::Held { reason } = &job.state else {
            continue;
        };
        let held = by_task.entry(job.task.clone()).or_insert_with(|| Held {
            task: job.task.clone(),
            jobs: 0,
            since: job.queued_at,
            why: reason.clone(),
        });
        held.jobs += 1;
        held.since = held.since.min(job.queued_at);
    }
    Ok(by_task.into_values().collect())
}

fn hooks(queue: &Queue, mark: &Mark) -> Result<BTreeMap<String, u64>, CommandError> {
    let wanted = EventFilter {
        after: mark.event,
        kind: Some(HOOK.to_owned()),
        ..EventFilter::default()
    };
    let mut counts = BTreeMap::new();
    for event in queue.newest_events(&wanted).context("read what happened")? {
        let name = event.data.get("hook").and_then(|name| name.as_str());
        *counts.entry(name.unwrap_or("?").to_owned()).or_insert(0) += 1;
    }
    Ok(counts)
}
