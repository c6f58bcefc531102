//! Which commits are new: the decision, as a function of the watermark, of HEAD and of how they are related.
//!
//! Hooks only make this happen sooner. What they miss (another client, `--no-verify`, a hook that was not installed yet)
//! is found by walking from HEAD back to the commit that was seen last.

use crate::git::Oid;

use super::note::Adoption;

/// Commits walked through in one go. Past it the newest stand for all: a coalescing task needs HEAD and the base only.
pub const MAX_WALK: usize = 200;

/// Commits that a task with `coalesce = "each"` gets a job for in one go.
pub const MAX_EACH: usize = 50;

/// The commit seen last, as seen from HEAD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing was seen of this branch or worktree yet.
    Absent,
    /// The commit is not in the repository, or what is stored is no commit.
    Gone,
    /// It is HEAD.
    Head,
    /// It is behind HEAD.
    Behind {
        /// The commit seen last.
        mark: Oid,
        /// The commits since, newest first, at most [`MAX_WALK`], each against its own first parent.
        commits: Vec<Span>,
        /// Whether these are all.
        complete: bool,
    },
    /// It is not behind HEAD: HEAD was rewritten or moved.
    Elsewhere {
        /// The newest commit that both have, if any.
        common: Option<Oid>,
    },
}

/// Everything the decision depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// HEAD's commit; `None` while the branch is unborn.
    pub head: Option<Oid>,
    /// HEAD's first parent.
    pub parent: Option<Oid>,
    /// Whether HEAD names a commit, not a branch.
    pub detached: bool,
    /// Whether a rebase is under way: its commits are looked at when it is over.
    pub rebasing: bool,
    /// Whether HEAD's commit was made here and now (a hook or the reflog says so), as opposed to moved to.
    pub made: bool,
    /// Whether this worktree was at HEAD's commit before, on another branch.
    pub known: bool,
    /// The commit seen last.
    pub mark: Mark,
}

/// A commit to look at, and what to measure it against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The commit.
    pub commit: Oid,
    /// What came before; `None` for a root commit.
    pub base: Option<Oid>,
}

/// What to do about new commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is new, or this is not the moment.
    Nothing,
    /// Watch from HEAD on, without jobs.
    Adopt {
        /// Why.
        why: Adoption,
        /// Whether a person should hear of it.
        said: bool,
    },
    /// Make jobs and watch from HEAD on.
    Advance {
        /// For tasks that coalesce: HEAD against all that was seen.
        latest: Span,
        /// For tasks that want each commit: oldest first.
        each: Vec<Span>,
        /// Whether there were more commits than `each` holds.
        left_out: bool,
    },
}

/// What to do about new commits.
pub fn decide(facts: Facts) -> Decision {
    let Facts {
        head,
        parent,
        detached,
        rebasing,
        made,
        known,
        mark,
    } = facts;
    let Some(head) = head.filter(|_| !rebasing) else {
        return Decision::Nothing;
    };
    let adopt = |why| Decision::Adopt {
        why,
        // Whoever checks a commit out, bisects, or begins a branch knows that nothing is new.
        said: !detached && !known,
    };
    let alone = |base: Option<Oid>| {
        let tip = Span {
            commit: head.clone(),
            base: base.or_else(|| parent.clone()),
        };
        Decision::Advance {
            latest: tip.clone(),
            each: vec![tip],
            left_out: false,
        }
    };
    match mark {
        Mark::Head => Decision::Nothing,
        Mark::Absent if known => adopt(Adoption::New),
        // Nothing was seen yet, or what was seen last has been collected after a rewrite.
        Mark::Absent | Mark::Gone if made => alone(None),
        Mark::Absent => adopt(Adoption::New),
        Mark::Gone => adopt(Adoption::Gone),
        Mark::Elsewhere { common } if made => alone(common),
        Mark::Elsewhere { .. } => adopt(Adoption::Elsewhere),
        Mark::Behind { .. } if detached && !made => adopt(Adoption::Elsewhere),
        Mark::Behind {
            mark,
            commits,
            complete,
        } => Decision::Advance {
            latest: Span {
                commit: head,
                base: Some(mark),
            },
            left_out: !complete || commits.len() > MAX_EACH,
            each: commits.into_iter().take(MAX_EACH).rev().collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn oid(number: usize) -> Oid {
        format!("{number:040x}").parse().unwrap()
    }

    fn facts(mark: Mark) -> Facts {
        Facts {
            head: Some(oid(9)),
            parent: Some(oid(8)),
            detached: false,
            rebasing: false,
            made: false,
            known: false,
            mark,
        }
    }

    fn tip_against(base: usize) -> Decision {
        let tip = Span {
            commit: oid(9),
            base: Some(oid(base)),
        };
        Decision::Advance {
            latest: tip.clone(),
            each: vec![tip],
            left_out: false,
        }
    }

    fn behind(count: usize, complete: bool) -> Mark {
        Mark::Behind {
            mark: oid(1),
            commits: (0..count)
                .map(|index| Span {
                    commit: oid(9 + index),
                    base: Some(oid(10 + index)),
                })
                .collect(),
            complete,
        }
    }

    #[test]
    fn nothing_happens_before_the_first_commit_or_during_a_rebase() {
        let unborn = Facts {
            head: None,
            parent: None,
            ..facts(Mark::Absent)
        };
        assert_eq!(decide(unborn), Decision::Nothing);
        for mark in [Mark::Absent, Mark::Gone, behind(2, true)] {
            let rebasing = Facts {
                rebasing: true,
                made: true,
                ..facts(mark)
            };
            assert_eq!(decide(rebasing), Decision::Nothing);
        }
        assert_eq!(decide(facts(Mark::Head)), Decision::Nothing);
    }

    #[test]
    fn what_was_not_made_here_gets_no_job_where_the_watermark_says_nothing() {
        for (mark, why) in [
            (Mark::Absent, Adoption::New),
            (Mark::Gone, Adoption::Gone),
            (Mark::Elsewhere { common: None }, Adoption::Elsewhere),
        ] {
            assert_eq!(decide(facts(mark)), Decision::Adopt { why, said: true });
        }
    }

    #[test]
    fn after_a_rewrite_the_tip_alone_is_looked_at() {
        let made = |mark| Facts {
            made: true,
            ..facts(mark)
        };
        let common = Some(oid(3));
        assert_eq!(decide(made(Mark::Elsewhere { common })), tip_against(3));
        assert_eq!(
            decide(made(Mark::Elsewhere { common: None })),
            tip_against(8)
        );
        assert_eq!(decide(made(Mark::Gone)), tip_against(8));
        assert_eq!(decide(made(Mark::Absent)), tip_against(8));
    }

    #[test]
    fn a_detached_head_that_moves_over_old_commits_is_no_news() {
        let bisecting = Facts {
            detached: true,
            ..facts(behind(3, true))
        };
        assert!(matches!(
            decide(bisecting.clone()),
            Decision::Adopt { said: false, .. }
        ));
        let committing = Facts {
            made: true,
            ..bisecting
        };
        assert!(matches!(decide(committing), Decision::Advance { .. }));
    }

    #[test]
    fn a_branch_that_begins_where_the_worktree_was_is_watched_in_silence() {
        let switched = Facts {
            known: true,
            made: true,
            ..facts(Mark::Absent)
        };
        assert_eq!(
            decide(switched),
            Decision::Adopt {
                why: Adoption::New,
                said: false
            }
        );
    }

    proptest! {
        #[test]
        fn commits_are_bounded_oldest_first_and_the_newest_is_never_left_out(
            count in 1..MAX_WALK,
            complete: bool,
        ) {
            let Decision::Advance { latest, each, left_out } = decide(facts(behind(count, complete))) else {
                panic!("new commits are behind HEAD");
            };
            prop_assert_eq!(latest, Span { commit: oid(9), base: Some(oid(1)) });
            prop_assert_eq!(each.len(), count.min(MAX_EACH));
            prop_assert_eq!(left_out, !complete || count > MAX_EACH);
            prop_assert_eq!(&each.last().unwrap().commit, &oid(9));
            // Oldest first: each is the base of the one after it.
            for pair in each.windows(2) {
                prop_assert_eq!(pair[1].base.as_ref(), Some(&pair[0].commit));
            }
        }
    }
}
