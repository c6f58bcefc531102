//! What a command of a recipe runs.

use crate::optimize::recipe::{Piece, Recipe, Redirect, Shape, Simple, Word};

/// Programs that run the rest of their words.
const WRAPPERS: [&str; 9] = [
    "sudo", "doas", "env", "nohup", "command", "time", "nice", "exec", "builtin",
];

/// What a shell does by itself and that ends with it: nothing of it outlives a line of make, and no program can do it.
const STATE: [&str; 19] = [
    "cd", "pushd", "popd", "export", "unset", "set", "shopt", "source", ".", "alias", "unalias",
    "umask", "ulimit", "trap", "eval", "exec", "readonly", "declare", "local",
];

/// What a shell does by itself and no program of that name need exist for.
const BUILTIN_ONLY: [&str; 10] = [
    "read", "wait", "jobs", "fg", "bg", "disown", "let", "mapfile", "type", "hash",
];

/// The text of a word that is nothing else.
pub(super) fn literal(word: &Word) -> Option<&str> {
    match word.0.as_slice() {
        [Piece::Text(text)] => Some(text),
        [] => Some(""),
        _ => None,
    }
}

/// How a word begins, if it begins with a text.
pub(super) fn begins(word: &Word) -> Option<&str> {
    match word.0.first() {
        Some(Piece::Text(text)) => Some(text),
        _ => None,
    }
}

/// The length of `NAME=` at the beginning of a word that sets a variable.
pub(super) fn assignment(word: &Word) -> Option<usize> {
    let (name, _) = begins(word)?.split_once('=')?;
    let mut chars = name.chars();
    let first = chars.next()?;
    ((first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_'))
    .then_some(name.len() + 1)
}

/// How many words at the beginning set variables.
pub(super) fn assignments(command: &Simple) -> usize {
    command
        .words
        .iter()
        .take_while(|word| assignment(word).is_some())
        .count()
}

/// Where a command's program stands, behind `sudo` and the like.
pub(super) fn program_index(command: &Simple) -> usize {
    let mut index = assignments(command);
    while let Some(word) = command.words.get(index) {
        if !literal(word).is_some_and(|text| WRAPPERS.contains(&text)) {
            break;
        }
        let behind = command.words.iter().skip(index + 1);
        let options = behind
            .take_while(|word| {
                assignment(word).is_some() || begins(word).is_some_and(|text| text.starts_with('-'))
            })
            .count();
        if command.words.get(index + 1 + options).is_none() {
            break;
        }
        index += 1 + options;
    }
    index
}

/// The name of the program that a command runs, without its folder; none if it is not said as a text.
pub(super) fn program(command: &Simple) -> Option<&str> {
    let text = literal(command.words.get(program_index(command))?)?;
    Some(text.rsplit('/').next().unwrap_or(text))
}

/// The words behind a command's program.
pub(super) fn arguments(command: &Simple) -> &[Word] {
    command
        .words
        .get(program_index(command) + 1..)
        .unwrap_or_default()
}

/// Whether a word is an option.
pub(super) fn is_option(word: &Word) -> bool {
    begins(word).is_some_and(|text| text.len() > 1 && text.starts_with('-'))
}

/// Whether a piece of a word is code.
pub(super) fn has_code(word: &Word) -> bool {
    word.0.iter().any(|piece| matches!(piece, Piece::Code(_)))
}

/// The parameters in a word.
pub(super) fn slots(word: &Word) -> impl Iterator<Item = usize> {
    word.0.iter().filter_map(|piece| match piece {
        Piece::Slot(slot) => Some(*slot),
        Piece::Text(_) | Piece::Code(_) => None,
    })
}

/// Every word of a command, also those of its redirections.
pub(super) fn words(command: &Simple) -> impl Iterator<Item = &Word> {
    let targets = command.redirects.iter().map(|redirect| &redirect.target);
    command.words.iter().chain(targets)
}

/// The commands of a step; none if it is code.
pub(super) fn commands(step: &Shape) -> &[Simple] {
    match step {
        Shape::Pipeline(commands) => commands,
        Shape::Script(_) => &[],
    }
}

/// Why a step cannot be done without a shell, if it cannot.
pub(super) fn needs_shell(step: &Shape) -> Option<String> {
    let Shape::Pipeline(commands) = step else {
        return Some("more than a pipeline".to_owned());
    };
    commands.iter().find_map(|command| {
        if assignments(command) == command.words.len() {
            return Some("no command".to_owned());
        }
        let code = words(command).flat_map(|word| &word.0);
        for piece in code {
            if let Piece::Code(code) = piece {
                return Some(format!("`{code}`"));
            }
        }
        own(command, &STATE)
            .or_else(|| own(command, &BUILTIN_ONLY))
            .map(|name| format!("`{name}`"))
    })
}

/// What a step changes of the shell that does it, if it does.
pub(super) fn changes_shell(step: &Shape) -> Option<&'static str> {
    match commands(step) {
        [command] => {
            if assignments(command) == command.words.len() && !command.words.is_empty() {
                return Some("NAME=");
            }
            own(command, &STATE)
        }
        // What is in a pipeline changes a shell of its own.
        _ => None,
    }
}

fn own(command: &Simple, names: &[&'static str]) -> Option<&'static str> {
    let word = literal(command.words.get(assignments(command))?)?;
    names.iter().find(|name| **name == word).copied()
}

/// What a shell can only be told by bash.
const BASH_CODE: [&str; 22] = [
    "[[",
    "<(",
    ">(",
    "<<<",
    "&>",
    "|&",
    "((",
    "=(",
    "$'",
    "^^",
    ",,",
    "//",
    "..",
    "function ",
    "BASH_",
    "RANDOM",
    "SECONDS",
    "PIPESTATUS",
    "globstar",
    "@(",
    "!(",
    "[@]",
];
/// Commands that only bash has.
const BASH_COMMANDS: [&str; 11] = [
    "source",
    "pushd",
    "popd",
    "shopt",
    "declare",
    "local",
    "let",
    "mapfile",
    "readarray",
    "disown",
    "[[",
];

/// Whether what was typed may need bash. More than a pipeline always does: it is not looked into.
pub(super) fn needs_bash(recipe: &Recipe) -> bool {
    recipe.steps.iter().any(|step| match step {
        Shape::Script(_) => true,
        Shape::Pipeline(commands) => commands.iter().any(|command| {
            own(command, &BASH_COMMANDS).is_some()
                || command.redirects.iter().any(only_bash)
                || words(command)
                    .flat_map(|word| &word.0)
                    .any(|piece| matches!(piece, Piece::Code(code) if is_bash(code)))
        }),
    })
}

fn only_bash(redirect: &Redirect) -> bool {
    match redirect.operator.as_str() {
        "<<<" | "&>" | "&>>" => true,
        ">&" => !is_descriptor(&redirect.target),
        _ => redirect.fd.is_some_and(|fd| fd > 9),
    }
}

fn is_bash(code: &str) -> bool {
    BASH_CODE.iter().any(|sign| code.contains(sign))
        // `{a,b}` is several words, `${a}` is one; `${a:1}` is a part of it.
        || code.contains('{') && (code.contains(',') || code.contains(':'))
}

/// Whether a redirection's target is a descriptor and no file.
pub(super) fn is_descriptor(target: &Word) -> bool {
    literal(target).is_some_and(|text| {
        text == "-" || !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
    })
}
