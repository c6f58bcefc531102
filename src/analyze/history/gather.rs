//! The first commits of a pass, and what becomes of them: the latest commits of a new state.

use std::collections::{HashMap, HashSet};

use super::message::MessageFacts;
use super::recent::{KEPT, LATEST, Recent, Row, Span, WIDE};
use super::table::Ranks;
use super::walk::{Graph, Step, walk};
use crate::git::history::{CommitFacts, Id};

/// The first commits of a pass. Authors, parents and paths are still as the pass numbers them.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Where the pass began. Of several, some may come after those that are kept, or not at all.
    tips: Vec<Id>,
    rows: Vec<Row>,
    parents: Vec<Id>,
    paths: Vec<u32>,
    /// Tips, and parents of the first commits, until they come; then, when they were committed.
    later: HashMap<Id, i64>,
    awaited: HashSet<Id>,
    /// How many commits passed.
    pub(super) commits: u64,
}

impl Gathered {
    /// Of a pass that begins at these commits.
    pub(super) fn from(tips: &[Id]) -> Self {
        Self {
            tips: tips.to_vec(),
            ..Self::default()
        }
    }

    /// Takes the next commit, with the numbers of its author and its paths.
    pub(super) fn add(&mut self, commit: &CommitFacts<'_>, author: u32, paths: &[u32]) {
        self.commits += 1;
        if self.rows.len() == KEPT {
            if self.awaited.remove(&commit.id) {
                self.later.insert(commit.id, commit.committed);
            }
            return;
        }
        let kept = if paths.len() > WIDE { &[] } else { paths };
        self.rows.push(Row {
            id: commit.id,
            author,
            authored: commit.authored,
            committed: commit.committed,
            message: MessageFacts::of(commit.message),
            changed: u32::try_from(paths.len()).unwrap_or(u32::MAX),
            border: commit.border,
            parents: Span::append(&mut self.parents, commit.parents.iter().copied()),
            paths: Span::append(&mut self.paths, kept.iter().copied()),
        });
        if self.rows.len() == KEPT {
            let kept: HashSet<Id> = self.rows.iter().map(|row| row.id).collect();
            let ends = self.parents.iter().chain(&self.tips);
            let beyond = ends.filter(|id| !kept.contains(*id));
            self.awaited = beyond.copied().collect();
        }
    }

    /// Tips and parents that did not come, because the pass ended before them.
    pub(super) fn missing(&self) -> Vec<Id> {
        let kept: HashSet<Id> = self.rows.iter().map(|row| row.id).collect();
        let mut missing: Vec<Id> = self
            .parents
            .iter()
            .chain(&self.tips)
            .filter(|id| !kept.contains(*id) && !self.later.contains_key(*id))
            .copied()
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// Says when commits that did not come were committed.
    pub(super) fn date(&mut self, dates: impl IntoIterator<Item = (Id, i64)>) {
        self.later.extend(dates);
    }
}

/// New ranks of authors and paths.
#[derive(Clone, Copy)]
pub(super) struct NewRanks<'a> {
    pub(super) authors: &'a Ranks,
    pub(super) paths: &'a Ranks,
}

/// Why the latest commits cannot be told from what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Untold {
    /// Too few are known for certain: git has to be asked for them.
    TooFew,
    /// Ranks are missing: what is known belongs to another history.
    NotOfThisHistory,
}

/// Everything known about commits, under one numbering: kept ones, their frontier, gathered ones, then their parents.
struct Known<'a> {
    base: &'a Recent,
    fresh: &'a Gathered,
    /// Parents of the gathered, by number.
    parents: Vec<u32>,
    /// Commits of which nothing but the date is known.
    bare: Vec<(Id, i64)>,
}

impl<'a> Known<'a> {
    fn of(base: &'a Recent, fresh: &'a Gathered) -> (Self, HashMap<Id, u32>) {
        let mut known = Self {
            base,
            fresh,
            parents: Vec::with_capacity(fresh.parents.len()),
            bare: Vec::new(),
        };
        let ids = base.rows.iter().map(|row| row.id);
        let ids = ids.chain(base.frontier.iter().map(|(id, _)| *id));
        let ids = ids.chain(fresh.rows.iter().map(|row| row.id));
        let mut numbers = HashMap::with_capacity(Graph::len(base) + fresh.rows.len());
        for (number, id) in (0..).zip(ids) {
            // What was gathered now is known in full.
            numbers.insert(id, number);
        }
        for id in &fresh.parents {
            let number = known.number(*id, &mut numbers);
            known.parents.push(number);
        }
        (known, numbers)
    }

    fn number(&mut self, id: Id, numbers: &mut HashMap<Id, u32>) -> u32 {
        let next = u32::try_from(self.len()).unwrap_or(u32::MAX);
        *numbers.entry(id).or_insert_with(|| {
            let date = self.fresh.later.get(&id).copied().unwrap_or(i64::MAX);
            self.bare.push((id, date));
            next
        })
    }

    /// Of a gathered commit: its place among them.
    fn place(&self, commit: u32) -> Option<usize> {
        (commit as usize).checked_sub(Graph::len(self.base))
    }

    fn row(&self, commit: u32) -> Option<&'a Row> {
        match self.place(commit) {
            Some(place) => self.fresh.rows.get(place),
            None => self.base.rows.get(commit as usize),
        }
    }

    fn id(&self, commit: u32) -> Option<Id> {
        match self.place(commit) {
            None => self.base.id(commit),
            Some(place) => match self.fresh.rows.get(place) {
                Some(row) => Some(row.id),
                None => {
                    let bare = place.checked_sub(self.fresh.rows.len())?;
                    self.bare.get(bare).map(|(id, _)| *id)
                }
            },
        }
    }
}

impl Graph for Known<'_> {
    fn len(&self) -> usize {
        Graph::len(self.base) + self.fresh.rows.len() + self.bare.len()
    }

    fn date(&self, commit: u32) -> i64 {
        match (self.row(commit), self.place(commit)) {
            (Some(row), _) => row.committed,
            (None, None) => self.base.date(commit),
            (None, Some(place)) => place
                .checked_sub(self.fresh.rows.len())
                .and_then(|bare| self.bare.get(bare))
                .map_or(i64::MAX, |(_, date)| *date),
        }
    }

    fn parents(&self, commit: u32) -> &[u32] {
        match self.place(commit) {
            None => self.base.parents(commit),
            Some(place) => self
                .fresh
                .rows
                .get(place)
                .map_or(&[], |row| row.parents.of(&self.parents)),
        }
    }
}

/// Which commits are the latest from `tips`, told from what was kept and what was gathered since.
pub(super) struct Replay<'a> {
    known: Known<'a>,
    tips: Vec<u32>,
    /// By number, in git's order.
    order: Vec<u32>,
    /// Whether the walk came to all of `must_reach`.
    pub(super) reached_all: bool,
}

impl<'a> Replay<'a> {
    /// Walks from `tips` over everything known. Also notes whether it came by all of `must_reach`.
    pub(super) fn new(
        base: &'a Recent,
        fresh: &'a Gathered,
        tips: &[Id],
        must_reach: &[Id],
    ) -> Result<Self, Untold> {
        let (mut known, mut numbers) = Known::of(base, fresh);
        let tips: Vec<u32> = tips
            .iter()
            .map(|id| known.number(*id, &mut numbers))
            .collect();
        let mut order = Vec::with_capacity(KEPT);
        let whole = walk(&known, &tips, |commit| {
            if order.len() == KEPT || known.row(commit).is_none() {
                return Step::Stop;
            }
            order.push(commit);
            Step::Descend
        });
        if !whole && order.len() < LATEST {
            return Err(Untold::TooFew);
        }
        let passed: HashSet<u32> = order.iter().copied().collect();
        let reached_all = must_reach.iter().all(|id| {
            numbers
                .get(id)
                .is_some_and(|number| passed.contains(number))
        });
        Ok(Self {
            known,
            tips,
            order,
            reached_all,
        })
    }

    /// The commits of a pass from `tips` without exclusions, in the order in which git handed them over.
    pub(super) fn as_read(nothing: &'a Recent, fresh: &'a Gathered, tips: &[Id]) -> Self {
        let (mut known, mut numbers) = Known::of(nothing, fresh);
        let tips = tips
            .iter()
            .map(|id| known.number(*id, &mut numbers))
            .collect();
        let order = (0..).take(fresh.rows.len()).collect();
        Self {
            known,
            tips,
            order,
            reached_all: false,
        }
    }

    /// Puts the latest commits together under new ranks.
    pub(super) fn finish(self, base: NewRanks<'_>, fresh: NewRanks<'_>) -> Result<Recent, Untold> {
        let Self {
            known, tips, order, ..
        } = self;
        let mut recent = Recent::default();
        let mut places = vec![None; known.len()];
        for (place, commit) in (0_u32..).zip(&order) {
            if let Some(slot) = places.get_mut(*commit as usize) {
                *slot = Some(place);
            }
        }
        let first_beyond = order.len();
        let mut frontier: Vec<(Id, i64)> = Vec::new();
        let mut renumber = |commit: u32| {
            let slot = places
                .get_mut(commit as usize)
                .ok_or(Untold::NotOfThisHistory)?;
            if let Some(place) = slot {
                return Ok(*place);
            }
            let id = known.id(commit).ok_or(Untold::NotOfThisHistory)?;
            let place = u32::try_from(first_beyond + frontier.len()).unwrap_or(u32::MAX);
            frontier.push((id, known.date(commit)));
            *slot = Some(place);
            Ok(place)
        };
        for tip in tips {
            recent.tips.push(renumber(tip)?);
        }
        for commit in &order {
            let row = known.row(*commit).ok_or(Untold::NotOfThisHistory)?;
            let parents: Vec<u32> = known
                .parents(*commit)
                .iter()
                .map(|parent| renumber(*parent))
                .collect::<Result<_, _>>()?;
            let (ranks, paths) = match known.place(*commit) {
                Some(_) => (fresh, row.paths.of(&known.fresh.paths)),
                None => (base, row.paths.of(&known.base.paths)),
            };
            let start = recent.paths.len();
            for path in paths {
                recent.paths.push(rank(ranks.paths, *path)?);
            }
            if let Some(added) = recent.paths.get_mut(start..) {
                added.sort_unstable();
            }
            recent.rows.push(Row {
                author: rank(ranks.authors, row.author)?,
                parents: Span::append(&mut recent.parents, parents),
                paths: Span {
                    start: u32::try_from(start).unwrap_or(u32::MAX),
                    len: row.paths.len,
                },
                ..*row
            });
        }
        recent.frontier = frontier;
        Ok(recent)
    }
}

fn rank(ranks: &Ranks, number: u32) -> Result<u32, Untold> {
    let rank = ranks.get(number as usize).copied().flatten();
    rank.ok_or(Untold::NotOfThisHistory)
}
