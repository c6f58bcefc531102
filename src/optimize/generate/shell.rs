//! A script of the shell.

use std::fmt::Write as _;

use super::dash::{DASH, DOLLAR};
use super::plan::Plan;
use super::quote::{comment, shell};
use super::shell_step;
use super::step::{Part, Parts};
use super::written::{Argument, Guard, Language, Template};
use crate::optimize::recipe::{Shape, SlotKind};

/// What every script begins with, behind its values: how it says what it does, and how it ends.
const FRAME: &str = include_str!("frame.sh");
/// What looks at files.
const FILES: &str = include_str!("files.sh");
/// What looks at JSON and puts a whole file in the place of another.
const DATA: &str = include_str!("data.sh");

/// The script.
pub(super) fn script(plan: &Plan) -> String {
    let mut text = head(plan);
    let mut say = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    let frame = FRAME.replace("@TOTAL@", &plan.recipe.steps.len().to_string());
    say(&frame);
    if plan.template == Template::FileOperation {
        say(FILES);
    }
    if plan.template == Template::DataProcessing {
        say(DATA);
    }
    say(&help(plan));
    say(&options(plan));
    for (index, parts) in plan.steps().iter().enumerate() {
        let number = index + 1;
        let Some(step) = plan.recipe.steps.get(index) else {
            continue;
        };
        say(&format!("if tend_step {number}{}; then", said(plan, parts)));
        match step {
            // It stands as it was typed, for it may hold lines that are no code.
            Shape::Script(_) => say(&parts.text(|_| String::new())),
            Shape::Pipeline(commands) => {
                for line in shell_step::lines(plan, commands) {
                    say(&format!("    {line}"));
                }
            }
        }
        say("fi");
    }
    text
}

fn head(plan: &Plan) -> String {
    let interpreter = match plan.language {
        Language::Bash => "/usr/bin/env bash",
        _ => "/bin/sh",
    };
    let mut text = format!("#!{interpreter}\n# {}\n", comment(&plan.origin()));
    if plan.language == Language::Jq {
        for filter in super::jq_filter::filters(&plan.recipe) {
            for line in filter.lines() {
                let _ = writeln!(text, "# jq: {}", comment(line));
            }
        }
    }
    text.push_str("set -eu\n");
    let _ = writeln!(text, "\ntend_name={}", shell(&plan.name));
    for argument in &plan.arguments {
        match &argument.default {
            Some(default) => {
                let _ = writeln!(text, "{}={}", argument.variable, shell(default));
            }
            None => {
                let _ = writeln!(text, "unset {}", argument.variable);
            }
        }
    }
    text
}

/// What a step says of itself: code and values, in turn.
fn said(plan: &Plan, parts: &Parts) -> String {
    let mut words = String::new();
    let mut wants_code = true;
    for part in &parts.0 {
        match part {
            Part::Code(code) => {
                let _ = write!(words, " {}", super::quote::shell_always(code));
                wants_code = false;
            }
            Part::Value(slot) => {
                if wants_code {
                    words.push_str(" ''");
                }
                let _ = write!(words, " \"${}\"", plan.variable(*slot));
                wants_code = true;
            }
        }
    }
    words
}

/// How an option is written in help.
fn usage_word(argument: &Argument) -> String {
    let word = format!("--{} {}", argument.name, kind_word(argument.kind));
    match argument.default {
        Some(_) => format!("[{word}]"),
        None => word,
    }
}

/// What is to be said for a value.
pub(super) const fn kind_word(kind: SlotKind) -> &'static str {
    match kind {
        SlotKind::Path => "PATH",
        SlotKind::Num => "NUMBER",
        SlotKind::Oid => "COMMIT",
        SlotKind::Branch => "BRANCH",
        SlotKind::Url => "URL",
        SlotKind::Str => "TEXT",
    }
}

/// The lines that `--help` prints.
pub(super) fn help_lines(plan: &Plan) -> Vec<String> {
    let mut usage = format!("Usage: {}", plan.name);
    for argument in &plan.arguments {
        let _ = write!(usage, " {}", usage_word(argument));
    }
    usage.push_str(" [--dry-run]");
    if plan.has_force() {
        usage.push_str(" [--force]");
    }
    let mut lines = vec![
        usage,
        String::new(),
        "Does, and stops at the first error:".to_owned(),
    ];
    for (index, parts) in plan.steps().iter().enumerate() {
        let shown = plan.shown(parts).replace('\n', "\n     ");
        lines.push(format!("  {}. {shown}", index + 1));
    }
    lines.push(String::new());
    lines.push("Options:".to_owned());
    for argument in &plan.arguments {
        lines.push(format!(
            "  --{} {}",
            argument.name,
            kind_word(argument.kind)
        ));
        let was: Vec<String> = argument.observed.iter().map(|it| shell(it)).collect();
        lines.push(match &argument.default {
            Some(default) => format!("        default: {}", shell(default)),
            None => "        required".to_owned(),
        });
        if !was.is_empty() {
            lines.push(format!("        so far: {}", was.join(", ")));
        }
    }
    lines.push("  --dry-run".to_owned());
    lines.push("        print the steps as a shell takes them, and do none".to_owned());
    if plan.has_force() {
        lines.push("  --force".to_owned());
        lines.push("        write over files that are there".to_owned());
    }
    lines.push("  --help".to_owned());
    lines.push("        print this".to_owned());
    lines
}

fn help(plan: &Plan) -> String {
    let mut text = "tend_help() {\n    printf '%s\\n'".to_owned();
    for line in help_lines(plan) {
        let _ = write!(text, " \\\n        {}", super::quote::shell_always(&line));
    }
    text.push_str("\n}\n");
    text
}

fn options(plan: &Plan) -> String {
    let mut text = "while [ $# -gt 0 ]; do\n    case $1 in\n".to_owned();
    for argument in &plan.arguments {
        let (name, variable) = (&argument.name, &argument.variable);
        let _ = write!(
            text,
            "    --{name})\n        [ $# -ge 2 ] || tend_wrong '--{name} needs a value'\n        \
             {variable}=$2\n        shift\n        ;;\n    --{name}=*) {variable}=${{1#*=}} ;;\n",
        );
    }
    text.push_str("    --dry-run) tend_dry_run=yes ;;\n");
    if plan.has_force() {
        text.push_str("    --force) tend_force=yes ;;\n");
    }
    text.push_str(
        "    --help | -h)\n        tend_help\n        exit 0\n        ;;\n    --)\n        shift\n        break\n        ;;\n    \
         *) tend_wrong \"there is no option $1\" ;;\n    esac\n    shift\ndone\n\
         [ $# -eq 0 ] || tend_wrong \"nothing takes the word $1\"\n",
    );
    for argument in &plan.arguments {
        if argument.default.is_none() {
            let _ = writeln!(
                text,
                "[ \"${{{}+said}}\" ] || tend_wrong '--{} must be said'",
                argument.variable, argument.name
            );
        }
        for line in guard_lines(argument) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Lines that end a script if a value is what it must not be.
fn guard_lines(argument: &Argument) -> Vec<String> {
    let (name, variable) = (&argument.name, &argument.variable);
    let guard = |guard: &Guard| match guard {
        Guard::Dash => {
            let numbers = match argument.kind {
                SlotKind::Num => "-[0-9]* | -.*) ;; ",
                _ => "",
            };
            format!("case ${variable} in {numbers}-*) tend_wrong '--{name}: {DASH}' ;; esac")
        }
        Guard::Dollar => {
            format!("case ${variable} in *'$'*) tend_wrong '--{name}: {DOLLAR}' ;; esac")
        }
    };
    argument.guards.iter().map(guard).collect()
}
