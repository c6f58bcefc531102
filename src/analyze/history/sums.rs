//! Sums over a whole history. They can be added and subtracted, so that any two histories that differ in a few commits
//! differ in a few numbers: what was counted up to one commit and then onwards is what counting at once gives.

use super::codec::{Reader, Writer};
use super::table::{Ranks, Table, merge};
use super::tally::{AuthorCounts, Pair};

/// Who changed what how often, in one form: equal histories have equal sums.
///
/// Grows with distinct paths and with distinct pairs of path and author, not with commits. Merges change nothing here:
/// what they bring was changed by the commits they join.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) paths: Table,
    /// Name, NUL, address.
    pub(super) authors: Table,
    pub(super) by_author: Vec<AuthorCounts>,
    /// By path, then author.
    pub(super) pairs: Vec<Pair>,
    /// Commits at the border of a shallow clone, whose changes are not known.
    pub(super) borders: u64,
}

/// Something was subtracted that was never added: the sums belong to another history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotOfThisHistory;

/// Sums, and where the numbers of those that went into them are now.
pub(super) struct Combined {
    pub(super) sums: Sums,
    pub(super) base_paths: Ranks,
    pub(super) base_authors: Ranks,
    pub(super) more_paths: Ranks,
    pub(super) more_authors: Ranks,
}

/// `base + more - less`; negative never.
fn signed(base: u32, more: u32, less: u32) -> Result<u32, NotOfThisHistory> {
    let sum = u64::from(base) + u64::from(more);
    let left = sum.checked_sub(u64::from(less)).ok_or(NotOfThisHistory)?;
    Ok(u32::try_from(left).unwrap_or(u32::MAX))
}

impl Sums {
    /// `base + more - less`.
    pub(super) fn combine(
        mut base: Self,
        more: &Self,
        less: &Self,
    ) -> Result<Combined, NotOfThisHistory> {
        if let Some((more_authors, more_paths)) = base.add_known(more, less) {
            let same = |count: usize| (0..).take(count).map(Some).collect();
            return Ok(Combined {
                base_paths: same(base.paths.len()),
                base_authors: same(base.authors.len()),
                more_paths,
                more_authors,
                sums: base,
            });
        }
        let base = &base;
        let all = [base, more, less];
        let mut by_author = Vec::with_capacity(base.by_author.len() + more.by_author.len());
        let mut wrong = false;
        let (authors, author_ranks) = merge(all.map(|sums| &sums.authors), |_, places| {
            let [base, more, less] = std::array::from_fn(|nth| {
                let (sums, place) = (all.get(nth), places.get(nth).copied().flatten());
                sums.zip(place)
                    .and_then(|(sums, place)| sums.by_author.get(place as usize).copied())
                    .unwrap_or_default()
            });
            let counts = signed(base.commits, more.commits, less.commits).and_then(|commits| {
                let merges = signed(base.merges, more.merges, less.merges)?;
                Ok(AuthorCounts { commits, merges })
            });
            match counts {
                Ok(counts) if counts.commits > 0 => {
                    by_author.push(counts);
                    true
                }
                Ok(_) => false,
                Err(NotOfThisHistory) => {
                    wrong = true;
                    false
                }
            }
        });
        let mut rows = all.map(|sums| Rows(&sums.pairs));
        let mut pairs = Vec::with_capacity(base.pairs.len() + more.pairs.len());
        let mut path = 0;
        let (paths, path_ranks) = merge(all.map(|sums| &sums.paths), |_, places| {
            let parts: [&[Pair]; 3] = std::array::from_fn(|nth| {
                match (rows.get_mut(nth), places.get(nth).copied().flatten()) {
                    (Some(rows), Some(place)) => rows.of(place),
                    _ => &[],
                }
            });
            let before = pairs.len();
            if combine_row(path, parts, &author_ranks, &mut pairs).is_err() {
                wrong = true;
            }
            let kept = pairs.len() > before;
            path += u32::from(kept);
            kept
        });
        let borders = base
            .borders
            .saturating_add(more.borders)
            .checked_sub(less.borders);
        let [base_paths, more_paths, _] = path_ranks;
        let [base_authors, more_authors, _] = author_ranks;
        match borders {
            Some(borders) if !wrong => Ok(Combined {
                sums: Self {
                    paths,
                    authors,
                    by_author,
                    pairs,
                    borders,
                },
                base_paths,
                base_authors,
                more_paths,
                more_authors,
            }),
            _ => Err(NotOfThisHistory),
        }
    }

    /// Adds a few commits by known authors to known paths, if that is all there is to do: most often, one commit came.
    /// Returns the ranks of `more` here.
    fn add_known(&mut self, more: &Self, less: &Self) -> Option<(Ranks, Ranks)> {
        /// Each may move all pairs by one.
        const FEW: usize = 100;
        if more.pairs.len() > FEW || !less.by_author.is_empty() {
            return None;
        }
        let known = |here: &Table, there: &Table| -> Option<Ranks> {
            there
                .iter()
                .map(|string| here.find(string).map(Some))
                .collect()
        };
        let authors = known(&self.authors, &more.authors)?;
        let paths = known(&self.paths, &more.paths)?;
        let at = |ranks: &Ranks, rank: u32| ranks.get(rank as usize).copied().flatten();
        let found: Vec<Pair> = more
            .pairs
            .iter()
            .map(|pair| {
                Some(Pair {
                    path: at(&paths, pair.path)?,
                    author: at(&authors, pair.author)?,
                    commits: pair.commits,
                })
            })
            .collect::<Option<_>>()?;
        for pair in found {
            let key = (pair.path, pair.author);
            let place = self
                .pairs
                .binary_search_by_key(&key, |pair| (pair.path, pair.author));
            match place {
                Ok(place) => {
                    if let Some(known) = self.pairs.get_mut(place) {
                        known.commits = known.commits.saturating_add(pair.commits);
                    }
                }
                Err(place) => self.pairs.insert(place, pair),
            }
        }
        for (counts, rank) in more.by_author.iter().zip(&authors) {
            let known = rank.and_then(|rank| self.by_author.get_mut(rank as usize));
            if let Some(known) = known {
                known.commits = known.commits.saturating_add(counts.commits);
                known.merges = known.merges.saturating_add(counts.merges);
            }
        }
        self.borders = self.borders.saturating_add(more.borders);
        Some((authors, paths))
    }

    /// The pairs of each path, in the order of paths.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&[u8], &[Pair])> {
        let mut rows = Rows(&self.pairs);
        (0..)
            .zip(self.paths.iter())
            .map(move |(path, name)| (name, rows.of(path)))
    }

    pub(super) fn write(&self, to: &mut Writer) {
        self.paths.write(to);
        self.authors.write(to);
        for counts in &self.by_author {
            to.number(counts.commits.into());
            to.number(counts.merges.into());
        }
        let mut rows = Rows(&self.pairs);
        for path in (0..).take(self.paths.len()) {
            let row = rows.of(path);
            to.length(row.len());
            let mut before = 0;
            for pair in row {
                to.number((pair.author - before).into());
                to.number(pair.commits.into());
                before = pair.author;
            }
        }
        to.number(self.borders);
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let paths = Table::read(from)?;
        let authors = Table::read(from)?;
        let mut by_author = Vec::with_capacity(authors.len());
        for _ in 0..authors.len() {
            by_author.push(AuthorCounts {
                commits: from.small().filter(|commits| *commits > 0)?,
                merges: from.small()?,
            });
        }
        let mut pairs = Vec::with_capacity(paths.len());
        for path in (0..).take(paths.len()) {
            let count = from.count(2).filter(|count| *count > 0)?;
            let mut author = 0_u32;
            for nth in 0..count {
                let step = from.small().filter(|step| nth == 0 || *step > 0)?;
                author = author.checked_add(step)?;
                let commits = from.small().filter(|commits| *commits > 0)?;
                if author as usize >= authors.len() {
                    return None;
                }
                pairs.push(Pair {
                    path,
                    author,
                    commits,
                });
            }
        }
        Some(Self {
            paths,
            authors,
            by_author,
            pairs,
            borders: from.number()?,
        })
    }
}

/// Cuts pairs into those of one path after the other.
struct Rows<'a>(&'a [Pair]);

impl<'a> Rows<'a> {
    /// Those of a path; paths are asked for in ascending order.
    fn of(&mut self, path: u32) -> &'a [Pair] {
        let count = self.0.iter().take_while(|pair| pair.path == path).count();
        let (row, rest) = self.0.split_at_checked(count).unwrap_or((self.0, &[]));
        self.0 = rest;
        row
    }
}

/// Adds up what is said of one path. All parts are by author, and ranks keep the order, so that one pass suffices.
fn combine_row(
    path: u32,
    parts: [&[Pair]; 3],
    ranks: &[Ranks; 3],
    into: &mut Vec<Pair>,
) -> Result<(), NotOfThisHistory> {
    // Authors that are in no commit any more have no rank, and nothing may be left of what they did.
    let rank = |list: usize, pair: &Pair| {
        let rank = ranks.get(list)?.get(pair.author as usize)?;
        *rank
    };
    if let [base, [], []] = parts {
        for pair in base {
            let author = rank(0, pair).ok_or(NotOfThisHistory)?;
            into.push(Pair {
                path,
                author,
                commits: pair.commits,
            });
        }
        return Ok(());
    }
    let mut sums: Vec<(Option<u32>, [u32; 3])> = Vec::new();
    for (list, part) in parts.iter().enumerate() {
        for pair in *part {
            let mut counts = [0; 3];
            if let Some(count) = counts.get_mut(list) {
                *count = pair.commits;
            }
            sums.push((rank(list, pair), counts));
        }
    }
    sums.sort_unstable();
    let mut without_rank = [0_u64; 3];
    for group in sums.chunk_by(|one, other| one.0 == other.0) {
        let mut total = [0_u64; 3];
        for (_, counts) in group {
            for (sum, count) in total.iter_mut().zip(counts) {
                *sum += u64::from(*count);
            }
        }
        let Some(author) = group.first().and_then(|first| first.0) else {
            without_rank = total;
            continue;
        };
        let [base, more, less] = total;
        let left = (base + more).checked_sub(less).ok_or(NotOfThisHistory)?;
        if left > 0 {
            into.push(Pair {
                path,
                author,
                commits: u32::try_from(left).unwrap_or(u32::MAX),
            });
        }
    }
    let [base, more, less] = without_rank;
    if base + more == less {
        Ok(())
    } else {
        Err(NotOfThisHistory)
    }
}
