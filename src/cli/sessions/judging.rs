//! Having the agent judge a piece of work: from the node to its new version.
//!
//! Nothing is paid for twice: answers are kept from the moment they come in, and a node that was judged meanwhile is left
//! alone.

use std::io::Write;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::calling::{Account, Caller};
use super::caps::{is_of_run, reached_words};
use crate::agent::ask::ask;
use crate::agent::failure::{Failure, Reason};
use crate::agent::prompts;
use crate::agent::transcript::ReadError;
use crate::agent::{merge, transcript};
use crate::cli::app::{App, graph_error};
use crate::cli::error::{CommandError, Context};
use crate::cli::own_runner::Done;
use crate::cli::prompting;
use crate::config::user::Agent;
use crate::graph::db::NewNode;
use crate::graph::ledger::Purpose;
use crate::graph::node::{Answer, Cause, Node, Strictness, abandoned_restart};
use crate::graph::{Clean, Edge, Graph, NodeId};
use crate::system::clock;
use crate::system::signals::Signals;
use crate::tasks::left::{AgentFailure, Meaning, Postponed};
use crate::tasks::spec::{Analysis, AnalysisReason};

/// After a run's cap, another run goes on then.
const AFTER_RUN: SignedDuration = SignedDuration::from_hours(1);

/// Who judges.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    /// The job.
    pub job: &'a str,
    /// The drain that runs it.
    pub run: &'a str,
}

/// Judges one piece of work.
pub fn judge(
    app: &App,
    analysis: &Analysis,
    by: Judge<'_>,
    signals: &Signals,
    log: &mut dyn Write,
) -> Result<Done, CommandError> {
    let agent = &app.loaded()?.config.agent;
    if !agent.enabled {
        return Ok(later(app.now(), AFTER_RUN, "the agent is switched off"));
    }
    let Ok(id) = analysis.node.parse::<NodeId>() else {
        return Ok(permanent(format!("`{}` is no node", analysis.node)));
    };
    let account = Account {
        job: by.job,
        run: by.run,
        purpose: Purpose::Analysis,
        node: Some(id),
    };
    let mut caller = match Caller::new(app, account) {
        Ok(caller) => caller,
        Err(error) => return Ok(permanent(error.to_string())),
    };
    if let Err(error) = prompting::instructions(app) {
        return Ok(permanent(error.to_string()));
    }
    let numbered = prompting::current(app, caller.graph())?;
    let (version, text) = (numbered.version.to_string(), numbered.instructions.text);
    let Some(stored) = caller.graph().node(id).context("read the node")? else {
        return Ok(done("the node is not there any more"));
    };
    let node = stored.node;
    let is_done = match analysis.reason {
        AnalysisReason::Initial => !node.is_draft(),
        AnalysisReason::PromptUpdate => node.metadata.analyzer_version == version,
        // A job that was killed after the answer was stored finds it there.
        AnalysisReason::Requested => false,
    };
    if is_done {
        return Ok(done("it is judged already"));
    }
    let events = match events(&node, caller.graph()) {
        Ok(events) => events,
        Err(failure) => return Ok(failed(&failure, agent)),
    };
    if analysis.reason != AnalysisReason::Requested {
        caller.patient()?;
    }
    let chunks = transcript::render(&events, &transcript::Settings::of(agent));
    let mut answers = Vec::new();
    for chunk in &chunks {
        let about = about(&node, caller.graph())?;
        let prompt = prompts::analysis_prompt(&about, chunk, chunks.len());
        let asked = ask(
            &mut |prompt: &str| caller.ask(&text, prompt, signals, log),
            &prompt,
            &|value| Answer::read(value, Strictness::Quality),
            &|value, faults| {
                // A summary that says little is better than none of the rest.
                Answer::read(value, Strictness::Stored)
                    .ok()
                    .or_else(|| Answer::salvage(value, faults, clock::now()))
            },
        );
        if let Some(done) = stopped(&mut caller, app, signals)? {
            return Ok(done);
        }
        match asked.result {
            Ok(answer) => answers.push(answer),
            Err(failure) => {
                if failure.reason.is_permanent() {
                    // Whoever wants another attempt wants other answers.
                    caller.discard();
                }
                return Ok(failed(&failure, agent));
            }
        }
    }
    let Some(answer) = merge::merge(answers) else {
        return Ok(permanent("session not found: it has no entries".to_owned()));
    };
    let usage = caller.usage;
    let judged = keep(caller.graph(), id, answer, &version, analysis.reason)?;
    caller.discard();
    Ok(Done {
        meaning: Meaning::Done,
        result: Some(json!({
            "node": id,
            "version": judged,
            "analyzer": version,
            "chunks": chunks.len(),
            "tokens": { "input": usage.input, "output": usage.output,
                        "cache_read": usage.cache_read, "cache_write": usage.cache_write },
            "cost": usage.cost,
        })),
    })
}

/// What is known of a piece of work before anybody judges it.
fn about(node: &Node, graph: &Graph) -> Result<prompts::About, CommandError> {
    let edges = graph
        .edges_of_session(&node.source.session_id)
        .context("read how it began")?;
    let kinds = |is_end: &dyn Fn(&Edge) -> bool| -> Vec<String> {
        let ends = edges
            .iter()
            .filter(|edge| edge.kind.is_structural() && is_end(edge));
        let mut kinds: Vec<String> = ends.map(|edge| edge.kind.as_str().to_owned()).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    };
    Ok(prompts::About {
        begun_by: kinds(&|edge| edge.target_node_id == node.id),
        ended_by: kinds(&|edge| edge.source_node_id == node.id),
        ..prompts::About::of(node)
    })
}

/// The entries of a node's segment, from whichever of its files has them.
fn events(node: &Node, graph: &Graph) -> Result<transcript::SegmentEvents, Failure> {
    let segment = &node.source.segment;
    let mut files = vec![PathBuf::from(&node.source.session_file)];
    // It may have been moved, or lie on another machine under another name.
    if let Ok(others) = graph.files_of_session(&node.source.session_id) {
        files.extend(others.into_iter().map(|file| file.path));
    }
    let mut why = None;
    for file in files {
        let read = transcript::events_of(
            &file,
            node.source.agent,
            &segment.start_entry_id,
            &segment.end_entry_id,
        );
        match read {
            Ok(events) => return Ok(events),
            Err(error) => {
                let reason = match &error {
                    ReadError::NotFound => Reason::SessionNotFound,
                    ReadError::Empty => Reason::EmptySession,
                    ReadError::Io(_) => Reason::Unknown,
                    ReadError::NotASession
                    | ReadError::NoStart
                    | ReadError::NoEnd
                    | ReadError::Rewritten => Reason::InvalidSession,
                };
                why.get_or_insert_with(|| Failure::new(reason, &error.to_string()));
            }
        }
    }
    Err(why.unwrap_or_else(|| Failure::new(Reason::SessionNotFound, "it has no file")))
}

/// Stores what was judged as a version of the node as it is by now; its number.
fn keep(
    graph: &mut Graph,
    id: NodeId,
    answer: Answer,
    version: &str,
    reason: AnalysisReason,
) -> Result<u32, CommandError> {
    let doing = "store what was judged";
    // A scan may have added to it meanwhile.
    let stored = graph.node(id).context(doing)?;
    let Some(stored) = stored else {
        return Err(CommandError::failed("the node is not there any more"));
    };
    let judged = stored.node.judged(answer, version, clock::now());
    let before = graph.before_in_project(&judged).context(doing)?;
    let is_restart = abandoned_restart(before.as_ref(), &judged);
    let judged = judged.restarting(is_restart);
    let new = NewNode {
        node: judged,
        cause: match reason {
            AnalysisReason::Initial => Cause::Initial,
            AnalysisReason::PromptUpdate => Cause::PromptUpdate,
            AnalysisReason::Requested => Cause::UserFeedback,
        },
        // Those of the draft stay.
        entries: Vec::new(),
    };
    let (nodes, edges) = (Clean::promise(vec![new]), Clean::promise(Vec::new()));
    graph.put(&nodes, &edges).context(doing)?;
    let stored = graph.node(id).context(doing)?;
    Ok(stored.map_or(0, |stored| stored.node.version))
}

/// What it means for the job that the agent failed.
fn failed(failure: &Failure, agent: &Agent) -> Done {
    let most = match failure.reason.retries() {
        0 => 0,
        // A limit that the user wrote counts for all failures.
        usual => agent.retries.unwrap_or(usual),
    };
    let meaning = if failure.reason == Reason::MissingProgram {
        Meaning::Missing(failure.message.clone())
    } else {
        Meaning::Agent(AgentFailure {
            message: match failure.reason.advice() {
                Some(advice) => format!("{failure} · {advice}"),
                None => failure.to_string(),
            },
            retries: most,
            timed_out: failure.reason == Reason::Timeout,
        })
    };
    Done {
        meaning,
        result: None,
    }
}

fn permanent(message: String) -> Done {
    let failure = AgentFailure {
        message,
        retries: 0,
        timed_out: false,
    };
    Done {
        meaning: Meaning::Agent(failure),
        result: None,
    }
}

fn later(now: Timestamp, by: SignedDuration, why: &str) -> Done {
    Done {
        meaning: Meaning::Later(Postponed {
            until: now.saturating_add(by).unwrap_or(now),
            reason: why.to_owned(),
        }),
        result: None,
    }
}

fn done(why: &str) -> Done {
    Done {
        meaning: Meaning::Done,
        result: Some(json!({ "unchanged": why })),
    }
}

/// What ends an analysis that is no failure of the agent: a cap, the ledger, or somebody who wants it to stop.
fn stopped(
    caller: &mut Caller<'_>,
    app: &App,
    signals: &Signals,
) -> Result<Option<Done>, CommandError> {
    if signals.stop_count() > 0 {
        return Err(CommandError::failed("stopped"));
    }
    if let Some(error) = caller.broken.take() {
        return Err(graph_error("write down what the agent costs", &error));
    }
    if let Some(until) = caller.resting {
        return Ok(Some(Done {
            meaning: Meaning::Later(Postponed {
                until,
                reason: "the agent failed for a reason that concerns every analysis: it is left alone for a while"
                    .to_owned(),
            }),
            result: None,
        }));
    }
    let Some(cap) = caller.capped else {
        return Ok(None);
    };
    let agent = &app.loaded()?.config.agent;
    let words = reached_words(cap, agent);
    let now = app.now();
    Ok(Some(if is_of_run(cap) {
        later(now, AFTER_RUN, &words)
    } else {
        let day = app.day_start();
        let left = SignedDuration::from_hours(24) - now.duration_since(day);
        later(now, left.max(AFTER_RUN), &words)
    }))
}
