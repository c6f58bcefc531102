//! When two recipes are of the same work, and when a step is the use of an automation.

use crate::optimize::automation::{Automation, Form};
use crate::optimize::recipe::{Piece, Recipe, Redirect, Shape, Simple, Word};

/// Whether two recipes do the same in the same repository. What was always the same once may differ later and become a
/// parameter: a word with a parameter in it is taken for any other.
pub fn same_work(one: &Recipe, other: &Recipe) -> bool {
    one.repository == other.repository && all(&one.steps, &other.steps, step)
}

fn all<T>(one: &[T], other: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
}

fn step(one: &Shape, other: &Shape) -> bool {
    match (one, other) {
        (Shape::Pipeline(one), Shape::Pipeline(other)) => all(one, other, simple),
        (Shape::Script(one), Shape::Script(other)) => one == other,
        _ => false,
    }
}

fn simple(one: &Simple, other: &Simple) -> bool {
    // The program is never anything else.
    one.words.first() == other.words.first()
        && all(&one.words, &other.words, word)
        && all(&one.redirects, &other.redirects, redirect)
}

fn redirect(one: &Redirect, other: &Redirect) -> bool {
    one.fd == other.fd && one.operator == other.operator && word(&one.target, &other.target)
}

fn word(one: &Word, other: &Word) -> bool {
    let differs = |word: &Word| word.0.iter().any(|piece| matches!(piece, Piece::Slot(_)));
    one == other || differs(one) || differs(other)
}

/// Whether a recipe is nothing but the use of an automation that is there: `git NAME`, `make NAME`, `just NAME`, or a command
/// of git-tend's own.
pub fn calls(recipe: &Recipe, automations: &[Automation]) -> bool {
    let [Shape::Pipeline(commands)] = recipe.steps.as_slice() else {
        return false;
    };
    let [command] = commands.as_slice() else {
        return false;
    };
    let mut words = command.words.iter().map(|word| match word.0.as_slice() {
        [Piece::Text(text)] => Some(text.as_str()),
        _ => None,
    });
    let (program, verb) = (words.next().flatten(), words.next().flatten());
    let is_placed = |form: Form, name: &str| {
        let mut there = automations.iter();
        there.any(|it| it.placed.is_some() && it.form == form && it.name == name)
    };
    match (program, verb) {
        (Some("git-tend"), _) | (Some("git"), Some("tend")) => true,
        (Some("git"), Some(name)) => is_placed(Form::GitAlias, name),
        (Some("make"), Some(name)) => is_placed(Form::MakeTarget, name),
        (Some("just"), Some(name)) => is_placed(Form::JustTarget, name),
        _ => false,
    }
}
