//! What a Makefile says, once it was read.

use std::collections::{HashMap, HashSet};

/// A target that the file names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    pub name: String,
    /// Where it is named first.
    pub line: usize,
    pub prerequisites: Vec<String>,
    /// Those behind `|`: they come first, but are no reason to make it again.
    pub order_only: Vec<String>,
    pub has_recipe: bool,
    /// The lines of its recipe, with what is known written out.
    pub commands: Vec<String>,
    /// Whether the recipe speaks of the target.
    speaks_of_itself: bool,
    /// Whether it may need more than is known.
    pub is_unsure: bool,
}

impl Target {
    /// Whether it is a file that its recipe makes: the recipe speaks of it, or it is one that built-in rules make of another.
    pub fn makes_itself(&self) -> bool {
        if self.has_recipe {
            self.speaks_of_itself
        } else {
            let name = self.name.rsplit('/').next().unwrap_or_default();
            name.contains('.') && !self.prerequisites.is_empty()
        }
    }
}

/// A file.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    targets: Vec<Target>,
    places: HashMap<String, usize>,
    phony: HashSet<String>,
    /// What is made if nothing is named.
    pub default_goal: Option<String>,
    /// How many recipes run at once, if the file says so.
    pub jobs: Option<usize>,
    pub notes: Vec<String>,
}

impl File {
    /// The targets, in the order of the file.
    pub fn targets(&self) -> Vec<&Target> {
        self.targets.iter().collect()
    }

    pub fn is_phony(&self, name: &str) -> bool {
        self.phony.contains(name)
    }

    pub fn add_phony(&mut self, name: &str) {
        self.phony.insert(name.to_owned());
    }

    /// Adds a rule for one target.
    pub fn add(
        &mut self,
        name: &str,
        line: usize,
        prerequisites: &[String],
        order_only: &[String],
    ) {
        let at = *self.places.entry(name.to_owned()).or_insert_with(|| {
            self.targets.push(Target {
                name: name.to_owned(),
                line,
                ..Target::default()
            });
            self.targets.len() - 1
        });
        let Some(target) = self.targets.get_mut(at) else {
            return;
        };
        target.prerequisites.extend_from_slice(prerequisites);
        target.order_only.extend_from_slice(order_only);
    }

    /// Notes that a target may need more than is known.
    pub fn doubt(&mut self, name: &str) {
        let found = self.places.get(name).copied();
        if let Some(target) = found.and_then(|at| self.targets.get_mut(at)) {
            target.is_unsure = true;
        }
    }

    /// Puts every list of prerequisites in order: each once, and not behind `|` what stands before it.
    pub fn settle(&mut self) {
        for target in &mut self.targets {
            let mut seen = HashSet::new();
            target.prerequisites.retain(|it| seen.insert(it.clone()));
            target.order_only.retain(|it| seen.insert(it.clone()));
        }
    }

    /// Gives a target its recipe; a later one takes the place of an earlier one unless the rule has two colons.
    pub fn set_recipe(&mut self, name: &str, commands: Vec<String>, speaks: bool, adds: bool) {
        let found = self.places.get(name).copied();
        if let Some(target) = found.and_then(|at| self.targets.get_mut(at)) {
            if !adds {
                target.commands.clear();
            }
            target.commands.extend(commands);
            target.has_recipe = true;
            target.speaks_of_itself = speaks;
        }
    }
}
