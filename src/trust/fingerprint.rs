//! What an approval is about: the meaning of a task's definition, not its spelling.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Workspace;
use crate::system::frames::Frames;

/// The part of a task that decides what runs, resolved: layers united, defaults filled in.
///
/// When it runs, how soon and how long are left out: changing them cannot run anything that was not approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Variables added to its environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Where it runs.
    pub workspace: Workspace,
    /// The folder in which it runs; empty for the top.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// Whether `root` is a glob: one job for each folder that matches.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_each: bool,
    /// Ignored folders of the worktree that it sees.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub link: BTreeSet<String>,
    /// The command that mends what it finds; empty if none is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fix: Vec<String>,
}

/// The identity of a [`Definition`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Definition {
    /// Its identity.
    pub fn fingerprint(&self) -> Fingerprint {
        // A new field must enter the hash; the pattern makes forgetting it an error.
        let Self {
            argv,
            env,
            workspace,
            root,
            for_each,
            link,
            fix,
        } = self;
        let mut frames = Frames::new("git-tend task definition v1");
        frames.count(argv.len());
        for argument in argv {
            frames.text(argument);
        }
        frames.count(env.len());
        for (name, value) in env {
            frames.text(name).text(value);
        }
        frames
            .text(workspace.name())
            .text(root)
            .count(usize::from(*for_each))
            .count(link.len());
        for folder in link {
            frames.text(folder);
        }
        // What was approved before there were fixers stays approved.
        if !fix.is_empty() {
            frames.count(fix.len());
            for argument in fix {
                frames.text(argument);
            }
        }
        Fingerprint(frames.hex())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use proptest::prelude::*;

    fn definition(argv: &[&str]) -> Definition {
        Definition {
            argv: argv.iter().map(ToString::to_string).collect(),
            env: BTreeMap::new(),
            workspace: Workspace::Commit,
            root: String::new(),
            for_each: false,
            link: BTreeSet::new(),
            fix: Vec::new(),
        }
    }

    #[test]
    fn the_fingerprint_is_stable_between_versions() {
        // Changing it asks every user about every task again.
        assert_eq!(
            definition(&["mdbook", "build"]).fingerprint().as_str(),
            "45611685ce946cbe31cd456fb23945c2ac29b674d53361810b18438a35b21b2f"
        );
    }

    #[test]
    fn whatever_changes_what_runs_changes_the_fingerprint() {
        let base = definition(&["make", "test"]);
        let mut others = vec![
            definition(&["make", "test", ""]),
            definition(&["make", " test"]),
            definition(&["maket", "est"]),
            definition(&["make"]),
        ];
        for change in [
            |it: &mut Definition| {
                it.env.insert("A".to_owned(), "B".to_owned());
            },
            |it: &mut Definition| it.workspace = Workspace::Worktree,
            |it: &mut Definition| it.root = "web".to_owned(),
            |it: &mut Definition| it.for_each = true,
            |it: &mut Definition| it.fix = vec!["web".to_owned()],
            |it: &mut Definition| it.fix = vec![String::new()],
            |it: &mut Definition| {
                it.link.insert("node_modules".to_owned());
            },
        ] {
            let mut other = base.clone();
            change(&mut other);
            others.push(other);
        }
        for other in others {
            assert_ne!(base.fingerprint(), other.fingerprint(), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn moving_text_between_arguments_is_seen(words in proptest::collection::vec("[ab]{0,3}", 1..5), cut in 0_usize..12) {
            let whole: String = words.concat();
            let cut = cut.min(whole.len());
            let moved = [&whole[..cut], &whole[cut..]];
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let same = words == moved;
            prop_assert_eq!(
                definition(&words).fingerprint() == definition(&moved).fingerprint(),
                same
            );
        }
    }
}
