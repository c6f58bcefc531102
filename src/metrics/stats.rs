//! The statistics of single variables: quantiles, spread, and how far a value is from what is usual.
//!
//! A quantile is that of numpy and scipy by default (type 7 of Hyndman and Fan, "Sample Quantiles in Statistical
//! Packages", The American Statistician 50, 1996): at rank (n − 1)·p, linear between the values on both sides.
//! Estimates of what the next run takes are made otherwise (`drain::estimate`): they are to hold, these are to describe.

use std::cmp::Ordering;

/// Values in ascending order; nothing that is not a number is among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sorted(Vec<f64>);

impl Sorted {
    /// No value.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// Adds a value at its place.
    pub fn insert(&mut self, value: f64) {
        if !value.is_nan() {
            let at = self.place(value);
            self.0.insert(at, value);
        }
    }

    /// Takes one such value out, if there is one.
    pub fn remove(&mut self, value: f64) {
        let at = self.place(value);
        if self.0.get(at).is_some_and(|found| same(*found, value)) {
            self.0.remove(at);
        }
    }

    fn place(&self, value: f64) -> usize {
        self.0
            .partition_point(|other| other.total_cmp(&value) == Ordering::Less)
    }

    /// The value below which the share `p` lies (0 to 1); nothing without values.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let last = self.0.len().checked_sub(1)?;
        let rank = as_f64(last) * p.clamp(0.0, 1.0);
        let below = rank.floor();
        // A rank is at most `last`: it fits.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at = below as usize;
        let low = *self.0.get(at)?;
        let high = *self.0.get(at + 1).unwrap_or(&low);
        Some(low + (high - low) * (rank - below))
    }

    /// Half of the values are no larger.
    pub fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// The arithmetic mean.
    pub fn mean(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.iter().sum::<f64>() / as_f64(self.0.len()))
    }

    /// The largest value.
    pub fn max(&self) -> Option<f64> {
        self.0.last().copied()
    }

    /// The median absolute deviation from the median, not scaled to a normal distribution's.
    pub fn mad(&self) -> Option<f64> {
        let median = self.median()?;
        let deviations: Self = self.0.iter().map(|value| (value - median).abs()).collect();
        deviations.median()
    }

    /// How far a value is from the median, in robust standard deviations: 0.6745·(x − median)/MAD, 0.6745 being the third
    /// quartile of the normal distribution (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993). Nothing where
    /// half of the values are the same.
    pub fn robust_z(&self, value: f64) -> Option<f64> {
        let spread = self.mad().filter(|mad| *mad > 0.0)?;
        Some(0.6745 * (value - self.median()?) / spread)
    }
}

impl FromIterator<f64> for Sorted {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut values: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
        values.sort_unstable_by(f64::total_cmp);
        Self(values)
    }
}

fn same(one: f64, other: f64) -> bool {
    one.total_cmp(&other) == Ordering::Equal
}

/// Counts and milliseconds as they are reckoned with; beyond 2⁵³ the last digits are lost, which is 285,000 years.
#[allow(clippy::cast_precision_loss)]
pub const fn as_f64(count: usize) -> f64 {
    count as f64
}

/// See [`as_f64`].
#[allow(clippy::cast_precision_loss)]
pub const fn ms_as_f64(ms: i64) -> f64 {
    ms as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use proptest::prelude::*;

    use super::*;

    fn sorted(values: &[f64]) -> Sorted {
        values.iter().copied().collect()
    }

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() <= 1e-9 * (1.0 + one.abs().max(other.abs()))
    }

    #[test]
    fn the_figures_of_a_handful() {
        let values = sorted(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!(values.median(), Some(2.5));
        assert_eq!(values.quantile(0.25), Some(1.75));
        assert!(near(values.quantile(0.95).unwrap(), 3.85));
        assert_eq!(values.mean(), Some(2.5));
        assert_eq!(values.mad(), Some(1.0));
        assert!(near(values.robust_z(12.5).unwrap(), 6.745));
        assert_eq!(sorted(&[]).median(), None);
        assert_eq!(sorted(&[]).mean(), None);
        assert_eq!(sorted(&[7.0]).quantile(0.95), Some(7.0));
        assert_eq!(sorted(&[5.0, 5.0, 5.0, 9.0]).robust_z(50.0), None);
        assert_eq!(sorted(&[f64::NAN, 1.0]).len(), 1);
    }

    fn values() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec(-1e6..1e6, 1..60)
    }

    proptest! {
        #[test]
        fn quantiles_grow_and_stay_between_the_extremes(values in values(), p in 0.0..1.0, q in 0.0..1.0) {
            let sorted = sorted(&values);
            let (low, high) = (f64::min(p, q), f64::max(p, q));
            let (low, high) = (sorted.quantile(low).unwrap(), sorted.quantile(high).unwrap());
            prop_assert!(low <= high + 1e-9);
            prop_assert!(sorted.quantile(0.0).unwrap() <= low);
            prop_assert!(high <= sorted.max().unwrap() + 1e-9);
        }

        #[test]
        fn what_is_scaled_and_shifted_has_figures_scaled_and_shifted(
            values in values(), scale in 0.01..100.0, shift in -1e4..1e4, x in -1e6..1e6
        ) {
            let one = sorted(&values);
            let other: Sorted = values.iter().map(|value| value * scale + shift).collect();
            for p in [0.05, 0.5, 0.95] {
                prop_assert!(near(one.quantile(p).unwrap() * scale + shift, other.quantile(p).unwrap()));
            }
            prop_assert!(near(one.mad().unwrap() * scale, other.mad().unwrap()));
            // Where the spread is lost in rounding, so is the distance.
            if one.mad().unwrap() > 1.0 {
                let (one, other) = (one.robust_z(x).unwrap(), other.robust_z(x * scale + shift).unwrap());
                prop_assert!((one - other).abs() <= 1e-6 * (1.0 + one.abs()), "{one} {other}");
            }
        }

        #[test]
        fn half_of_the_deviations_are_no_larger_than_their_median(values in values()) {
            let sorted = sorted(&values);
            let (median, mad) = (sorted.median().unwrap(), sorted.mad().unwrap());
            let within = values.iter().filter(|value| (**value - median).abs() <= mad + 1e-9).count();
            prop_assert!(within * 2 >= values.len());
        }

        #[test]
        fn a_window_that_slides_is_the_same_as_one_sorted_anew(values in values(), width in 1_usize..20) {
            let mut window = Sorted::new();
            for (at, value) in values.iter().enumerate() {
                window.insert(*value);
                if let Some(gone) = at.checked_sub(width) {
                    window.remove(values[gone]);
                }
                let first = (at + 1).saturating_sub(width);
                prop_assert_eq!(&window, &sorted(&values[first..=at]));
            }
        }
    }
}
