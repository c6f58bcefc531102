//! Whether the values of one sample tend to be larger than those of another, and by how much.
//!
//! The test is that of H. B. Mann and D. R. Whitney, "On a Test of Whether one of Two Random Variables is Stochastically
//! Larger than the Other", The Annals of Mathematical Statistics 18 (1947), two-sided, with the p of
//! `scipy.stats.mannwhitneyu(first, second, method="auto")`. How much is Cliff's δ: N. Cliff, "Dominance Statistics: Ordinal
//! Analyses to Answer Ordinal Questions", Psychological Bulletin 114 (1993).

use serde::{Deserialize, Serialize};

use super::normal;
use super::stats::as_f64;

/// A sample of at most so many values is compared exactly, if no two values of both are the same.
pub const EXACT: usize = 8;
/// With a larger sample than this on the other side the normal distribution is taken in any case: the number of ways would
/// no longer fit in 128 bits.
const MOST_EXACT: usize = 200_000;

/// What the comparison of two samples says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankSum {
    /// In how many pairs the first sample's value is the larger one; a pair of the same values counts one half.
    pub u: f64,
    /// How likely so great a difference is, in either direction, if both are from one distribution.
    pub p: f64,
    /// Cliff's δ, −1 to 1: how much likelier a value of the first is the larger one than one of the second is.
    pub delta: f64,
}

impl RankSum {
    /// How large the difference is.
    pub fn magnitude(&self) -> Magnitude {
        Magnitude::of(self.delta)
    }
}

/// How large a difference is, by the thresholds of J. Romano, J. D. Kromrey, J. Coraggio and J. Skowronek, "Appropriate
/// statistics for ordinal level data" (Florida Association of Institutional Research, 2006): |δ| of 0.147, 0.33 and 0.474,
/// which are 0.2, 0.5 and 0.8 standard deviations of normal variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Magnitude {
    /// Below 0.147.
    Negligible,
    /// From 0.147 on.
    Small,
    /// From 0.33 on.
    Medium,
    /// From 0.474 on.
    Large,
}

impl Magnitude {
    /// Of a Cliff's δ.
    pub fn of(delta: f64) -> Self {
        match delta.abs() {
            size if size >= 0.474 => Self::Large,
            size if size >= 0.33 => Self::Medium,
            size if size >= 0.147 => Self::Small,
            _ => Self::Negligible,
        }
    }

    /// The word in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Negligible => "negligible",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// Compares two samples; nothing where one has no value. What is not a number is left out.
pub fn rank_sum(first: &[f64], second: &[f64]) -> Option<RankSum> {
    let mut all: Vec<(f64, bool)> = [(first, true), (second, false)]
        .into_iter()
        .flat_map(|(values, is_first)| values.iter().map(move |value| (*value, is_first)))
        .filter(|(value, _)| !value.is_nan())
        .collect();
    let n1 = all.iter().filter(|(_, is_first)| *is_first).count();
    let n2 = all.len() - n1;
    if n1 == 0 || n2 == 0 {
        return None;
    }
    all.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let (mut rank_sum, mut tie_term, mut rank) = (0.0, 0.0, 0.0);
    // The same value, not nearly: −0 and 0 are one.
    #[allow(clippy::float_cmp)]
    let groups = all.chunk_by(|one, other| one.0 == other.0);
    for group in groups {
        let count = as_f64(group.len());
        let of_first = as_f64(group.iter().filter(|(_, is_first)| *is_first).count());
        rank_sum += of_first * (rank + f64::midpoint(count, 1.0));
        tie_term += count * count * count - count;
        rank += count;
    }
    let (m, n) = (as_f64(n1), as_f64(n2));
    let u = rank_sum - m * (m + 1.0) / 2.0;
    let least = u.min(m * n - u);
    let few = n1.min(n2) <= EXACT && n1.max(n2) <= MOST_EXACT;
    let p = if few && tie_term <= 0.0 {
        exact(least, n1, n2)
    } else {
        // With a correction for ties and half a step for continuity.
        let variance = m * n / 12.0 * ((m + n + 1.0) - tie_term / ((m + n) * (m + n - 1.0)));
        let distance = m * n / 2.0 - least - 0.5;
        if variance > 0.0 && distance > 0.0 {
            normal::beyond(distance / variance.sqrt())
        } else {
            1.0
        }
    };
    Some(RankSum {
        u,
        p: p.clamp(0.0, 1.0),
        delta: (2.0 * u / (m * n) - 1.0).clamp(-1.0, 1.0),
    })
}

/// Twice the probability of a U of at most `least` where every order is as likely.
///
/// The number of orders with a U of k is the coefficient of qᵏ in the Gaussian binomial
/// ∏ (1 − qⁿ⁺ⁱ)/(1 − qⁱ), i = 1 … m. What overflows on the way comes back, for the coefficients fit.
fn exact(least: f64, n1: usize, n2: usize) -> f64 {
    let (m, n) = (n1.min(n2), n1.max(n2));
    // A U without ties is a whole number, at most half of m·n.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let least = (least as usize).min(m * n / 2);
    let mut ways = vec![0_u128; least + 1];
    if let Some(first) = ways.first_mut() {
        *first = 1;
    }
    for i in 1..=m {
        add_shifted(&mut ways, n + i, true);
        add_shifted(&mut ways, i, false);
    }
    let few: u128 = ways.iter().fold(0, |sum, it| sum.wrapping_add(*it));
    let all: f64 = (1..=m).map(|i| as_f64(n + i) / as_f64(i)).product();
    // The last digits of more than 2⁵³ ways do not matter.
    #[allow(clippy::cast_precision_loss)]
    let few = few as f64;
    2.0 * few / all
}

/// Multiplies a power series by 1 − qˢ, or divides it by that.
fn add_shifted(ways: &mut [u128], shift: usize, multiply: bool) {
    let places = shift..ways.len();
    let mut step = |at: usize| {
        let Some(other) = ways.get(at - shift).copied() else {
            return;
        };
        if let Some(it) = ways.get_mut(at) {
            *it = if multiply {
                it.wrapping_sub(other)
            } else {
                it.wrapping_add(other)
            };
        }
    };
    if multiply {
        places.rev().for_each(&mut step);
    } else {
        places.for_each(&mut step);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use proptest::prelude::*;

    use super::*;

    fn of(first: &[f64], second: &[f64]) -> RankSum {
        rank_sum(first, second).unwrap()
    }

    #[test]
    fn known_comparisons() {
        // scipy's own example.
        let (males, females) = ([19.0, 22.0, 16.0, 29.0, 24.0], [20.0, 11.0, 17.0, 12.0]);
        let found = of(&males, &females);
        assert_eq!(found.u, 17.0);
        assert!((found.p - 0.111_111_111_111_111).abs() < 1e-14);
        assert!((found.delta - 0.7).abs() < 1e-15);
        assert_eq!(found.magnitude(), Magnitude::Large);
        // Five and five that do not overlap: 2 of 252 orders.
        let found = of(&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0, 7.0, 8.0, 9.0, 10.0]);
        assert!((found.p - 2.0 / 252.0).abs() < 1e-15);
        assert_eq!((found.u, found.delta), (0.0, -1.0));
        // Exact up to eight; nine and nine are scipy's by the normal distribution.
        let values: Vec<f64> = (0..18).map(f64::from).collect();
        let found = of(&values[..8], &values[8..17]);
        assert!((found.p - 2.0 / 24_310.0).abs() < 1e-15);
        let found = of(&values[..9], &values[9..]);
        assert!(
            (found.p / 0.000_412_294_802_061_691_27 - 1.0).abs() < 1e-9,
            "{}",
            found.p
        );
    }

    #[test]
    fn what_says_nothing_is_no_difference() {
        assert_eq!(rank_sum(&[], &[1.0]), None);
        assert_eq!(rank_sum(&[1.0], &[f64::NAN]), None);
        for (first, second) in [
            (&[3.0; 20][..], &[3.0; 9][..]),
            (&[0.0], &[-0.0]),
            (&[f64::INFINITY; 3], &[f64::INFINITY; 2]),
            (&[1.0], &[2.0]),
        ] {
            assert_eq!(of(first, second).p, 1.0, "{first:?} {second:?}");
        }
        assert_eq!(of(&[0.0; 4], &[-0.0; 4]).delta, 0.0);
    }

    #[test]
    fn large_samples_are_compared_in_no_time() {
        let many: Vec<f64> = (0..200_000).map(|it| as_f64(it) + 0.5).collect();
        let few: Vec<f64> = (0..8).map(|it| as_f64(it) * 20_000.0).collect();
        let found = of(&few, &many);
        let normal = of(&[&few[..], &[f64::MAX]].concat(), &many);
        assert!(found.p > 0.0 && found.p < 0.2, "{found:?} {normal:?}");
        let more: Vec<f64> = many.iter().map(|it| it + 1000.0).collect();
        assert!(of(&many, &more).p < 1e-6);
    }

    /// Every way to choose the ranks of the first sample.
    fn by_counting(n1: usize, n2: usize, u: f64) -> f64 {
        let all = n1 + n2;
        let middle = as_f64(n1 * n2) / 2.0;
        let (mut extreme, mut ways) = (0, 0);
        for chosen in 0_u32..1 << all {
            if chosen.count_ones() as usize != n1 {
                continue;
            }
            ways += 1;
            let mut other = 0.0;
            let mut below = 0.0;
            for at in 0..all {
                if chosen >> at & 1 == 1 {
                    other += below;
                } else {
                    below += 1.0;
                }
            }
            extreme += usize::from(f64::abs(other - middle) >= (u - middle).abs());
        }
        as_f64(extreme) / as_f64(ways)
    }

    proptest! {
        #[test]
        fn it_is_the_share_of_orders_at_least_as_extreme(
            order in Just((0..11).collect::<Vec<u32>>()).prop_shuffle(), n1 in 1_usize..8, n2 in 1_usize..4
        ) {
            let values: Vec<f64> = order.into_iter().map(f64::from).collect();
            let found = of(&values[..n1], &values[n1..n1 + n2]);
            prop_assert!((found.p - by_counting(n1, n2, found.u)).abs() < 1e-12);
        }

        #[test]
        fn both_sides_say_the_same(
            first in prop::collection::vec(-20_i32..20, 1..40), second in prop::collection::vec(-20_i32..20, 1..40)
        ) {
            let of_ints = |values: &[i32]| values.iter().map(|it| f64::from(*it)).collect::<Vec<f64>>();
            let (first, second) = (of_ints(&first), of_ints(&second));
            let (one, other) = (of(&first, &second), of(&second, &first));
            prop_assert!((one.p - other.p).abs() < 1e-12 && (0.0..=1.0).contains(&one.p));
            prop_assert!((one.delta + other.delta).abs() < 1e-12);
            let pairs = first.iter().flat_map(|x| second.iter().map(move |y| (x, y)));
            let sum: f64 = pairs.map(|(x, y)| if x > y { 1.0 } else if x < y { -1.0 } else { 0.0 }).sum();
            prop_assert!((one.delta - sum / as_f64(first.len() * second.len())).abs() < 1e-12);
        }

        #[test]
        fn anything_is_taken(
            first in prop::collection::vec(any::<f64>(), 0..20), second in prop::collection::vec(any::<f64>(), 0..20)
        ) {
            if let Some(found) = rank_sum(&first, &second) {
                prop_assert!((0.0..=1.0).contains(&found.p) && (-1.0..=1.0).contains(&found.delta));
            }
        }
    }
}
