//! What `init` proposes: from the names of the tracked files, and the contents of a few manifests, a commented
//! `tend.toml`.

mod detect;
mod suggestion;

use std::collections::BTreeMap;
use std::fmt::Write as _;

pub use detect::is_wanted;
use suggestion::Suggestion;

/// A proposal for a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The text of the file. It loads without an error, and so it does with every suggestion taken.
    pub text: String,
    /// What was found: `Rust (cargo)`.
    pub found: Vec<String>,
}

/// A proposal from the tracked paths, relative to the top, and the contents of those that [`is_wanted`] names.
pub fn propose<'a>(
    paths: impl IntoIterator<Item = &'a str>,
    manifests: &BTreeMap<String, String>,
) -> Proposal {
    let (found, suggestions) = detect::detect(paths, manifests);
    Proposal {
        text: text(&found, &suggestions),
        found,
    }
}

const HEAD: &str = "\
# What git-tend does in this repository, and when. `git tend config check` says what is wrong with this file,
# `git tend config show` where each value comes from. Overrides for this machine only go into tend.local.toml.
";

const ACTIVE: &str = "
# The built-in analysis of the code, for each commit; by itself it runs every hour.
[hooks.post-commit]
tasks = [\"codebase_quick\"]
";

fn text(found: &[String], suggestions: &[Suggestion]) -> String {
    let mut text = HEAD.to_owned();
    if !found.is_empty() {
        let _ = writeln!(text, "#\n# Found: {}.", found.join(", "));
    }
    text.push_str(ACTIVE);
    if suggestions.is_empty() {
        text.push_str(
            "\n# A task of your own:\n#\n# [task.docs]\n# run = [\"mdbook\", \"build\", \"docs\"]\n# files = [\"docs/**\"]\n# on = [\"post-commit\"]\n",
        );
        return text;
    }
    text.push_str("\n# Suggestions: take the `# ` away from what fits, then approve it with `git tend trust`.\n");
    for suggestion in suggestions {
        text.push('\n');
        suggestion.write(&mut text);
    }
    let gates: Vec<_> = suggestions.iter().filter(|it| it.gate).collect();
    if !gates.is_empty() {
        text.push_str("\n# Gates stop a commit; only quick ones belong here, and only findings that are new count.\n#\n# [hooks.pre-commit]\n");
        let names: Vec<_> = gates.iter().map(|it| format!("{:?}", it.name)).collect();
        let _ = writeln!(text, "# gates = [{}]", names.join(", "));
    }
    text
}
