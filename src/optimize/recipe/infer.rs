//! From the occurrences of a pattern to a recipe.

use std::collections::HashMap;

use crate::optimize::command::Step;

use super::naming;
use super::shape::{Parameter, Piece, Recipe, Shape, SlotKind, Word};

/// A slot that had one value in at least this share of the occurrences, in percent, …
const CONSTANT_PERCENT: usize = 95;
/// … and at least this often, becomes text.
const CONSTANT_TIMES: usize = 3;

/// A value that was seen less often is no default.
const DEFAULT_TIMES: usize = 2;

/// Values that are kept as examples.
const OBSERVED: usize = 5;

/// A step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepSeen {
    /// How it is done; slots are numbers of `kinds`.
    pub shape: Shape,
    /// What stands in its slots.
    pub kinds: Vec<SlotKind>,
    /// Whether it destroys or publishes something.
    pub risky: bool,
    /// Whether it waits for a person.
    pub interactive: bool,
}

impl From<&Step> for StepSeen {
    fn from(step: &Step) -> Self {
        Self {
            shape: step.shape.clone(),
            kinds: step.kinds.clone(),
            risky: step.risky,
            interactive: step.interactive,
        }
    }
}

/// What a slot becomes.
enum Fate {
    Text(String),
    Parameter(usize),
}

/// The recipe of a pattern. `occurrences`, oldest first, hold for each time, for each step, the values of its slots in the order of
/// their numbers; a value that is missing says nothing about its slot.
pub fn recipe(
    steps: &[StepSeen],
    occurrences: &[Vec<Vec<String>>],
    repository: Option<String>,
) -> Recipe {
    let mut parameters = Vec::new();
    let mut groups: HashMap<Vec<Option<&str>>, usize> = HashMap::new();
    let mut shapes = Vec::with_capacity(steps.len());
    let mut names = naming::Names::default();
    for (number, step) in steps.iter().enumerate() {
        let slots = naming::slots(step);
        let fates: Vec<Fate> = step
            .kinds
            .iter()
            .enumerate()
            .map(|(slot, kind)| {
                let column: Vec<Option<&str>> = occurrences
                    .iter()
                    .map(|steps| steps.get(number)?.get(slot).map(String::as_str))
                    .collect();
                let counts = counts(&column);
                if let Some(value) = constant(&counts) {
                    return Fate::Text(value.to_owned());
                }
                let seen = column.iter().any(Option::is_some);
                if let Some(group) = groups.get(&column).filter(|_| seen) {
                    refine(&mut parameters, *group, *kind);
                    return Fate::Parameter(*group);
                }
                let group = parameters.len();
                let name = slots.get(&slot).map_or_else(|| kind.name(), String::as_str);
                parameters.push(parameter(names.unique(name), *kind, &counts));
                groups.insert(column, group);
                Fate::Parameter(group)
            })
            .collect();
        shapes.push(filled(&step.shape, &fates));
    }
    Recipe {
        name: naming::recipe(&shapes),
        steps: shapes,
        parameters,
        repository,
        risky: steps.iter().any(|step| step.risky),
        interactive: steps.iter().any(|step| step.interactive),
    }
}

/// Values and how often they were seen, most frequent first, of those the one seen last.
fn counts<'v>(column: &[Option<&'v str>]) -> Vec<(&'v str, usize)> {
    let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
    for (at, value) in column.iter().enumerate() {
        if let Some(value) = value {
            let entry = counts.entry(value).or_default();
            *entry = (entry.0 + 1, at);
        }
    }
    let mut counts: Vec<(&str, (usize, usize))> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|count| std::cmp::Reverse(count.1));
    counts
        .into_iter()
        .map(|(value, (times, _))| (value, times))
        .collect()
}

fn constant<'v>(counts: &[(&'v str, usize)]) -> Option<&'v str> {
    let total: usize = counts.iter().map(|(_, times)| times).sum();
    let (value, times) = counts.first()?;
    (*times >= CONSTANT_TIMES && times * 100 >= total * CONSTANT_PERCENT).then_some(value)
}

fn parameter(name: String, kind: SlotKind, counts: &[(&str, usize)]) -> Parameter {
    Parameter {
        name,
        kind,
        default: counts
            .first()
            .filter(|(_, times)| *times >= DEFAULT_TIMES)
            .map(|(value, _)| (*value).to_owned()),
        observed: counts
            .iter()
            .take(OBSERVED)
            .map(|(value, _)| (*value).to_owned())
            .collect(),
    }
}

/// A value that is a branch in one place and any text in another is a branch.
fn refine(parameters: &mut [Parameter], group: usize, kind: SlotKind) {
    if let Some(parameter) = parameters.get_mut(group)
        && parameter.kind == SlotKind::Str
    {
        parameter.kind = kind;
    }
}

fn filled(shape: &Shape, fates: &[Fate]) -> Shape {
    let mut shape = shape.clone();
    if let Shape::Pipeline(commands) = &mut shape {
        for command in commands {
            let targets = command
                .redirects
                .iter_mut()
                .map(|redirect| &mut redirect.target);
            for word in command.words.iter_mut().chain(targets) {
                fill(word, fates);
            }
        }
    }
    shape
}

fn fill(word: &mut Word, fates: &[Fate]) {
    let mut pieces: Vec<Piece> = Vec::with_capacity(word.0.len());
    for piece in std::mem::take(&mut word.0) {
        let piece = match piece {
            Piece::Slot(slot) => match fates.get(slot) {
                Some(Fate::Text(text)) => Piece::Text(text.clone()),
                Some(Fate::Parameter(parameter)) => Piece::Slot(*parameter),
                // A slot without a kind has no value either.
                None => Piece::Text(String::new()),
            },
            piece => piece,
        };
        match (pieces.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => pieces.push(piece),
        }
    }
    word.0 = pieces;
}
