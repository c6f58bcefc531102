//! The reader: from a text to its steps.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use thiserror::Error;
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::optimize::recipe::{Shape, SlotKind};

use super::steps::{self, Move, Reading};
use super::tokens;

/// Longer texts, in bytes, are not read: nobody types them twice.
pub const LONGEST: usize = 16 * 1024;

/// Longer texts, in bytes, are one script: what is nested (`$[$[$[…`) takes quadratic time, 0.4 s for this much.
const LONGEST_PARSED: usize = 8 * 1024;

/// How often the parser may ask whether to go on, for each KiB and at least: it asks after each hundred of its
/// operations. Code of shells was seen to need at most 52 for each KiB. See `analyze::syntax` for why it is counted.
const STEPS_PER_KIB: usize = 200;

/// The parser's operations take longer the more pipes stand in a row: 4,000 of them took two seconds. A text with more is not parsed.
const MOST_PIPES: usize = 256;

/// Lines that are remembered with their steps: people repeat themselves. Only lines up to [`LONGEST_REMEMBERED`].
const REMEMBERED: usize = 8192;

/// The longest line that is remembered, in bytes.
const LONGEST_REMEMBERED: usize = 256;

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
        let tree = if pipes > MOST_PIPES || trimmed.len() > LONGEST_PARSED {
            None
        } else {
            self.tree(trimmed)
        };
        match tree {
            Some(tree) if !tree.root_node().has_error() => {
                steps::steps(&tokens::chains(&tree, trimmed), trimmed)
            }
            _ => {
                let mut reading = Reading::default();
                reading.add(steps::script(trimmed));
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
        // The grammar's scanner looks up characters in C's table of 256 of them, and reads beyond it (`{` before U+10FFFF ends
        // the process). To the shell they are all letters.
        let source: Vec<u8> = text
            .bytes()
            .map(|byte| if byte.is_ascii() { byte } else { b'x' })
            .collect();
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
