//! A script in Python: commands are started with lists of words, and no shell is.

use std::fmt::Write as _;

use super::command::{assignment, assignments, needs_shell};
use super::dash::{DASH, DOLLAR};
use super::plan::Plan;
use super::quote::{comment, python};
use super::refusal::Refusal;
use super::shell::{help_lines, kind_word};
use super::shell_step::{file_checks, json_inputs, writes};
use super::written::{Argument, Guard, Template};
use crate::optimize::recipe::{Piece, Redirect, Simple, SlotKind, Word};

const FORM: &str = "a script in Python";
const FRAME: &str = include_str!("frame.py");

/// The script.
pub(super) fn script(plan: &Plan) -> Result<String, Refusal> {
    for (index, step) in plan.recipe.steps.iter().enumerate() {
        if let Some(what) = needs_shell(step).or_else(|| odd_descriptor(step)) {
            return Err(Refusal::NeedsShell {
                step: index + 1,
                what,
                form: FORM,
            });
        }
    }
    let mut text = format!("#!/usr/bin/env python3\n# {}\n", comment(&plan.origin()));
    let imports_end = FRAME.find("\n\n\n").unwrap_or(0);
    let (imports, functions) = FRAME.split_at_checked(imports_end).unwrap_or(("", FRAME));
    let strict = if plan.strict_pipes() { "True" } else { "False" };
    let _ = write!(
        text,
        "{imports}\n\nNAME = {}\nTOTAL = {}\nSTRICT = {strict}{functions}\n",
        python(&plan.name),
        plan.recipe.steps.len()
    );
    text.push_str(&options(plan));
    for (index, step) in plan.recipe.steps.iter().enumerate() {
        text.push_str(&lines(plan, index + 1, super::command::commands(step)));
    }
    Ok(text)
}

fn odd_descriptor(step: &crate::optimize::recipe::Shape) -> Option<String> {
    let mut redirects = super::command::commands(step)
        .iter()
        .flat_map(|command| &command.redirects);
    redirects
        .find(|it| {
            let duplicates = matches!(it.operator.as_str(), ">&" | "<&");
            let target = super::command::literal(&it.target);
            it.fd.is_some_and(|fd| fd > 2)
                || it.operator == "<>"
                || it.operator == "<&" && it.fd.is_none()
                || duplicates && !target.is_some_and(|fd| matches!(fd, "0" | "1" | "2"))
        })
        .map(|it| format!("`{}`", it.operator))
}

fn options(plan: &Plan) -> String {
    let help = help_lines(plan).join("\n");
    let mut text = format!(
        "parser = argparse.ArgumentParser(prog=NAME, add_help=False, allow_abbrev=False, usage=argparse.SUPPRESS)\n\
         parser.add_argument(\"--help\", \"-h\", action=\"store_true\")\n\
         parser.add_argument(\"--dry-run\", action=\"store_true\")\n\
         parser.add_argument(\"--force\", action=\"store_true\"{})\n",
        if plan.has_force() {
            ""
        } else {
            ", help=argparse.SUPPRESS"
        }
    );
    let mut names = Vec::new();
    for argument in &plan.arguments {
        let option = python(&format!("--{}", argument.name));
        names.push(format!("{option}: None"));
        let _ = writeln!(
            text,
            "parser.add_argument({option}, dest={}, metavar={}, type=said)",
            python(&argument.variable),
            python(kind_word(argument.kind)),
        );
    }
    let _ = write!(
        text,
        "given = parser.parse_args(numbered(sys.argv[1:], {{{}}}))\nif given.help:\n    print({})\n    sys.exit(0)\n",
        names.join(", "),
        python(&help),
    );
    if !plan.has_force() {
        text = text.replace(
            "parser.add_argument(\"--force\", action=\"store_true\", help=argparse.SUPPRESS)\n",
            "",
        );
    }
    for argument in &plan.arguments {
        if let Some(default) = &argument.default {
            let (variable, default) = (&argument.variable, python(default));
            let _ = writeln!(
                text,
                "if given.{variable} is None:\n    given.{variable} = {default}"
            );
        }
        for line in checks(argument) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text.push('\n');
    text
}

fn checks(argument: &Argument) -> Vec<String> {
    let (name, variable) = (&argument.name, &argument.variable);
    let mut lines = Vec::new();
    if argument.default.is_none() {
        lines.push(format!(
            "if given.{variable} is None:\n    parser.error(\"--{name} must be said\")"
        ));
    }
    for guard in &argument.guards {
        lines.push(match (guard, argument.kind) {
            (Guard::Dash, SlotKind::Num) => format!(
                "if given.{variable}.startswith(\"-\") and given.{variable}[1:2] not in tuple(\"0123456789.\"):\n    \
                 parser.error(\"--{name}: {DASH}\")"
            ),
            (Guard::Dash, _) => format!(
                "if given.{variable}.startswith(\"-\"):\n    parser.error(\"--{name}: {DASH}\")"
            ),
            (Guard::Dollar, _) => format!(
                "if \"$\" in given.{variable}:\n    parser.error(\"--{name}: {DOLLAR}\")"
            ),
        });
    }
    lines
}

fn lines(plan: &Plan, number: usize, commands: &[Simple]) -> String {
    let name = format!("step_{number}");
    let list = |words: &[Word]| {
        let words: Vec<String> = words.iter().map(|it| word(plan, it)).collect();
        words.join(", ")
    };
    let mut text = format!(
        "{name} = {}\nif begins({number}, {name}):\n",
        step(plan, commands)
    );
    if plan.template == Template::FileOperation
        && let [command] = commands
    {
        for check in file_checks(command) {
            if check.name == "tend_there" {
                let _ = writeln!(text, "    there({number}, [{}])", list(&check.words));
            } else if let Some((to, from)) = check.words.split_first() {
                let to = word(plan, to);
                let _ = writeln!(
                    text,
                    "    if not given.force:\n        free({number}, {to}, [{}])",
                    list(from)
                );
            }
        }
    }
    if plan.template == Template::DataProcessing {
        for input in json_inputs(commands) {
            let _ = writeln!(text, "    json_is_read({number}, {})", word(plan, &input));
        }
        if let Some((commands, target)) = with_temporary(plan, commands) {
            let _ = writeln!(
                text,
                "    whole({number}, {target}, lambda temporary: {commands})\n"
            );
            return text;
        }
    }
    let _ = writeln!(text, "    do({number}, {name})\n");
    text
}

fn step(plan: &Plan, commands: &[Simple]) -> String {
    let commands: Vec<String> = commands
        .iter()
        .map(|it| command(plan, it, |index| redirect(plan, index)))
        .collect();
    format!("[{}]", commands.join(", "))
}

fn command(plan: &Plan, command: &Simple, redirect: impl Fn(&Redirect) -> String) -> String {
    let assigned = assignments(command);
    let env: Vec<String> = command
        .words
        .iter()
        .take(assigned)
        .filter_map(|it| {
            let length = assignment(it)?;
            let [Piece::Text(text), rest @ ..] = it.0.as_slice() else {
                return None;
            };
            let (name, value) = text.split_at_checked(length)?;
            let mut value = vec![Piece::Text(value.to_owned())];
            value.extend_from_slice(rest);
            let name = name.strip_suffix('=')?;
            Some(format!("({}, {})", python(name), word(plan, &Word(value))))
        })
        .collect();
    let words: Vec<String> = command
        .words
        .iter()
        .skip(assigned)
        .map(|it| word(plan, it))
        .collect();
    let redirects: Vec<String> = command.redirects.iter().map(redirect).collect();
    format!(
        "([{}], [{}], [{}])",
        env.join(", "),
        words.join(", "),
        redirects.join(", ")
    )
}

fn redirect(plan: &Plan, redirect: &Redirect) -> String {
    redirected(redirect, &word(plan, &redirect.target))
}

fn redirected(redirect: &Redirect, target: &str) -> String {
    let fd = redirect.fd.map_or("None".to_owned(), |fd| fd.to_string());
    format!("({fd}, {}, {target})", python(&redirect.operator))
}

/// A word as an expression.
fn word(plan: &Plan, word: &Word) -> String {
    let pieces: Vec<String> = word
        .0
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) | Piece::Code(text) => python(text),
            Piece::Slot(slot) => format!("given.{}", plan.variable(*slot)),
        })
        .collect();
    if pieces.is_empty() {
        return "\"\"".to_owned();
    }
    pieces.join(" + ")
}

/// The commands, the last of which writes to `temporary`, and where it wrote to.
fn with_temporary(plan: &Plan, commands: &[Simple]) -> Option<(String, String)> {
    let (last, before) = commands.split_last()?;
    let found = last.redirects.iter().rposition(writes)?;
    let target = word(plan, &last.redirects.get(found)?.target);
    let mut all: Vec<String> = before
        .iter()
        .map(|it| command(plan, it, |it| redirect(plan, it)))
        .collect();
    let chosen = last.redirects.get(found);
    all.push(command(plan, last, |it| {
        if chosen.is_some_and(|chosen| std::ptr::eq(chosen, it)) {
            redirected(it, "temporary")
        } else {
            redirect(plan, it)
        }
    }));
    Some((format!("[{}]", all.join(", ")), target))
}
