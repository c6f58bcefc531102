//! A recipe of just.
//!
//! It is a script by its first line, so that it means the same whatever shell the justfile sets. Values are exported: just
//! would put what stands between `{{` and `}}` into the script's text.

use super::dash::{DASH, DOLLAR};
use super::inline::inline;
use super::plan::Plan;
use super::quote::{comment, just, just_line, shell};
use super::written::{Argument, Guard, Language};
use crate::optimize::recipe::{Shape, SlotKind};

/// The parameters in the order in which just takes them: those first that must be said.
pub fn ordered(arguments: &[Argument]) -> Vec<&Argument> {
    let required = arguments.iter().filter(|it| it.default.is_none());
    let others = arguments.iter().filter(|it| it.default.is_some());
    required.chain(others).collect()
}

/// The lines of a justfile.
pub(super) fn block(plan: &Plan) -> String {
    let mut head = plan.name.clone();
    for argument in ordered(&plan.arguments) {
        head.push_str(&format!(" ${}", argument.variable));
        if let Some(default) = &argument.default {
            head.push_str(&format!("={}", just(default)));
        }
    }
    let interpreter = match plan.language {
        Language::Bash => "/usr/bin/env bash",
        _ => "/bin/sh",
    };
    let mut body = vec![format!("#!{interpreter}"), "set -eu".to_owned()];
    for argument in &plan.arguments {
        body.extend(argument.guards.iter().map(|guard| check(argument, *guard)));
    }
    let total = plan.recipe.steps.len();
    for (index, (step, parts)) in plan.recipe.steps.iter().zip(plan.steps()).enumerate() {
        let shown = format!("[{}/{total}] {}", index + 1, plan.shown(&parts));
        body.push(format!("printf '%s\\n' {} >&2", shell(&shown)));
        match step {
            Shape::Script(code) => body.push(code.trim_end().to_owned()),
            Shape::Pipeline(commands) => {
                let code = inline(plan, commands);
                body.push(code.text(|slot| format!("\"${}\"", plan.variable(slot))));
            }
        }
    }
    let mut text = format!("# {}\n{head}:\n", comment(&plan.origin()));
    for line in body.join("\n").split('\n') {
        // An empty line may stay empty: it belongs to the recipe all the same.
        if !line.is_empty() {
            text.push_str("    ");
            text.push_str(&just_line(line));
        }
        text.push('\n');
    }
    text
}

/// The line that ends the recipe if a value is what it must not be.
fn check(argument: &Argument, guard: Guard) -> String {
    let variable = &argument.variable;
    let (pattern, fault) = match (guard, argument.kind) {
        (Guard::Dash, SlotKind::Num) => ("-[0-9]* | -.*) ;; -*", DASH),
        (Guard::Dash, _) => ("-*", DASH),
        (Guard::Dollar, _) => ("*'$'*", DOLLAR),
    };
    let said = shell(&format!("{variable}: {fault}"));
    format!("case ${variable} in {pattern}) echo {said} >&2; exit 2 ;; esac")
}
