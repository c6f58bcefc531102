//! Page and Hinkley's test: at which value of a series the mean has begun to grow.
//!
//! E. S. Page, "Continuous Inspection Schemes", Biometrika 41 (1954); D. V. Hinkley, "Inference about the change-point from
//! cumulative sum tests", Biometrika 58 (1971); in the form of Gama et al., "A Survey on Concept Drift Adaptation", ACM
//! Computing Surveys 46 (2014): with the mean x̄ₜ of the values so far, mₜ = Σ (xᵢ − x̄ᵢ − δ); the mean has grown when
//! mₜ − min mᵢ > λ, since the value after the minimum.
//!
//! Here the values are first divided by their robust standard deviation, so that δ and λ are in deviations and a change of
//! scale changes nothing, and no value counts as more than [`FARTHEST`] away from the mean: one outlier is no drift. The
//! deviation is that of the differences of neighbours, which a growing mean hardly touches: 1.4826·MAD/√2.

use super::stats::{Sorted, as_f64};

/// δ: growth by less than twice this is not looked for. It is also the allowance of a CUSUM chart that is best against
/// growth by one deviation.
pub const ALLOWED: f64 = 0.5;
/// λ. By Siegmund's approximation ("Sequential Analysis", 1985) of the CUSUM chart with the same allowance, normal values
/// without drift give one false alarm in 140,000: (e^(2δ(λ+1.166)) − 2δ(λ+1.166) − 1)/2δ². A growth by one deviation is
/// noticed after some λ/δ = 20 values.
pub const ALARM: f64 = 10.0;
/// Beyond so many deviations from the mean a value counts as no farther.
pub const FARTHEST: f64 = 3.0;

/// A growth of the mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The first value that belongs to it.
    pub began: usize,
    /// The value by which it was certain.
    pub certain: usize,
}

/// Every growth of the mean, in order. After one was found, the search goes on from its beginning.
pub fn changes(values: &[f64]) -> Vec<Change> {
    let Some(deviation) = deviation(values) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut test = Test::from(0);
    let mut at = 0;
    while let Some(value) = values.get(at) {
        match test.take(value / deviation, at) {
            None => at += 1,
            Some(began) => {
                found.push(Change { began, certain: at });
                // From here on the new mean is what is usual. It is learned from what has shown it.
                test = Test::from(began);
                for (index, value) in values.iter().enumerate().take(at + 1).skip(began) {
                    test.learn(value / deviation, index);
                }
                at += 1;
            }
        }
    }
    found
}

/// The robust standard deviation of the noise; nothing where there is none.
fn deviation(values: &[f64]) -> Option<f64> {
    let differences: Sorted = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let found = 1.4826 * differences.mad()? / std::f64::consts::SQRT_2;
    (found.is_finite() && found > 0.0).then_some(found)
}

struct Test {
    count: usize,
    mean: f64,
    sum: f64,
    least: f64,
    after_least: usize,
}

impl Test {
    const fn from(first: usize) -> Self {
        Self {
            count: 0,
            mean: 0.0,
            sum: 0.0,
            least: 0.0,
            after_least: first,
        }
    }

    /// Takes a value in; where the growth began that is certain now.
    fn take(&mut self, value: f64, at: usize) -> Option<usize> {
        self.add(value);
        if self.sum < self.least {
            self.least = self.sum;
            self.after_least = at + 1;
        }
        (self.sum - self.least > ALARM).then_some(self.after_least)
    }

    /// Takes a value in that is known to be as usual.
    fn learn(&mut self, value: f64, at: usize) {
        self.add(value);
        (self.sum, self.least, self.after_least) = (0.0, 0.0, at + 1);
    }

    fn add(&mut self, value: f64) {
        self.count += 1;
        let value = if self.count == 1 {
            value
        } else {
            value.clamp(self.mean - FARTHEST, self.mean + FARTHEST)
        };
        self.mean += (value - self.mean) / as_f64(self.count);
        self.sum += value - self.mean - ALLOWED;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_precision_loss)] // small numbers

    use proptest::prelude::*;

    use super::*;

    /// Noise that is the same every time, distributed nearly normally.
    fn noise(count: usize, seed: usize) -> Vec<f64> {
        let uniform = |at: usize| {
            let mut bits =
                (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (seed as u64) << 17;
            bits ^= bits >> 31;
            bits = bits.wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits ^= bits >> 29;
            (bits >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..count)
            .map(|at| (0..12).map(|part| uniform(at * 12 + part)).sum::<f64>() - 6.0)
            .collect()
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        for seed in 0..20 {
            let mut values = noise(200, seed);
            for value in &mut values[120..] {
                *value += 3.0;
            }
            let found = changes(&values);
            assert_eq!(found.len(), 1, "{seed}: {found:?}");
            assert!((105..=121).contains(&found[0].began), "{seed}: {found:?}");
            assert!((121..=130).contains(&found[0].certain), "{seed}: {found:?}");
        }
    }

    #[test]
    fn a_slow_growth_is_found_and_a_fall_is_none() {
        let mut grows = noise(300, 1);
        let mut falls = grows.clone();
        for at in 100..300 {
            grows[at] += (at - 100) as f64 * 0.05;
            falls[at] -= (at - 100) as f64 * 0.05;
        }
        let found = changes(&grows);
        assert!(
            found
                .first()
                .is_some_and(|it| (95..150).contains(&it.began)),
            "{found:?}"
        );
        assert_eq!(changes(&falls), []);
    }

    #[test]
    fn noise_and_single_outliers_are_no_change() {
        for seed in 0..10 {
            let mut values = noise(2000, seed);
            assert_eq!(changes(&values), [], "{seed}");
            values[700] += 500.0;
            values[1500] -= 500.0;
            assert_eq!(changes(&values), [], "{seed}");
        }
    }

    #[test]
    fn what_does_not_vary_has_no_scale() {
        assert_eq!(changes(&[]), []);
        assert_eq!(changes(&[1.0]), []);
        assert_eq!(changes(&[2.0; 50]), []);
        assert_eq!(changes(&[f64::INFINITY; 5]), []);
    }

    proptest! {
        #[test]
        fn scale_and_shift_change_nothing(
            values in prop::collection::vec(0.0..10.0, 2..120), scale in 0.25..8.0, shift in -100.0..100.0
        ) {
            let other: Vec<f64> = values.iter().map(|value| value * scale + shift).collect();
            let (one, other) = (changes(&values), changes(&other));
            prop_assert_eq!(one, other);
        }

        #[test]
        fn changes_are_in_order(values in prop::collection::vec(-5.0..50.0, 0..200)) {
            for change in changes(&values) {
                prop_assert!(change.began <= change.certain && change.certain < values.len());
            }
        }
    }
}
