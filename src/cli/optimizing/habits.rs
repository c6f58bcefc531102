//! What the optimiser and the user's profile tell each other: habits and what automations save, and what is not wanted.

use std::collections::BTreeSet;

use super::Found;
use crate::analyze::profile::keys::{HABITS, SAVED, UNWANTED};
use crate::analyze::profile::value::Value;
use crate::analyze::profile::{Observation, ProfileStore};
use crate::cli::app::App;
use crate::cli::ui::plain;
use crate::metrics::stats::ms_as_f64;
use crate::optimize::automation::State;
use crate::optimize::db::Optimize;
use crate::optimize::engine::Summary;
use crate::optimize::score::Band;

/// Who observes it.
const SOURCE: &str = "optimizer";
/// So many habits are told.
const MOST: usize = 10;

/// What the profile says is not to be proposed, in lower case. Without a profile, nothing.
pub fn unwanted(app: &App) -> BTreeSet<String> {
    let Ok(dirs) = app.dirs() else {
        return BTreeSet::new();
    };
    let Ok(profile) = ProfileStore::new(&dirs.state).load() else {
        return BTreeSet::new();
    };
    let shown = profile.shown(None, app.now());
    let said = shown.into_iter().find(|it| it.key == UNWANTED);
    match said.map(|it| it.value) {
        Some(Value::List(items)) => items.iter().map(|it| it.text().to_lowercase()).collect(),
        Some(Value::Text(text)) => BTreeSet::from([text.to_lowercase()]),
        _ => BTreeSet::new(),
    }
}

/// Lets the profile hear what is repeated, what it saves that some of it is automated, and what was removed. The optimiser can do
/// without: a profile that cannot be written is told, and nothing else fails.
pub fn tell(found: &Found, db: &Optimize, summary: &Summary, app: &App) {
    let mut seen = Vec::new();
    let mut observe = |key, value| {
        seen.push(Observation {
            key,
            value,
            source: SOURCE.to_owned(),
            confidence: crate::analyze::profile::attribute::START,
        });
    };
    let shown = found.shown(false, MOST).unwrap_or_default();
    let listed = shown.iter().filter(|it| it.candidate.band != Band::Hide);
    let habits: Vec<&str> = listed.map(|it| it.recipe.name.as_str()).collect();
    if !habits.is_empty() {
        observe(HABITS, Value::list(&habits));
    }
    let automations = db.automations().unwrap_or_default();
    let gone = automations.iter().filter(|it| it.state == State::Retired);
    let gone: Vec<&str> = gone.map(|it| it.name.as_str()).collect();
    if !gone.is_empty() {
        observe(UNWANTED, Value::list(&gone));
    }
    if summary.totals.runs > 0 {
        let weeks = f64::from(summary.days) / 7.0;
        let minutes = ms_as_f64(summary.totals.saved_ms) / 60_000.0 / weeks.max(1.0);
        observe(SAVED, Value::number(minutes));
    }
    if seen.is_empty() {
        return;
    }
    let Ok(dirs) = app.dirs() else { return };
    if let Err(error) = ProfileStore::new(&dirs.state).observe("", seen, app.now()) {
        app.ui.warn(format!(
            "the profile heard nothing: {}",
            plain(&error.to_string())
        ));
    }
}
