//! The optimiser's cycle: read, look after what runs, find what is repeated, write the best out and try it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use super::look_after::look_after;
use super::trying::{attempt, usual};
use super::writing::{Writing, write_out};
use super::{Found, Proposal, Reading, existing, failed, failed_automation, habits, open, summary};
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::optimize::automation::{Automation, Form};
use crate::optimize::db::Optimize;
use crate::optimize::engine::{Choice, Cycle, MOST, Offer, Summary, choose};
use crate::optimize::score::Band;
use crate::triggers::registry::Registry;

/// So many proposals are looked at: those that follow are of little worth.
const LOOKED_AT: usize = 100;

/// Runs a cycle. What fails of it is told, and the rest is done all the same: nobody is there to do it again before a week is
/// over.
///
/// What is known afterwards comes with it; nothing where nothing was ever read.
pub fn run(app: &App) -> Result<(Cycle, Option<Summary>), CommandError> {
    let began = Instant::now();
    let reading = Reading::with(app, &repositories(app))?;
    reading.say(app);
    let mut cycle = Cycle {
        at: app.now().as_millisecond(),
        ..Cycle::default()
    };
    if existing(app)?.is_none() {
        return Ok((cycle, None));
    }
    let mut db = open(app)?;
    look_after(&mut db, &mut cycle, app)?;
    let found = Found::of(app, None)?;
    cycle.events = count(found.corpus.events.len());
    cycle.candidates = count(found.candidates.len().saturating_sub(found.hidden()));
    write_the_best(&found, &mut db, &mut cycle, app)?;
    cycle.took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    db.put_cycle(&cycle)
        .map_err(|error| failed("note the cycle", &error))?;
    let summary = summary::told(&found, &db, app, summary::DAYS)?;
    habits::tell(&found, &db, &summary, app);
    Ok((cycle, Some(summary)))
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The repositories that are registered, but for the one that the command is about.
fn repositories(app: &App) -> Vec<App> {
    let Ok(dirs) = app.dirs() else {
        return Vec::new();
    };
    let here = app.located().ok().map(|located| &located.common_dir);
    let listed = Registry::new(&dirs.state).list().unwrap_or_default();
    let others = listed.iter().filter(|it| Some(&it.common_dir) != here);
    let folders = others.map(|it| it.worktrees.last().unwrap_or(&it.common_dir));
    folders
        .filter(|folder| folder.is_dir())
        .map(|folder| app.at(folder))
        .collect()
}

/// What is repeated, is of this band or a better one, and was not automated yet, the best first, with what is done about it.
pub fn offered<'a>(
    found: &Found,
    automations: &'a [Automation],
    unwanted: &BTreeSet<String>,
    least: Band,
) -> Result<Vec<(Proposal, Choice<'a>)>, CommandError> {
    let mut offered = Vec::new();
    for candidate in &found.candidates {
        if offered.len() == LOOKED_AT {
            break;
        }
        if candidate.band < least {
            continue;
        }
        let proposal = found.proposal(candidate)?;
        let offer = Offer {
            recipe: &proposal.recipe,
            regular: candidate.pattern.regularity.is_some(),
            hook: candidate.pattern.hook.is_some(),
        };
        let choice = choose(offer, automations, unwanted);
        if !matches!(choice, Choice::Leave(_)) {
            offered.push((proposal, choice));
        }
    }
    Ok(offered)
}

/// Writes out and tries what is worth most.
fn write_the_best(
    found: &Found,
    db: &mut Optimize,
    cycle: &mut Cycle,
    app: &App,
) -> Result<(), CommandError> {
    let automations = db
        .automations()
        .map_err(|error| failed_automation("list the automations", &error))?;
    let unwanted = habits::unwanted(app);
    let offered = offered(found, &automations, &unwanted, Band::Propose)?;
    for (proposal, choice) in offered.into_iter().take(MOST) {
        let automation = match choice {
            Choice::Write(form) => {
                // Where it will be put says which names are taken.
                let home = match &proposal.recipe.repository {
                    Some(folder) if Path::new(folder).is_dir() => app.at(Path::new(folder)),
                    Some(_) => {
                        cycle.left.push((
                            proposal.candidate.pattern.id.clone(),
                            "its repository is gone".to_owned(),
                        ));
                        continue;
                    }
                    None => app.again(),
                };
                let written = write(found, &proposal, form, db, &home);
                match written {
                    Ok(automation) => {
                        cycle.generated.push(automation.name.clone());
                        automation
                    }
                    Err(error) => {
                        let why = error.to_string();
                        cycle
                            .left
                            .push((proposal.candidate.pattern.id.clone(), why));
                        continue;
                    }
                }
            }
            Choice::Written(automation) => automation.clone(),
            Choice::Propose(_) | Choice::Leave(_) => continue,
        };
        if automation.tested_at.is_some() {
            continue;
        }
        let name = automation.name.clone();
        match attempt(db, automation, &usual(app)?, app) {
            Ok((_, report)) if report.passed => cycle.passed.push(name),
            Ok(_) => {}
            Err(error) => {
                let why = error.to_string();
                cycle
                    .left
                    .push((proposal.candidate.pattern.id.clone(), why));
            }
        }
    }
    Ok(())
}

/// In the form that suits, or as a script if it cannot be written so.
fn write(
    found: &Found,
    proposal: &Proposal,
    form: Form,
    db: &mut Optimize,
    app: &App,
) -> Result<Automation, CommandError> {
    let mut written = write_out(found, proposal, &Writing::of(form), db, app);
    if written.is_err() && form != Form::ShellScript {
        written = write_out(found, proposal, &Writing::of(Form::ShellScript), db, app);
    }
    written.map(|(automation, _)| automation)
}
