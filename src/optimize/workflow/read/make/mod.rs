//! Makefiles: targets and what they need, as GNU make reads them.
//!
//! Nothing is run, for `$(shell …)` would run programs: variables are written out where the file alone says what they are, and
//! a rule whose targets it does not say is left out and noted. So are pattern rules, suffix rules and files that are included.
//! Each target that nobody else needs is a goal, and a workflow with all that it needs.

mod condition;
mod declared;
mod expand;
mod lines;
mod parse;
mod rules;

use std::collections::{BTreeSet, HashMap, HashSet};

use super::assemble::{Draft, Reading, assemble, circle};
use super::{LARGEST, MOST_STEPS, ReadError};
use crate::optimize::workflow::{Origin, Touched};
use rules::{File, Target};

/// So many goals become workflows; a file with more is one of targets that are not for people.
const MOST_GOALS: usize = 200;

/// Reads a Makefile, `file` being its path relative to the top.
pub fn makefile(text: &str, file: &str) -> Result<Reading, ReadError> {
    if text.len() > LARGEST {
        return Err(ReadError::TooLarge);
    }
    let read = parse::parse(text)?;
    let order: Vec<&Target> = read.targets();
    if order.is_empty() {
        return Err(ReadError::Nothing);
    }
    let places: HashMap<&str, usize> = order
        .iter()
        .enumerate()
        .map(|(at, target)| (target.name.as_str(), at))
        .collect();
    let needs: Vec<Vec<usize>> = order
        .iter()
        .map(|target| {
            let all = target.prerequisites.iter().chain(&target.order_only);
            all.filter_map(|name| places.get(name.as_str()).copied())
                .collect()
        })
        .collect();
    if let Some(circle) = circle(&needs) {
        let found = || circle.iter().filter_map(|at| order.get(*at));
        return Err(ReadError::Circle {
            line: found().next().map_or(1, |target| target.line),
            names: found().map(|target| target.name.clone()).collect(),
        });
    }
    let mut reading = Reading {
        notes: read.notes.clone(),
        ..Reading::default()
    };
    let origin = Origin::Make {
        file: file.to_owned(),
    };
    for goal in goals(&read, &order, &needs) {
        let Some(name) = order.get(goal).map(|it| it.name.as_str()) else {
            continue;
        };
        if reading.workflows.len() >= MOST_GOALS {
            reading
                .notes
                .push(format!("only the first {MOST_GOALS} goals are looked at"));
            break;
        }
        let places = reach(goal, &needs);
        if places.len() > MOST_STEPS {
            return Err(ReadError::TooMany);
        }
        let drafts = places
            .iter()
            .filter_map(|at| {
                let made = draft(order.get(*at)?, &order, needs.get(*at)?, &read);
                let gathers = made.gathers || *at == goal;
                Some(Draft { gathers, ..made })
            })
            .collect();
        let workers = Some(read.jobs.unwrap_or(1));
        let name = format!("make:{name}");
        reading
            .workflows
            .push(assemble(name, origin.clone(), workers, drafts)?);
    }
    Ok(reading)
}

/// The default goal first, and then every target that nobody needs and that is more than a file without a recipe.
fn goals(read: &File, order: &[&Target], needs: &[Vec<usize>]) -> Vec<usize> {
    let needed: HashSet<usize> = needs.iter().flatten().copied().collect();
    let named = |name: &String| order.iter().position(|target| target.name == *name);
    let first = read.default_goal.as_ref().and_then(named);
    let others = (0..order.len()).filter(|at| !needed.contains(at));
    let mut goals: Vec<usize> = first.into_iter().collect();
    for at in others {
        let target = order.get(at);
        let is_work =
            target.is_some_and(|it| it.has_recipe || !needs.get(at).is_none_or(Vec::is_empty));
        if is_work && !goals.contains(&at) {
            goals.push(at);
        }
    }
    goals
}

/// A goal and all that it needs, in the order of the file.
fn reach(goal: usize, needs: &[Vec<usize>]) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([goal]);
    let mut ahead = vec![goal];
    while let Some(at) = ahead.pop() {
        for need in needs.get(at).into_iter().flatten() {
            if found.insert(*need) {
                ahead.push(*need);
            }
        }
    }
    found
}

fn draft(target: &Target, order: &[&Target], needs: &[usize], read: &File) -> Draft {
    let phony = |name: &str| read.is_phony(name);
    let names = needs.iter().filter_map(|at| order.get(*at));
    let (reads, writes) = if target.is_unsure {
        (Touched::Unknown, Touched::Unknown)
    } else if phony(&target.name) {
        // What a recipe does that makes no file, nobody knows.
        if target.has_recipe {
            (Touched::Unknown, Touched::Unknown)
        } else {
            (Touched::Known(Vec::new()), Touched::Known(Vec::new()))
        }
    } else if target.makes_itself() {
        let files = target.prerequisites.iter().filter(|name| !phony(name));
        (
            Touched::Known(files.cloned().collect()),
            Touched::Known(vec![target.name.clone()]),
        )
    } else if target.has_recipe {
        (Touched::Unknown, Touched::Unknown)
    } else {
        (Touched::Known(Vec::new()), Touched::Known(Vec::new()))
    };
    Draft {
        name: target.name.clone(),
        line: target.line,
        needs: names.map(|it| it.name.clone()).collect(),
        reads,
        writes,
        commands: target.commands.clone(),
        titles: vec![format!("make {}", target.name)],
        gathers: !target.has_recipe,
    }
}
