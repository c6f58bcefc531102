//! What is claimed is what comes of it: the advice is applied to the workflow, and that one is analysed.

use proptest::prelude::*;

use super::super::order::Order;
use super::super::plan::Plan;
use super::super::schedule::{schedule, stated};
use super::super::touch::Touch;
use super::super::waste::{failed, late};
use super::super::{Advice, Change, Saving, analyse};
use super::whole::workflows;
use super::*;

proptest! {
    #[test]
    fn workflows_that_follow_the_advice_take_as_long_as_it_claims(before in workflows(), workers in 0_usize..5) {
        let it = analyse(&before, workers, PERIOD).unwrap();
        let mut after = before.clone();
        let mut claimed = it.now.ms;
        for advice in &it.advice {
            let Saving::PerRunMs(saving) = advice.saving else { continue };
            claimed -= saving;
            match &advice.change {
                Change::RunAtOnce { workers } => after.workers = after.workers.map(|now| now.max(*workers)),
                Change::Drop { needs, instead, workers } => {
                    for edge in needs {
                        after.steps[edge.then].needs.retain(|it| *it != edge.first);
                    }
                    for edge in instead {
                        after.steps[edge.then].needs.push(edge.first);
                    }
                    after.workers = after.workers.map(|now| now.max(*workers));
                }
                _ => {}
            }
        }
        let per_run = |it: &Advice| matches!(it.saving, Saving::PerRunMs(_));
        if !it.advice.iter().any(per_run) {
            return Ok(());
        }
        for race in &it.order.races {
            after.steps[race.then].needs.push(race.first);
        }
        let first = it.advice.iter().any(|it| matches!(it.change, Change::PutFirst { .. }));
        let again = analyse(&after, after.workers.unwrap_or(1), PERIOD).unwrap();
        if first {
            // Who follows this does not put steps in the order in which they are stated.
            prop_assert!((it.best.ms - claimed).abs() <= super::super::advice::LEAST * it.now.ms * 3.0 + 1e-9);
        } else {
            prop_assert!(again.now.ms <= claimed + 1e-9, "{} claimed, {} got: {:#?}", claimed, again.now.ms, it.advice);
        }
        // Nothing that conflicts runs at once.
        let order = Graph::of(&after).unwrap();
        let made = schedule(&order, &vec![1.0; after.steps.len()], 8, &stated(after.steps.len()));
        for (from, to) in it.order.needed.edges() {
            prop_assert!(made.slots[from].end_ms <= made.slots[to].start_ms);
        }
    }
}

proptest! {
    #[test]
    fn failures_are_known_as_early_as_is_claimed(
        before in workflows(),
        failures in prop::collection::vec((0_usize..8, 0_u8..5), 1..12),
        workers in 1_usize..4,
    ) {
        let mut before = before;
        let count = before.steps.len();
        prop_assume!(count > 0);
        for (at, about) in failures {
            let about = about.to_string();
            before.steps[at % count].runs.push(run(WEEK, 1, false, None, Some(&about)));
        }
        let it = analyse(&before, workers, PERIOD).unwrap();
        let ms: Vec<f64> = before.steps.iter().map(|step| step.ms.unwrap_or(0.0)).collect();
        let graph = Graph::of(&before).unwrap();
        let order = Order::of(&graph, &Touch::of(&before));
        let now = before.workers.map_or(count, |now| now.max(1));
        let then = before.workers.map_or(count, |_| workers.max(now));
        let plan = Plan::of(&graph, &order, &ms, now, then);
        let failed = failed(&before.steps, &PERIOD);
        let known = |made| late(&failed, made, &ms).known_after_ms;
        let Some((needs, instead, saving)) = it.advice.iter().find_map(|it| match &it.change {
            Change::FailEarly { needs, instead, .. } => Some((needs, instead, it.saving.ms())),
            _ => None,
        }) else {
            prop_assert_eq!(known(&plan.best), known(&it.best));
            return Ok(());
        };
        let saved = known(&plan.best) - known(&it.best);
        prop_assert!(saved + 1e-6 >= saving * PERIOD.weeks(&before.steps), "{saved} {saving}");
        prop_assert!(it.best.ms <= plan.best.ms + 1e-6);
        // The schedule is one of the order that is left, and keeps whatever is needed.
        let left = plan.graph.edges().filter(|edge| !needs.contains(&(*edge).into()));
        let left: Vec<(usize, usize)> = left.chain(instead.iter().map(|it| (it.first, it.then))).collect();
        for (from, to) in left.iter().copied().chain(order.needed.edges()) {
            prop_assert!(it.best.slots[from].end_ms <= it.best.slots[to].start_ms);
        }
    }
}
