//! Aliases of git, in its own configuration.

use std::collections::BTreeSet;
use std::path::Path;

use crate::system::git_command::{GitCommand, GitCommandError};

/// Why an alias is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum AliasError {
    /// Somebody else's.
    #[error("git has an alias `{name}` already: {value}")]
    Taken {
        /// Its name.
        name: String,
        /// What it does.
        value: String,
    },
    /// It says something else by now.
    #[error("the alias `{name}` says something else by now and is left as it is: {value}")]
    Changed {
        /// Its name.
        name: String,
        /// What it does.
        value: String,
    },
    /// Git.
    #[error(transparent)]
    Git(#[from] GitCommandError),
}

/// Which configuration: a repository's, by its git folder, or the user's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where<'a> {
    /// `--local`.
    Repository(&'a Path),
    /// `--global`.
    User,
}

impl Where<'_> {
    fn git(self, words: &[&str]) -> GitCommand {
        let (git, file) = match self {
            Self::Repository(git_dir) => (GitCommand::in_repository(git_dir, None), "--local"),
            Self::User => (GitCommand::in_folder(Path::new("/")), "--global"),
        };
        git.args(["config", file]).args(words)
    }

    /// What an alias says there.
    fn says(self, name: &str) -> Result<Vec<String>, GitCommandError> {
        let output = self.git(&["-z", "--get-all", &key(name)]).output()?;
        Ok(split(&output.stdout))
    }
}

fn key(name: &str) -> String {
    format!("alias.{name}")
}

fn split(bytes: &[u8]) -> Vec<String> {
    let values = bytes.split(|c| *c == 0).filter(|value| !value.is_empty());
    values
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .collect()
}

/// Names that an alias cannot have, or that another has: git's commands as it knows them here, and all aliases.
pub fn taken(git_dir: Option<&Path>) -> Result<BTreeSet<String>, GitCommandError> {
    let git = || match git_dir {
        Some(git_dir) => GitCommand::in_repository(git_dir, None),
        None => GitCommand::in_folder(Path::new("/")),
    };
    let commands = git().arg("--list-cmds=main,others").run()?;
    let mut names: BTreeSet<String> = String::from_utf8_lossy(&commands)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    // Without any alias git exits with 1.
    let aliases = git()
        .args(["config", "-z", "--name-only", "--get-regexp", r"^alias\."])
        .output()?;
    let aliases = split(&aliases.stdout);
    names.extend(
        aliases
            .iter()
            .filter_map(|key| key.strip_prefix("alias."))
            .map(str::to_owned),
    );
    Ok(names)
}

/// Sets an alias; nothing is done if it says that already, and nothing of somebody else's is written over.
pub fn set(place: Where<'_>, name: &str, value: &str) -> Result<(), AliasError> {
    match place.says(name)?.as_slice() {
        [] => {
            place.git(&[&key(name), value]).run()?;
            Ok(())
        }
        [only] if only == value => Ok(()),
        [first, ..] => Err(AliasError::Taken {
            name: name.to_owned(),
            value: first.clone(),
        }),
    }
}

/// Takes an alias away that says this; nothing is done if it is gone.
pub fn unset(place: Where<'_>, name: &str, value: &str) -> Result<(), AliasError> {
    match place.says(name)?.as_slice() {
        [] => Ok(()),
        [only] if only == value => {
            place.git(&["--unset", &key(name)]).run()?;
            Ok(())
        }
        [first, ..] => Err(AliasError::Changed {
            name: name.to_owned(),
            value: first.clone(),
        }),
    }
}
