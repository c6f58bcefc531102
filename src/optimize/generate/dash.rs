//! Values that a command would take for something else: an option, a variable of make.

use std::collections::BTreeSet;

use super::command::{
    arguments, assignment, has_code, is_option, literal, program, program_index, words,
};
use super::written::Guard;
use crate::optimize::recipe::{Piece, Recipe, Shape, Simple, SlotKind, Word};

/// Programs that POSIX has take `--` for the end of their options, and all of whose other words are files.
const TAKE_DASHES: [&str; 10] = [
    "rm", "cp", "mv", "mkdir", "rmdir", "touch", "ln", "cat", "head", "wc",
];

/// Puts `--` before files that are parameters, where the program is known to take it and no option follows.
pub(super) fn with_dashes(mut recipe: Recipe) -> Recipe {
    for step in &mut recipe.steps {
        let Shape::Pipeline(commands) = step else {
            continue;
        };
        for command in commands {
            if let Some(at) = wants_dashes(command) {
                let dashes = Word(vec![Piece::Text("--".to_owned())]);
                command.words.insert(at, dashes);
            }
        }
    }
    recipe
}

fn wants_dashes(command: &Simple) -> Option<usize> {
    let known = program(command).is_some_and(|name| TAKE_DASHES.contains(&name));
    let words = arguments(command);
    if !known
        || words
            .iter()
            .any(|word| literal(word) == Some("--") || has_code(word))
    {
        return None;
    }
    let first = words.iter().position(|word| !is_option(word))?;
    let files = words.get(first..)?;
    // `head -n 3`: the word behind such an option belongs to it.
    let option = first.checked_sub(1).and_then(|it| words.get(it));
    let belongs = option.and_then(literal).is_some_and(|option| {
        matches!(
            (program(command), option),
            (Some("head"), "-n" | "-c")
                | (Some("mkdir"), "-m" | "--mode")
                | (Some("touch"), "-t" | "-d" | "-r" | "--date" | "--reference")
                | (
                    Some("cp" | "mv" | "ln"),
                    "-t" | "-S" | "--target-directory" | "--suffix"
                )
        )
    });
    if belongs || files.iter().any(is_option) || !files.iter().any(starts_with_slot) {
        return None;
    }
    Some(program_index(command) + 1 + first)
}

fn starts_with_slot(word: &Word) -> bool {
    matches!(word.0.first(), Some(Piece::Slot(_)))
}

/// What the values of each parameter must not be.
pub(super) fn guards(recipe: &Recipe) -> Vec<BTreeSet<Guard>> {
    let mut guards = vec![BTreeSet::new(); recipe.parameters.len()];
    let mut add = |slot: usize, guard| {
        if let Some(set) = guards.get_mut(slot) {
            set.insert(guard);
        }
    };
    for command in recipe.steps.iter().flat_map(super::command::commands) {
        let is_make = matches!(program(command), Some("make" | "gmake"));
        let mut ended = false;
        let mut before: Option<&Word> = None;
        for word in arguments(command) {
            ended |= literal(word) == Some("--");
            if let Some(Piece::Slot(slot)) = word.0.first() {
                let kind = recipe.parameters.get(*slot).map(|it| it.kind);
                let follows_option = before.is_some_and(|it| is_option(it) && it.0.len() == 1)
                    || is_of_arg(arguments(command), word);
                // No branch, object or address begins so, and a file that does can be written with `./`.
                let never = matches!(
                    kind,
                    Some(SlotKind::Branch | SlotKind::Oid | SlotKind::Url | SlotKind::Path)
                );
                if !ended && (never || !follows_option) {
                    add(*slot, Guard::Dash);
                }
            }
            before = Some(word);
        }
        if is_make {
            for word in words(command).filter(|word| assignment(word).is_some()) {
                for slot in super::command::slots(word) {
                    add(slot, Guard::Dollar);
                }
            }
        }
    }
    guards
}

/// Whether a word is the value behind `--arg NAME`, which is data whatever it begins with.
fn is_of_arg(words: &[Word], word: &Word) -> bool {
    words
        .iter()
        .position(|it| std::ptr::eq(it, word))
        .and_then(|at| at.checked_sub(2))
        .and_then(|at| words.get(at))
        .and_then(literal)
        .is_some_and(|option| matches!(option, "--arg" | "--argjson"))
}

/// What is wrong with a value, if a guard is against it.
pub(super) fn fault(
    guards: &BTreeSet<Guard>,
    kind: SlotKind,
    value: &[u8],
) -> Option<&'static str> {
    let number = || {
        kind == SlotKind::Num
            && value
                .get(1)
                .is_some_and(|c| c.is_ascii_digit() || *c == b'.')
    };
    if guards.contains(&Guard::Dash) && value.first() == Some(&b'-') && !number() {
        return Some(DASH);
    }
    (guards.contains(&Guard::Dollar) && value.contains(&b'$')).then_some(DOLLAR)
}

/// Said of a value that would be an option.
pub(super) const DASH: &str = "a value that begins with `-` would be taken for an option";
/// Said of a value that make would expand.
pub(super) const DOLLAR: &str = "make would expand a value with `$`";
