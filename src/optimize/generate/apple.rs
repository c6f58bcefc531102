//! A script in AppleScript. It is text: nothing here runs it.

use std::fmt::Write as _;

use super::command::changes_shell;
use super::dash::{DASH, DOLLAR};
use super::inline::inline;
use super::plan::Plan;
use super::quote::{apple, comment};
use super::refusal::Refusal;
use super::step::{Part, Parts, step};
use super::written::{Argument, Guard, Language};
use crate::optimize::recipe::{Shape, SlotKind};

const FORM: &str = "an AppleScript";

/// The end of every script.
const HANDLER: &str = "
on valueOf(theWord, startAt)
    if (length of theWord) < startAt then return \"\"
    return text startAt thru -1 of theWord
end valueOf
";

/// The script.
pub(super) fn script(plan: &Plan) -> Result<String, Refusal> {
    let mut text = format!("-- {}\non run argv\n", comment(&plan.origin()));
    for argument in &plan.arguments {
        let value = argument
            .default
            .as_deref()
            .map_or("missing value".to_owned(), apple);
        let _ = writeln!(text, "    set {} to {value}", argument.variable);
    }
    text.push_str(
        "    set dryRun to false\n    set workFolder to system attribute \"PWD\"\n    set atWord to 1\n    \
         considering case\n    repeat while atWord <= (count of argv)\n        set theWord to item atWord of argv\n        \
         if theWord is \"--dry-run\" then\n            set dryRun to true\n",
    );
    for argument in &plan.arguments {
        let (name, variable) = (&argument.name, &argument.variable);
        let _ = write!(
            text,
            "        else if theWord is \"--{name}\" and atWord < (count of argv) then\n            \
             set atWord to atWord + 1\n            set {variable} to item atWord of argv\n        \
             else if theWord starts with \"--{name}=\" then\n            \
             set {variable} to my valueOf(theWord, {})\n",
            name.len() + 4,
        );
    }
    text.push_str(
        "        else\n            error \"there is no option \" & theWord number 2\n        end if\n        \
         set atWord to atWord + 1\n    end repeat\n    end considering\n",
    );
    for argument in &plan.arguments {
        for line in checks(argument) {
            let _ = writeln!(text, "    {line}");
        }
    }
    let interpreter = match plan.language {
        Language::Bash => "exec bash -c ",
        _ => "exec /bin/sh -c ",
    };
    for (index, shape) in plan.recipe.steps.iter().enumerate() {
        if let Some(what) = changes_shell(shape) {
            return Err(Refusal::NeedsShell {
                step: index + 1,
                what: format!("`{what}`"),
                form: FORM,
            });
        }
        let checked = match shape {
            Shape::Script(_) => step(shape),
            Shape::Pipeline(commands) => inline(plan, commands),
        };
        let _ = write!(
            text,
            "    log \"[{}/{}] \" & {}\n    if not dryRun then\n        set theStep to \"set -eu; \" & {}\n        \
             do shell script \"cd -- \" & quoted form of workFolder & \" && {interpreter}\" & quoted form of theStep \
             without altering line endings\n    end if\n",
            index + 1,
            plan.recipe.steps.len(),
            expression(plan, &step(shape)),
            expression(plan, &checked),
        );
    }
    text.push_str("end run\n");
    text.push_str(HANDLER);
    Ok(text)
}

/// Code and values as an expression whose value is code of a shell.
fn expression(plan: &Plan, parts: &Parts) -> String {
    let parts: Vec<String> = parts
        .0
        .iter()
        .map(|part| match part {
            Part::Code(code) => apple(code),
            Part::Value(slot) => format!("quoted form of {}", plan.variable(*slot)),
        })
        .collect();
    parts.join(" & ")
}

fn checks(argument: &Argument) -> Vec<String> {
    let (name, variable) = (&argument.name, &argument.variable);
    let mut lines = Vec::new();
    if argument.default.is_none() {
        lines.push(format!(
            "if {variable} is missing value then error \"--{name} must be said\" number 2"
        ));
    }
    for guard in &argument.guards {
        lines.push(match guard {
            // What is a number is one with its sign.
            Guard::Dash if argument.kind == SlotKind::Num => continue,
            Guard::Dash => {
                format!("if {variable} starts with \"-\" then error \"--{name}: {DASH}\" number 2")
            }
            Guard::Dollar => {
                format!("if {variable} contains \"$\" then error \"--{name}: {DOLLAR}\" number 2")
            }
        });
    }
    lines
}
