//! What calls of the agent may cost: the caps, and when one is reached.
//!
//! Amounts are whole numbers of 10⁻⁹ US dollars, so that sums are exact in every order.

use jiff::civil::Date;
use serde::Serialize;

use super::node::{NodeId, words};

words! {
    /// What a call is for.
    Purpose {
        /// A segment of a session is judged.
        Analysis = "analysis",
        /// A person's question is answered.
        Question = "question",
        /// Whether the agent answers at all.
        Probe = "probe",
    }
}

words! {
    /// What may be reached.
    Cap {
        /// What a day may cost.
        CostPerDay = "cost_per_day",
        /// What one run may cost.
        CostPerRun = "cost_per_run",
        /// How many analyses a day may begin.
        JobsPerDay = "jobs_per_day",
        /// How many analyses one run may begin.
        JobsPerRun = "jobs_per_run",
    }
}

/// How much may be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// In a day, 10⁻⁹ US dollars.
    pub cost_per_day: u64,
    /// In one run, 10⁻⁹ US dollars.
    pub cost_per_run: u64,
    /// Analyses that a day may begin.
    pub jobs_per_day: u64,
    /// Analyses that one run may begin.
    pub jobs_per_run: u64,
}

/// How much was spent. A call that has not ended, and one that ended without telling its cost, counts what it was expected to
/// cost: a process that was killed in the middle of a call has spent something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// By calls that were begun today, 10⁻⁹ US dollars.
    pub cost_today: u64,
    /// By calls of this run, 10⁻⁹ US dollars.
    pub cost_of_run: u64,
    /// Analyses of which a call was begun today.
    pub jobs_today: u64,
    /// Analyses of which a call was begun in this run.
    pub jobs_of_run: u64,
}

/// A call that wants to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it is expected to cost, 10⁻⁹ US dollars; 0 if nobody knows.
    pub expected_cost: u64,
    /// Whether it is the first of an analysis today. Further parts of what was begun go on as far as money allows: half an
    /// analysis was paid for in vain.
    pub is_first_today: bool,
    /// Whether it is the first of an analysis in this run.
    pub is_first_of_run: bool,
}

impl Caps {
    /// The first cap that a call would pass, if any. What is spent up is passed by any call, even by one that is expected to
    /// cost nothing; so a cap of nothing lets nothing begin.
    pub const fn reached(&self, spent: &Spent, wanted: &Wanted) -> Option<Cap> {
        const fn too_much(spent: u64, expected: u64, cap: u64) -> bool {
            spent >= cap || spent.saturating_add(expected) > cap
        }
        if too_much(spent.cost_today, wanted.expected_cost, self.cost_per_day) {
            return Some(Cap::CostPerDay);
        }
        if too_much(spent.cost_of_run, wanted.expected_cost, self.cost_per_run) {
            return Some(Cap::CostPerRun);
        }
        if wanted.is_first_today && spent.jobs_today >= self.jobs_per_day {
            return Some(Cap::JobsPerDay);
        }
        // What was begun earlier today, in another run, is let go on in this one.
        if wanted.is_first_today && wanted.is_first_of_run && spent.jobs_of_run >= self.jobs_per_run
        {
            return Some(Cap::JobsPerRun);
        }
        None
    }
}

/// What calls of one purpose, with one model, came to on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DaySpending {
    /// The local day that they were begun on.
    pub day: Date,
    /// What they were for.
    pub purpose: Purpose,
    /// `provider/model`.
    pub model: String,
    /// Calls, without answers that were there already.
    pub calls: u64,
    /// Different jobs.
    pub jobs: u64,
    /// Calls that ended without an answer.
    pub failed: u64,
    /// Calls that have not ended: they run, or their process was killed.
    pub open: u64,
    /// Answers that were there already.
    pub kept: u64,
    /// Tokens read that no cache had.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Tokens read from a cache.
    pub cache_read: u64,
    /// Tokens written to a cache.
    pub cache_write: u64,
    /// What was told, 10⁻⁹ US dollars.
    pub cost: u64,
    /// What was expected of calls whose cost was not told, 10⁻⁹ US dollars. The caps count it too.
    pub expected_cost: u64,
}

/// A call that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PastCall {
    /// Of which job.
    pub job: String,
    /// About which node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// `provider/model`.
    pub model: String,
    /// When it was begun.
    pub started_at: jiff::Timestamp,
    /// When it ended.
    pub ended_at: jiff::Timestamp,
    /// `ok`, or a failure's word.
    pub outcome: String,
    /// 10⁻⁹ US dollars, if it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<u64>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    const CAPS: Caps = Caps {
        cost_per_day: 100,
        cost_per_run: 50,
        jobs_per_day: 3,
        jobs_per_run: 2,
    };

    const FIRST: Wanted = Wanted {
        expected_cost: 10,
        is_first_today: true,
        is_first_of_run: true,
    };

    fn spent(cost_today: u64, cost_of_run: u64, jobs_today: u64, jobs_of_run: u64) -> Spent {
        Spent {
            cost_today,
            cost_of_run,
            jobs_today,
            jobs_of_run,
        }
    }

    #[test]
    fn each_cap_is_reached_in_its_turn() {
        for (spent, expected) in [
            (spent(0, 0, 0, 0), None),
            (spent(90, 40, 2, 1), None),
            (spent(91, 0, 0, 0), Some(Cap::CostPerDay)),
            (spent(41, 41, 0, 0), Some(Cap::CostPerRun)),
            (spent(0, 0, 3, 0), Some(Cap::JobsPerDay)),
            (spent(0, 0, 2, 2), Some(Cap::JobsPerRun)),
        ] {
            assert_eq!(CAPS.reached(&spent, &FIRST), expected, "{spent:?}");
        }
    }

    #[test]
    fn what_was_begun_goes_on_as_far_as_money_allows() {
        let further = Wanted {
            is_first_today: false,
            is_first_of_run: false,
            ..FIRST
        };
        assert_eq!(CAPS.reached(&spent(0, 0, 9, 9), &further), None);
        let in_another_run = Wanted {
            is_first_of_run: true,
            ..further
        };
        assert_eq!(CAPS.reached(&spent(0, 0, 9, 9), &in_another_run), None);
        assert_eq!(
            CAPS.reached(&spent(95, 0, 1, 1), &further),
            Some(Cap::CostPerDay)
        );
    }

    #[test]
    fn what_is_spent_up_lets_nothing_begin_whatever_it_is_expected_to_cost() {
        let free = Wanted {
            expected_cost: 0,
            ..FIRST
        };
        assert_eq!(
            CAPS.reached(&spent(100, 0, 0, 0), &free),
            Some(Cap::CostPerDay)
        );
        let nothing = Caps {
            cost_per_day: 0,
            ..CAPS
        };
        assert_eq!(
            nothing.reached(&Spent::default(), &free),
            Some(Cap::CostPerDay)
        );
    }

    proptest! {
        /// Calls that each cost what was expected never come to more than the caps.
        #[test]
        fn no_row_of_calls_passes_a_cap(
            day in 0_u64..1000, run in 0_u64..1000, jobs in 0_u64..20,
            calls in prop::collection::vec((0_u64..200, 0_u64..6), 0..60),
        ) {
            let caps = Caps { cost_per_day: day, cost_per_run: run, jobs_per_day: jobs, jobs_per_run: jobs };
            let mut spent = Spent::default();
            let mut begun = std::collections::BTreeSet::new();
            for (cost, job) in calls {
                let first = !begun.contains(&job);
                let wanted = Wanted { expected_cost: cost, is_first_today: first, is_first_of_run: first };
                if caps.reached(&spent, &wanted).is_none() {
                    spent.cost_today += cost;
                    spent.cost_of_run += cost;
                    begun.insert(job);
                    spent.jobs_today = begun.len() as u64;
                    spent.jobs_of_run = begun.len() as u64;
                }
            }
            prop_assert!(spent.cost_today <= day.min(run));
            prop_assert!(spent.jobs_today <= jobs);
        }
    }
}
