//! A target of GNU make.
//!
//! Values come through the environment, for make would expand what stands on its command line: `BRANCH='a b' make NAME`.
//! Each step is a line of its own, given to one shell whatever the Makefile says elsewhere.

use super::command::changes_shell;
use super::dash::{DASH, DOLLAR};
use super::inline::inline;
use super::plan::Plan;
use super::quote::{comment, make, shell};
use super::refusal::Refusal;
use super::shell::kind_word;
use super::written::{Guard, Language};
use crate::optimize::recipe::{Shape, SlotKind};

const FORM: &str = "a make target";

/// Variables that mean something to make or to what it starts.
const RESERVED: [&str; 24] = [
    "PATH", "HOME", "USER", "SHELL", "LANG", "TERM", "PWD", "OLDPWD", "TMPDIR", "EDITOR", "VISUAL",
    "PAGER", "HOSTNAME", "LOGNAME", "MAIL", "IFS", "ENV", "DISPLAY", "VPATH", "SUFFIXES", "MAKE",
    "RM", "CC", "AR",
];

/// The variable of an option.
pub(super) fn variable(option: &str) -> String {
    let name = option.replace('-', "_").to_ascii_uppercase();
    let meant = RESERVED.contains(&name.as_str())
        || [
            "MAKE", "GIT_", "LC_", "LD_", "TEND_", "BASH", "PYTHON", "CARGO", "RUST",
        ]
        .iter()
        .any(|it| name.starts_with(it));
    if meant { format!("ARG_{name}") } else { name }
}

/// The lines of a Makefile.
pub(super) fn block(plan: &Plan) -> Result<String, Refusal> {
    let name = &plan.name;
    let mut lines = vec![format!("# {}", comment(&plan.origin()))];
    let mut usage = format!("# Usage: make {name}");
    for argument in plan.arguments.iter().rev() {
        let word = kind_word(argument.kind);
        let said = format!("{}={word}", argument.variable);
        usage = usage.replacen("make ", &format!("{said} make "), 1);
    }
    if !plan.arguments.is_empty() {
        lines.push(usage);
    }
    lines.push(format!(".PHONY: {name}"));
    let shell_name = match plan.language {
        Language::Bash => "bash",
        _ => "/bin/sh",
    };
    lines.push(format!("{name}: SHELL := {shell_name}"));
    lines.push(format!("{name}: .SHELLFLAGS := -ec"));
    lines.push(format!("{name}:"));
    for slot in 0..plan.arguments.len() {
        for code in checks(plan, slot) {
            lines.push(recipe_line("@", &code));
        }
    }
    for (index, step) in plan.recipe.steps.iter().enumerate() {
        let number = index + 1;
        if let Some(what) = changes_shell(step) {
            return Err(Refusal::NeedsShell {
                step: number,
                what: format!("`{what}`"),
                form: FORM,
            });
        }
        let code = match step {
            Shape::Script(code) => code.trim_end().to_owned(),
            Shape::Pipeline(commands) => {
                inline(plan, commands).text(|slot| format!("\"${}\"", plan.variable(slot)))
            }
        };
        if code.contains(['\n', '\r']) || code.ends_with('\\') {
            return Err(Refusal::LineBreak {
                step: number,
                form: FORM,
            });
        }
        let defaults = defaults(plan, index);
        lines.push(recipe_line("", &format!("{defaults}{code}")));
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

/// A line of a recipe: make takes `$` and some first characters for its own.
fn recipe_line(silent: &str, code: &str) -> String {
    let code = make(code);
    let guarded = if code.starts_with(['@', '-', '+', ' ', '\t']) {
        format!(":; {code}")
    } else {
        code
    };
    format!("\t{silent}{guarded}")
}

/// What is checked before the first step.
fn checks(plan: &Plan, slot: usize) -> Vec<String> {
    let Some(argument) = plan.arguments.get(slot) else {
        return Vec::new();
    };
    let variable = &argument.variable;
    let mut checks = Vec::new();
    if argument.default.is_none() {
        checks.push(format!(
            ": \"${{{variable}?must be said: {variable}=… make {}}}\"",
            plan.name
        ));
    }
    for guard in &argument.guards {
        let (pattern, fault) = match guard {
            Guard::Dash => ("-*", DASH),
            Guard::Dollar => ("*'$'*", DOLLAR),
        };
        let numbers = match (guard, argument.kind) {
            (Guard::Dash, SlotKind::Num) => "-[0-9]* | -.*) ;; ",
            _ => "",
        };
        let said = shell(&format!("{variable}: {fault}"));
        checks.push(format!(
            "case \"${{{variable}-}}\" in {numbers}{pattern}) echo {said} >&2; exit 2 ;; esac"
        ));
    }
    checks
}

/// Gives the values that nobody said to those parameters that a step uses.
fn defaults(plan: &Plan, index: usize) -> String {
    let used = plan
        .steps()
        .get(index)
        .map(super::step::Parts::slots)
        .unwrap_or_default();
    let assigned = used.into_iter().filter_map(|slot| {
        let argument = plan.arguments.get(slot)?;
        let default = argument.default.as_ref()?;
        let variable = &argument.variable;
        Some(format!(
            "{variable}=${{{variable}-{}}}; ",
            super::quote::shell_always(default)
        ))
    });
    assigned.collect()
}
