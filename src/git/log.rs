//! Walking from a commit back to one that was seen before.

use bstr::ByteSlice;

use super::error::GitError;
use super::oid::Oid;
use super::repo::{Repo, commit_id};

/// Which parents a walk follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parents {
    /// The branch's own line.
    First,
    /// Everything that was merged, too.
    All,
}

/// What a walk met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// The commits, newest first, without the watermark and without what lies behind it.
    pub oids: Vec<Oid>,
    /// Whether the walk arrived at the watermark: `oids` then are all commits since.
    pub reached: bool,
}

impl Repo {
    /// Walks from `tip` until `watermark` (or the beginning), at most `limit` commits.
    pub fn walk(
        &self,
        tip: &Oid,
        watermark: Option<&Oid>,
        parents: Parents,
        limit: usize,
    ) -> Result<Walk, GitError> {
        if parents == Parents::First
            && let Some(walk) = self.first_parents(tip, watermark, limit)
        {
            return Ok(walk);
        }
        self.resolve_commit(tip.as_str())?;
        match parents {
            Parents::First => self.rev_list_first(tip, watermark, limit),
            Parents::All => self.rev_list_all(tip, watermark, limit),
        }
    }

    fn first_parents(&self, tip: &Oid, watermark: Option<&Oid>, limit: usize) -> Option<Walk> {
        let library = self.library()?;
        let end = match watermark {
            Some(oid) => Some(git2::Oid::from_str(oid.as_str()).ok()?),
            None => None,
        };
        let mut oids = Vec::new();
        let mut next = Some(commit_id(library, tip).ok()?);
        while let Some(id) = next {
            if Some(id) == end {
                return Some(Walk {
                    oids,
                    reached: true,
                });
            }
            if oids.len() == limit {
                break;
            }
            next = library.find_commit(id).ok()?.parent_id(0).ok();
            oids.push(id.into());
        }
        Some(Walk {
            oids,
            reached: false,
        })
    }

    fn rev_list_first(
        &self,
        tip: &Oid,
        watermark: Option<&Oid>,
        limit: usize,
    ) -> Result<Walk, GitError> {
        // One more than the limit, since the watermark itself may be the next.
        let mut oids = self.rev_list(&["--first-parent"], &[tip.as_str()], limit)?;
        let end = watermark.and_then(|end| oids.iter().position(|oid| oid == end));
        oids.truncate(end.unwrap_or(limit));
        Ok(Walk {
            oids,
            reached: end.is_some(),
        })
    }

    fn rev_list_all(
        &self,
        tip: &Oid,
        watermark: Option<&Oid>,
        limit: usize,
    ) -> Result<Walk, GitError> {
        let Some(watermark) = watermark.filter(|end| self.contains(end).is_ok_and(|here| here))
        else {
            let mut oids = self.rev_list(&[], &[tip.as_str()], limit)?;
            oids.truncate(limit);
            return Ok(Walk {
                oids,
                reached: false,
            });
        };
        let mut oids = self.rev_list(&[], &[tip.as_str(), "--not", watermark.as_str()], limit)?;
        let complete = oids.len() <= limit;
        oids.truncate(limit);
        let reached = complete && self.is_ancestor(watermark, tip)?;
        Ok(Walk { oids, reached })
    }

    fn rev_list(
        &self,
        options: &[&str],
        range: &[&str],
        limit: usize,
    ) -> Result<Vec<Oid>, GitError> {
        let said = self
            .git(["rev-list"])
            .arg(format!("--max-count={}", limit.saturating_add(1)))
            .args(options)
            .args(range)
            .arg("--")
            .run()?;
        said.lines()
            .map(|digits| Ok(Oid::from_hex(digits)?))
            .collect()
    }
}
