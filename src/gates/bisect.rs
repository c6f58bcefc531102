//! Which commit of a range is judged next: bisection as git does it, over the whole graph, as a function of what is known.

use std::collections::BTreeMap;

/// A range of commits: those that lead to a bad one and not to a good one.
///
/// Commits are numbers, parents before children; the last is the bad one. A parent outside the range is good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    parents: Vec<Vec<usize>>,
    is_linear: bool,
}

/// What is known of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// What is looked for is not in it.
    Good,
    /// It is.
    Bad,
    /// That cannot be told.
    Skipped,
}

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This commit brought it: it is bad, and each of its parents is good.
    Found(usize),
    /// This commit is to be judged; so many are under suspicion.
    Judge {
        /// Which.
        commit: usize,
        /// How many commits may have brought it, the bad one included.
        suspects: usize,
    },
    /// One of these brought it, oldest first: all but the last were skipped.
    Torn(Vec<usize>),
}

/// What may have brought it, as far as is known.
struct Suspects {
    /// The oldest commit that is known to be bad.
    bad: usize,
    /// Whether a commit leads to it and not to a good one.
    is_suspect: Vec<bool>,
    /// How many do.
    count: usize,
    /// From how many of them each one descends, itself included.
    weights: Vec<u32>,
}

impl Range {
    /// From the parents of each commit. Those that do not come before their child are left out.
    pub fn new(mut parents: Vec<Vec<usize>>) -> Self {
        for (commit, parents) in parents.iter_mut().enumerate() {
            parents.retain(|parent| *parent < commit);
        }
        Self {
            is_linear: parents.iter().all(|parents| parents.len() < 2),
            parents,
        }
    }

    /// How many commits.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// What there is to do; `None` if the range is empty.
    ///
    /// `may_be_known` says which commits may cost nothing to judge: of those, the one that leaves the fewest suspects comes
    /// first.
    pub fn next(
        &self,
        marks: &BTreeMap<usize, Mark>,
        may_be_known: impl Fn(usize) -> bool,
    ) -> Option<Next> {
        let suspects = self.suspects(marks)?;
        let others: Vec<usize> = (0..suspects.bad)
            .filter(|commit| suspects.is(*commit))
            .collect();
        if others.is_empty() {
            return Some(Next::Found(suspects.bad));
        }
        let is_open = |commit: &usize| !marks.contains_key(commit);
        let distance = |commit: &usize| suspects.distance(*commit);
        let judge = |commit| {
            Some(Next::Judge {
                commit,
                suspects: suspects.count,
            })
        };
        let known = others.iter().copied().filter(is_open);
        if let Some(known) = known
            .filter(|commit| may_be_known(*commit))
            .max_by_key(distance)
        {
            return judge(known);
        }
        let mut sorted = others.clone();
        // Stable: of two that are as good, the older one.
        sorted.sort_by_key(|commit| std::cmp::Reverse(distance(commit)));
        let best = sorted.first().copied();
        let open: Vec<usize> = sorted.into_iter().filter(is_open).collect();
        let away = away(open.len());
        match (best, open.get(away).or(open.first())) {
            (_, None) => Some(Next::Torn(
                others.into_iter().chain([suspects.bad]).collect(),
            )),
            (Some(best), Some(_)) if is_open(&best) => judge(best),
            (_, Some(commit)) => judge(*commit),
        }
    }

    fn suspects(&self, marks: &BTreeMap<usize, Mark>) -> Option<Suspects> {
        let mut bad = self.len().checked_sub(1)?;
        let marked = |mark| {
            marks
                .iter()
                .filter(move |(_, it)| **it == mark)
                .map(|(commit, _)| *commit)
        };
        loop {
            let leads_to_bad = self.ancestors([bad]);
            let good = self.ancestors(marked(Mark::Good));
            let is_suspect: Vec<bool> = leads_to_bad
                .iter()
                .zip(&good)
                .map(|(leads, is_good)| *leads && !is_good)
                .collect();
            let older = marked(Mark::Bad)
                .find(|commit| *commit < bad && is_suspect.get(*commit) == Some(&true));
            match older {
                Some(older) => bad = older,
                None => {
                    return Some(Suspects {
                        bad,
                        count: is_suspect.iter().filter(|it| **it).count(),
                        weights: self.weights(&is_suspect),
                        is_suspect,
                    });
                }
            }
        }
    }

    /// Which commits lead to one of `from`, those themselves included.
    fn ancestors(&self, from: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut found = vec![false; self.len()];
        for commit in from {
            if let Some(found) = found.get_mut(commit) {
                *found = true;
            }
        }
        for (commit, parents) in self.parents.iter().enumerate().rev() {
            if found.get(commit) == Some(&true) {
                for parent in parents {
                    if let Some(found) = found.get_mut(*parent) {
                        *found = true;
                    }
                }
            }
        }
        found
    }

    /// From how many of the `counted` commits each of them descends.
    fn weights(&self, counted: &[bool]) -> Vec<u32> {
        let mut weights = vec![0_u32; self.len()];
        let is_counted = |commit: usize| counted.get(commit) == Some(&true);
        let at = |of: &[u32], commit: usize| of.get(commit).copied().unwrap_or(0);
        if self.is_linear {
            for (commit, parents) in self.parents.iter().enumerate() {
                let parent = parents.first().map_or(0, |parent| at(&weights, *parent));
                if let Some(weight) = weights.get_mut(commit).filter(|_| is_counted(commit)) {
                    *weight = parent + 1;
                }
            }
            return weights;
        }
        // Behind a merge the same commit is met on both ways: each passes down who it descends from, 64 at a time.
        let numbered: Vec<usize> = (0..self.len())
            .filter(|commit| is_counted(*commit))
            .collect();
        let mut passed = vec![0_u64; self.len()];
        for block in numbered.chunks(64) {
            let first = block.first().copied().unwrap_or(0);
            let mut bits = block.iter().zip(0_u32..).peekable();
            passed.fill(0);
            for commit in first..self.len() {
                if !is_counted(commit) {
                    continue;
                }
                let parents = self.parents.get(commit).into_iter().flatten();
                let mut mask = parents
                    .filter_map(|parent| passed.get(*parent))
                    .fold(0, |mask, parent| mask | parent);
                if let Some((_, bit)) = bits.next_if(|(one, _)| **one == commit) {
                    mask |= 1 << bit;
                }
                if let (Some(passed), Some(weight)) =
                    (passed.get_mut(commit), weights.get_mut(commit))
                {
                    *passed = mask;
                    *weight += mask.count_ones();
                }
            }
        }
        weights
    }
}

impl Suspects {
    fn is(&self, commit: usize) -> bool {
        self.is_suspect.get(commit) == Some(&true)
    }

    /// How many suspects at least a verdict about a commit clears.
    fn distance(&self, commit: usize) -> usize {
        let weight = self
            .weights
            .get(commit)
            .map_or(0, |weight| *weight as usize);
        weight.min(self.count.saturating_sub(weight))
    }
}

/// The place in a list of `count` commits, best first, of the one to judge where the best was skipped.
///
/// What cannot be judged comes in runs, such as those between a mistake in a build script and its correction: one step aside
/// is in the same run. As git does, any distance is taken, small ones more often (a pseudo-random number to the power of
/// 1.5), and always the same for the same count.
fn away(count: usize) -> usize {
    const MODULUS: u64 = 32_768;
    let count = count as u64;
    let random = (count.wrapping_mul(1_103_515_245).wrapping_add(12_345) / 65_536) % MODULUS;
    let scaled = count.saturating_mul(random) / MODULUS;
    let place = scaled.saturating_mul(random.isqrt()) / MODULUS.isqrt();
    usize::try_from(place).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Bisects; returns the end, what was judged, and the marks.
    fn bisect(
        range: &Range,
        is_bad: &dyn Fn(usize) -> bool,
        skipped: &BTreeSet<usize>,
        known: &BTreeSet<usize>,
    ) -> (Next, usize, BTreeMap<usize, Mark>) {
        let mut marks = BTreeMap::new();
        let mut judged = 0;
        loop {
            match range
                .next(&marks, |commit| known.contains(&commit))
                .unwrap()
            {
                Next::Judge { commit, .. } => {
                    let mark = if skipped.contains(&commit) {
                        Mark::Skipped
                    } else if is_bad(commit) {
                        Mark::Bad
                    } else {
                        Mark::Good
                    };
                    assert_eq!(marks.insert(commit, mark), None, "nothing is judged twice");
                    judged += usize::from(!known.contains(&commit));
                }
                end => return (end, judged, marks),
            }
        }
    }

    fn linear(length: usize) -> Range {
        Range::new(
            (0..length)
                .map(|it| it.checked_sub(1).into_iter().collect())
                .collect(),
        )
    }

    fn none() -> BTreeSet<usize> {
        BTreeSet::new()
    }

    #[test]
    fn halves_a_line() {
        for length in 1..70_usize {
            let most = length.next_power_of_two().ilog2() as usize;
            for culprit in 0..length {
                let range = linear(length);
                let (end, judged, _) = bisect(&range, &|it| it >= culprit, &none(), &none());
                assert_eq!(end, Next::Found(culprit));
                assert!(judged <= most, "{judged} of {length}");
            }
        }
    }

    #[test]
    fn an_empty_range_has_nothing_to_judge() {
        assert_eq!(Range::default().next(&BTreeMap::new(), |_| false), None);
        let range = linear(1);
        assert_eq!(
            range.next(&BTreeMap::new(), |_| false),
            Some(Next::Found(0))
        );
    }

    #[test]
    fn a_run_of_skipped_commits_is_left_at_once() {
        let skipped: BTreeSet<usize> = (400..600).collect();
        let (end, judged, _) = bisect(&linear(1000), &|it| it >= 700, &skipped, &none());
        assert_eq!(end, Next::Found(700));
        assert!(judged < 25, "{judged}");
    }

    #[test]
    fn those_that_cannot_be_told_apart_are_named() {
        let skipped = BTreeSet::from([4, 5]);
        let (end, _, _) = bisect(&linear(10), &|it| it >= 5, &skipped, &none());
        assert_eq!(end, Next::Torn(vec![4, 5, 6]));
    }

    #[test]
    fn what_is_known_already_is_asked_first() {
        let known: BTreeSet<usize> = (0..100).step_by(10).collect();
        let (end, judged, _) = bisect(&linear(100), &|it| it >= 37, &none(), &known);
        assert_eq!(end, Next::Found(37));
        assert!(judged <= 4, "{judged}");
    }

    #[test]
    fn a_long_history_with_merges_is_weighed_quickly() {
        let parents = (0..20_000_usize)
            .map(|it| match it % 3 {
                0 => it.checked_sub(1).into_iter().collect(),
                1 => it.checked_sub(2).into_iter().collect(),
                _ => vec![it - 1, it - 2],
            })
            .collect();
        let range = Range::new(parents);
        let is_bad = range.descendants(12_345);
        let (end, judged, _) = bisect(&range, &|it| is_bad[it], &none(), &none());
        assert_eq!(end, Next::Found(12_345));
        assert!(judged <= 16, "{judged}");
    }

    impl Range {
        fn descendants(&self, of: usize) -> Vec<bool> {
            let mut found = vec![false; self.len()];
            for commit in 0..self.len() {
                found[commit] =
                    commit == of || self.parents[commit].iter().any(|parent| found[*parent]);
            }
            found
        }
    }

    prop_compose! {
        /// Commits that all lead to the last one.
        fn history()(
            draws in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4_u8), 1..60)
        ) -> Range {
            let length = draws.len();
            let mut parents: Vec<Vec<usize>> = Vec::new();
            for (commit, (one, other, kind)) in draws.into_iter().enumerate() {
                let mut own = BTreeSet::new();
                if commit > 0 {
                    match kind {
                        0 => { own.insert(commit - 1); }
                        1 => { own.insert(one.index(commit)); }
                        2 => { own.extend([one.index(commit), other.index(commit)]); }
                        // A root: its parents are outside.
                        _ => {}
                    }
                }
                parents.push(own.into_iter().collect());
            }
            let has_child: BTreeSet<usize> = parents.iter().flatten().copied().collect();
            let tips = (0..length - 1).filter(|commit| !has_child.contains(commit));
            let last = length - 1;
            let mut of_last: BTreeSet<usize> = parents[last].iter().copied().collect();
            of_last.extend(tips);
            parents[last] = of_last.into_iter().collect();
            Range::new(parents)
        }
    }

    proptest! {
        #[test]
        fn the_first_bad_commit_is_found(
            range in history(),
            culprits in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
            known in prop::collection::btree_set(0..60_usize, 0..20),
        ) {
            let mut is_bad = vec![false; range.len()];
            for culprit in culprits {
                let below = range.descendants(culprit.index(range.len()));
                is_bad.iter_mut().zip(below).for_each(|(is_bad, below)| *is_bad |= below);
            }
            let (end, judged, _) = bisect(&range, &|it| is_bad[it], &none(), &known);
            let Next::Found(found) = end else { panic!("{end:?}") };
            prop_assert!(is_bad[found]);
            prop_assert!(range.parents[found].iter().all(|parent| !is_bad[*parent]));
            let (_, alone, _) = bisect(&range, &|it| is_bad[it], &none(), &none());
            prop_assert!(judged <= range.len() && alone < range.len());
        }

        #[test]
        fn a_skipped_commit_never_makes_a_good_one_suspect(
            range in history(),
            culprit in any::<prop::sample::Index>(),
            skipped in prop::collection::btree_set(0..60_usize, 0..40),
        ) {
            let culprit = culprit.index(range.len());
            let is_bad = range.descendants(culprit);
            let (end, _, marks) = bisect(&range, &|it| is_bad[it], &skipped, &none());
            let certainly_good = range.ancestors(
                marks.iter().filter(|(_, mark)| **mark == Mark::Good).map(|(commit, _)| *commit));
            match end {
                Next::Found(found) => prop_assert_eq!(found, culprit),
                Next::Torn(suspects) => {
                    prop_assert!(suspects.len() > 1);
                    prop_assert!(suspects.contains(&culprit));
                    prop_assert!(suspects.iter().all(|it| !certainly_good[*it]));
                    let (last, others) = suspects.split_last().unwrap();
                    prop_assert!(is_bad[*last]);
                    prop_assert!(others.iter().all(|it| skipped.contains(it)));
                }
                other @ Next::Judge { .. } => panic!("{other:?}"),
            }
        }

        #[test]
        fn weights_count_ancestors(range in history(), counted in prop::collection::vec(any::<bool>(), 60)) {
            let closed: Vec<bool> = range.ancestors([range.len() - 1]);
            let counted = if counted[0] { closed } else {
                // Whatever leads to a commit that does not count does not count either.
                let good = range.ancestors((0..range.len() - 1).filter(|it| counted[*it] && counted[it / 2]));
                good.iter().map(|it| !it).collect()
            };
            let weights = range.weights(&counted);
            for commit in (0..range.len()).filter(|it| counted[*it]) {
                let expected = range.ancestors([commit]).iter().zip(&counted).filter(|(is, counts)| **is && **counts).count();
                prop_assert_eq!(weights[commit] as usize, expected);
            }
        }

        #[test]
        fn whatever_is_said_it_ends(range in history(), said in prop::collection::vec(0..3_u8, 60)) {
            let skipped = (0..60).filter(|it| said[*it] == 0).collect();
            let (end, judged, _) = bisect(&range, &|it| said[it] == 1, &skipped, &none());
            prop_assert!(judged < range.len());
            prop_assert!(!matches!(end, Next::Judge { .. }), "{:?}", end);
        }
    }
}
