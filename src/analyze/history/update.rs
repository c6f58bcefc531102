//! From what was known to what is: reads the commits that came and those that left.

use super::gather::{Gathered, NewRanks, Replay, Untold};
use super::recent::{KEPT, Recent};
use super::state::State;
use super::sums::{Combined, Sums};
use super::table::{Ranks, Table};
use super::tally::{Ranked, Tally};
use crate::git::history::{CommitFacts, HistoryOptions, Id, Range};
use crate::git::{GitError, Oid, Repo};

/// How a state came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// Nothing had changed.
    Same,
    /// What was known, and the difference.
    Warm {
        /// Commits that came.
        added: u64,
        /// Commits that left: amended, rebased, reset.
        removed: u64,
    },
    /// Everything was read.
    Cold {
        /// Commits.
        commits: u64,
    },
}

/// One pass over a part of the history.
#[derive(Debug, Default)]
pub(super) struct Pass {
    tally: Tally,
    pub(super) gathered: Gathered,
}

impl Pass {
    /// One that begins at these commits.
    pub(super) fn from(tips: &[Id]) -> Self {
        Self {
            tally: Tally::default(),
            gathered: Gathered::from(tips),
        }
    }

    pub(super) fn add(&mut self, commit: &CommitFacts<'_>) {
        let (author, paths) = self.tally.add(commit);
        self.gathered.add(commit, author, paths);
    }
}

/// Where a history is read: git, or a test's model of it.
pub(super) trait Source {
    /// What goes wrong.
    type Error;
    /// Reads what can be reached from `tips` and not from `exclude`, at most `limit` commits, in git's order.
    fn read(&self, tips: &[Id], exclude: &[Id], limit: Option<usize>) -> Result<Pass, Self::Error>;
    /// Committer times.
    fn dates(&self, ids: &[Id]) -> Result<Vec<(Id, i64)>, Self::Error>;
    /// Whether all of these can be read.
    fn has(&self, ids: &[Id]) -> bool;
}

/// Brings the state of a repository up to date.
///
/// `previous` is what an earlier run returned, of this repository, for whatever tips. Without one, or when commits of it
/// are gone from the repository or its borders have moved (`git fetch --deepen`), everything is read.
pub fn update(
    repo: &Repo,
    previous: Option<State>,
    tips: &[Oid],
) -> Result<(State, Update), GitError> {
    let shape = repo.history_shape()?;
    let tips = tips.iter().map(Id::from).collect();
    advance(&FromGit(repo), shape, previous, tips)
}

pub(super) fn advance<S: Source>(
    source: &S,
    shape: [u8; 16],
    previous: Option<State>,
    mut tips: Vec<Id>,
) -> Result<(State, Update), S::Error> {
    tips.sort_unstable();
    tips.dedup();
    if let Some(previous) = previous.filter(|previous| previous.shape == shape) {
        if previous.tips == tips {
            return Ok((previous, Update::Same));
        }
        // What left may be half gone already: whatever stands in the way here, a cold run says whether it matters.
        if source.has(&previous.tips)
            && let Ok(Some(done)) = warm(source, previous, &tips)
        {
            return Ok(done);
        }
    }
    cold(source, shape, tips)
}

/// `None` when what was known turns out to be of another history.
fn warm<S: Source>(
    source: &S,
    previous: State,
    tips: &[Id],
) -> Result<Option<(State, Update)>, S::Error> {
    let Pass { tally, gathered } = source.read(tips, &previous.tips, None)?;
    let replay = Replay::new(&previous.recent, &gathered, tips, &previous.tips);
    let left = match &replay {
        // Every old tip was passed on the way down: none of its commits has left.
        Ok(replay) if replay.reached_all => Pass::default(),
        _ => source.read(&previous.tips, tips, None)?,
    };
    let (more, less) = (tally.ranked(), left.tally.ranked());
    let Ok(combined) = Sums::combine(previous.sums, &more.sums, &less.sums) else {
        return Ok(None);
    };
    let recent = match replay {
        Ok(replay) => {
            let fresh = Fresh::of(&more, &combined);
            let base = NewRanks {
                authors: &combined.base_authors,
                paths: &combined.base_paths,
            };
            replay.finish(base, fresh.ranks())
        }
        Err(_) => refill(source, tips, &combined.sums)?,
    };
    let update = Update::Warm {
        added: gathered.commits,
        removed: left.gathered.commits,
    };
    let state = recent.ok().map(|recent| State {
        shape: previous.shape,
        tips: tips.to_vec(),
        sums: combined.sums,
        recent,
    });
    Ok(state.map(|state| (state, update)))
}

fn cold<S: Source>(
    source: &S,
    shape: [u8; 16],
    tips: Vec<Id>,
) -> Result<(State, Update), S::Error> {
    let Pass { tally, gathered } = source.read(&tips, &[], None)?;
    let more = tally.ranked();
    let nothing = Recent::default();
    let fresh = Fresh::cold(&more);
    let recent = Replay::as_read(&nothing, &gathered, &tips).finish(fresh.ranks(), fresh.ranks());
    let state = State {
        shape,
        tips,
        sums: more.sums,
        // Every rank is there: the pass gave them itself.
        recent: recent.unwrap_or_default(),
    };
    let commits = gathered.commits;
    Ok((state, Update::Cold { commits }))
}

/// Asks git for the latest commits alone.
fn refill<S: Source>(
    source: &S,
    tips: &[Id],
    sums: &Sums,
) -> Result<Result<Recent, Untold>, S::Error> {
    let Pass {
        tally,
        mut gathered,
    } = source.read(tips, &[], Some(KEPT))?;
    gathered.date(source.dates(&gathered.missing())?);
    let ranked = tally.ranked();
    let fresh = Fresh::found(&ranked, sums);
    let nothing = Recent::default();
    let replay = Replay::as_read(&nothing, &gathered, tips);
    Ok(replay.finish(fresh.ranks(), fresh.ranks()))
}

/// Where what a pass numbered is in the new sums.
struct Fresh {
    authors: Ranks,
    paths: Ranks,
}

impl Fresh {
    fn new(
        ranked: &Ranked,
        path: impl Fn(u32) -> Option<u32>,
        author: impl Fn(u32) -> Option<u32>,
    ) -> Self {
        Self {
            authors: ranked
                .author_ranks
                .iter()
                .map(|rank| author(*rank))
                .collect(),
            paths: ranked.path_ranks.iter().map(|rank| path(*rank)).collect(),
        }
    }

    /// What the pass itself put in order.
    fn cold(ranked: &Ranked) -> Self {
        Self::new(ranked, Some, Some)
    }

    /// What was combined with other sums.
    fn of(ranked: &Ranked, combined: &Combined) -> Self {
        let at = |ranks: &Ranks, rank: u32| ranks.get(rank as usize).copied().flatten();
        Self::new(
            ranked,
            |rank| at(&combined.more_paths, rank),
            |rank| at(&combined.more_authors, rank),
        )
    }

    /// What is part of other sums.
    fn found(ranked: &Ranked, sums: &Sums) -> Self {
        let find = |from: &Table, to: &Table, rank| to.find(from.get(rank)?);
        Self::new(
            ranked,
            |rank| find(&ranked.sums.paths, &sums.paths, rank),
            |rank| find(&ranked.sums.authors, &sums.authors, rank),
        )
    }

    fn ranks(&self) -> NewRanks<'_> {
        NewRanks {
            authors: &self.authors,
            paths: &self.paths,
        }
    }
}

struct FromGit<'a>(&'a Repo);

impl FromGit<'_> {
    fn oids(ids: &[Id]) -> Result<Vec<Oid>, GitError> {
        ids.iter()
            .map(|id| Ok(id.to_string().parse::<Oid>()?))
            .collect()
    }
}

impl Source for FromGit<'_> {
    type Error = GitError;

    fn read(&self, tips: &[Id], exclude: &[Id], limit: Option<usize>) -> Result<Pass, GitError> {
        let mut pass = Pass::from(tips);
        let (tips, exclude) = (Self::oids(tips)?, Self::oids(exclude)?);
        let range = Range {
            tips: &tips,
            exclude: &exclude,
        };
        let options = HistoryOptions {
            limit,
            ..HistoryOptions::default()
        };
        self.0.history(range, options, |commit| pass.add(commit))?;
        Ok(pass)
    }

    fn dates(&self, ids: &[Id]) -> Result<Vec<(Id, i64)>, GitError> {
        self.0.commit_times(ids)
    }

    fn has(&self, ids: &[Id]) -> bool {
        Self::oids(ids).is_ok_and(|oids| {
            oids.iter()
                .all(|oid| self.0.contains(oid).is_ok_and(|here| here))
        })
    }
}
