//! Jobs about sessions, in the user's own queue: for the agent that judges pieces of work, and for nights.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::own_queue::{job, new};
use crate::config::Priority;
use crate::config::user::{Agent, Nightly};
use crate::graph::Graph;
use crate::graph::node::Node;
use crate::queue::enqueue::unique_key;
use crate::queue::{Filter, Job, Lane, NewJob, Queue, StateKind, Trigger, Which};
use crate::tasks::spec::{Action, Analysis, AnalysisReason, OwnWork, RunSpec};

/// The task of an analysis.
pub const TASK: &str = "session_analysis";

/// The most that any kind of failure is tried again, unless the user says otherwise.
pub const MOST_RETRIES: u32 = 5;

/// How many times its own time-out a job may take: it calls the agent several times, and gives a call that was too slow
/// more time. This is only what ends a process that hangs.
const CALLS: u32 = 64;

/// Enters what is to be judged into the user's own queue, as far as there is room; how many jobs are new. Nothing is entered
/// unless the user has switched the agent on: it costs money.
///
/// Which nodes there are says the graph, so that a job that found no room is entered by a later scan. What failed is not
/// entered again: `git tend retry --user` does that.
pub fn enqueue_analyses(app: &App, graph: &Graph) -> Result<usize, CommandError> {
    let config = &app.loaded()?.config;
    if !config.agent.enabled {
        return Ok(0);
    }
    let room = config.queue.max_jobs.get() as usize;
    let mut queue = app.user_queue()?;
    let known = known(&queue)?;
    let drafts = graph
        .drafts(room.saturating_add(known.len()))
        .context("read what nobody has judged")?;
    let now = app.now();
    let jobs: Vec<NewJob> = drafts
        .iter()
        .filter(|node| !known.contains(&node.id.to_string()))
        .take(room)
        .map(|node| analysis(node, AnalysisReason::Initial, &config.agent, now))
        .collect();
    let entered = queue
        .enqueue(&jobs, room, now)
        .context("enqueue analyses of sessions")?;
    Ok(new(&entered))
}

/// The nodes that jobs of the queue are about, however they ended.
pub fn known(queue: &Queue) -> Result<HashSet<String>, CommandError> {
    nodes_of_jobs(queue, |_| true)
}

/// Those of jobs which wait, run, or have failed: what failed costs money again only when somebody wants it to.
pub fn waiting(queue: &Queue) -> Result<HashSet<String>, CommandError> {
    nodes_of_jobs(queue, |state| {
        !state.is_terminal() || state == StateKind::Failed
    })
}

fn nodes_of_jobs(
    queue: &Queue,
    is_meant: impl Fn(StateKind) -> bool,
) -> Result<HashSet<String>, CommandError> {
    let jobs = queue
        .list(&Filter {
            which: Which::All,
            task: Some(TASK.to_owned()),
            commit: None,
            limit: None,
        })
        .context("list the jobs of the agent")?;
    let meant = jobs.iter().filter(|job| is_meant(job.state.kind()));
    Ok(meant.filter_map(node_of).collect())
}

/// The node that a job of the agent is about.
pub fn node_of(job: &Job) -> Option<String> {
    match RunSpec::of(&job.spec).ok()?.action {
        Action::Own {
            work: OwnWork::SessionAnalysis(analysis),
        } => Some(analysis.node),
        _ => None,
    }
}

/// The job that judges a node. Source of the priorities: S3; a fork comes before other work, and what somebody waits for
/// before everything.
pub fn analysis(node: &Node, reason: AnalysisReason, config: &Agent, now: Timestamp) -> NewJob {
    let is_fork = node.source.parent_session.is_some();
    let priority = match reason {
        AnalysisReason::Requested => Priority::Critical,
        AnalysisReason::PromptUpdate => Priority::Low,
        AnalysisReason::Initial if is_fork => Priority::High,
        AnalysisReason::Initial => Priority::Normal,
    };
    let work = OwnWork::SessionAnalysis(Box::new(Analysis {
        reason,
        node: node.id.to_string(),
        session: node.source.session_id.clone(),
        session_file: node.source.session_file.clone(),
        segment_start: node.source.segment.start_entry_id.clone(),
        segment_end: node.source.segment.end_entry_id.clone(),
    }));
    NewJob {
        lane: Lane::Agent,
        name: Some(title(reason, &node.source.session_file)),
        unique_key: Some(unique_key(TASK, &[node.id.to_string().as_bytes()])),
        user_triggered: reason == AnalysisReason::Requested,
        trigger: match reason {
            AnalysisReason::Requested => Trigger::Manual,
            AnalysisReason::PromptUpdate => Trigger::Schedule,
            AnalysisReason::Initial => Trigger::Session,
        },
        timeout: config.timeout.get().saturating_mul(CALLS),
        max_retries: config.retries.unwrap_or(MOST_RETRIES),
        retry_delay: config.retry_delay.get(),
        ..job(work, priority, now)
    }
}

/// The job that looks for connections.
pub fn connections(config: &Nightly, now: Timestamp) -> NewJob {
    let work = OwnWork::ConnectionDiscovery {
        limit: config.limit,
    };
    job(work, Priority::Deferred, now)
}

/// The job that draws insights together.
pub fn aggregation(now: Timestamp) -> NewJob {
    job(OwnWork::PatternAggregation, Priority::Deferred, now)
}

/// So many characters of a path are shown, from its end.
const SHOWN: usize = 40;

/// What kind of analysis, and of which session: the end of its file's path, which tells the folder and the time.
fn title(reason: AnalysisReason, file: &str) -> String {
    let length = file.chars().count();
    let tail: String = file.chars().skip(length.saturating_sub(SHOWN)).collect();
    let mark = if length > SHOWN { "…" } else { "" };
    format!("{} {mark}{tail}", reason.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_shows_the_end_of_the_path() {
        assert_eq!(
            title(AnalysisReason::Initial, "/s/a.jsonl"),
            "initial /s/a.jsonl"
        );
        let long = title(
            AnalysisReason::PromptUpdate,
            &format!("/home/{}/a.jsonl", "ä".repeat(50)),
        );
        assert!(long.starts_with("reanalysis …ä") && long.ends_with("/a.jsonl"));
        assert_eq!(long.chars().count(), 11 + 1 + SHOWN);
    }
}
