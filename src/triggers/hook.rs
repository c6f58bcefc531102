//! What a hook of git means: from its arguments and its standard input to what is looked at and what jobs are about.
//!
//! Nothing that git passes is refused. What cannot be understood is left out: commits are found by reconciliation anyway.

use std::ffi::OsString;

use bstr::ByteSlice;

use super::commit_edge::HeadEvent;
use super::commits::Span;
use crate::config::HookName;
use crate::git::Oid;

/// What git told a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing that matters here.
    Nothing,
    /// post-checkout: HEAD went from one commit to another.
    CheckedOut {
        /// Where it was; `None` in a new clone or worktree.
        from: Option<Oid>,
        /// Where it is.
        to: Option<Oid>,
    },
    /// post-checkout: files were restored, HEAD stayed.
    Restored,
    /// post-rewrite: commits took the place of others.
    Rewrote {
        /// A rebase did it, not an amend.
        rebase: bool,
        /// The commits that are replaced.
        replaced: Vec<Oid>,
    },
    /// pre-push: commits that are about to be pushed, each against what the remote has.
    Pushing(Vec<Span>),
}

/// Whether git writes to the standard input of this hook.
pub const fn has_input(hook: HookName) -> bool {
    matches!(hook, HookName::PostRewrite | HookName::PrePush)
}

/// What git told a hook by its arguments and its standard input.
pub fn listen(hook: HookName, args: &[OsString], input: &[u8]) -> Said {
    let arg = |index: usize| args.get(index).map(|arg| arg.as_encoded_bytes());
    match hook {
        HookName::PostCheckout if arg(2) == Some(b"0") => Said::Restored,
        HookName::PostCheckout => Said::CheckedOut {
            from: arg(0).and_then(commit),
            to: arg(1).and_then(commit),
        },
        HookName::PostRewrite => Said::Rewrote {
            rebase: arg(0) == Some(b"rebase"),
            replaced: input.lines().filter_map(replaced).collect(),
        },
        HookName::PrePush => Said::Pushing(input.lines().filter_map(pushed).collect()),
        _ => Said::Nothing,
    }
}

/// An object's name; git writes zeros where there is no object.
fn commit(digits: &[u8]) -> Option<Oid> {
    Oid::from_hex(digits).ok().filter(|oid| !oid.is_null())
}

/// `<old object> <new object> …`; a rebase within one second may make the same commit again.
fn replaced(line: &[u8]) -> Option<Oid> {
    let mut fields = line.fields();
    let (old, new) = (fields.next()?, fields.next()?);
    commit(old).filter(|_| old != new)
}

/// What post-rewrite tells: commits, and what took their place.
pub fn rewritten(input: &[u8]) -> Vec<(Oid, Oid)> {
    let pair = |line: &[u8]| {
        let mut fields = line.fields();
        let pair = (
            fields.next().and_then(commit)?,
            fields.next().and_then(commit)?,
        );
        (pair.0 != pair.1).then_some(pair)
    };
    input.lines().filter_map(pair).collect()
}

/// `<local ref> <local object> <remote ref> <remote object>`; a deleted ref pushes nothing.
fn pushed(line: &[u8]) -> Option<Span> {
    // A ref may be spelled with blanks (`HEAD@{2 days ago}`): the other fields are counted from the end.
    let mut fields = line.rsplitn(4, |byte| *byte == b' ');
    let remote = fields.next()?;
    let local = fields.nth(1)?;
    Some(Span {
        commit: commit(local)?,
        base: commit(remote),
    })
}

/// The objects that git is about to push; nothing if its list is not understood, line for line. A ref that is deleted
/// pushes nothing.
pub fn tips(input: &[u8]) -> Option<Vec<Oid>> {
    let mut tips = Vec::new();
    for line in input.lines() {
        let mut fields = line.rsplitn(4, |byte| *byte == b' ');
        let (_remote, _name) = (fields.next()?, fields.next()?);
        let local = Oid::from_hex(fields.next()?).ok()?;
        if !local.is_null() {
            tips.push(local);
        }
    }
    Some(tips)
}

/// What the jobs of a hook are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// HEAD's commit, against this one.
    Head {
        /// What came before; `None`: its first parent.
        base: Option<Oid>,
    },
    /// These commits.
    Commits(Vec<Span>),
}

/// What a hook leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// What is known to have happened to HEAD; `None`: HEAD is not looked at.
    pub head: Option<HeadEvent>,
    /// The hooks whose deferred tasks are called for besides those that follow every commit.
    pub tasks: &'static [HookName],
    /// What their jobs are about.
    pub subject: Subject,
}

impl Response {
    /// To look at HEAD, of which nothing is known to have happened.
    pub const fn of_head() -> Self {
        Self {
            head: Some(HeadEvent::Found),
            tasks: &[],
            subject: Subject::Head { base: None },
        }
    }
}

/// What is known of HEAD when a hook fires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// A rebase is under way: its commits are looked at when it is over, and it is over when post-rewrite says so.
    pub rebasing: bool,
    /// Where HEAD was before it moved last.
    pub before: Option<Oid>,
    /// Whether that made a commit.
    pub made: bool,
}

/// What a hook leads to; `None` if it is not the moment.
pub fn respond(hook: HookName, said: Said, standing: Standing) -> Option<Response> {
    let head = |event, tasks, base| {
        Some(Response {
            head: Some(event),
            tasks,
            subject: Subject::Head { base },
        })
    };
    match (hook, said) {
        (HookName::PrePush, Said::Pushing(commits)) => Some(Response {
            head: None,
            tasks: &[HookName::PrePush],
            subject: Subject::Commits(commits),
        }),
        (HookName::PostRewrite, Said::Rewrote { rebase, replaced }) => head(
            HeadEvent::Rewritten { rebase, replaced },
            &[HookName::PostRewrite],
            None,
        ),
        _ if standing.rebasing => None,
        (HookName::PostCommit, _) => head(HeadEvent::Made, &[], None),
        (HookName::PostApplypatch, _) => head(HeadEvent::Made, &[HookName::PostApplypatch], None),
        (HookName::PostMerge, _) if standing.made => head(
            HeadEvent::Found,
            &[HookName::PreMergeCommit, HookName::PostMerge],
            standing.before,
        ),
        // A merge that fast-forwards makes no commit.
        (HookName::PostMerge, _) => head(HeadEvent::Found, &[HookName::PostMerge], standing.before),
        (HookName::PostCheckout, Said::CheckedOut { from, .. }) => {
            head(HeadEvent::Found, &[HookName::PostCheckout], from)
        }
        // What these defer is enqueued when the commit is there.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const NULL: &str = "0000000000000000000000000000000000000000";

    fn oid(digits: &str) -> Oid {
        digits.parse().unwrap()
    }

    fn listen(hook: HookName, args: &[&str], input: &str) -> Said {
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        super::listen(hook, &args, input.as_bytes())
    }

    fn rebasing() -> Standing {
        Standing {
            rebasing: true,
            ..Standing::default()
        }
    }

    #[test]
    fn a_push_is_about_what_is_new_on_the_remote() {
        let input = format!(
            "refs/heads/main {A} refs/heads/main {B}\nHEAD@{{2 days ago}} {B} refs/heads/x {NULL}\n(delete) {NULL} refs/heads/y {A}\nnonsense\n"
        );
        let Said::Pushing(spans) = listen(HookName::PrePush, &["origin", "url"], &input) else {
            unreachable!()
        };
        let spans: Vec<_> = spans.into_iter().map(|it| (it.commit, it.base)).collect();
        assert_eq!(spans, [(oid(A), Some(oid(B))), (oid(B), None)]);
    }

    #[test]
    fn a_push_that_is_not_understood_is_no_empty_one() {
        let good =
            format!("refs/heads/main {A} refs/heads/main {B}\n(delete) {NULL} refs/heads/y {A}\n");
        assert_eq!(tips(good.as_bytes()), Some(vec![oid(A)]));
        assert_eq!(tips(b""), Some(Vec::new()));
        for bad in ["nonsense\n", "refs/heads/main x refs/heads/main y\n", "\n"] {
            assert_eq!(tips(format!("{good}{bad}").as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn a_rewrite_names_what_was_replaced() {
        let said = listen(
            HookName::PostRewrite,
            &["rebase"],
            &format!("{A} {B}\n{B} {A} extra\n{A} {A}\n\nx\n"),
        );
        let replaced = vec![oid(A), oid(B)];
        assert_eq!(
            said,
            Said::Rewrote {
                rebase: true,
                replaced: replaced.clone()
            }
        );
        let response = respond(HookName::PostRewrite, said, rebasing()).unwrap();
        assert_eq!(
            response.head,
            Some(HeadEvent::Rewritten {
                rebase: true,
                replaced
            })
        );
    }

    #[test]
    fn restoring_files_is_no_checkout() {
        let said = listen(HookName::PostCheckout, &[A, A, "0"], "");
        assert_eq!(
            respond(HookName::PostCheckout, said, Standing::default()),
            None
        );
        let said = listen(HookName::PostCheckout, &[NULL, A, "1"], "");
        let response = respond(HookName::PostCheckout, said, Standing::default()).unwrap();
        assert_eq!(response.subject, Subject::Head { base: None });
        assert_eq!(response.head, Some(HeadEvent::Found));
    }

    #[test]
    fn during_a_rebase_nothing_is_looked_at_but_its_end() {
        for hook in HookName::ALL {
            let response = respond(hook, listen(hook, &["rebase"], ""), rebasing());
            let speaks = matches!(hook, HookName::PostRewrite | HookName::PrePush);
            assert_eq!(response.is_some(), speaks, "{hook}");
        }
    }

    #[test]
    fn what_a_hook_before_the_commit_defers_waits_for_the_commit() {
        for hook in [
            HookName::PreCommit,
            HookName::PreMergeCommit,
            HookName::CommitMsg,
        ] {
            assert_eq!(
                respond(hook, listen(hook, &[], ""), Standing::default()),
                None
            );
        }
    }
}
