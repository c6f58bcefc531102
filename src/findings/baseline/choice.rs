//! What "new" is compared with.

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standpoint {
    upstream: Option<Oid>,
    origin: Option<Oid>,
}

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
        })
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
        let merge_base = |tip: &Option<Oid>| repo.merge_base(tip.as_ref()?, commit).ok().flatten();
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
