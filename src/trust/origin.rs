//! Where a commit came from: made here, or arrived with somebody else's code in it.
//!
//! A pull or a checkout could bring a stranger's `conftest.py` into a test run that a hook starts. Reflogs tell what was
//! made in this repository; nothing in a commit itself can claim that.

use crate::git::{Move, Oid};

/// Whether a movement of HEAD is proof that the commit it led to was made here.
///
/// Fast-forwards, checkouts, resets and clones are not; nor is anything that `git pull` did, which merges or rebases on
/// what has just arrived, before anybody looked at it. The end of a rebase is not either: one that had nothing to do
/// ends on the upstream's commit. What it picked is.
pub fn is_made_here(movement: &Move) -> bool {
    let (action, rest) = movement.why.split_once(':').unwrap_or((&movement.why, ""));
    let (verb, detail) = action.split_once(' ').unwrap_or((action, ""));
    match verb {
        "commit" | "cherry-pick" | "revert" | "am" => true,
        "merge" => !rest.starts_with(" Fast-forward"),
        "rebase" => {
            let step = detail
                .rsplit_once('(')
                .map_or("", |(_, step)| step.trim_end_matches(')'));
            [
                "pick", "reword", "edit", "squash", "fixup", "continue", "merge",
            ]
            .contains(&step)
        }
        _ => false,
    }
}

/// Why tasks may run on a commit, or that they may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was made in this repository.
    Here,
    /// It is contained in a ref that the user trusts.
    Trusted(String),
    /// The user has approved this very commit.
    Approved,
    /// Neither: it came from elsewhere, or nobody remembers where from.
    Elsewhere,
}

/// What there is to know about a commit, each asked only if those before did not decide.
pub trait Evidence {
    /// The movements of HEAD that led to it, in any worktree.
    fn movements(&self, commit: &Oid) -> Vec<Move>;
    /// Whether the user approved it.
    fn is_approved(&self, commit: &Oid) -> bool;
    /// The trusted refs.
    fn refs(&self) -> Vec<String>;
    /// Whether a ref contains it.
    fn is_in(&self, commit: &Oid, name: &str) -> bool;
}

/// Where a commit came from.
pub fn origin(commit: &Oid, evidence: &dyn Evidence) -> Origin {
    if evidence.is_approved(commit) {
        return Origin::Approved;
    }
    if evidence.movements(commit).iter().any(is_made_here) {
        return Origin::Here;
    }
    let trusted = evidence
        .refs()
        .into_iter()
        .find(|name| evidence.is_in(commit, name));
    trusted.map_or(Origin::Elsewhere, Origin::Trusted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn because(why: &str) -> Move {
        Move {
            from: None,
            to: "1".repeat(40).parse().unwrap(),
            why: why.to_owned(),
        }
    }

    #[test]
    fn making_is_told_from_arriving() {
        for (why, here) in [
            ("commit: fix", true),
            ("commit (initial): begin", true),
            ("commit (amend): fix", true),
            ("commit (merge): Merge branch 'x'", true),
            ("cherry-pick: fix", true),
            ("revert: Revert \"fix\"", true),
            ("am: fix", true),
            ("merge topic: Merge made by the 'ort' strategy.", true),
            ("rebase (pick): fix", true),
            ("rebase -i (squash): fix", true),
            ("rebase (continue): fix", true),
            ("merge topic: Fast-forward", false),
            ("merge origin/main: Fast-forward", false),
            ("pull: Fast-forward", false),
            ("pull --no-rebase: Merge made by the 'ort' strategy.", false),
            ("pull --rebase (pick): fix", false),
            (
                "pull --rebase (finish): returning to refs/heads/main",
                false,
            ),
            ("rebase (finish): returning to refs/heads/main", false),
            ("rebase (start): checkout origin/main", false),
            ("rebase (abort): returning to refs/heads/main", false),
            ("reset: moving to origin/main", false),
            ("checkout: moving from main to topic", false),
            ("clone: from /somewhere", false),
            ("branch: Created from origin/topic", false),
            ("commit", true),
            ("", false),
        ] {
            assert_eq!(is_made_here(&because(why)), here, "{why:?}");
        }
    }

    struct Known {
        why: &'static str,
        approved: bool,
        refs: &'static [&'static str],
    }

    impl Evidence for Known {
        fn movements(&self, _: &Oid) -> Vec<Move> {
            vec![because("checkout: moving"), because(self.why)]
        }
        fn is_approved(&self, _: &Oid) -> bool {
            self.approved
        }
        fn refs(&self) -> Vec<String> {
            self.refs.iter().map(ToString::to_string).collect()
        }
        fn is_in(&self, _: &Oid, name: &str) -> bool {
            name == "origin/main"
        }
    }

    #[test]
    fn one_reason_is_enough_and_none_is_not() {
        let commit = "1".repeat(40).parse().unwrap();
        let known = |why, approved, refs| {
            origin(
                &commit,
                &Known {
                    why,
                    approved,
                    refs,
                },
            )
        };
        assert_eq!(
            known("pull: Fast-forward", false, &["origin/x"]),
            Origin::Elsewhere
        );
        assert_eq!(known("commit: fix", false, &[]), Origin::Here);
        assert_eq!(known("pull: Fast-forward", true, &[]), Origin::Approved);
        let trusted = Origin::Trusted("origin/main".to_owned());
        assert_eq!(
            known("clone: from x", false, &["origin/x", "origin/main"]),
            trusted
        );
    }
}
