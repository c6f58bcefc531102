//! Walking from a commit back to one that was seen before.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use bstr::ByteSlice;
use jiff::Timestamp;

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

/// A commit of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The commit.
    pub oid: Oid,
    /// Its tree.
    pub tree: Oid,
    /// Its parents, inside the range and outside; none at a shallow clone's border.
    pub parents: Vec<Oid>,
}

/// Who wrote a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The author's name, by the repository's mailmap.
    pub author: String,
    /// The author's address.
    pub email: String,
    /// When, to the second.
    pub at: Timestamp,
    /// The first line of the message.
    pub subject: String,
}

impl Written {
    /// From `%aN%x00%aE%x00%at%x00%s`.
    fn read(said: &str) -> Option<Self> {
        let mut fields = said.splitn(4, '\0').map(str::to_owned);
        let (author, email) = (fields.next()?, fields.next()?);
        let at = Timestamp::from_second(fields.next()?.parse().ok()?).ok()?;
        Some(Self {
            author,
            email,
            at,
            subject: fields.next()?,
        })
    }
}

impl Repo {
    /// Who wrote a commit.
    pub fn written(&self, commit: &Oid) -> Result<Written, GitError> {
        let said = self
            .git(["log", "-1", "--no-show-signature", "--encoding=UTF-8"])
            .args(["--format=%aN%x00%aE%x00%at%x00%s", "--end-of-options"])
            .arg(commit.as_str())
            .run()?;
        let said = String::from_utf8_lossy(&said);
        Written::read(said.trim_end_matches('\n')).ok_or_else(|| GitError::Unreadable {
            question: format!("who wrote {commit}"),
        })
    }

    /// Those of `wanted` that lead to `tip`, newest first, as `git log` orders them, with who wrote them. Only the latest
    /// `limit` commits are looked through.
    pub fn written_among(
        &self,
        tip: &Oid,
        wanted: &BTreeSet<String>,
        limit: usize,
    ) -> Result<Vec<(String, Written)>, GitError> {
        let mut found = Vec::new();
        if wanted.is_empty() {
            return Ok(found);
        }
        let most = format!("--max-count={limit}");
        let mut git = self
            .git([
                "log",
                "--no-show-signature",
                "--encoding=UTF-8",
                "--topo-order",
                &most,
            ])
            .args(["--format=%H%x00%aN%x00%aE%x00%at%x00%s", "--end-of-options"])
            .arg(tip.as_str())
            .converse()?;
        for line in io::BufRead::split(git.answers(), b'\n') {
            let line = line.map_err(|_| GitError::Unreadable {
                question: "the latest commits".to_owned(),
            })?;
            let line = String::from_utf8_lossy(&line);
            let Some((id, rest)) = line.split_once('\0') else {
                continue;
            };
            if wanted.contains(id)
                && let Some(written) = Written::read(rest)
            {
                found.push((id.to_owned(), written));
                if found.len() == wanted.len() {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// The commits that lead to `tip` and not to `good`, parents before children.
    pub fn range(&self, good: &Oid, tip: &Oid) -> Result<Vec<Node>, GitError> {
        self.nodes(&["--topo-order", "--reverse"], &[tip, good])
    }

    /// The first of a branch's own line, newest first, at most `limit` commits.
    pub fn line(&self, tip: &Oid, limit: usize) -> Result<Vec<Node>, GitError> {
        let most = format!("--max-count={limit}");
        self.nodes(&["--first-parent", &most], &[tip])
    }

    /// `ends`: the commit at which to begin, and those that are left out with whatever leads to them.
    fn nodes(&self, options: &[&str], ends: &[&Oid]) -> Result<Vec<Node>, GitError> {
        let mut ends = ends.iter().map(|oid| oid.as_str());
        let said = self
            .git([
                "log",
                "--no-show-signature",
                "--no-mailmap",
                "--format=%H %T %P",
            ])
            .args(options)
            .args(ends.next())
            .arg("--not")
            .args(ends)
            .arg("--")
            .run()?;
        let unreadable = || GitError::Unreadable {
            question: "the commits of a range".to_owned(),
        };
        let node = |line: &[u8]| {
            let mut ids = line.split_str(" ").filter(|digits| !digits.is_empty());
            let mut next = || ids.next().ok_or_else(unreadable);
            let (oid, tree) = (Oid::from_hex(next()?)?, Oid::from_hex(next()?)?);
            let parents = ids.map(Oid::from_hex).collect::<Result<_, _>>()?;
            Ok(Node { oid, tree, parents })
        };
        said.lines().map(node).collect()
    }

    /// The commits whose parents a shallow clone does not have; none in a whole one.
    pub fn borders(&self) -> Result<BTreeSet<Oid>, GitError> {
        let path = self.located().common_dir.join("shallow");
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(source) => return Err(GitError::Io { path, source }),
        };
        text.lines().map(|line| Ok(Oid::from_hex(line)?)).collect()
    }

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
