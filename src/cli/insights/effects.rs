//! Measuring what came of insights that agents are told.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;

use crate::graph::db::{NewNote, Note};
use crate::graph::insights::effect::{self, AT_ONCE, BEFORE, EVERY, Effect, Place};
use crate::graph::insights::{Insight, Standing, marks};
use crate::graph::{Graph, GraphError};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// What was told, or measured last, a week ago.
    Due,
    /// All that is told.
    Now,
}

/// An insight that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The insight.
    pub insight: Insight,
    /// What came of telling it.
    pub effect: Effect,
    /// Whether it is told no more because of that.
    pub is_told_no_more: bool,
}

/// Measures what came of insights that stand in files, those that were not measured for longest first and no more than 50.
/// What made things worse is told no more, unless a person decided about it.
pub fn measure(graph: &mut Graph, when: When, now: Timestamp) -> Result<Vec<Measured>, GraphError> {
    let known = graph.insight_effects()?;
    let standings = graph.insight_standings()?;
    let mut told: BTreeMap<String, (Insight, Vec<Place>)> = BTreeMap::new();
    for note in graph.insight_notes()? {
        let place = Place {
            scope: note.scope,
            since: note.since,
        };
        let id = note.insight.id.clone();
        let it = told.entry(id).or_insert((note.insight, Vec::new()));
        it.1.push(place);
    }
    let mut chosen: Vec<(Option<Timestamp>, Insight, Vec<Place>)> = told
        .into_values()
        .filter_map(|(insight, places)| {
            let first = places.iter().map(|place| place.since).min()?;
            let last = known.get(&insight.id).filter(|it| it.since >= first);
            let last = last.map(|it| it.measured_at);
            let is_due = now.duration_since(last.unwrap_or(first)) >= EVERY;
            let is_wanted = when == When::Now || (is_due && !is_off(&standings, &insight.id));
            is_wanted.then_some((last, insight, places))
        })
        .collect();
    chosen.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
    chosen.truncate(AT_ONCE);
    let since = chosen.iter().flat_map(|(_, _, places)| places);
    let Some(since) = since.map(|place| place.since).min() else {
        return Ok(Vec::new());
    };
    let sessions = graph.sessions_seen(since.saturating_sub(BEFORE).unwrap_or(Timestamp::MIN))?;
    let measured: Vec<(Insight, Effect)> = chosen
        .into_iter()
        .filter_map(|(_, insight, places)| {
            let effect = effect::measure(&insight, &places, &sessions, now)?;
            Some((insight, effect))
        })
        .collect();
    let effects: Vec<(String, Effect)> = measured
        .iter()
        .map(|(insight, effect)| (insight.id.clone(), *effect))
        .collect();
    let worse = graph.keep_effects(&effects, now)?;
    Ok(measured
        .into_iter()
        .map(|(insight, effect)| Measured {
            is_told_no_more: worse.contains(&insight.id),
            insight,
            effect,
        })
        .collect())
}

fn is_off(standings: &BTreeMap<String, Standing>, id: &str) -> bool {
    standings.get(id).is_some_and(|it| it.is_off())
}

/// Forgets that insights stand in files from which somebody took them: what is not there has no effect. Files that cannot be
/// read now may be there again tomorrow; only one that is gone is gone.
pub fn forget_what_is_gone(graph: &mut Graph, now: Timestamp) -> Result<(), GraphError> {
    let mut files: BTreeMap<std::path::PathBuf, Vec<Note>> = BTreeMap::new();
    for note in graph.insight_notes()? {
        files.entry(note.file.clone()).or_default().push(note);
    }
    for (file, notes) in files {
        let Some(lines) = lines_of(&file) else {
            continue;
        };
        let stand: Vec<NewNote<'_>> = notes
            .iter()
            .filter(|note| lines.contains(&note.text))
            .map(|note| NewNote {
                text: &note.text,
                insight: &note.insight,
                stood: true,
            })
            .collect();
        if stand.len() < notes.len() {
            let scope = notes.first().map_or("", |note| note.scope.as_str());
            graph.set_insight_notes(&file, scope, &stand, now)?;
        }
    }
    Ok(())
}

/// The lines of a file's block; nothing if that cannot be told.
fn lines_of(file: &Path) -> Option<Vec<String>> {
    match fs::read(file) {
        Ok(bytes) => marks::block(&bytes).ok().map(Option::unwrap_or_default),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(Vec::new()),
        Err(_) => None,
    }
}
