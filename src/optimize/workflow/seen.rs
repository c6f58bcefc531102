//! What steps were seen to touch when they were run one after the other, and in another order.
//!
//! What a step reads is never seen whole: that a file is there, or which files a folder has, can be asked without reading
//! one. So the steps are run again in orders that only what was seen allows, as different from the first as can be. One that
//! then fails, or writes anything else, needs more than was seen, and what it touches stays unknown.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Graph;
use super::read::median;
use super::{StepRun, Touched, Workflow};

/// One run of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// How long it took, in ms.
    pub ms: u64,
    /// Whether it succeeded.
    pub ok: bool,
    /// What it read, relative to the top; none if that cannot be seen here.
    pub reads: Option<Vec<String>>,
    /// What it wrote, and what that is then: a digest, or nothing where it is gone.
    pub writes: BTreeMap<String, Option<String>>,
}

impl Seen {
    /// Whether another run of the step came to something else.
    pub fn differs(&self, again: &Self) -> bool {
        self.ok != again.ok || self.writes != again.writes
    }
}

/// Takes over what was seen of each step in some passes at the time `at`, in ms UTC: what the ones that succeeded touch,
/// besides what is stated, and how long those took of which nobody knew.
pub fn learn(workflow: &mut Workflow, passes: &[Vec<Option<Seen>>], at: i64) {
    for (place, step) in workflow.steps.iter_mut().enumerate() {
        let seen = passes.iter().filter_map(|pass| pass.get(place)?.as_ref());
        let seen: Vec<&Seen> = seen.filter(|it| it.ok).collect();
        if seen.is_empty() {
            continue;
        }
        let writes = seen.iter().flat_map(|it| it.writes.keys().cloned());
        step.writes = besides(&step.writes, writes);
        if seen.iter().all(|it| it.reads.is_some()) {
            let reads = seen
                .iter()
                .flat_map(|it| it.reads.iter().flatten().cloned());
            step.reads = besides(&step.reads, reads);
        }
        if step.ms.is_none() {
            #[allow(clippy::cast_precision_loss)] // milliseconds of one run
            let took: Vec<f64> = seen.iter().map(|it| it.ms as f64).collect();
            step.ms = median(&took);
            let runs = seen.iter().map(|it| StepRun {
                at,
                ms: it.ms,
                ok: true,
                input: None,
                about: None,
            });
            step.runs.extend(runs);
        }
    }
}

fn besides(stated: &Touched, seen: impl Iterator<Item = String>) -> Touched {
    let mut all: BTreeSet<String> = seen.collect();
    if let Touched::Known(paths) = stated {
        all.extend(paths.iter().cloned());
    }
    Touched::Known(all.into_iter().collect())
}

/// So many pairs are looked at for one order: each takes up to steps²/64 words.
const PAIRS: usize = 50_000;

/// Orders that are as different from the stated one as what is needed allows: of any two steps of which the stated order
/// puts one first, at any distance, and nothing needs it, the other one comes first in one of them; and how many such pairs
/// are left, where `most` orders are not enough.
pub fn other_orders(stated: &Graph, needed: &Graph, most: usize) -> (Vec<Vec<usize>>, usize) {
    let (said, required) = (stated.closure(), needed.closure());
    let mut pairs = Vec::new();
    for (at, then) in stated.order().iter().enumerate() {
        // The nearest first: with them what lies farther apart is exchanged, too.
        for first in stated.order().iter().take(at).rev() {
            if said.has(*then, *first) && !required.has(*then, *first) {
                pairs.push((*first, *then));
            }
        }
    }
    let mut orders = Vec::new();
    while !pairs.is_empty() && orders.len() < most {
        let order = exchanged(needed, &pairs);
        let mut place = vec![0; order.len()];
        for (at, step) in order.iter().enumerate() {
            if let Some(place) = place.get_mut(*step) {
                *place = at;
            }
        }
        pairs.retain(|(first, then)| place.get(*first) < place.get(*then));
        orders.push(order);
    }
    (orders, pairs.len())
}

/// An order that needs what is needed, and in which of as many pairs as it allows, one after the other, the second step comes
/// first.
fn exchanged(needed: &Graph, pairs: &[(usize, usize)]) -> Vec<usize> {
    let count = needed.len();
    let mut before = needed.closure();
    let mut edges: Vec<(usize, usize)> = needed.edges().collect();
    for (first, then) in pairs.iter().take(PAIRS) {
        if before.has(*then, *first) || before.has(*first, *then) {
            continue;
        }
        edges.push((*then, *first));
        for step in 0..count {
            if step == *first || before.has(step, *first) {
                before.unite(step, *then);
                before.add(step, *then);
            }
        }
    }
    // An edge is added only where no way leads back.
    let graph = Graph::new(count, edges).unwrap_or_default();
    graph.order().to_vec()
}

/// The steps that succeeded the first time and did not do the same again, or could not be run again because another one did
/// not.
pub fn differing(first: &[Option<Seen>], second: &[Option<Seen>]) -> Vec<usize> {
    let places = first.iter().enumerate();
    let differing = places.filter(|(at, first)| {
        let Some(first) = first.as_ref().filter(|it| it.ok) else {
            return false;
        };
        let again = second.get(*at).and_then(Option::as_ref);
        again.is_none_or(|again| first.differs(again))
    });
    differing.map(|(at, _)| at).collect()
}

/// Forgets what these steps touch: it may be anything.
pub fn distrust(workflow: &mut Workflow, steps: &[usize]) {
    for at in steps {
        if let Some(step) = workflow.steps.get_mut(*at) {
            step.reads = Touched::Unknown;
            step.writes = Touched::Unknown;
        }
    }
}
