//! What agents did for the repository: pieces of work, newest first, with what they took, what models said of them and the
//! commits that came of them; what they come to; and what it cost the user to have them judged.

mod insights;
mod piece;
mod spending;
mod sums;

use askama::Template;

use self::insights::Insights;
use self::piece::Piece;
use self::spending::Spending;
use self::sums::Sums;
use super::page::{AgentWork, Page};
use crate::analyze::summary::{counted, grouped};
use crate::graph::work::Sum;
use crate::report::agents;
use crate::system::plain::first_line;

/// So many are shown before the rest is folded.
const UNFOLDED: usize = 10;
/// So much of names and remarks.
const WORDS: usize = 200;

#[derive(Template)]
#[template(path = "sessions/section.html", config = "src/report/html/askama.toml")]
pub(super) struct Sessions {
    lead: String,
    judged: String,
    pieces: Vec<Piece>,
    more_pieces: Vec<Piece>,
    unlisted: usize,
    sums: Sums,
    models: Vec<Model>,
    insights: Option<Insights>,
    spending: Option<Spending>,
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
    let mut pieces: Vec<Piece> = work.pieces.iter().map(|it| Piece::of(page, it)).collect();
    let more_pieces = pieces.split_off(pieces.len().min(UNFOLDED));
    let sum = Sum::of(&work.taken);
    Some(Sessions {
        lead: lead(work),
        judged: judged(&sum).to_owned(),
        unlisted: work.all.saturating_sub(work.pieces.len()),
        pieces,
        more_pieces,
        sums: Sums::of(work, &page.about.zone),
        models: models(work),
        insights: Insights::of(&work.insights),
        spending: Spending::of(&work.spending),
    })
}

fn lead(work: &AgentWork) -> String {
    let tokens = work
        .models
        .iter()
        .fold(0_u64, |sum, model| sum.saturating_add(model.tokens()));
    let cost: f64 = work.models.iter().map(|model| model.cost).sum();
    let newest = if work.is_cut { "the newest " } else { "" };
    let judged = Sum::of(&work.taken).judged;
    let parts = [
        Some(format!(
            "{newest}{}",
            counted(work.all as u64, "piece") + " of work"
        )),
        (judged > 0).then(|| format!("{} judged", grouped(judged))),
        (tokens > 0).then(|| counted(tokens, "token")),
        agents::cost(cost),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Whose words these are.
const fn judged(sum: &Sum) -> &'static str {
    match (sum.judged, sum.guessed()) {
        (_, 0) => "A model has judged each of them.",
        (0, _) => {
            "No model has judged any of them: what came of each is a guess, and its words are the session's own."
        }
        _ => {
            "Where no model has judged a piece, what came of it is a guess, and its words are the session's own."
        }
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
