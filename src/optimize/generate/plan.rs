//! What every form is written from.

use std::collections::BTreeSet;

use super::step::{Parts, step};
use super::written::{Argument, Language, Template};
use crate::optimize::recipe::{Parameter, Recipe};

/// A recipe that was looked through, with what is said about it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub id: String,
    pub name: String,
    pub template: Template,
    pub language: Language,
    pub recipe: Recipe,
    pub arguments: Vec<Argument>,
}

impl Plan {
    /// The steps as code.
    pub(super) fn steps(&self) -> Vec<Parts> {
        self.recipe.steps.iter().map(step).collect()
    }

    /// A step as a person reads it, with `<name>` where a value stands.
    pub(super) fn shown(&self, parts: &Parts) -> String {
        parts.text(|slot| {
            let name = self.arguments.get(slot).map(|it| it.name.as_str());
            format!("<{}>", name.unwrap_or_default())
        })
    }

    /// The variable of a parameter.
    pub(super) fn variable(&self, slot: usize) -> &str {
        self.arguments
            .get(slot)
            .map_or("", |argument| argument.variable.as_str())
    }

    /// What every text says about itself at its top.
    pub(super) fn origin(&self) -> String {
        format!(
            "{}: automation {}, written by git-tend from work that was repeated.",
            self.name, self.id
        )
    }

    /// Whether a step may find that it would write over a file.
    pub(super) fn has_force(&self) -> bool {
        self.template == Template::FileOperation
    }

    /// Whether an error anywhere in a pipeline is an error: of what fetches or makes data, half an answer is none.
    /// Elsewhere the last command says how it went, as it did when it was typed.
    pub(super) fn strict_pipes(&self) -> bool {
        matches!(self.template, Template::ApiCall | Template::DataProcessing)
    }
}

/// Options that every script has.
const OWN_OPTIONS: [&str; 4] = ["help", "dry-run", "force", "h"];

/// The parameters as options: none of a script's own names, and none of the same name as another.
pub(super) fn option_names(parameters: &[Parameter]) -> Vec<String> {
    let mut taken: BTreeSet<String> = OWN_OPTIONS.iter().map(|&it| it.to_owned()).collect();
    let given = parameters.iter().map(|it| it.name.clone());
    taken.extend(given.filter(|name| !OWN_OPTIONS.contains(&name.as_str())));
    parameters
        .iter()
        .map(|parameter| {
            if !OWN_OPTIONS.contains(&parameter.name.as_str()) {
                return parameter.name.clone();
            }
            let mut name = format!("{}-value", parameter.name);
            while !taken.insert(name.clone()) {
                name.push_str("-value");
            }
            name
        })
        .collect()
}
