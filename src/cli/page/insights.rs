//! What the sessions of the repository have in common with others, as the page shows it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use crate::cli::error::{CommandError, Context as _};
use crate::cli::sessions::here::Here;
use crate::graph::insights::{Insight, TO_SHOW};
use crate::graph::work::Piece;
use crate::graph::{Graph, NodeId};
use crate::report::html::page::InsightSeen;

/// Among so many insights those of the repository are looked for.
const LOOKED: usize = 2000;
/// So many are shown.
const SHOWN: usize = 30;

/// Insights that agents are told in the repository, and those that a session of it is an example of; of either those that were
/// seen most often first. What only other repositories have taught is nobody's business here.
pub(super) fn insights(
    graph: &Graph,
    here: &Here,
    pieces: &[Piece],
) -> Result<Vec<InsightSeen>, CommandError> {
    let read = "read the insights";
    let nodes: HashSet<NodeId> = pieces.iter().map(|piece| piece.id).collect();
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for note in graph.insight_notes().context(read)? {
        if is_read_here(&note.scope, here) {
            let name = note.file.file_name().unwrap_or_default();
            let name = name.to_string_lossy().into_owned();
            told.entry(note.insight.id).or_default().insert(name);
        }
    }
    let standings = graph.insight_standings().context(read)?;
    let effects = graph.insight_effects().context(read)?;
    let kept = graph.kept_insights(None, LOOKED).context(read)?.into_iter();
    let wanted = kept.filter(|it| {
        let is_of_here = it.examples.iter().any(|node| nodes.contains(node));
        told.contains_key(&it.id) || (is_of_here && it.is_actionable(TO_SHOW))
    });
    let mut wanted: Vec<Insight> = wanted.collect();
    wanted.sort_by_key(|it| !told.contains_key(&it.id));
    wanted.truncate(SHOWN);
    let seen = wanted.into_iter().map(|insight| InsightSeen {
        told_in: told
            .get(&insight.id)
            .map_or_else(Vec::new, |files| files.iter().cloned().collect()),
        standing: standings.get(&insight.id).copied(),
        effect: effects.get(&insight.id).copied(),
        insight,
    });
    Ok(seen.collect())
}

/// Whether sessions in the repository read what is told for this folder; an empty one is all.
fn is_read_here(scope: &str, here: &Here) -> bool {
    scope.is_empty()
        || here.folders.iter().any(|folder| {
            let (folder, scope) = (Path::new(folder), Path::new(scope));
            folder.starts_with(scope) || scope.starts_with(folder)
        })
}
