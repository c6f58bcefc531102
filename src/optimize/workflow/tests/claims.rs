//! What is claimed is what comes of it: the advice is applied to the workflow, and that one is analysed.

use proptest::prelude::*;

use super::super::schedule::{schedule, stated};
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
