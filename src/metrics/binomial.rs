//! How unlikely so many failures are.

use super::stats::as_f64;

/// The probability of `k` or more successes in `n` trials that each succeed with probability `p`.
///
/// One term is worked out by logarithms of the gamma function, the others follow from it by their ratios; it is the largest
/// of its side, so that nothing cancels and what is small is exact to as many digits. Exact to nine digits at n = 10,000.
pub fn upper_tail(k: usize, n: usize, p: f64) -> f64 {
    if k == 0 || p >= 1.0 {
        return if k <= n { 1.0 } else { 0.0 };
    }
    if k > n || p.is_nan() || p <= 0.0 {
        return 0.0;
    }
    let odds = p / (1.0 - p);
    if as_f64(k) > as_f64(n) * p {
        // Past the mean the terms only fall.
        let ratio = |i: usize| as_f64(n - i) / as_f64(i + 1) * odds;
        sum(term(k, n, p), (k..n).map(ratio)).min(1.0)
    } else {
        let ratio = |i: usize| as_f64(i) / as_f64(n + 1 - i) / odds;
        let below = sum(term(k - 1, n, p), (1..k).rev().map(ratio));
        (1.0 - below).clamp(0.0, 1.0)
    }
}

/// A first term and those that each follow from the one before, until they no longer count.
fn sum(first: f64, ratios: impl Iterator<Item = f64>) -> f64 {
    let (mut term, mut total) = (first, first);
    for ratio in ratios {
        term *= ratio;
        total += term;
        if term < total * f64::EPSILON * 1e-3 {
            break;
        }
    }
    total
}

/// The probability of exactly `k`.
fn term(k: usize, n: usize, p: f64) -> f64 {
    let factorial = |count: usize| libm::lgamma(as_f64(count) + 1.0);
    let ways = factorial(n) - factorial(k) - factorial(n - k);
    (ways + as_f64(k) * p.ln() + as_f64(n - k) * (-p).ln_1p()).exp()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]

    use proptest::prelude::*;

    use super::*;

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() <= 1e-11 + 1e-9 * other.abs()
    }

    /// By the rows of Pascal's triangle, weighted: no logarithm and no ratio.
    fn by_hand(k: usize, n: usize, p: f64) -> f64 {
        let mut row = vec![1.0];
        for _ in 0..n {
            let mut next = vec![0.0; row.len() + 1];
            for (at, share) in row.iter().enumerate() {
                next[at] += share * (1.0 - p);
                next[at + 1] += share * p;
            }
            row = next;
        }
        row.iter().skip(k).sum()
    }

    #[test]
    fn the_ends() {
        assert_eq!(upper_tail(0, 10, 0.3), 1.0);
        assert_eq!(upper_tail(11, 10, 0.3), 0.0);
        assert_eq!(upper_tail(3, 10, 0.0), 0.0);
        assert_eq!(upper_tail(3, 10, 1.0), 1.0);
        assert_eq!(upper_tail(3, 10, f64::NAN), 0.0);
        assert!(near(upper_tail(10, 10, 0.5), 1.0 / 1024.0));
        assert!(near(
            upper_tail(4, 10, 1.0 / 12.0),
            0.006_716_250_816_096_751
        ));
    }

    proptest! {
        #[test]
        fn it_is_the_sum_of_the_terms(n in 0_usize..120, k in 0_usize..130, p in 0.0..1.0) {
            prop_assert!(near(upper_tail(k, n, p), by_hand(k, n, p)));
        }

        #[test]
        fn it_falls_with_more_successes_and_grows_with_their_probability(
            n in 1_usize..10_000, share in 0.0..1.0, p in 0.001..0.999
        ) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let k = (as_f64(n) * share) as usize;
            let tail = upper_tail(k, n, p);
            prop_assert!((0.0..=1.0).contains(&tail));
            prop_assert!(upper_tail(k + 1, n, p) <= tail + 1e-10);
            prop_assert!(upper_tail(k, n, (p + 0.001).min(1.0)) >= tail - 1e-10);
        }
    }
}
