//! `git tend sessions list`.

use crate::cli::app::App;
use crate::cli::arguments::{self, Since};
use crate::cli::commands::log::moment;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::sessions_view::{document, find, session};
use crate::cli::ui::plain;
use crate::graph::db::SessionFilter;
use crate::graph::search::Filters;
use crate::sessions::Agent;

/// List sessions, those with the latest work first
///
/// With -q only ids are printed.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only of this project: a folder with everything below it, or its name
    #[arg(long, value_name = "PROJECT")]
    pub project: Option<String>,
    /// Only of this agent: pi, claude-code or codex
    #[arg(long, value_name = "AGENT", value_parser = agent)]
    pub agent: Option<Agent>,
    /// Only with work since then: `1d`, `2h`, `2026-11-20`
    #[arg(long, value_name = "WHEN", value_parser = arguments::since)]
    pub since: Option<Since>,
    /// Also sessions that are still going on, and those that were too small
    #[arg(short, long)]
    pub all: bool,
    /// At most so many [default: 50; with --json and -q all]
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<usize>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// So many are listed for a person.
const LISTED: usize = 50;

fn agent(text: &str) -> Result<Agent, String> {
    Agent::from_word(text).ok_or_else(|| {
        let words = Agent::ALL.map(Agent::as_str);
        format!("one of {}", words.join(", "))
    })
}

/// Lists sessions.
pub fn list(args: &ListArgs, app: &App) -> Result<Exit, CommandError> {
    let for_a_person = !args.json && !app.ui.is_quiet();
    let most = args.limit.or(for_a_person.then_some(LISTED));
    let project = args.project.as_deref();
    let project = project.map(|text| find::project(text, app)).transpose()?;
    let filter = SessionFilter {
        nodes: Filters {
            agents: args.agent.into_iter().collect(),
            since: args
                .since
                .map(|since| moment(since, app.now(), app))
                .transpose()?,
            ..project
                .as_deref()
                .map(Filters::of_project)
                .unwrap_or_default()
        },
        without_nodes: args.all,
        // One more tells whether there are more.
        most: most.map(|most| most.saturating_add(1)),
    };
    let graph = if args.json {
        // A program that asks before anything was read is told that there is nothing.
        app.existing_graph()?
    } else {
        Some(app.graph_to_read()?)
    };
    let mut sessions = match &graph {
        Some(graph) => graph.sessions(&filter).context("list the sessions")?,
        None => Vec::new(),
    };
    let more = most.is_some_and(|most| sessions.len() > most);
    sessions.truncate(most.unwrap_or(usize::MAX));
    if args.json {
        document::print(&document::sessions(&sessions), app)?;
    } else if app.ui.is_quiet() {
        for session in &sessions {
            app.ui.out(plain(&session.id))?;
        }
    } else if sessions.is_empty() {
        app.ui.say(nothing(args));
    } else if let Some(graph) = &graph {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui
            .lines(&session::list(&sessions, graph, app.now(), width))?;
        if more {
            let limit = sessions.len().saturating_mul(4);
            app.ui.say(format!("there are more · -n {limit}"));
        }
    }
    Ok(Exit::Fine)
}

const fn nothing(args: &ListArgs) -> &'static str {
    if args.project.is_some() || args.agent.is_some() || args.since.is_some() {
        "no such sessions"
    } else if args.all {
        "no sessions"
    } else {
        "no session has come to an end yet · git tend sessions list --all"
    }
}
