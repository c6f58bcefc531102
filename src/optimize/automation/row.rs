//! An automation as it is registered.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Change, Form, IllegalChange, State, digest};
use crate::optimize::generate::{Argument, Entry, Generated, Language, Template};
use crate::optimize::recipe::Recipe;

/// An automation as it is registered.
#[derive(Clone, Debug, PartialEq)]
pub struct Automation {
    /// 12 hexadecimal digits.
    pub id: String,
    /// Its name where it is put.
    pub name: String,
    /// What it is written out as.
    pub form: Form,
    /// What kind of work it is.
    pub template: Template,
    /// What its text is written in.
    pub language: Language,
    /// What it was made from.
    pub recipe: Recipe,
    /// Its options.
    pub parameters: Vec<Argument>,
    /// What is put where git, make, just or git-tend find it.
    pub entry: Option<Entry>,
    /// What is run.
    pub text: String,
    /// The SHA-256 of `text`: a file of another one is not run.
    pub digest: String,
    /// How far it has come.
    pub state: State,
    /// The folder of the repository that it belongs to; none if it is everybody's.
    pub scope: Option<String>,
    /// When it was first generated, in ms UTC.
    pub created_at: i64,
    /// When this text was last tried in the sandbox, in ms UTC.
    pub tested_at: Option<i64>,
    /// When it was last enabled, in ms UTC.
    pub enabled_at: Option<i64>,
    /// Where it was put.
    pub placed: Option<Placed>,
}

/// Where an automation was put.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "in")]
pub enum Placed {
    /// `alias.NAME` of a repository's configuration, or of the user's.
    GitConfig {
        /// The repository's git folder; none for the user's own configuration.
        git_dir: Option<PathBuf>,
        /// What it says there: what says something else by now is not taken away.
        value: String,
    },
    /// A file: a Makefile, a justfile, `tend.toml` or `tend.local.toml`.
    File {
        /// Which.
        path: PathBuf,
    },
}

impl Automation {
    /// Of what was generated from a recipe.
    pub fn new(generated: Generated, recipe: Recipe, now: i64) -> Self {
        Self {
            scope: recipe.repository.clone(),
            recipe,
            digest: digest(generated.text.as_bytes()),
            id: generated.id,
            name: generated.name,
            form: generated.form,
            template: generated.template,
            language: generated.language,
            parameters: generated.parameters,
            entry: generated.entry,
            text: generated.text,
            state: State::Generated,
            created_at: now,
            tested_at: None,
            enabled_at: None,
            placed: None,
        }
    }

    /// What is registered after it was generated again. The same text stays as far as it has come; another one begins
    /// again, for nobody tried it. Where it was put is remembered, so that it can be taken away from there.
    #[must_use]
    pub fn again(&self, new: Self) -> Self {
        let same = self.digest == new.digest && self.name == new.name && self.entry == new.entry;
        if same && self.state != State::Retired {
            return Self {
                recipe: new.recipe,
                parameters: new.parameters,
                ..self.clone()
            };
        }
        Self {
            created_at: self.created_at,
            placed: self.placed.clone(),
            ..new
        }
    }

    /// Takes a change in.
    pub fn change(&mut self, change: Change, now: i64) -> Result<(), IllegalChange> {
        let next = self.state.after(change)?;
        match change {
            Change::Tried { .. } => self.tested_at = Some(now),
            Change::Enable | Change::EnableItself { .. } => self.enabled_at = Some(now),
            Change::Rewritten => {
                self.tested_at = None;
                self.enabled_at = None;
            }
            Change::Disable | Change::Retire => self.enabled_at = None,
            Change::Ran { .. } => {}
        }
        self.state = next;
        Ok(())
    }

    /// Puts another text in the place of its own: somebody edited it, and nobody tried what it is now.
    pub fn rewrite(&mut self, text: String, now: i64) -> Result<(), IllegalChange> {
        let new = digest(text.as_bytes());
        if new == self.digest {
            return Ok(());
        }
        self.text = text;
        self.digest = new;
        self.change(Change::Rewritten, now)
    }
}

/// There are as many automations as there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are {0} automations already, as many as may be: remove one first")]
pub struct TooMany(pub usize);

/// Whether there may be one more beside those that are not retired.
pub fn make_room(there: usize, limit: usize) -> Result<(), TooMany> {
    if there < limit {
        Ok(())
    } else {
        Err(TooMany(there))
    }
}
