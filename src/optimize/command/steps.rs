//! The steps of a text: what is done one after the other, and what may not be torn apart.

use std::ops::Range;
use std::sync::Arc;

use crate::optimize::recipe::{Piece, Shape};

use super::read::Step;
use super::tokens::{Chain, Operand, What};
use super::{digest, nature, pipeline, words};

/// A text with more steps than this is one script.
const MOST_STEPS: usize = 64;

/// How much of a script's first word is in its key, in characters.
const LONGEST_WORD: usize = 24;

/// Programs after which the shell that ran them is another.
const SETTERS: &[&str] = &[
    "source",
    ".",
    "alias",
    "unalias",
    "set",
    "unset",
    "export",
    "shopt",
    "setopt",
    "unsetopt",
    "ulimit",
    "umask",
    "trap",
    "eval",
    "popd",
    "bindkey",
    "abbr",
    "conda",
    "nvm",
    "pyenv",
    "module",
    "workon",
    "deactivate",
];

/// Where a `cd` leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Home,
    To(String),
    /// Somewhere that only the shell knew.
    Unknown,
}

/// A step, its values, and how many moves came before it.
pub(super) type Found = (Arc<Step>, Vec<String>, usize);

/// What a text says in whatever folder it was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    pub steps: Vec<Found>,
    pub moves: Vec<Move>,
}

impl Reading {
    pub fn add(&mut self, (step, values): (Step, Vec<String>)) {
        self.steps.push((Arc::new(step), values, self.moves.len()));
    }
}

/// What is done one after the other.
enum Item<'c> {
    /// A change of folder.
    Move(Move, &'c Operand),
    Single(&'c Operand),
    /// Operands of which some are only done if others fail.
    Either(Range<usize>),
}

pub(super) fn steps(chains: &[Chain], text: &str) -> Reading {
    let items: Vec<Item<'_>> = chains.iter().flat_map(|chain| items(chain, text)).collect();
    let mut reading = Reading::default();
    let sets = |item: &Item<'_>| matches!(item, Item::Single(operand) if sets_state(operand, text));
    // What changes its shell is one script with what follows it.
    let last = items.len().saturating_sub(1);
    let whole = match items.iter().position(sets) {
        _ if items.len() > MOST_STEPS => Some(0),
        found => found.filter(|at| *at < last),
    };
    for (at, item) in items.iter().enumerate() {
        if whole == Some(at) {
            let start = match item {
                Item::Move(_, operand) | Item::Single(operand) => operand.range.start,
                Item::Either(range) => range.start,
            };
            reading.add(script(text.get(start..).unwrap_or(text).trim_end()));
            break;
        }
        match item {
            Item::Move(to, operand) => {
                reading.moves.push(to.clone());
                if at == last {
                    reading.add(single(operand, text));
                }
            }
            Item::Single(operand) => reading.add(single(operand, text)),
            Item::Either(range) => reading.add(script(text.get(range.clone()).unwrap_or_default())),
        }
    }
    reading
}

fn items<'c>(chain: &'c Chain, text: &str) -> Vec<Item<'c>> {
    let mut items = Vec::new();
    for (at, operand) in chain.operands.iter().enumerate() {
        let moves = move_of(operand, text);
        match moves {
            // `cd x || exit`: whoever went on was there.
            Some(to) if operand.or && at == 0 && chain.operands.len() == 2 => {
                items.push(Item::Move(to, operand));
                break;
            }
            Some(to) if !chain.or || !operand.or && items.len() == at => {
                items.push(Item::Move(to, operand));
            }
            _ if chain.or => {
                items.push(Item::Either(operand.range.start..chain.range.end));
                break;
            }
            _ => items.push(Item::Single(operand)),
        }
    }
    items
}

/// Where a `cd` leads; `None` if it is none.
fn move_of(operand: &Operand, text: &str) -> Option<Move> {
    let What::Pipeline(stages) = &operand.what else {
        return None;
    };
    let [stage] = stages.as_slice() else {
        return None;
    };
    if !stage.assignments.is_empty() || !stage.redirects.is_empty() {
        return None;
    }
    let mut words = stage
        .words
        .iter()
        .filter_map(|range| text.get(range.clone()));
    if !matches!(words.next(), Some("cd" | "pushd")) {
        return None;
    }
    let mut words = words.filter(|word| !matches!(*word, "--" | "-P" | "-L" | "-e"));
    let (to, more) = (words.next(), words.next());
    match (to, more) {
        (None, _) => Some(Move::Home),
        (Some("-"), None) => Some(Move::Unknown),
        (Some(typed), None) => Some(match words::word(typed)?.0.as_slice() {
            [Piece::Text(path)] => Move::To(path.clone()),
            [Piece::Code(path)] if is_below_home(path) => Move::To(path.clone()),
            _ => Move::Unknown,
        }),
        _ => None,
    }
}

fn is_below_home(path: &str) -> bool {
    (path == "~" || path.starts_with("~/"))
        && path
            .chars()
            .all(|c| c.is_alphanumeric() || "~/._-+@".contains(c))
}

fn sets_state(operand: &Operand, text: &str) -> bool {
    match &operand.what {
        What::State => true,
        What::Opaque => text.get(operand.range.clone()).is_some_and(is_function),
        What::Pipeline(stages) => stages.first().is_some_and(|stage| {
            let program = stage
                .words
                .first()
                .and_then(|range| text.get(range.clone()));
            stages.len() == 1
                && (program.is_some_and(|program| SETTERS.contains(&program))
                    || program == Some("exec") && stage.words.len() == 1)
        }),
    }
}

/// A definition says what a name does for the rest of the text.
fn is_function(code: &str) -> bool {
    code.starts_with("function ")
        || code.split_once("()").is_some_and(|(name, _)| {
            name.trim_end()
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        })
}

fn single(operand: &Operand, text: &str) -> (Step, Vec<String>) {
    let code = text.get(operand.range.clone()).unwrap_or_default();
    match &operand.what {
        What::Pipeline(stages) => pipeline::step(stages, text).unwrap_or_else(|| script(code)),
        What::Opaque => script(code),
        What::State => {
            let (step, values) = script(code);
            (
                Step {
                    noise: true,
                    ..step
                },
                values,
            )
        }
    }
}

/// Code as one step.
pub(super) fn script(code: &str) -> (Step, Vec<String>) {
    let nature = nature::of_code(code);
    let word: String = code
        .chars()
        .take_while(|c| c.is_alphanumeric() || "_./-".contains(*c))
        .take(LONGEST_WORD)
        .collect();
    let step = Step {
        key: format!("script:{} {word}", digest::short(code))
            .trim_end()
            .to_owned(),
        shape: Shape::Script(code.to_owned()),
        kinds: Vec::new(),
        noise: false,
        risky: nature.risky,
        interactive: nature.interactive,
    };
    (step, Vec::new())
}
