//! The types: steps, their shapes, and recipes.

use serde::{Deserialize, Serialize};

/// What stands in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlotKind {
    /// A file or folder.
    Path,
    /// A number.
    Num,
    /// A name of a git object.
    Oid,
    /// A branch, tag or other ref.
    Branch,
    /// An address.
    Url,
    /// Any other text.
    Str,
}

impl SlotKind {
    /// The word in keys, between `<` and `>`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Num => "num",
            Self::Oid => "oid",
            Self::Branch => "branch",
            Self::Url => "url",
            Self::Str => "str",
        }
    }
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Piece {
    /// Text that is what it says: quotes and escapes are undone.
    Text(String),
    /// The value with this number: of the step's slots in a [`Shape`] of a step, of the recipe's parameters in a
    /// recipe.
    Slot(usize),
    /// Code that the shell makes a value of, as it was typed: `$HOME`, `"$(git rev-parse HEAD)"`, `*.rs`.
    Code(String),
}

/// A word of a command: its pieces stand without anything between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Word(pub Vec<Piece>);

/// Where a stream of a command comes from or goes to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Redirect {
    /// The descriptor, if one was said.
    pub fd: Option<u32>,
    /// The operator as it was typed: `<`, `>`, `>>`, `>&`, `&>`, `>|`, `<<<`.
    pub operator: String,
    /// The file, descriptor or text.
    pub target: Word,
}

/// One command of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Simple {
    /// The program and its arguments, in the order they were typed.
    pub words: Vec<Word>,
    /// Redirections, in their order.
    pub redirects: Vec<Redirect>,
}

/// How a step is done again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// Commands, each of which reads what the one before writes.
    Pipeline(Vec<Simple>),
    /// Code of a shell that is more than a pipeline (a loop, a function, a here-document), as it was typed.
    Script(String),
}

/// A value that differs from one time to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name as an option, without dashes: lower case letters, digits and `-`, beginning with a letter.
    pub name: String,
    /// What it is.
    pub kind: SlotKind,
    /// What it was most often, if anything was seen at least twice.
    pub default: Option<String>,
    /// What it was, most frequent first; a few.
    pub observed: Vec<String>,
}

/// Steps and their parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// A name that says what it does: lower case letters, digits and `-`, beginning with a letter, at most 40 characters.
    pub name: String,
    /// What is done, in this order. The slots are numbers of `parameters`.
    pub steps: Vec<Shape>,
    /// What differs.
    pub parameters: Vec<Parameter>,
    /// The folder of the repository that it belongs to; none if it is done in several.
    pub repository: Option<String>,
    /// Whether a step destroys or publishes something.
    pub risky: bool,
    /// Whether a step waits for a person.
    pub interactive: bool,
}
