//! What is what in a command that is already a shape: for naming its values and finding what it reads and writes.

use std::collections::BTreeMap;

use crate::optimize::recipe::{Piece, Simple, Word};

use super::parse::{self, Arg};
use super::prefix;

/// A command, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anatomy {
    /// The program and its subcommands, as `git remote add`; the program by its usual name.
    pub path: String,
    /// The flags as they are given, without values.
    pub flags: Vec<String>,
    /// Numbers of words that are arguments by themselves, in their order.
    pub arguments: Vec<usize>,
    /// Numbers of words that are values, and the flags they belong to; of a cluster, its last letter.
    pub values: BTreeMap<usize, String>,
}

/// Takes a command apart. Of a command that runs another (`timeout 5 cp a b`), the path, flags and arguments are the outer one's.
pub fn anatomy(simple: &Simple) -> Anatomy {
    let args: Vec<Arg> = simple
        .words
        .iter()
        .map(|word| Arg::of(filled(word)))
        .collect();
    let parsed = parse::parse(&args, prefix::of(&args).length);
    let values = parsed
        .commands
        .iter()
        .flat_map(|command| command.owned.iter().cloned())
        .collect();
    let mut commands = parsed.commands.into_iter();
    let command = commands.next().unwrap_or_default();
    Anatomy {
        path: command.path,
        flags: command.flags,
        arguments: command.alone,
        values,
    }
}

/// With a value in each slot: a number, as flags that may take one take that.
fn filled(word: &Word) -> Word {
    if word.0.iter().any(|piece| matches!(piece, Piece::Code(_))) {
        return word.clone();
    }
    let text = word
        .0
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) | Piece::Code(text) => text.as_str(),
            Piece::Slot(_) => "1",
        })
        .collect();
    Word(vec![Piece::Text(text)])
}
