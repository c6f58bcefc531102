//! Justfiles: recipes and what they need, as `just` reads them.
//!
//! Files that are imported and modules are left out and noted; nothing is run. Each public recipe that no other needs is a goal,
//! and a workflow with all that it needs. What stands behind `&&` is run once more after the recipe, with all that it needs
//! itself, whatever was run before.

mod parse;
mod tokens;

use std::collections::{HashMap, HashSet};

use super::assemble::{Draft, Reading, assemble, circle};
use super::{LARGEST, MOST_STEPS, ReadError};
use crate::optimize::workflow::{Origin, Touched};
use parse::{Dependency, File, Recipe};

/// So many goals become workflows.
const MOST_GOALS: usize = 200;

/// Reads a justfile, `file` being its path relative to the top.
pub fn justfile(text: &str, file: &str) -> Result<Reading, ReadError> {
    if text.len() > LARGEST {
        return Err(ReadError::TooLarge);
    }
    let read = parse::parse(text)?;
    if read.recipes.is_empty() {
        return Err(ReadError::Nothing);
    }
    let places = places(&read);
    let mut notes = read.notes.clone();
    let mut needs = Vec::with_capacity(read.recipes.len());
    for recipe in &read.recipes {
        let mut found = Vec::new();
        for need in recipe.before.iter().chain(&recipe.after) {
            match places.get(need.recipe.as_str()) {
                Some(at) => found.push(*at),
                None if read.is_partial || need.recipe.contains("::") => {
                    let what = format!(
                        "line {}: {} is in another file, and is not read",
                        need.line, need.recipe
                    );
                    if !notes.contains(&what) {
                        notes.push(what);
                    }
                }
                None => {
                    let what = format!(
                        "{} needs {}, and there is no such recipe",
                        recipe.name, need.recipe
                    );
                    return Err(ReadError::at(need.line, what));
                }
            }
        }
        needs.push(found);
    }
    if let Some(circle) = circle(&needs) {
        let found = || circle.iter().filter_map(|at| read.recipes.get(*at));
        return Err(ReadError::Circle {
            line: found().next().map_or(1, |recipe| recipe.line),
            names: found().map(|recipe| recipe.name.clone()).collect(),
        });
    }
    let needed: HashSet<usize> = needs.iter().flatten().copied().collect();
    let mut reading = Reading {
        notes,
        ..Reading::default()
    };
    let origin = Origin::Just {
        file: file.to_owned(),
    };
    for (at, recipe) in read.recipes.iter().enumerate() {
        let is_goal = read.default == Some(at) || !recipe.is_private && !needed.contains(&at);
        if !is_goal {
            continue;
        }
        if reading.workflows.len() >= MOST_GOALS {
            reading
                .notes
                .push(format!("only the first {MOST_GOALS} goals are looked at"));
            break;
        }
        let mut run = Run {
            read: &read,
            places: &places,
            drafts: Vec::new(),
            ends: HashMap::new(),
            names: HashSet::new(),
            scopes: 1,
            depth: 0,
        };
        run.recipe(at, &[], &Scope::default())?;
        let parallel = run.drafts.iter().any(|draft| {
            let name = draft.commands.is_empty() || draft.needs.len() > 1;
            name && read
                .recipes
                .iter()
                .any(|it| it.is_parallel && draft.titles.contains(&format!("just {}", it.name)))
        });
        let workers = (!parallel).then_some(1);
        let name = format!("just:{}", recipe.name);
        reading
            .workflows
            .push(assemble(name, origin.clone(), workers, run.drafts)?);
    }
    Ok(reading)
}

/// So deep may recipes need each other: each level takes some of the stack.
const DEEPEST: usize = 500;

/// Where each recipe is, by its name and those of its aliases.
fn places(read: &File) -> HashMap<&str, usize> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (at, recipe) in read.recipes.iter().enumerate() {
        places.insert(&recipe.name, at);
    }
    for (alias, target) in &read.aliases {
        if let Some(at) = places.get(target.as_str()).copied() {
            places.entry(alias).or_insert(at);
        }
    }
    places
}

/// Where recipes run only once: the whole, or what stands behind one `&&`.
#[derive(Clone, Debug, Default)]
struct Scope {
    number: usize,
    /// What was run before any of it.
    gate: Option<String>,
}

struct Run<'f> {
    read: &'f File,
    places: &'f HashMap<&'f str, usize>,
    drafts: Vec<Draft>,
    /// By scope, recipe and arguments: what must have ended for it to be done.
    ends: HashMap<(usize, usize, Vec<String>), Vec<String>>,
    names: HashSet<String>,
    scopes: usize,
    depth: usize,
}

impl Run<'_> {
    /// Adds a recipe with all that it needs, unless it is there; gives what must have ended for it to be done.
    fn recipe(
        &mut self,
        at: usize,
        arguments: &[String],
        scope: &Scope,
    ) -> Result<Vec<String>, ReadError> {
        let key = (scope.number, at, arguments.to_vec());
        if let Some(ends) = self.ends.get(&key) {
            return Ok(ends.clone());
        }
        let Some(recipe) = self.read.recipes.get(at) else {
            return Ok(Vec::new());
        };
        if self.depth >= DEEPEST {
            let what = format!("more than {DEEPEST} recipes need each other in a row");
            return Err(ReadError::at(recipe.line, what));
        }
        self.depth += 1;
        let mut needs = self.all(&recipe.before, scope)?;
        if needs.is_empty() {
            needs.extend(scope.gate.clone());
        }
        if self.drafts.len() >= MOST_STEPS {
            return Err(ReadError::TooMany);
        }
        let name = self.name(recipe, arguments, scope);
        let touched = || {
            if recipe.commands.is_empty() {
                Touched::Known(Vec::new())
            } else {
                Touched::Unknown
            }
        };
        self.drafts.push(Draft {
            name: name.clone(),
            line: recipe.line,
            needs,
            reads: touched(),
            writes: touched(),
            commands: recipe.commands.clone(),
            // The goal is what nothing was wanted for.
            gathers: recipe.commands.is_empty() || self.depth == 1,
            titles: vec![
                [
                    vec!["just".to_owned(), recipe.name.clone()],
                    arguments.to_vec(),
                ]
                .concat()
                .join(" "),
            ],
        });
        let mut ends = vec![name.clone()];
        if !recipe.after.is_empty() {
            let scope = Scope {
                number: self.scopes,
                gate: Some(name),
            };
            self.scopes += 1;
            ends.extend(self.all(&recipe.after, &scope)?);
        }
        self.depth -= 1;
        self.ends.insert(key, ends.clone());
        Ok(ends)
    }

    fn all(&mut self, wanted: &[Dependency], scope: &Scope) -> Result<Vec<String>, ReadError> {
        let mut ends = Vec::new();
        let mut seen = HashSet::new();
        for want in wanted {
            if let Some(at) = self.places.get(want.recipe.as_str()).copied() {
                let more = self.recipe(at, &want.arguments, scope)?;
                ends.extend(more.into_iter().filter(|it| seen.insert(it.clone())));
            }
        }
        Ok(ends)
    }

    fn name(&mut self, recipe: &Recipe, arguments: &[String], scope: &Scope) -> String {
        let mut name = recipe.name.clone();
        for argument in arguments {
            name.push(' ');
            name.push_str(argument);
        }
        if let Some(gate) = &scope.gate {
            name = format!(
                "{name} (after {})",
                gate.split(" (after").next().unwrap_or(gate)
            );
        }
        let mut unique = name.clone();
        let mut number = 2;
        while !self.names.insert(unique.clone()) {
            unique = format!("{name} #{number}");
            number += 1;
        }
        unique
    }
}
