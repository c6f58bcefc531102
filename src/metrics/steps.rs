//! A number that changes at moments: how long it was how large.

use super::buckets::Buckets;
use super::stats::ms_as_f64;

/// The course of a number over a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// From when on it had which value, in order; the first begins the span.
    steps: Vec<(i64, i64)>,
    /// When the span ends.
    until: i64,
}

impl Steps {
    /// From a beginning and its changes, in the order in which they happened. A moment before the one of the change before
    /// it (a clock was set back) counts as the same, one after the end as the end, and the number never falls below zero.
    pub fn new(
        since: i64,
        until: i64,
        first: i64,
        changes: impl IntoIterator<Item = (i64, i64)>,
    ) -> Self {
        let mut steps = vec![(since, first.max(0))];
        let (mut last, mut value) = (since, first.max(0));
        for (at, by) in changes {
            last = at.clamp(last, until.max(last));
            value = value.saturating_add(by).max(0);
            match steps.last_mut() {
                Some(step) if step.0 == last => step.1 = value,
                _ => steps.push((last, value)),
            }
        }
        Self { steps, until }
    }

    /// Each value with the time for which it held: from, until, value.
    pub fn spans(&self) -> impl Iterator<Item = (i64, i64, i64)> + '_ {
        let ends = self.steps.iter().skip(1).map(|(at, _)| *at);
        let ends = ends.chain([self.until]);
        self.steps
            .iter()
            .zip(ends)
            .map(|((from, value), to)| (*from, to.max(*from), *value))
    }

    /// The mean over time of what `counts`; nothing if it never did.
    pub fn mean(&self, counts: impl Fn(i64) -> bool) -> Option<f64> {
        let (mut area, mut time) = (0.0, 0.0);
        for (from, to, value) in self.spans().filter(|(_, _, value)| counts(*value)) {
            area += ms_as_f64(value) * ms_as_f64(to.saturating_sub(from));
            time += ms_as_f64(to.saturating_sub(from));
        }
        (time > 0.0).then(|| area / time)
    }

    /// For how long something held, in milliseconds.
    pub fn time(&self, counts: impl Fn(i64) -> bool) -> i64 {
        self.spans()
            .filter(|(_, _, value)| counts(*value))
            .map(|(from, to, _)| to.saturating_sub(from))
            .fold(0, i64::saturating_add)
    }

    /// The value that it did not exceed for the share `p` of the time.
    pub fn quantile(&self, p: f64) -> Option<i64> {
        self.quantile_where(p, |_| true)
    }

    /// The same of the time in which it was one that `counts`.
    pub fn quantile_where(&self, p: f64, counts: impl Fn(i64) -> bool) -> Option<i64> {
        let mut held: Vec<(i64, i64)> = self
            .spans()
            .filter(|(from, to, value)| to > from && counts(*value))
            .map(|(from, to, value)| (value, to.saturating_sub(from)))
            .collect();
        held.sort_unstable();
        let whole: f64 = held.iter().map(|(_, time)| ms_as_f64(*time)).sum();
        let mut gone = 0.0;
        for (value, time) in &held {
            gone += ms_as_f64(*time);
            if gone >= whole * p {
                return Some(*value);
            }
        }
        held.last().map(|(value, _)| *value)
    }

    /// The largest value.
    pub fn max(&self) -> i64 {
        self.steps
            .iter()
            .map(|(_, value)| *value)
            .max()
            .unwrap_or(0)
    }

    /// The largest value in each part of a period.
    pub fn max_by(&self, buckets: &Buckets) -> Vec<i64> {
        let mut most = vec![0; buckets.count()];
        for (from, to, value) in self.spans().filter(|(_, _, value)| *value > 0) {
            if to < buckets.since() {
                continue;
            }
            for place in buckets.place(from)..=buckets.place(to) {
                if let Some(most) = most.get_mut(place) {
                    *most = value.max(*most);
                }
            }
        }
        most
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn time_weighs() {
        // 0 for 10, 1 for 20, 3 for 70.
        let steps = Steps::new(0, 100, 0, [(10, 1), (30, 2)]);
        assert_eq!(steps.mean(|_| true), Some(2.3));
        assert_eq!(steps.mean(|value| value > 0), Some(230.0 / 90.0));
        assert_eq!(steps.time(|value| value > 0), 90);
        assert_eq!(steps.quantile(0.3), Some(1));
        assert_eq!(steps.quantile(0.95), Some(3));
        assert_eq!(steps.max(), 3);
        assert_eq!(Steps::new(5, 5, 7, []).mean(|_| true), None);
    }

    #[test]
    fn a_clock_set_back_costs_no_time_and_nothing_is_fewer_than_none() {
        let steps = Steps::new(100, 200, 0, [(150, 1), (90, 1), (160, -5), (500, 1)]);
        let spans: Vec<_> = steps.spans().collect();
        assert_eq!(
            spans,
            [(100, 150, 0), (150, 160, 2), (160, 200, 0), (200, 200, 1)]
        );
    }

    #[test]
    fn a_span_fills_every_part_that_it_touches() {
        let day = 24 * 3_600_000;
        let buckets = Buckets::last_days(4, 4 * day);
        let steps = Steps::new(
            0,
            4 * day,
            0,
            [(day + 5, 2), (day + 6, 3), (3 * day - 1, -4)],
        );
        assert_eq!(steps.max_by(&buckets), [0, 5, 5, 1]);
    }

    proptest! {
        #[test]
        fn it_is_what_looking_at_each_moment_says(
            changes in prop::collection::vec((0_i64..60, -2_i64..3), 0..20), first in 0_i64..5
        ) {
            let steps = Steps::new(0, 60, first, changes.clone());
            let mut at_each = Vec::new();
            let (mut last, mut value) = (0, first);
            let mut course = vec![(0, first)];
            for (at, by) in changes {
                last = at.max(last);
                value = (value + by).max(0);
                course.push((last, value));
            }
            for moment in 0..60 {
                at_each.push(course.iter().rfind(|(at, _)| *at <= moment).unwrap().1);
            }
            let sum: i64 = at_each.iter().sum();
            prop_assert!((steps.mean(|_| true).unwrap() - ms_as_f64(sum) / 60.0).abs() < 1e-9);
            at_each.sort_unstable();
            prop_assert_eq!(steps.quantile(0.95), Some(at_each[56]));
            prop_assert!(steps.max() >= at_each[59]);
        }
    }
}
