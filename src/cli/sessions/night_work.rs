//! The parts of a night that ask no model.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::agent::call;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::insights;
use crate::cli::own_runner::Done;
use crate::graph::connect::Policy;
use crate::system::signals::Signals;
use crate::tasks::left::Meaning;

/// Answers of the agent that nobody asked for again are kept for so long: a job's last attempt is over by then.
const ANSWERS: Duration = Duration::from_secs(7 * 24 * 3600);

/// Looks for connections of nodes that were analysed lately, each at most once a day. Nothing of it is lost when it is
/// stopped: the next one goes on with the others.
pub fn connections(app: &App, limit: u32, signals: &Signals) -> Result<Done, CommandError> {
    let mut graph = app.graph()?;
    let policy = Policy {
        limit: limit as usize,
        ..Policy::default()
    };
    let now = app.now();
    // Those that wait for another analysis are looked at when it is there.
    let skip: BTreeSet<_> = super::analyses::waiting(&app.user_queue()?)?
        .iter()
        .filter_map(|node| node.parse().ok())
        .collect();
    let mut due = graph
        .due_for_discovery(&policy, &skip, now)
        .context("find the nodes that are due")?;
    due.sort_unstable();
    let (mut nodes, mut edges) = (0, 0);
    for id in due {
        if signals.stop_count() > 0 {
            return Err(CommandError::failed("stopped"));
        }
        edges += graph
            .discover_one(id, &policy, now)
            .context("look for connections")?;
        nodes += 1;
    }
    Ok(Done {
        meaning: Meaning::Done,
        result: Some(json!({ "nodes": nodes, "edges": edges })),
    })
}

/// Draws insights together, measures what they changed, lets fade what nobody needs, and forgets answers of the agent that
/// were used long ago.
pub fn aggregation(app: &App) -> Result<Done, CommandError> {
    let mut graph = app.graph()?;
    let told = insights::aggregate(&mut graph, app.now()).context("draw insights together")?;
    let answers = app.dirs()?.data.join(super::calling::ANSWERS);
    let forgotten = call::forget(&answers, ANSWERS, app.now()).context("forget old answers")?;
    Ok(Done {
        meaning: Meaning::Done,
        result: Some(json!({
            "insights": told.insights,
            "measured": told.measured,
            "worse": told.worse.iter().map(|(id, words)| json!({ "id": id, "insight": words })).collect::<Vec<_>>(),
            "relevance": { "nodes": told.relevance.nodes, "archived": told.relevance.archived },
            "forgotten_answers": forgotten,
        })),
    })
}
