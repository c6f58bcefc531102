//! A sequence that was mined, or the automation that was made of it, as a workflow.

use super::{Means, Source};
use crate::cli::error::CommandError;
use crate::cli::optimizing::{Found, Proposal, existing, failed_automation};
use crate::optimize::automation::Automation;
use crate::optimize::db::AutomationsError;
use crate::optimize::recipe::describe;
use crate::optimize::score::Candidate;
use crate::optimize::workflow::StepRun;
use crate::optimize::workflow::read::sequence;

/// The one that the beginning of an id, or the name of an automation, names; none if nothing was read yet.
pub fn mined(
    means: &Means<'_>,
    id: &str,
    days: Option<u16>,
) -> Result<Option<Source>, CommandError> {
    let app = means.app;
    let Some(db) = existing(app)? else {
        return Ok(None);
    };
    let automation = match db.automation(id) {
        Ok(automation) => Some(automation),
        Err(AutomationsError::NoSuch(_)) => None,
        Err(error) => return Err(failed_automation("find the automation", &error)),
    };
    let found = Found::of(app, days)?;
    if let Some(automation) = automation {
        return Ok(Some(of_automation(&automation, &found)));
    }
    if !found
        .candidates
        .iter()
        .any(|it| it.pattern.id.starts_with(id))
    {
        return Ok(None);
    }
    let proposal = found.find(id)?;
    Ok(Some(of_proposal(&proposal, &found)))
}

fn of_proposal(proposal: &Proposal, found: &Found) -> Source {
    let runs = runs(&proposal.candidate, found);
    let id = &proposal.candidate.pattern.id;
    Source {
        read: sequence(id, &proposal.recipe, &proposal.steps, runs),
        notes: Vec::new(),
        recipe: Some(proposal.recipe.clone()),
    }
}

/// An automation has the steps of the sequence it was made of: if that is still there, its durations are known.
fn of_automation(automation: &Automation, found: &Found) -> Source {
    let recipe = &automation.recipe;
    let texts: Vec<String> = recipe
        .steps
        .iter()
        .map(|it| describe(it, &recipe.parameters))
        .collect();
    let same = found.candidates.iter().find_map(|it| {
        let proposal = found.part(it, 0..it.pattern.steps.len()).ok()?;
        (proposal.recipe.steps == recipe.steps).then_some(proposal)
    });
    let (runs, notes) = match same {
        Some(proposal) => (runs(&proposal.candidate, found), Vec::new()),
        None => (
            vec![Vec::new(); recipe.steps.len()],
            vec![
                "its steps were not done by hand lately: nobody knows how long each takes"
                    .to_owned(),
            ],
        ),
    };
    Source {
        read: sequence(&automation.id, recipe, &texts, runs),
        notes,
        recipe: Some(recipe.clone()),
    }
}

/// The runs of each step, oldest first.
fn runs(candidate: &Candidate, found: &Found) -> Vec<Vec<StepRun>> {
    let mut runs: Vec<Vec<StepRun>> = vec![Vec::new(); candidate.pattern.steps.len()];
    for (number, events) in candidate.pattern.occurrences().enumerate() {
        for (at, event) in events.iter().enumerate() {
            let event = found.corpus.events.get(*event as usize);
            let (Some(event), Some(runs)) = (event, runs.get_mut(at)) else {
                continue;
            };
            if let Some(ms) = event.duration_ms {
                runs.push(StepRun {
                    at: event
                        .at
                        .saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)),
                    ms,
                    ok: event.succeeded.unwrap_or(true),
                    input: None,
                    about: Some(number.to_string()),
                });
            }
        }
    }
    for runs in &mut runs {
        runs.sort_by_key(|run| run.at);
    }
    runs
}
