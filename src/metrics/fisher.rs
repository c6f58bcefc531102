//! Whether two shares differ by more than chance.
//!
//! R. A. Fisher's exact test of a table of two by two ("The Logic of Inductive Inference", Journal of the Royal Statistical
//! Society 98, 1935), two-sided as `scipy.stats.fisher_exact(table)` and R have it: the sum of the probabilities of all
//! tables with the same margins that are no likelier than this one. Single probabilities are worked out as C. Loader does
//! ("Fast and Accurate Computation of Binomial Probabilities", 2000), so that no digits are lost to factorials.

use std::f64::consts::PI;

use super::stats::as_f64;

/// Tables that differ in likelihood by less are equally likely; R has the same.
const EQUAL: f64 = 1e-7;

/// How likely shares that differ so much or more are, if there is no difference: `a` of one kind and `b` of another here, `c` and
/// `d` of the same kinds there. 1 where a row or column has nothing.
pub fn fisher(a: u32, b: u32, c: u32, d: u32) -> f64 {
    let [a, b, c, d] = [a, b, c, d].map(u64::from);
    let table = Margins {
        row: a + b,
        other_row: c + d,
        column: a + c,
    };
    if [a + b, c + d, a + c, b + d].contains(&0) {
        return 1.0;
    }
    let (least, most) = (table.column.saturating_sub(c + d), table.column.min(a + b));
    let own = table.probability(a);
    let is_as_unlikely = |x: u64| table.probability(x) <= own * (1.0 + EQUAL);
    // Up to the most likely table probabilities grow, and then they fall.
    let mode = u128::from(table.column + 1) * u128::from(table.row + 1)
        / u128::from(table.row + table.other_row + 2);
    let mode = u64::try_from(mode).unwrap_or(most).clamp(least, most);
    if is_as_unlikely(mode) {
        return 1.0;
    }
    let low_end = turn(least, mode, &|x| !is_as_unlikely(x));
    let high_start = turn(mode, most + 1, &is_as_unlikely);
    let below = low_end.checked_sub(1).filter(|last| *last >= least);
    let below = below.map_or(0.0, |last| table.tail(last, least));
    let above = (high_start <= most).then(|| table.tail(high_start, most));
    (below + above.unwrap_or(0.0)).min(1.0)
}

/// The first place from `from` on where it holds, if it holds from some place on; `until` if it never does.
fn turn(from: u64, until: u64, holds: &dyn Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (from, until);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

struct Margins {
    row: u64,
    other_row: u64,
    column: u64,
}

impl Margins {
    /// Of the table with this `a`: the hypergeometric distribution as three binomials.
    fn probability(&self, a: u64) -> f64 {
        let c = self.column - a;
        let all = self.row + self.other_row;
        let share = number(self.column) / number(all);
        let other = number(all - self.column) / number(all);
        let of = |x: u64, n: u64| binomial(number(x), number(n), share, other);
        (of(a, self.row) + of(c, self.other_row) - of(self.column, all)).exp()
    }

    /// The sum of the probabilities from one `a` to the last, where they fall; what no longer counts is left out.
    fn tail(&self, from: u64, last: u64) -> f64 {
        let mut term = self.probability(from);
        let mut total = term;
        let mut at = from;
        while at != last {
            let (a, b) = (number(at), number(self.row - at));
            let c = number(self.column - at);
            let d = number(self.other_row + at - self.column);
            if last < from {
                term *= a * d / ((b + 1.0) * (c + 1.0));
                at -= 1;
            } else {
                term *= b * c / ((a + 1.0) * (d + 1.0));
                at += 1;
            }
            total += term;
            // Not less alone: both may be too small to be told from 0.
            if term <= total * f64::EPSILON * 1e-3 {
                break;
            }
        }
        total
    }
}

/// The logarithm of the binomial probability of `x` of `n` with a share of `p`, and `q` = 1 − p.
fn binomial(x: f64, n: f64, p: f64, q: f64) -> f64 {
    if x <= 0.0 {
        return if n > 0.0 { n * q.ln() } else { 0.0 };
    }
    if x >= n {
        return n * p.ln();
    }
    let errors = stirling_error(n) - stirling_error(x) - stirling_error(n - x);
    let deviance = deviance(x, n * p) + deviance(n - x, n * q);
    errors - deviance + 0.5 * (n / (2.0 * PI * x * (n - x))).ln()
}

/// By how much Stirling's formula is wrong: ln n! − ln(√(2πn) (n/e)ⁿ).
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return libm::lgamma(n + 1.0) - (n + 0.5) * n.ln() + n - 0.5 * (2.0 * PI).ln();
    }
    let square = n * n;
    (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square)
            / square)
        / n
}

/// x·ln(x/m) + m − x, without cancellation where x is near m.
fn deviance(x: f64, m: f64) -> f64 {
    let difference = x - m;
    if difference.abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() - difference;
    }
    let v = difference / (x + m);
    let mut total = difference * v;
    let mut power = 2.0 * x * v;
    for odd in (3_u8..200).step_by(2) {
        power *= v * v;
        let next = total + power / f64::from(odd);
        if (next - total).abs() <= 0.0 {
            break;
        }
        total = next;
    }
    total
}

/// Counts fit: they are sums of four numbers of 32 bits.
fn number(count: u64) -> f64 {
    as_f64(usize::try_from(count).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_tables() {
        let near = |one: f64, other: f64| (one - other).abs() < 1e-13;
        assert!(near(fisher(8, 2, 1, 5), 0.034_965_034_965_034_975));
        assert!(near(fisher(6, 2, 1, 4), 0.102_564_102_564_102_57));
        // The lady tasting tea: 2·(1 + 16)/70.
        assert!(near(fisher(3, 1, 1, 3), 34.0 / 70.0));
        assert_eq!(fisher(0, 0, 5, 7), 1.0);
        assert_eq!(fisher(0, 5, 0, 7), 1.0);
        assert_eq!(fisher(10, 10, 10, 10), 1.0);
    }

    #[test]
    fn large_tables_take_no_time() {
        let most = u32::MAX;
        assert_eq!(fisher(most, most, most, most), 1.0);
        assert_eq!(fisher(most, 0, 0, most), 0.0);
        assert!(fisher(most, 3, most, 9) > 0.1);
        let p = fisher(1_000_000_000, 1_000_000_000, 1_000_000_000, 1_000_100_000);
        assert!((0.0..1.0).contains(&p), "{p}");
    }

    /// Every table with the same margins, its probability by products.
    fn by_hand(a: u32, b: u32, c: u32, d: u32) -> f64 {
        let ways = |n: u32, k: u32| -> f64 {
            (0..k)
                .map(|i| f64::from(n - i) / f64::from(i + 1))
                .product()
        };
        let (row, column, all) = (a + b, a + c, a + b + c + d);
        let of = |x: u32| ways(row, x) * ways(all - row, column - x);
        let tables = column.saturating_sub(c + d)..=row.min(column);
        let own = of(a) * (1.0 + 1e-9);
        let few: f64 = tables.clone().map(of).filter(|it| *it <= own).sum();
        few / tables.map(of).sum::<f64>()
    }

    proptest! {
        #[test]
        fn it_is_the_sum_of_what_is_no_likelier(a in 0_u32..40, b in 0_u32..40, c in 0_u32..40, d in 0_u32..40) {
            let (ours, theirs) = (fisher(a, b, c, d), by_hand(a, b, c, d));
            prop_assert!((ours - theirs).abs() <= 1e-11 * theirs.max(1e-3), "{} {}", ours, theirs);
        }

        #[test]
        fn rows_and_columns_may_be_exchanged(a in 0_u32..3000, b in 0_u32..3000, c in 0_u32..3000, d in 0_u32..3000) {
            let p = fisher(a, b, c, d);
            for other in [fisher(c, d, a, b), fisher(b, a, d, c), fisher(a, c, b, d)] {
                prop_assert!((p - other).abs() <= 1e-9 * p.max(1e-300), "{} {}", p, other);
            }
        }

        #[test]
        fn anything_is_taken(a: u32, b: u32, c: u32, d: u32) {
            prop_assert!((0.0..=1.0).contains(&fisher(a, b, c, d)));
        }
    }
}
