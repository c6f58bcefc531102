//! Words that are code for the program that they are given to: no value may become a part of them.

use super::command::{arguments, begins, literal, program, program_index, slots};
use super::refusal::Refusal;
use crate::optimize::recipe::{Recipe, Shape, Simple, Word};

const SHELLS: [&str; 10] = [
    "sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "busybox", "pwsh",
];

/// Whether a program is a shell.
pub(super) fn is_shell(name: &str) -> bool {
    SHELLS.contains(&name)
}

/// Programs all of whose words are code of a shell, or become it.
const ALL_CODE: [&str; 6] = ["eval", "alias", "trap", "watch", "parallel", "complete"];

/// Options behind which a word is code of a shell, by the program.
const SHELL_CODE: [(&str, &[&str]); 5] = [
    ("su", &["-c", "--command"]),
    ("script", &["-c", "--command"]),
    ("flock", &["-c", "--command"]),
    ("entr", &["-s"]),
    ("tmux", &["-c"]),
];

/// Options behind which a word is a program in another language. A whole one may be a parameter, a part of one not.
const PROGRAM_OPTIONS: [(&str, &[&str]); 11] = [
    ("perl", &["-e", "-E", "-pe", "-ne", "-pie", "-lne", "-lpe"]),
    ("ruby", &["-e", "-ne", "-pe"]),
    ("node", &["-e", "-p", "--eval", "--print"]),
    ("python", &["-c"]),
    ("python3", &["-c"]),
    ("php", &["-r"]),
    ("psql", &["-c", "--command"]),
    ("mysql", &["-e", "--execute"]),
    ("sed", &["-e", "--expression"]),
    ("osascript", &["-e"]),
    ("yq", &["-e"]),
];
/// Programs whose first argument is a program, unless an option names its file.
const PROGRAM_FIRST: [&str; 7] = ["awk", "gawk", "mawk", "nawk", "sed", "yq", "gojq"];

/// Options of ssh that take a word.
const SSH_OPTIONS: &str = "BbcDEeFIiJLlmOoPpQRSWw";

/// Refuses a recipe in which a value would be run.
pub(super) fn no_value_is_code(recipe: &Recipe) -> Result<(), Refusal> {
    for (index, step) in recipe.steps.iter().enumerate() {
        let Shape::Pipeline(commands) = step else {
            continue;
        };
        for command in commands {
            if let Some((slot, program)) = value_in_code(command) {
                let parameter = recipe.parameters.get(slot);
                return Err(Refusal::ValueInCode {
                    step: index + 1,
                    program,
                    parameter: parameter.map_or_else(String::new, |it| it.name.clone()),
                });
            }
        }
    }
    Ok(())
}

/// A parameter that a command would run, and what would run it.
fn value_in_code(command: &Simple) -> Option<(usize, String)> {
    let index = program_index(command);
    if let Some(slot) = command.words.get(index).and_then(|word| slots(word).next()) {
        return Some((slot, "the shell".to_owned()));
    }
    if let Some(found) = for_a_shell(&command.words) {
        return Some(found);
    }
    let name = program(command)?;
    let words = arguments(command);
    let found = |slot: usize| Some((slot, name.to_owned()));
    if ALL_CODE.contains(&name) {
        return words
            .iter()
            .find_map(|word| slots(word).next())
            .and_then(found);
    }
    if name == "ssh" {
        return remote(words)
            .iter()
            .find_map(|word| slots(word).next())
            .and_then(found);
    }
    for (known, options) in SHELL_CODE {
        if known == name
            && let Some(slot) = behind(words, options).find_map(|word| slots(word).next())
        {
            return found(slot);
        }
    }
    let partial = |word: &Word| slots(word).next().filter(|_| word.0.len() > 1);
    for (known, options) in PROGRAM_OPTIONS {
        if known == name
            && let Some(slot) = behind(words, options).find_map(partial)
        {
            return found(slot);
        }
    }
    if PROGRAM_FIRST.contains(&name) {
        let first = words
            .iter()
            .find(|word| begins(word).is_none_or(|it| !it.starts_with('-')));
        return first.and_then(partial).and_then(found);
    }
    None
}

/// A parameter in the code that a shell is given, wherever the shell stands: `xargs sh -c`, `find -exec bash -c`.
fn for_a_shell(words: &[Word]) -> Option<(usize, String)> {
    for (index, word) in words.iter().enumerate() {
        let Some(name) = literal(word)
            .map(|text| text.rsplit('/').next().unwrap_or(text))
            .filter(|name| is_shell(name))
        else {
            continue;
        };
        let rest = words.get(index + 1..).unwrap_or_default();
        let says_code = |word: &Word| {
            begins(word).is_some_and(|text| {
                text == "--command"
                    || text.starts_with('-') && !text.starts_with("--") && text.contains('c')
            })
        };
        let Some(at) = rest.iter().position(says_code) else {
            continue;
        };
        // The code is the first word behind the options; what follows it are its arguments.
        let code = rest
            .iter()
            .skip(at + 1)
            .find(|word| begins(word).is_none_or(|text| !text.starts_with(['-', '+'])));
        let mut suspects = code.into_iter().chain(rest.get(at));
        if let Some(slot) = suspects.find_map(|word| slots(word).next()) {
            return Some((slot, name.to_owned()));
        }
    }
    None
}

/// The words behind options of these names, and those that are joined to one by `=`.
fn behind<'a>(words: &'a [Word], options: &'a [&str]) -> impl Iterator<Item = &'a Word> {
    words.iter().enumerate().filter_map(|(index, word)| {
        let before = index.checked_sub(1).and_then(|it| words.get(it));
        let follows = before
            .and_then(literal)
            .is_some_and(|text| options.contains(&text));
        let joined = begins(word).is_some_and(|text| {
            options.iter().any(|option| {
                text.strip_prefix(option)
                    .is_some_and(|rest| rest.starts_with('='))
            })
        });
        (follows || joined).then_some(word)
    })
}

/// What ssh gives to the shell on the other side: everything behind the host.
fn remote(words: &[Word]) -> &[Word] {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let Some(option) = begins(word).and_then(|text| text.strip_prefix('-')) else {
            return words.get(at + 1..).unwrap_or_default();
        };
        let takes_one = option.len() == 1 && option.chars().all(|c| SSH_OPTIONS.contains(c));
        at += 1 + usize::from(takes_one);
    }
    &[]
}
