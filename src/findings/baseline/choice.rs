//! What "new" is compared with.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;

use crate::git::{GitError, Oid, Repo};

/// What findings are compared with, to tell the new ones: commits, or the baseline file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base<C, F> {
    /// The merge-base with the branch's upstream.
    Upstream(C),
    /// The merge-base with the branch that the remote calls its own.
    OriginHead(C),
    /// The project's [`super::Baseline`].
    File(F),
    /// The commit's first parent.
    FirstParent(C),
}

/// The base that holds: the first that there is, in this order. Without any, everything is new.
pub fn choose<C, F>(
    merge_base_with_upstream: Option<C>,
    origin_head: Option<C>,
    file: Option<F>,
    first_parent: Option<C>,
) -> Option<Base<C, F>> {
    merge_base_with_upstream
        .map(Base::Upstream)
        .or(origin_head.map(Base::OriginHead))
        .or(file.map(Base::File))
        .or(first_parent.map(Base::FirstParent))
}

/// What the bases of commits are told from: where the branches are that others have.
#[derive(Clone, Debug)]
pub struct Standpoint {
    upstream: Option<Oid>,
    origin: Option<Oid>,
    /// Merge-bases that are known, by tip and commit.
    known: RefCell<HashMap<(Oid, Oid), Option<Oid>>>,
}

/// So many commits of a line are looked at for a merge-base that is known. Each of them is quicker to read than to find a
/// merge-base that far away.
const LINE: usize = 64;

impl fmt::Display for Standpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |tip: &Option<Oid>| tip.as_ref().map_or("-", Oid::as_str).to_owned();
        write!(f, "{} {}", name(&self.upstream), name(&self.origin))
    }
}

impl Standpoint {
    /// Of the current branch.
    pub fn of(repo: &Repo) -> Result<Self, GitError> {
        let head = repo.head()?;
        let upstream = match head.branch() {
            Some(branch) => repo.upstream(branch)?,
            None => None,
        };
        // The branch that the remote calls its own, not one that merely has a usual name.
        let origin = repo.origin_head()?;
        let tip = |name: Option<String>| repo.resolve_commit(&name?).ok();
        Ok(Self {
            upstream: tip(upstream),
            origin: tip(origin),
            known: RefCell::default(),
        })
    }

    /// The merge-base of a tip and a commit. Whoever pushes many refs of one line asks the same of each of its commits:
    /// along a line of commits with one parent each, none of which the tip has, it is the same.
    fn merge_base(&self, repo: &Repo, tip: &Oid, commit: &Oid) -> Result<Option<Oid>, GitError> {
        let known = |at: &Oid| {
            let known = self.known.borrow();
            known.get(&(tip.clone(), at.clone())).cloned()
        };
        let mut line: Vec<Oid> = Vec::new();
        let mut at = commit.clone();
        let mut found = None;
        while !self.known.borrow().is_empty() && line.len() < LINE {
            if let Some(base) = known(&at) {
                // The tip has this commit, and perhaps its children.
                if line.is_empty() || base.as_ref() != Some(&at) {
                    found = Some(base);
                }
                break;
            }
            let mut parents = repo.commit(&at)?.parents;
            line.push(at);
            match (parents.pop(), parents.is_empty()) {
                (Some(only), true) => at = only,
                _ => break,
            }
        }
        let base = match found {
            Some(base) => base,
            None => {
                let base = repo.merge_base(tip, commit)?;
                let reached = line.iter().position(|it| Some(it) == base.as_ref());
                // What lies between them is a line; what lies below is not known.
                line.truncate(reached.unwrap_or(0));
                line.push(commit.clone());
                base
            }
        };
        let mut known = self.known.borrow_mut();
        known.extend(line.into_iter().map(|it| ((tip.clone(), it), base.clone())));
        Ok(base)
    }

    /// The base of a commit. Without a commit it is the file, if there is one.
    ///
    /// `is_parent`: what is judged is no commit yet, and would be on top of this one.
    pub fn base(
        &self,
        repo: &Repo,
        commit: Option<&Oid>,
        is_parent: bool,
        has_file: bool,
    ) -> Result<Option<Base<Oid, ()>>, GitError> {
        let file = has_file.then_some(());
        let Some(commit) = commit else {
            return Ok(choose(None, None, file, None));
        };
        let merge_base =
            |tip: &Option<Oid>| self.merge_base(repo, tip.as_ref()?, commit).ok().flatten();
        if let Some(found) = merge_base(&self.upstream) {
            return Ok(Some(Base::Upstream(found)));
        }
        if let Some(found) = merge_base(&self.origin) {
            return Ok(Some(Base::OriginHead(found)));
        }
        if has_file {
            return Ok(Some(Base::File(())));
        }
        let first_parent = if is_parent {
            Some(commit.clone())
        } else {
            repo.commit(commit)?.parents.into_iter().next()
        };
        Ok(choose(None, None, None, first_parent))
    }
}

impl<C, F> Base<C, F> {
    /// What it is, for people.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Upstream(_) => "the merge-base with the upstream",
            Self::OriginHead(_) => "the merge-base with origin/HEAD",
            Self::File(_) => super::FILE_NAME,
            Self::FirstParent(_) => "the first parent",
        }
    }

    /// The commit, unless it is the file.
    pub const fn commit(&self) -> Option<&C> {
        match self {
            Self::Upstream(commit) | Self::OriginHead(commit) | Self::FirstParent(commit) => {
                Some(commit)
            }
            Self::File(_) => None,
        }
    }
}

impl<C, F> fmt::Display for Base<C, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::git::testing::TestRepo;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        /// Whatever is asked before, in histories with merges, branches and several roots.
        #[test]
        fn a_merge_base_that_follows_from_another_is_that_of_git(
            parents in prop::collection::vec((0_usize..6, prop::option::weighted(0.2, 0_usize..6)), 5..40),
            tip in any::<prop::sample::Index>(),
            order in prop::collection::vec(any::<prop::sample::Index>(), 60),
        ) {
            let test = TestRepo::new(&[]);
            let tree = test.git(&["write-tree"]).trim().to_owned();
            let mut commits: Vec<String> = Vec::new();
            for (back, merged) in parents {
                // Mostly one after the other.
                let near = |back: usize| commits.len().checked_sub(1 + back / 3).map(|at| commits[at].clone());
                let mut args = vec!["commit-tree".to_owned(), tree.clone(), "-m".to_owned(), commits.len().to_string()];
                for parent in [near(back), merged.and_then(|it| near(it + 3))].into_iter().flatten() {
                    if !args.contains(&parent) {
                        args.extend(["-p".to_owned(), parent]);
                    }
                }
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                commits.push(test.git(&args).trim().to_owned());
            }
            let repo = test.open();
            let oid = |text: &String| text.parse::<Oid>().unwrap();
            let tip = oid(tip.get(&commits));
            let standpoint = Standpoint { upstream: Some(tip.clone()), origin: None, known: RefCell::default() };
            for commit in order.iter().map(|at| oid(at.get(&commits))) {
                let found = standpoint.merge_base(&repo, &tip, &commit).unwrap();
                prop_assert_eq!(found, repo.merge_base(&tip, &commit).unwrap());
            }
        }
    }
}
