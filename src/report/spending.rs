//! What calls of the analysing agent come to, from the ledger.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::graph::ledger::{DaySpending, Purpose};

/// What several calls come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls, without answers that were there already.
    pub calls: u64,
    /// Analyses that they were parts of. Of several days, one that went on over midnight counts on each.
    pub analyses: u64,
    /// Calls that ended without an answer.
    pub failed: u64,
    /// Calls that have not ended.
    pub open: u64,
    /// Answers that were there already, and cost nothing.
    pub kept: u64,
    /// All tokens, caches included.
    pub tokens: u64,
    /// What was told, 10⁻⁹ US dollars.
    pub cost: u64,
    /// What was expected of calls that told nothing, 10⁻⁹ US dollars.
    pub expected_cost: u64,
}

impl Calls {
    /// Of all of these. Probes that cost nothing are no news and do not count.
    pub fn of<'s>(spending: impl IntoIterator<Item = &'s DaySpending>) -> Self {
        let mut calls = Self::default();
        for it in spending.into_iter().filter(|it| matters(it)) {
            calls.add(it);
        }
        calls
    }

    /// Whether nothing was called and nothing was used again.
    pub const fn is_empty(&self) -> bool {
        self.calls == 0 && self.kept == 0
    }

    fn add(&mut self, it: &DaySpending) {
        self.calls += it.calls;
        if it.purpose == Purpose::Analysis {
            self.analyses += it.jobs;
        }
        self.failed += it.failed;
        self.open += it.open;
        self.kept += it.kept;
        self.cost = self.cost.saturating_add(it.cost);
        self.expected_cost = self.expected_cost.saturating_add(it.expected_cost);
        for tokens in [it.input, it.output, it.cache_read, it.cache_write] {
            self.tokens = self.tokens.saturating_add(tokens);
        }
    }
}

/// By day and model, the newest day first; without probes that cost nothing.
pub fn by_day(spending: &[DaySpending]) -> Vec<(Date, &str, Calls)> {
    let mut days: BTreeMap<(std::cmp::Reverse<Date>, &str), Calls> = BTreeMap::new();
    for it in spending.iter().filter(|it| matters(it)) {
        let key = (std::cmp::Reverse(it.day), it.model.as_str());
        days.entry(key).or_default().add(it);
    }
    days.into_iter()
        .map(|((day, model), calls)| (day.0, model, calls))
        .collect()
}

const fn matters(it: &DaySpending) -> bool {
    !matches!(it.purpose, Purpose::Probe) || it.cost > 0 || it.expected_cost > 0
}

/// 10⁻⁹ US dollars as US dollars.
#[allow(clippy::cast_precision_loss)] // exact to nine million dollars
pub fn dollars(nano: u64) -> f64 {
    nano as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(purpose: Purpose, model: &str) -> DaySpending {
        DaySpending {
            day: Date::constant(2026, 11, 2),
            purpose,
            model: model.to_owned(),
            calls: 3,
            jobs: 2,
            failed: 1,
            open: 0,
            kept: 4,
            input: 10,
            output: 20,
            cache_read: 30,
            cache_write: 40,
            cost: 5,
            expected_cost: 0,
        }
    }

    #[test]
    fn kept_answers_are_no_calls_and_questions_no_analyses() {
        let spending = [day(Purpose::Analysis, "a/b"), day(Purpose::Question, "a/b")];
        let all = Calls::of(&spending);
        assert_eq!((all.calls, all.kept, all.analyses), (6, 8, 2));
        assert_eq!((all.failed, all.tokens, all.cost), (2, 200, 10));
        assert_eq!(by_day(&spending).len(), 1, "one row for a day and a model");
    }

    #[test]
    fn probes_count_where_they_cost_something() {
        let free = DaySpending {
            cost: 0,
            ..day(Purpose::Probe, "a/b")
        };
        assert!(Calls::of([&free]).is_empty());
        assert_eq!(by_day(std::slice::from_ref(&free)), []);
        let untold = DaySpending {
            expected_cost: 7,
            ..free
        };
        let calls = Calls::of([&untold]);
        assert_eq!(
            (calls.calls, calls.analyses, calls.expected_cost),
            (3, 0, 7)
        );
    }

    #[test]
    fn the_newest_day_comes_first() {
        let later = DaySpending {
            day: Date::constant(2026, 11, 3),
            ..day(Purpose::Analysis, "z/z")
        };
        let spending = [day(Purpose::Analysis, "a/b"), later];
        let days: Vec<String> = by_day(&spending)
            .iter()
            .map(|it| it.0.to_string())
            .collect();
        assert_eq!(days, ["2026-11-03", "2026-11-02"]);
    }
}
