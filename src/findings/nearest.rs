//! Pairing what is alike in all but its place: the nearest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Something at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    /// Where it is.
    pub position: u64,
    /// Which it is. Numbers are in an order of their own, which breaks ties.
    pub number: usize,
}

/// Pairs spots of two sides, each at most once, as many as there can be; both are in ascending order.
///
/// Those at the same position are paired first. If then as many are left on one side as on the other, they are paired in
/// order, which keeps the sum of the distances least; else the two that are nearest to each other, again and again. Takes
/// n log n steps.
///
/// With a `reach` less than [`u64::MAX`], only spots that are not farther from each other are paired, the nearest first.
pub(super) fn pair(
    before: &[Spot],
    after: &[Spot],
    reach: u64,
    mut found: impl FnMut(usize, usize),
) {
    let (before, after) = without_equal(before, after, &mut found);
    if before.len() == after.len() && reach == u64::MAX {
        for (one, other) in before.iter().zip(&after) {
            found(one.number, other.number);
        }
    } else if !before.is_empty() && !after.is_empty() {
        Line::new(&before, &after).pair(reach, found);
    }
}

/// Pairs those at the same position and returns the others.
fn without_equal(
    before: &[Spot],
    after: &[Spot],
    found: &mut impl FnMut(usize, usize),
) -> (Vec<Spot>, Vec<Spot>) {
    let mut rest = (Vec::new(), Vec::new());
    let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        match one.position.cmp(&other.position) {
            std::cmp::Ordering::Equal => {
                found(one.number, other.number);
                left.next();
                right.next();
            }
            std::cmp::Ordering::Less => rest.0.extend(left.next()),
            std::cmp::Ordering::Greater => rest.1.extend(right.next()),
        }
    }
    rest.0.extend(left);
    rest.1.extend(right);
    rest
}

/// All spots of both sides in ascending order. The two nearest of different sides are always neighbours in it.
struct Line {
    spots: Vec<(Spot, bool)>,
    previous: Vec<Option<usize>>,
    next: Vec<Option<usize>>,
    is_taken: Vec<bool>,
    gaps: BinaryHeap<Reverse<(u64, usize, usize)>>,
}

impl Line {
    fn new(before: &[Spot], after: &[Spot]) -> Self {
        let old = before.iter().map(|spot| (*spot, false));
        let mut spots: Vec<(Spot, bool)> =
            old.chain(after.iter().map(|spot| (*spot, true))).collect();
        spots.sort_unstable_by_key(|(spot, is_after)| (spot.position, *is_after, spot.number));
        let count = spots.len();
        let mut line = Self {
            spots,
            previous: (0..count).map(|index| index.checked_sub(1)).collect(),
            next: (1..=count)
                .map(|index| (index < count).then_some(index))
                .collect(),
            is_taken: vec![false; count],
            gaps: BinaryHeap::new(),
        };
        for index in 1..count {
            line.meet(Some(index - 1), Some(index));
        }
        line
    }

    /// Notes how near two neighbours are, if they are of different sides.
    fn meet(&mut self, left: Option<usize>, right: Option<usize>) {
        if let (Some(left), Some(right)) = (left, right)
            && let (Some((one, one_side)), Some((other, other_side))) =
                (self.spots.get(left), self.spots.get(right))
            && one_side != other_side
        {
            let gap = other.position.abs_diff(one.position);
            self.gaps.push(Reverse((gap, left, right)));
        }
    }

    fn pair(mut self, reach: u64, mut found: impl FnMut(usize, usize)) {
        while let Some(Reverse((gap, left, right))) = self.gaps.pop() {
            if gap > reach {
                return;
            }
            let is_taken = |index: usize| self.is_taken.get(index).copied().unwrap_or(true);
            if is_taken(left) || is_taken(right) {
                continue;
            }
            if let (Some((one, one_is_after)), Some((other, _))) =
                (self.spots.get(left), self.spots.get(right))
            {
                match one_is_after {
                    false => found(one.number, other.number),
                    true => found(other.number, one.number),
                }
            }
            self.take(left, right);
        }
    }

    fn take(&mut self, left: usize, right: usize) {
        for index in [left, right] {
            if let Some(taken) = self.is_taken.get_mut(index) {
                *taken = true;
            }
        }
        let outer_left = self.previous.get(left).copied().flatten();
        let outer_right = self.next.get(right).copied().flatten();
        if let Some(slot) = outer_left.and_then(|index| self.next.get_mut(index)) {
            *slot = outer_right;
        }
        if let Some(slot) = outer_right.and_then(|index| self.previous.get_mut(index)) {
            *slot = outer_left;
        }
        self.meet(outer_left, outer_right);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    fn spots(positions: &[u64]) -> Vec<Spot> {
        let mut sorted = positions.to_vec();
        sorted.sort_unstable();
        let numbered = sorted.into_iter().enumerate();
        numbered
            .map(|(number, position)| Spot { position, number })
            .collect()
    }

    fn paired(before: &[u64], after: &[u64]) -> Vec<(u64, u64)> {
        let (before, after) = (spots(before), spots(after));
        let mut pairs = Vec::new();
        pair(&before, &after, u64::MAX, |one, other| {
            pairs.push((before[one].position, after[other].position));
        });
        pairs.sort_unstable();
        pairs
    }

    #[test]
    fn pairs_the_nearest() {
        assert_eq!(paired(&[10, 20], &[20, 500]), [(10, 500), (20, 20)]);
        assert_eq!(
            paired(&[10, 20, 30], &[17, 27, 37]),
            [(10, 17), (20, 27), (30, 37)]
        );
        assert_eq!(paired(&[10, 20], &[1, 12, 40]), [(10, 12), (20, 1)]);
        assert_eq!(paired(&[10], &[11, 12]), [(10, 11)]);
        assert_eq!(paired(&[10], &[]), []);
    }

    #[test]
    fn does_not_reach_far() {
        let mut pairs = Vec::new();
        pair(&spots(&[10, 90]), &spots(&[13, 95]), 4, |one, other| {
            pairs.push((one, other));
        });
        assert_eq!(pairs, [(0, 0)]);
    }

    /// The pairs that looking at all distances, again and again, gives.
    fn greedy(mut before: Vec<Spot>, mut after: Vec<Spot>) -> Vec<u64> {
        let mut gaps = Vec::new();
        while !before.is_empty() && !after.is_empty() {
            let all = before.iter().enumerate().flat_map(|(left, one)| {
                let gap = |other: &Spot| other.position.abs_diff(one.position);
                let gaps = after.iter().map(gap).enumerate();
                gaps.map(move |(right, gap)| (gap, left, right))
            });
            let (gap, left, right) = all.min().unwrap();
            gaps.push(gap);
            before.remove(left);
            after.remove(right);
        }
        gaps
    }

    proptest! {
        #[test]
        fn each_is_paired_once(before in proptest::collection::vec(0_u64..40, 0..30), after in proptest::collection::vec(0_u64..40, 0..30)) {
            let (before, after) = (spots(&before), spots(&after));
            let mut pairs = Vec::new();
            pair(&before, &after, u64::MAX, |one, other| pairs.push((one, other)));
            prop_assert_eq!(pairs.len(), before.len().min(after.len()));
            let mut left: Vec<usize> = pairs.iter().map(|pair| pair.0).collect();
            let mut right: Vec<usize> = pairs.iter().map(|pair| pair.1).collect();
            left.sort_unstable();
            left.dedup();
            right.sort_unstable();
            right.dedup();
            prop_assert_eq!(left.len(), pairs.len());
            prop_assert_eq!(right.len(), pairs.len());
        }

        /// Distances are powers of two, so that no two are equal and the nearest pair is always one.
        #[test]
        fn takes_the_nearest_each_time(sides in proptest::collection::vec(0..3, 2..14)) {
            let at = |wanted: i32| {
                let positions: Vec<u64> = sides.iter().enumerate().filter(|(_, side)| **side == wanted).map(|(index, _)| 1 << (3 * index)).collect();
                spots(&positions)
            };
            let (before, after) = (at(0), at(1));
            prop_assume!(before.len() != after.len());
            let mut gaps = Vec::new();
            pair(&before, &after, u64::MAX, |one, other| gaps.push(before[one].position.abs_diff(after[other].position)));
            prop_assert_eq!(gaps, greedy(before, after));
        }
    }
}
