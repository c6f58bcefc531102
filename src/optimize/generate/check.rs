//! Whether a recipe is one. It may have been stored, and edited since.

use std::collections::BTreeSet;

use super::command::{is_descriptor, slots, words};
use super::refusal::Refusal;
use crate::optimize::recipe::{Piece, Recipe, Shape, Simple};

/// Operators of redirections that are written down as they are.
const OPERATORS: [&str; 10] = ["<", ">", ">>", ">|", "<>", ">&", "<&", "&>", "&>>", "<<<"];

/// Refuses what is no recipe.
pub(super) fn check(recipe: &Recipe) -> Result<(), Refusal> {
    if recipe.steps.is_empty() {
        return Err(Refusal::NoSteps);
    }
    names(recipe)?;
    for (index, step) in recipe.steps.iter().enumerate() {
        let number = index + 1;
        match step {
            Shape::Script(code) if code.trim().is_empty() => {
                return Err(damaged(number, "is empty"));
            }
            Shape::Script(code) if code.contains('\0') => {
                return Err(Refusal::Nul { step: number });
            }
            Shape::Script(_) => {}
            Shape::Pipeline(commands) => {
                if commands.is_empty() {
                    return Err(damaged(number, "is empty"));
                }
                for command in commands {
                    check_command(recipe, number, command)?;
                }
            }
        }
    }
    Ok(())
}

fn names(recipe: &Recipe) -> Result<(), Refusal> {
    if !is_name(&recipe.name) || recipe.name.len() > 40 {
        return Err(Refusal::Damaged(format!(
            "`{}` is not a name",
            recipe.name.escape_debug()
        )));
    }
    let mut seen = BTreeSet::new();
    for parameter in &recipe.parameters {
        if !is_name(&parameter.name) || !seen.insert(&parameter.name) {
            return Err(Refusal::Damaged(format!(
                "`{}` is not the name of a parameter, or of two",
                parameter.name.escape_debug()
            )));
        }
        if parameter
            .default
            .as_ref()
            .is_some_and(|it| it.contains('\0'))
        {
            return Err(Refusal::Damaged(format!(
                "the default of `{}` has a NUL",
                parameter.name
            )));
        }
    }
    Ok(())
}

/// Lower case letters, digits and `-`, beginning with a letter.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn check_command(recipe: &Recipe, number: usize, command: &Simple) -> Result<(), Refusal> {
    if command.words.is_empty() && command.redirects.is_empty() {
        return Err(damaged(number, "has an empty command"));
    }
    for redirect in &command.redirects {
        if !OPERATORS.contains(&redirect.operator.as_str()) {
            let what = format!("has the redirection `{}`", redirect.operator.escape_debug());
            return Err(damaged(number, &what));
        }
        if redirect.operator == "<&" && !is_descriptor(&redirect.target) {
            return Err(damaged(number, "reads from a descriptor that is none"));
        }
        if redirect.target.0.is_empty() {
            return Err(damaged(number, "has a redirection to nowhere"));
        }
    }
    for word in words(command) {
        for piece in &word.0 {
            if let Piece::Text(text) | Piece::Code(text) = piece
                && text.contains('\0')
            {
                return Err(Refusal::Nul { step: number });
            }
        }
        if let Some(slot) = slots(word).find(|slot| *slot >= recipe.parameters.len()) {
            return Err(damaged(
                number,
                &format!("has a parameter {slot}, which is none"),
            ));
        }
    }
    Ok(())
}

fn damaged(step: usize, what: &str) -> Refusal {
    Refusal::Damaged(format!("step {step} {what}"))
}
