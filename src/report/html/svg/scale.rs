//! From values to places on an axis, and the values worth a grid line.

use super::number::spaced;

/// Beyond this, values are drawn as if they were it.
const LARGEST: f64 = 1e18;
/// Below this, values are drawn as zero.
const SMALLEST: f64 = 1e-5;
/// Grid lines are not closer: labels would need too many digits.
const CLOSEST: f64 = 1e-6;
/// More grid lines than intervals between them would be too many.
const INTERVALS: f64 = 4.0;
/// A range smaller than this part of its values is drawn as if it were larger: labels would need too many digits.
const FLATTEST: f64 = 0.005;

/// The value as it is drawn, nothing for what is not a finite number.
pub(super) fn drawn(value: f64) -> Option<f64> {
    let value = if value.abs() < SMALLEST { 0.0 } else { value };
    value.is_finite().then(|| value.clamp(-LARGEST, LARGEST))
}

/// An even axis from one multiple of a nice step (1, 2 or 5 of a power of ten) to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Even {
    step: f64,
    /// The lowest and the highest grid line, in steps.
    from: f64,
    to: f64,
}

impl Even {
    /// An axis that holds both values; `whole` where no grid line may lie between whole numbers.
    pub(super) fn new(low: f64, high: f64, whole: bool) -> Self {
        let (low, high) = spread(low, high);
        let step = 10_f64.powf(((high - low) / INTERVALS).log10().floor());
        let mut step = step.max(CLOSEST);
        if whole {
            step = step.max(1.0);
        }
        for factor in [1.0, 2.0, 5.0, 10.0, 20.0] {
            let (from, to) = (
                (low / (step * factor)).floor(),
                (high / (step * factor)).ceil(),
            );
            if to - from <= INTERVALS || factor >= 20.0 {
                return Self {
                    step: step * factor,
                    from,
                    to: to.max(from + 1.0),
                };
            }
        }
        Self {
            step,
            from: 0.0,
            to: 1.0,
        }
    }

    /// Where a value lies: 0 at the lowest grid line, 1 at the highest.
    pub(super) fn place(&self, value: f64) -> f64 {
        ((value / self.step - self.from) / (self.to - self.from)).clamp(0.0, 1.0)
    }

    /// Where the grid lines lie, and what they are called.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let mut ticks = Vec::new();
        let mut at = self.from;
        // A handful; the bound is for the case that rounding makes them many.
        while at <= self.to && ticks.len() < 8 {
            let value = at * self.step;
            ticks.push((self.place(value), spaced(value, self.step)));
            at += 1.0;
        }
        ticks
    }
}

/// Values that differ enough for an axis.
fn spread(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = (low.min(high), high.max(low));
    let size = low.abs().max(high.abs());
    let least = size * FLATTEST;
    if high - low >= least && high > low {
        return (low, high);
    }
    if size == 0.0 {
        return (0.0, 1.0);
    }
    // Where all are the same, they lie in the middle.
    let middle = low.midpoint(high);
    (middle - least, middle + least)
}

/// An axis from zero on which the square root is even: room for the many that are small, and the large still far out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    most: f64,
    from: f64,
    to: f64,
}

impl Root {
    /// An axis that holds values from zero to the highest, which lie at these places.
    pub(super) fn new(highest: f64, (from, to): (f64, f64)) -> Self {
        Self {
            most: highest.max(10.0),
            from,
            to,
        }
    }

    /// Where a value lies.
    pub(super) fn place(&self, value: f64) -> f64 {
        self.from + (self.to - self.from) * (value.max(0.0) / self.most).sqrt().min(1.0)
    }

    /// Where the grid lines lie, and what they are called; they are `apart` at least.
    pub(super) fn ticks(&self, apart: f64) -> Vec<(f64, String)> {
        let mut power = 10_f64.powf(self.most.log10().floor());
        let mut ticks = Vec::new();
        let mut last = f64::INFINITY;
        while power >= 1.0 {
            for factor in [5.0, 2.0, 1.0] {
                let value = power * factor;
                let place = self.place(value);
                if value <= self.most && last - place >= apart && place - self.from >= apart {
                    ticks.push((place, spaced(value, power)));
                    last = place;
                }
            }
            power /= 10.0;
        }
        ticks.push((self.from, "0".to_owned()));
        ticks
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(low: f64, high: f64, whole: bool) -> Vec<String> {
        let ticks = Even::new(low, high, whole).ticks();
        ticks.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn grid_lines_are_nice() {
        assert_eq!(texts(0.0, 7.0, true), ["0", "2", "4", "6", "8"]);
        assert_eq!(texts(0.0, 9.0, true), ["0", "5", "10"]);
        assert_eq!(texts(0.0, 1.0, true), ["0", "1"]);
        assert_eq!(texts(0.0, 1.0, false), ["0", "0.5", "1"]);
        assert_eq!(texts(0.0, 0.0, true), ["0", "1"]);
        assert_eq!(texts(0.0, 1800.0, true), ["0", "500", "1k", "1.5k", "2k"]);
        assert_eq!(
            texts(10_210.0, 10_290.0, true),
            ["10.2k", "10.25k", "10.3k"]
        );
        // Half a millionth would need nine characters.
        assert_eq!(drawn(1.4e-6), Some(0.0));
        assert_eq!(texts(-3.0, 4.0, true), ["−4", "−2", "0", "2", "4"]);
    }

    #[test]
    fn roots_have_grid_lines_far_enough_apart() {
        let ticks = Root::new(430.0, (0.0, 1.0)).ticks(0.15);
        let texts: Vec<_> = ticks.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["200", "100", "20", "0"]);
    }

    /// Any number, and more of those that are shown.
    fn value() -> impl Strategy<Value = f64> {
        let shown =
            (-10.0..10.0_f64, -8..6_i32).prop_map(|(digits, power)| digits * 10_f64.powi(power));
        prop_oneof![any::<f64>(), shown]
    }

    proptest! {
        #[test]
        fn an_axis_holds_its_values(one in value(), other in value(), whole in any::<bool>()) {
            let (one, other) = (drawn(one).unwrap_or(0.0), drawn(other).unwrap_or(1.0));
            let axis = Even::new(one, other, whole);
            let ticks = axis.ticks();
            prop_assert!((2..=6).contains(&ticks.len()), "{ticks:?}");
            for (place, text) in ticks {
                prop_assert!((0.0..=1.0).contains(&place));
                prop_assert!(text.trim_start_matches('−').chars().count() <= 8, "{text}");
            }
            let (low, high) = (one.min(other), one.max(other));
            prop_assert!(axis.from * axis.step <= low + high.abs() * 1e-9);
            prop_assert!(axis.to * axis.step >= high - high.abs() * 1e-9);
        }
    }
}
