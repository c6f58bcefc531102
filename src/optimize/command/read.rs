//! The reader: from a text to its steps.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use thiserror::Error;
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::optimize::recipe::{Piece, Shape, SlotKind};

use super::tokens::{self, Chain, Operand, What};
use super::{digest, nature, pipeline, words};

/// Longer texts, in bytes, are not read: nobody types them twice.
pub const LONGEST: usize = 16 * 1024;

/// A text with more steps than this is one script.
const MOST_STEPS: usize = 64;

/// How often the parser may ask whether to go on, for each KiB and at least: it asks after each hundred of its
/// operations. Code of shells was seen to need at most 52 for each KiB. See `analyze::syntax` for why it is counted.
const STEPS_PER_KIB: usize = 200;

/// The parser's operations take longer the more pipes stand in a row: 4,000 of them took two seconds. A text with more is not parsed.
const MOST_PIPES: usize = 256;

/// Lines that are remembered with their steps: people repeat themselves. Only lines up to [`LONGEST_REMEMBERED`].
const REMEMBERED: usize = 8192;

/// The longest line that is remembered, in bytes.
const LONGEST_REMEMBERED: usize = 256;

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

/// Why no reader could be made.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The grammar was made for another version of tree-sitter.
    #[error("failed to load the grammar of bash: {0}")]
    Grammar(#[from] tree_sitter::LanguageError),
}

/// A step without what differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What makes it the same step again, such as `git commit -m <str>`. Two steps with one key have slots of the same
    /// kinds and the same nature.
    pub key: String,
    /// How it is done again; slots are numbered in the order of the key.
    pub shape: Shape,
    /// What stands in the slots.
    pub kinds: Vec<SlotKind>,
    /// Whether it is left out of sequences.
    pub noise: bool,
    /// Whether it destroys or publishes something.
    pub risky: bool,
    /// Whether it waits for a person.
    pub interactive: bool,
}

/// A step as it was typed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The step.
    pub step: Arc<Step>,
    /// What stood in its slots.
    pub values: Vec<String>,
    /// The folder it was done in, absolute; none if that is not known. Of a `cd` that nothing follows, the folder it leads to.
    pub folder: Option<String>,
}

/// Where a `cd` leads.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Move {
    Home,
    To(String),
    /// Somewhere that only the shell knew.
    Unknown,
}

/// A step, its values, and how many moves came before it.
type Found = (Arc<Step>, Vec<String>, usize);

/// What a text says in whatever folder it was typed.
#[derive(Clone, Debug, Default)]
struct Reading {
    steps: Vec<Found>,
    moves: Vec<Move>,
}

/// Reads texts; it remembers those it has read.
pub struct Reader {
    parser: Parser,
    home: Option<String>,
    remembered: HashMap<Box<str>, Arc<Reading>>,
}

/// Reads one text. [`Reader`] is faster for many.
pub fn read(text: &str, folder: Option<&str>) -> Result<Vec<Typed>, ReadError> {
    Ok(Reader::new()?.read(text, folder))
}

impl Reader {
    /// A reader that does not know the home folder.
    pub fn new() -> Result<Self, ReadError> {
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_bash::LANGUAGE.into())?;
        Ok(Self {
            parser,
            home: None,
            remembered: HashMap::new(),
        })
    }

    /// The same, knowing where `cd` and `cd ~/x` lead.
    #[must_use]
    pub fn with_home(mut self, home: Option<String>) -> Self {
        self.home = home;
        self
    }

    /// The steps of a text that was typed in a folder, in their order. None if it says nothing, or is longer than [`LONGEST`].
    pub fn read(&mut self, text: &str, folder: Option<&str>) -> Vec<Typed> {
        let reading = self.reading(text);
        let folders: Vec<Option<String>> = std::iter::once(folder.map(str::to_owned))
            .chain(
                reading
                    .moves
                    .iter()
                    .scan(folder.map(str::to_owned), |at, next| {
                        *at = self.moved(at.as_deref(), next);
                        Some(at.clone())
                    }),
            )
            .collect();
        reading
            .steps
            .iter()
            .map(|(step, values, moves)| Typed {
                step: Arc::clone(step),
                values: values.clone(),
                folder: folders.get(*moves).cloned().flatten(),
            })
            .collect()
    }

    fn reading(&mut self, text: &str) -> Arc<Reading> {
        if text.len() > LONGEST {
            return Arc::default();
        }
        if let Some(reading) = self.remembered.get(text) {
            return Arc::clone(reading);
        }
        let reading = Arc::new(self.read_anew(text));
        if text.len() <= LONGEST_REMEMBERED {
            if self.remembered.len() >= REMEMBERED {
                self.remembered.clear();
            }
            self.remembered.insert(text.into(), Arc::clone(&reading));
        }
        reading
    }

    fn read_anew(&mut self, text: &str) -> Reading {
        let trimmed = trimmed(text);
        if trimmed.is_empty()
            || trimmed
                .lines()
                .all(|line| line.trim_start().starts_with('#'))
        {
            return Reading::default();
        }
        let pipes = trimmed.bytes().filter(|byte| *byte == b'|').count();
        let tree = if pipes > MOST_PIPES {
            None
        } else {
            self.tree(trimmed)
        };
        match tree {
            Some(tree) if !tree.root_node().has_error() => {
                steps(&tokens::chains(&tree, trimmed), trimmed)
            }
            _ => {
                let mut reading = Reading::default();
                reading.add(script(trimmed));
                reading
            }
        }
    }

    fn tree(&mut self, text: &str) -> Option<Tree> {
        let mut left = STEPS_PER_KIB.saturating_mul(text.len() / 1024 + 1);
        let mut go_on = |_: &ParseState| match left.checked_sub(1) {
            Some(fewer) => {
                left = fewer;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        };
        let options = ParseOptions::new().progress_callback(&mut go_on);
        let source = text.as_bytes();
        let tree = self.parser.parse_with_options(
            &mut |at, _| source.get(at..).unwrap_or_default(),
            None,
            Some(options),
        );
        // A parser that was stopped would go on where it was.
        self.parser.reset();
        tree
    }

    fn moved(&self, from: Option<&str>, next: &Move) -> Option<String> {
        match next {
            Move::Home => self.home.clone(),
            Move::Unknown => None,
            Move::To(path) => match path.strip_prefix('~') {
                Some("") => self.home.clone(),
                Some(rest) if rest.starts_with('/') => self
                    .home
                    .as_deref()
                    .map(|home| joined(home, rest.trim_start_matches('/'))),
                Some(_) => None,
                None if path.starts_with('/') => Some(joined("/", path)),
                None => from.map(|from| joined(from, path)),
            },
        }
    }
}

/// Without white space around it, unless that is escaped.
fn trimmed(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.trim_end();
    if end.ends_with('\\') { text } else { end }
}

/// A path from a folder, without `.` and `..`. Links are not followed, as shells do not by default.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

impl Reading {
    fn add(&mut self, (step, values): (Step, Vec<String>)) {
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

fn steps(chains: &[Chain], text: &str) -> Reading {
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
fn script(code: &str) -> (Step, Vec<String>) {
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
