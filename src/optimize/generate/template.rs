//! What kind of work a recipe is.

use super::code::is_shell;
use super::command::{arguments, commands, is_option, literal, program};
use super::written::Template;
use crate::optimize::recipe::{Piece, Recipe, Shape, Simple};

/// Programs that ask a server over HTTP.
const CLIENTS: [&str; 8] = [
    "curl", "wget", "http", "https", "xh", "xhs", "curlie", "aria2c",
];
/// Those of them whose names are no words that stand in code for something else.
const CLIENTS_IN_CODE: [&str; 4] = ["curl", "wget", "xh", "aria2c"];

/// Programs that run what their arguments say.
const RUNNERS: [&str; 6] = ["xargs", "parallel", "watch", "timeout", "eval", "ssh"];

/// Programs that only read, beside jq.
const READERS: [&str; 12] = [
    "cat", "sort", "uniq", "head", "tail", "grep", "cut", "tr", "wc", "column", "echo", "printf",
];

/// What kind of work a recipe is.
pub fn template(recipe: &Recipe) -> Template {
    if client(recipe).is_some() {
        Template::ApiCall
    } else if recipe.steps.iter().all(is_file_operation) {
        Template::FileOperation
    } else if recipe.steps.iter().all(is_data_processing) {
        Template::DataProcessing
    } else {
        Template::WorkflowSequence
    }
}

/// The first step that asks a server, and what it asks with.
pub(super) fn client(recipe: &Recipe) -> Option<(usize, String)> {
    recipe.steps.iter().enumerate().find_map(|(index, step)| {
        let found = match step {
            Shape::Script(code) => in_code(code),
            Shape::Pipeline(commands) => commands.iter().find_map(of_command),
        };
        found.map(|name| (index, name))
    })
}

fn of_command(command: &Simple) -> Option<String> {
    if let Some(name) = program(command).filter(|name| CLIENTS.contains(name)) {
        return Some(name.to_owned());
    }
    // `xargs curl`, `bash -c 'curl …'`, `"$(curl …)"`: other words may well name a client and run none.
    let runs = program(command).is_some_and(|name| RUNNERS.contains(&name) || is_shell(name));
    let pieces = command.words.iter().flat_map(|word| &word.0);
    pieces.into_iter().find_map(|piece| match piece {
        Piece::Text(text) if runs => in_code(text),
        Piece::Code(code) => in_code(code),
        Piece::Text(_) | Piece::Slot(_) => None,
    })
}

fn in_code(code: &str) -> Option<String> {
    code.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
        .find(|word| CLIENTS_IN_CODE.contains(word))
        .map(str::to_owned)
}

/// The options of a program that works on files, as far as the checks understand them.
fn known_options(program: &str) -> Option<(&'static str, &'static [&'static str])> {
    Some(match program {
        "cp" => (
            "aRrfivpnuLPHdx",
            &[
                "--recursive",
                "--archive",
                "--verbose",
                "--force",
                "--no-clobber",
                "--update",
                "--preserve",
            ],
        ),
        "mv" => (
            "fivnu",
            &["--verbose", "--force", "--no-clobber", "--update"],
        ),
        "rm" => ("rRfvdi", &["--recursive", "--force", "--verbose", "--dir"]),
        "mkdir" | "rmdir" => ("pv", &["--parents", "--verbose"]),
        "ln" => (
            "sfvnr",
            &[
                "--symbolic",
                "--force",
                "--verbose",
                "--no-dereference",
                "--relative",
            ],
        ),
        "touch" => ("acm", &["--no-create"]),
        _ => return None,
    })
}

fn is_file_operation(step: &Shape) -> bool {
    let [command] = commands(step) else {
        return false;
    };
    let Some((letters, words)) = command
        .words
        .first()
        .and_then(literal)
        .and_then(known_options)
    else {
        return false;
    };
    let known = |option: &str| {
        option == "--"
            || words.contains(&option)
            || option
                .strip_prefix('-')
                .is_some_and(|short| short.chars().all(|c| letters.contains(c)))
    };
    command.redirects.is_empty()
        && arguments(command)
            .iter()
            .filter(|word| is_option(word))
            .all(|word| literal(word).is_some_and(known))
}

fn is_data_processing(step: &Shape) -> bool {
    let commands = commands(step);
    let is_jq = |command: &Simple| program(command) == Some("jq");
    commands.iter().any(is_jq)
        && commands
            .iter()
            .all(|it| is_jq(it) || program(it).is_some_and(|name| READERS.contains(&name)))
}
