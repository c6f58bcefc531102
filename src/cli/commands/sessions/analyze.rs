//! `git tend sessions analyze`.

use std::collections::BTreeSet;

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::own_queue::{self, Run};
use crate::cli::sessions::{Reading, analyses, read_sessions};
use crate::cli::sessions_view::find;
use crate::cli::{draining, format};
use crate::graph::node::Node;
use crate::graph::{Graph, NodeId};
use crate::queue::{JobId, Queue, State};
use crate::report::json as documents;
use crate::tasks::spec::AnalysisReason;

/// Have the agent judge the pieces of work of a session, now
///
/// The agent is the one of `[agent]` in your own config.toml, where it must be enabled: it costs money. What it is given is
/// redacted, and it has no tools. Its judgement (what kind of work it was, what came of it, what is to be learned) becomes a new
/// version of each node; what was counted stays.
#[derive(Debug, clap::Args)]
pub struct AnalyzeArgs {
    /// A session's file, its id or a beginning of it, or a node's
    #[arg(value_name = "SESSION", required = true)]
    pub session: String,
    /// Also what was judged already
    #[arg(long)]
    pub force: bool,
    /// Only enter it into your queue
    #[arg(long)]
    pub enqueue: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Analyses it.
pub fn analyze(args: &AnalyzeArgs, app: &App) -> Result<Exit, CommandError> {
    let agent = &app.loaded()?.config.agent;
    if !agent.enabled {
        return Err(CommandError::usage("the agent is switched off").hint(
            "[agent] enabled = true in your own config.toml; git tend doctor tells what it needs",
        ));
    }
    own_queue::remember_path(app)?;
    // What was written since the last look belongs to it.
    if let Reading::Busy = read_sessions(app, None, &mut |_| {})? {
        app.ui
            .warn("another git-tend is reading the sessions: what is new may be left out");
    }
    let graph = app.graph_to_read()?;
    let nodes = nodes(&graph, &args.session, app)?;
    let judged = nodes.iter().filter(|node| !node.is_draft()).count();
    let wanted: Vec<&Node> = nodes
        .iter()
        .filter(|node| args.force || node.is_draft())
        .collect();
    if wanted.is_empty() {
        return nothing_wanted(args, judged, app);
    }
    let now = app.now();
    let room = app.loaded()?.config.queue.max_jobs.get() as usize;
    let jobs: Vec<_> = wanted
        .iter()
        .map(|node| {
            let mut job = analyses::analysis(node, AnalysisReason::Requested, agent, now);
            job.acknowledged = args.enqueue;
            job
        })
        .collect();
    let mut queue = app.user_queue()?;
    let entered = queue
        .enqueue(&jobs, room, now)
        .map_err(|error| draining::enqueue_error(&error))?;
    let names: Vec<String> = jobs.iter().filter_map(|job| job.name.clone()).collect();
    let mut exit = draining::report_enqueued(app, &names, &entered);
    let ids: Vec<JobId> = entered.iter().filter_map(|one| one.id.clone()).collect();
    if !args.enqueue {
        let run = Run {
            only: Some(ids.iter().cloned().collect()),
            begins: None,
        };
        let summary = own_queue::drain(app, &mut queue, run)?;
        exit = exit.or(draining::conclude(app, &summary));
    }
    report(args, &ids, &queue, app)?;
    Ok(exit)
}

fn nothing_wanted(args: &AnalyzeArgs, judged: usize, app: &App) -> Result<Exit, CommandError> {
    if args.json {
        app.ui
            .json(&json!({ "schema": documents::SCHEMA, "jobs": [], "judged": judged }))?;
    } else if judged > 0 {
        app.ui.say("it is judged already · --force judges it anew");
    } else {
        app.ui
            .say("no piece of work of it has ended yet, or they are too small");
    }
    Ok(Exit::Fine)
}

/// The nodes that somebody means.
fn nodes(graph: &Graph, text: &str, app: &App) -> Result<Vec<Node>, CommandError> {
    let ids: Vec<NodeId> = match find::session(graph, text, app) {
        Ok(session) => graph
            .nodes_of_session(&session)
            .context("read the session")?
            .iter()
            .map(|node| node.id)
            .collect(),
        Err(no_session) => match find::node(graph, text) {
            Ok(node) => vec![node],
            Err(_) => return Err(no_session),
        },
    };
    let mut nodes = Vec::new();
    for id in ids {
        nodes.extend(
            graph
                .node(id)
                .context("read the node")?
                .map(|stored| stored.node),
        );
    }
    Ok(nodes)
}

fn report(args: &AnalyzeArgs, ids: &[JobId], queue: &Queue, app: &App) -> Result<(), CommandError> {
    let mut waiting = BTreeSet::new();
    let mut jobs = Vec::new();
    for id in ids {
        let Some(job) = queue.job(id).context("read the job")? else {
            continue;
        };
        if !job.state.kind().is_terminal() {
            waiting.insert(id.clone());
        }
        let (error, run_at) = match &job.state {
            State::Failed { error, .. } => (Some(error.clone()), None),
            State::Queued { run_at } => (job.error.clone(), Some(*run_at)),
            _ => (None, None),
        };
        jobs.push(json!({
            "id": id,
            "node": analyses::node_of(&job),
            "state": job.state.kind().name(),
            "attempt": job.attempt,
            "error": error,
            "run_at": run_at,
        }));
    }
    if args.json {
        return app
            .ui
            .json(&json!({ "schema": documents::SCHEMA, "jobs": jobs }));
    }
    if args.enqueue {
        app.ui.say(format!(
            "{} in your queue · git tend queue --user",
            format::count(ids.len(), "analysis is", "analyses are")
        ));
    } else if !waiting.is_empty() {
        app.ui.say(format!(
            "{} · git tend queue --user",
            format::count(waiting.len(), "analysis waits", "analyses wait")
        ));
    }
    Ok(())
}
