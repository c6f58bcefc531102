//! Whether a series grows or falls, and how fast: medians and ranks, which no outlier moves far.
//!
//! [`theil_sen`] is the median of the slopes between all pairs of points: H. Theil, "A rank-invariant method of linear and
//! polynomial regression analysis", Proceedings of the Royal Netherlands Academy of Sciences 53 (1950), with the interval of
//! P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", Journal of the American Statistical
//! Association 63 (1968), as `scipy.stats.theilslopes(y, x, method="separate")` has it. [`mann_kendall`] asks whether order
//! and value go together: H. B. Mann, "Nonparametric tests against trend", Econometrica 13 (1945), with the p of
//! `scipy.stats.kendalltau(range(n), values)`.
//!
//! Both look at all pairs. Of more than [`MOST`] points only the newest are taken.

use super::normal;
use super::stats::{Sorted, as_f64};

/// At most so many points are looked at, the last ones: half a million pairs.
pub const MOST: usize = 1000;

/// Up to so many values without ties, Kendall's distribution is exact.
const EXACT: usize = 33;
/// The quantile of the normal distribution that leaves 2.5 % on each side.
const TWO_SIDED_95: f64 = 1.959_963_984_540_054;

/// A line through points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// How much y grows for each 1 that x grows.
    pub slope: f64,
    /// Where the line is at x = 0: the median of y less slope times the median of x.
    pub intercept: f64,
    /// Between these the slope lies in 95 of 100 cases; nothing where ties leave no order to tell it from.
    pub interval: Option<(f64, f64)>,
}

/// The line through points (x, y); nothing where fewer than two x differ, or where numbers are too large to subtract. Points
/// that are no finite numbers are left out.
pub fn theil_sen(points: &[(f64, f64)]) -> Option<Slope> {
    let points: Vec<(f64, f64)> = points
        .iter()
        .copied()
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    let points = newest(&points);
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (at, (x, y)) in points.iter().enumerate() {
        for (other_x, other_y) in points.iter().take(at) {
            let run = x - other_x;
            if run.abs() > 0.0 {
                slopes.push((y - other_y) / run);
            }
        }
    }
    let slopes: Sorted = slopes.into_iter().collect();
    let slope = slopes.median()?;
    let xs: Sorted = points.iter().map(|(x, _)| *x).collect();
    let ys: Sorted = points.iter().map(|(_, y)| *y).collect();
    let intercept = ys.median()? - slope * xs.median()?;
    if !slope.is_finite() || !intercept.is_finite() {
        return None;
    }
    Some(Slope {
        slope,
        intercept,
        interval: interval(&slopes, &xs, &ys),
    })
}

/// Sen's equation (2.6).
fn interval(slopes: &Sorted, xs: &Sorted, ys: &Sorted) -> Option<(f64, f64)> {
    let variance = (spread(as_f64(xs.len())) - tied(xs) - tied(ys)) / 18.0;
    if variance < 0.0 {
        return None;
    }
    let reach = TWO_SIDED_95 * variance.sqrt();
    let count = as_f64(slopes.len());
    let high = f64::midpoint(count, reach).round_ties_even();
    let low = (((count - reach) / 2.0).round_ties_even() - 1.0).max(0.0);
    // Neither is below 0, and both are at most some half a million.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let (low, high) = (low as usize, high as usize);
    let last = slopes.len().checked_sub(1)?;
    let at = |index: usize| slopes.values().get(index.min(last)).copied();
    Some((at(low)?, at(high)?)).filter(|(low, high)| low.is_finite() && high.is_finite())
}

/// What Mann and Kendall's test says of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannKendall {
    /// Kendall's τ-b, −1 to 1: 1 where every value is larger than all before it.
    pub tau: f64,
    /// How likely such an order is, growing or falling, if there is none.
    pub p: f64,
}

/// Tests a series for a trend; nothing where fewer than two values differ. What is not a number is left out.
pub fn mann_kendall(values: &[f64]) -> Option<MannKendall> {
    let values: Vec<f64> = values.iter().copied().filter(|it| !it.is_nan()).collect();
    let values = newest(&values);
    let (mut grown, mut fallen) = (0_usize, 0_usize);
    for (at, value) in values.iter().enumerate() {
        for before in values.iter().take(at) {
            grown += usize::from(value > before);
            fallen += usize::from(value < before);
        }
    }
    let n = values.len();
    let pairs = n * n.saturating_sub(1) / 2;
    if grown + fallen == 0 {
        return None;
    }
    let score = as_f64(grown) - as_f64(fallen);
    let tau = score / (as_f64(pairs) * as_f64(grown + fallen)).sqrt();
    let without_ties = grown + fallen == pairs;
    let p = if without_ties && (n <= EXACT || grown.min(fallen) <= 1) {
        exact(n, grown.min(fallen))
    } else {
        let sorted: Sorted = values.iter().copied().collect();
        let variance = (spread(as_f64(n)) - tied(&sorted)) / 18.0;
        normal::beyond(score / variance.sqrt())
    };
    Some(MannKendall {
        tau: tau.clamp(-1.0, 1.0),
        p: p.clamp(0.0, 1.0),
    })
}

/// Twice the share of the orders of `n` values in which at most `inversions` pairs stand the wrong way round: M. G. Kendall,
/// "Rank Correlation Methods" (1970).
fn exact(n: usize, inversions: usize) -> f64 {
    let orders = |n: usize| -> f64 { (2..=n).map(as_f64).product() };
    match (n, inversions) {
        (0..=EXACT, _) => {}
        (_, 0) => return 2.0 / orders(n),
        // One pair of neighbours: n − 1 of them, and the order itself.
        _ => return 2.0 / orders(n - 1),
    }
    // Orders with so many inversions of the first few values; all of 33 fit in 128 bits.
    let mut ways = vec![0_u128; inversions + 1];
    if let Some(first) = ways.first_mut() {
        *first = 1;
    }
    for count in 2..=n {
        let before = ways;
        let mut sum = 0_u128;
        ways = (0..before.len())
            .map(|at| {
                sum += before.get(at).copied().unwrap_or(0);
                let gone = at.checked_sub(count).and_then(|gone| before.get(gone));
                sum -= gone.copied().unwrap_or(0);
                sum
            })
            .collect();
    }
    // The last digits of more than 2⁵³ orders do not matter.
    #[allow(clippy::cast_precision_loss)]
    let few = ways.iter().sum::<u128>() as f64;
    (2.0 * few / orders(n)).min(1.0)
}

/// Eighteen times the variance of the score of so many values.
fn spread(n: f64) -> f64 {
    n * (n - 1.0) * (2.0 * n + 5.0)
}

/// What values that are the same take from that.
fn tied(sorted: &Sorted) -> f64 {
    // The same value, not nearly: −0 and 0 are one.
    #[allow(clippy::float_cmp)]
    let groups = sorted.values().chunk_by(|one, other| one == other);
    groups.map(|group| spread(as_f64(group.len()))).sum()
}

fn newest<T>(values: &[T]) -> &[T] {
    let first = values.len().saturating_sub(MOST);
    values.get(first..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use proptest::prelude::*;

    use super::*;

    fn line(values: &[f64]) -> Slope {
        let points: Vec<(f64, f64)> = (0..).map(f64::from).zip(values.iter().copied()).collect();
        theil_sen(&points).unwrap()
    }

    #[test]
    fn a_line_is_found_through_outliers() {
        let mut values: Vec<f64> = (0..20).map(|at| 100.0 + 3.0 * f64::from(at)).collect();
        values[4] = 1e9;
        values[11] = -1e9;
        let found = line(&values);
        assert_eq!((found.slope, found.intercept), (3.0, 100.0));
        let (low, high) = found.interval.unwrap();
        assert!(low <= 3.0 && high >= 3.0 && low > 0.0, "{found:?}");
        let flat = line(&[5.0; 9]);
        assert_eq!((flat.slope, flat.interval), (0.0, Some((0.0, 0.0))));
    }

    #[test]
    fn what_has_no_direction() {
        assert_eq!(theil_sen(&[]), None);
        assert_eq!(theil_sen(&[(1.0, 2.0)]), None);
        assert_eq!(theil_sen(&[(1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(theil_sen(&[(1.0, f64::NAN), (2.0, 3.0)]), None);
        assert_eq!(theil_sen(&[(0.0, -f64::MAX), (1.0, f64::MAX)]), None);
        assert_eq!(mann_kendall(&[]), None);
        assert_eq!(mann_kendall(&[1.0, f64::NAN]), None);
        assert_eq!(mann_kendall(&[2.0; 50]), None);
    }

    #[test]
    fn what_only_grows() {
        let growing: Vec<f64> = (0..10).map(f64::from).collect();
        let found = mann_kendall(&growing).unwrap();
        assert_eq!(found.tau, 1.0);
        assert!((found.p - 2.0 / 3_628_800.0).abs() < 1e-18);
        let longer: Vec<f64> = (0..50_000).map(f64::from).collect();
        let found = mann_kendall(&longer).unwrap();
        assert_eq!((found.tau, found.p), (1.0, 0.0));
        // Of more than a thousand points, the newest.
        let mut turned: Vec<f64> = (0..5000).map(f64::from).collect();
        turned.extend((0..1000).rev().map(f64::from));
        assert_eq!(mann_kendall(&turned).unwrap().tau, -1.0);
        assert_eq!(line(&turned).slope, -1.0);
    }

    /// Every order of so many values.
    fn by_counting(n: usize, score: i64) -> f64 {
        fn go(left: &mut Vec<usize>, done: &mut Vec<usize>, score: i64, counts: &mut (u32, u32)) {
            if left.is_empty() {
                let mut own = 0;
                for (at, it) in done.iter().enumerate() {
                    own += done[..at]
                        .iter()
                        .map(|other| if it > other { 1 } else { -1 })
                        .sum::<i64>();
                }
                counts.0 += u32::from(own.abs() >= score.abs());
                counts.1 += 1;
            }
            for at in 0..left.len() {
                let it = left.remove(at);
                done.push(it);
                go(left, done, score, counts);
                done.pop();
                left.insert(at, it);
            }
        }
        let mut counts = (0, 0);
        go(&mut (0..n).collect(), &mut Vec::new(), score, &mut counts);
        f64::from(counts.0) / f64::from(counts.1)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn it_is_the_share_of_orders_at_least_as_steep(
            order in Just((0..7).collect::<Vec<u32>>()).prop_shuffle(), n in 2_usize..=7
        ) {
            let values: Vec<f64> = order[..n].iter().map(|it| f64::from(*it)).collect();
            let mut score = 0;
            for (at, it) in values.iter().enumerate() {
                score += values[..at].iter().map(|other| if it > other { 1 } else { -1 }).sum::<i64>();
            }
            let found = mann_kendall(&values).unwrap();
            prop_assert!((found.p - by_counting(n, score)).abs() < 1e-12);
        }

        #[test]
        fn what_is_tilted_is_steeper_by_as_much(
            values in prop::collection::vec(-1000_i32..1000, 3..60), tilt in -50_i32..50
        ) {
            let plain: Vec<f64> = values.iter().map(|it| f64::from(*it)).collect();
            let tilted: Vec<f64> = (0..).zip(&values).map(|(at, it)| f64::from(*it + at * tilt)).collect();
            let (one, other) = (line(&plain), line(&tilted));
            prop_assert!((one.slope + f64::from(tilt) - other.slope).abs() < 1e-9);
            let turned: Vec<f64> = plain.iter().map(|it| -it).collect();
            prop_assert!((line(&turned).slope + one.slope).abs() < 1e-9);
            prop_assert_eq!(mann_kendall(&turned).map(|it| it.p), mann_kendall(&plain).map(|it| it.p));
        }

        #[test]
        fn anything_is_taken(points in prop::collection::vec((any::<f64>(), any::<f64>()), 0..40)) {
            let _ = theil_sen(&points);
            let values: Vec<f64> = points.iter().map(|(_, y)| *y).collect();
            if let Some(found) = mann_kendall(&values) {
                prop_assert!((0.0..=1.0).contains(&found.p) && (-1.0..=1.0).contains(&found.tau));
            }
        }
    }
}
