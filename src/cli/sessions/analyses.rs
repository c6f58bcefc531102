//! Jobs for the agent that judges pieces of work: one for each node that nobody has judged.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::config::Priority;
use crate::config::user::Agent;
use crate::graph::Graph;
use crate::graph::node::Node;
use crate::queue::enqueue::unique_key;
use crate::queue::{Filter, How, Input, Lane, NewJob, Trigger, Which};

/// The task of such a job.
pub const TASK: &str = "session_analysis";

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
    let known = queue
        .list(&Filter {
            which: Which::All,
            task: Some(TASK.to_owned()),
            commit: None,
            limit: None,
        })
        .context("list the jobs of the agent")?;
    let known: HashSet<&str> = known
        .iter()
        .filter_map(|job| job.spec["node"].as_str())
        .collect();
    let drafts = graph
        .drafts(room.saturating_add(known.len()))
        .context("read what nobody has judged")?;
    let now = app.now();
    let jobs: Vec<NewJob> = drafts
        .iter()
        .filter(|node| !known.contains(node.id.to_string().as_str()))
        .take(room)
        .map(|node| job(node, &config.agent, now))
        .collect();
    let entered = queue
        .enqueue(&jobs, room, now)
        .context("enqueue analyses of sessions")?;
    Ok(entered.iter().filter(|one| one.how == How::New).count())
}

/// The job that judges a node. Source of the priorities: S3; a fork comes before other work.
fn job(node: &Node, config: &Agent, now: Timestamp) -> NewJob {
    let id = node.id.to_string();
    let is_fork = node.source.parent_session.is_some();
    NewJob {
        task: TASK.to_owned(),
        name: Some(title(&node.source.session_file)),
        lane: Lane::Agent,
        priority: if is_fork {
            Priority::High
        } else {
            Priority::Normal
        },
        user_triggered: false,
        trigger: Trigger::Session,
        trigger_data: Value::Null,
        unique_key: Some(unique_key(TASK, &[id.as_bytes()])),
        input: Input::default(),
        input_key: None,
        spec: json!({
            "type": "initial",
            "node": id,
            "session": node.source.session_id,
            "session_file": node.source.session_file,
            "segment_start": node.source.segment.start_entry_id,
            "segment_end": node.source.segment.end_entry_id,
        }),
        run_at: now,
        deadline: None,
        timeout: config.timeout.get(),
        max_retries: config.retries.unwrap_or(MOST_RETRIES),
        retry_delay: config.retry_delay.get(),
        acknowledged: false,
        held: None,
        needs: Vec::new(),
    }
}

/// The most that any kind of failure is tried again.
const MOST_RETRIES: u32 = 5;

/// So many characters of a path are shown, from its end.
const SHOWN: usize = 40;

/// What kind of analysis, and of which session: the end of its file's path, which tells the folder and the time.
fn title(file: &str) -> String {
    let length = file.chars().count();
    let tail: String = file.chars().skip(length.saturating_sub(SHOWN)).collect();
    let mark = if length > SHOWN { "…" } else { "" };
    format!("initial {mark}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_shows_the_end_of_the_path() {
        assert_eq!(title("/s/a.jsonl"), "initial /s/a.jsonl");
        let long = title(&format!("/home/{}/a.jsonl", "ä".repeat(50)));
        assert!(long.starts_with("initial …ä") && long.ends_with("/a.jsonl"));
        assert_eq!(long.chars().count(), 8 + 1 + SHOWN);
    }
}
