//! What the cycle does with something that is repeated.

use std::collections::BTreeSet;

use super::same::{calls, same_work};
use crate::optimize::automation::{Automation, Form, State};
use crate::optimize::recipe::{Piece, Recipe, Shape};

/// So many proposals are written out in one cycle, the best first: the number is the original engine's.
pub const MOST: usize = 5;

/// Something that is repeated, as far as the choice needs it.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// Its steps.
    pub recipe: &'a Recipe,
    /// Whether it is done at regular times.
    pub regular: bool,
    /// Whether it is done before or after a command of git that runs a hook.
    pub hook: bool,
}

/// What is done with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice<'a> {
    /// It is written out in this form.
    Write(Form),
    /// It was written out already, and waits for somebody to enable it.
    Written(&'a Automation),
    /// It is proposed, and left to somebody who looks at it.
    Propose(Reason),
    /// It is not proposed.
    Leave(Reason),
}

/// Why something is not written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A step destroys or publishes something.
    Risky,
    /// A step waits for a person.
    Interactive,
    /// It is automated.
    Automated,
    /// Its automation was removed.
    Removed,
    /// The user's profile names it as unwanted.
    Unwanted,
}

impl Reason {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Risky => {
                "a step destroys or publishes something: look at it and generate it yourself"
            }
            Self::Interactive => "a step waits for a person: look at it and generate it yourself",
            Self::Automated => "it is automated",
            Self::Removed => "its automation was removed",
            Self::Unwanted => "the profile names it as unwanted",
        }
    }
}

/// What is done with something that is repeated. `unwanted` are names in lower case.
pub fn choose<'a>(
    offer: Offer<'_>,
    automations: &'a [Automation],
    unwanted: &BTreeSet<String>,
) -> Choice<'a> {
    let recipe = offer.recipe;
    let same = || {
        automations
            .iter()
            .filter(|it| same_work(&it.recipe, recipe))
    };
    if same().any(|it| it.state.is_live()) || calls(recipe, automations) {
        return Choice::Leave(Reason::Automated);
    }
    if unwanted.contains(&recipe.name.to_lowercase()) {
        return Choice::Leave(Reason::Unwanted);
    }
    if let Some(written) = same().find(|it| it.state != State::Retired) {
        return Choice::Written(written);
    }
    if same().next().is_some() {
        return Choice::Leave(Reason::Removed);
    }
    if recipe.risky {
        return Choice::Propose(Reason::Risky);
    }
    if recipe.interactive {
        return Choice::Propose(Reason::Interactive);
    }
    Choice::Write(form(offer))
}

/// The form that suits: what belongs to a time or to a hook runs there; commands of git alone are git's own by an alias.
fn form(offer: Offer<'_>) -> Form {
    let steps = &offer.recipe.steps;
    if offer.hook {
        return Form::Hook;
    }
    // Nobody is there to say what differs.
    let parameters = &offer.recipe.parameters;
    if offer.regular && parameters.iter().all(|it| it.default.is_some()) {
        return Form::Schedule;
    }
    if !steps.is_empty() && steps.iter().all(is_gits) {
        return Form::GitAlias;
    }
    Form::ShellScript
}

fn is_gits(step: &Shape) -> bool {
    let Shape::Pipeline(commands) = step else {
        return false;
    };
    let mut programs = commands.iter().map(|command| command.words.first());
    programs.all(|word| {
        word.is_some_and(|word| matches!(word.0.as_slice(), [Piece::Text(text)] if text == "git"))
    })
}

#[cfg(test)]
mod tests;
