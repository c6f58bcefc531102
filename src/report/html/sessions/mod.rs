//! What agents did for the repository: pieces of work, newest first, with what they took and the commits that came of them.

use askama::Template;

use super::page::{AgentPiece, AgentWork, Page};
use super::words::{moment, short};
use crate::analyze::summary::{counted, grouped};
use crate::graph::node::Outcome;
use crate::report::agents;
use crate::system::plain::first_line;

/// So many are shown before the rest is folded.
const UNFOLDED: usize = 10;
/// So much of what a piece was about is shown.
const TITLE: usize = 160;
/// So much of names and remarks.
const WORDS: usize = 200;

#[derive(Template)]
#[template(path = "sessions.html", config = "src/report/html/askama.toml")]
pub(super) struct Sessions {
    lead: String,
    pieces: Vec<Piece>,
    more_pieces: Vec<Piece>,
    unlisted: usize,
    models: Vec<Model>,
}

struct Piece {
    title: String,
    when: String,
    agent: &'static str,
    tokens: String,
    cost: String,
    took: String,
    models: String,
    /// A word and a class.
    outcome: (&'static str, &'static str),
    friction: String,
    delight: String,
    commits: Vec<Made>,
    more_commits: usize,
}

struct Made {
    id: String,
    link: Option<String>,
    subject: String,
}

struct Model {
    name: String,
    used: String,
    tokens: String,
    cached: String,
    cost: String,
}

/// Puts the section together; nothing where no agent is known to have worked here.
pub(super) fn sessions(page: &Page<'_>) -> Option<Sessions> {
    let work = page
        .agents
        .as_ref()
        .filter(|work| !work.pieces.is_empty())?;
    let mut pieces: Vec<Piece> = work.pieces.iter().map(|it| piece(page, it)).collect();
    let more_pieces = pieces.split_off(pieces.len().min(UNFOLDED));
    Some(Sessions {
        lead: lead(work),
        unlisted: work.all.saturating_sub(work.pieces.len()),
        pieces,
        more_pieces,
        models: models(work),
    })
}

fn lead(work: &AgentWork) -> String {
    let tokens = work
        .models
        .iter()
        .fold(0_u64, |sum, model| sum.saturating_add(model.tokens()));
    let cost: f64 = work.models.iter().map(|model| model.cost).sum();
    let newest = if work.is_cut { "the newest " } else { "" };
    let parts = [
        Some(format!(
            "{newest}{}",
            counted(work.all as u64, "piece") + " of work"
        )),
        (tokens > 0).then(|| counted(tokens, "token")),
        agents::cost(cost),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn piece(page: &Page<'_>, it: &AgentPiece) -> Piece {
    let node = &it.node;
    let signals = node.signals.as_ref();
    let joined = |words: Vec<String>| first_line(&words.join(", "), WORDS);
    let commits = it.commits.iter().map(|(id, subject)| Made {
        id: short(id),
        link: page.commit_link(id),
        subject: first_line(subject, 72),
    });
    Piece {
        title: agents::title(node, TITLE),
        when: moment(node.metadata.timestamp, page),
        agent: node
            .source
            .agent
            .map_or("", |agent| agents::agent(agent.as_str())),
        tokens: grouped(node.metadata.tokens_used),
        cost: agents::cost(node.metadata.cost).unwrap_or_default(),
        took: agents::duration(node).unwrap_or_default(),
        models: joined(agents::models(node)),
        outcome: (
            node.content.outcome.as_str(),
            match node.content.outcome {
                Outcome::Success => "good",
                Outcome::Partial => "look",
                Outcome::Failed => "bad",
                Outcome::Abandoned => "none",
            },
        ),
        friction: signals.map_or_else(String::new, |it| joined(agents::friction(it))),
        delight: signals.map_or_else(String::new, |it| joined(agents::delight(it))),
        commits: commits.collect(),
        more_commits: it.more_commits,
    }
}

fn models(work: &AgentWork) -> Vec<Model> {
    let each = work.models.iter().map(|it| Model {
        name: first_line(&it.model, WORDS),
        used: counted(it.nodes, "piece"),
        tokens: grouped(it.tokens()),
        cached: grouped(it.cache_read),
        cost: agents::cost(it.cost).unwrap_or_default(),
    });
    each.collect()
}
