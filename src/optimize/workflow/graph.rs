//! What comes before what, as a graph without circles.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::bits::Matrix;
use super::{Workflow, WorkflowError};

/// The most steps: all that is asked of pairs is answered from count² bits, 3 MB here.
pub const MOST_STEPS: usize = 5_000;

/// Steps by their places, and which of them have to end before which begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
    order: Vec<usize>,
}

impl Graph {
    /// The order as the workflow says it.
    pub fn of(workflow: &Workflow) -> Result<Self, WorkflowError> {
        let count = workflow.steps.len();
        if count > MOST_STEPS {
            return Err(WorkflowError::TooMany {
                count,
                most: MOST_STEPS,
            });
        }
        let mut edges = Vec::new();
        for (to, step) in workflow.steps.iter().enumerate() {
            for from in &step.needs {
                if *from >= count {
                    return Err(WorkflowError::Missing {
                        step: step.name.clone(),
                        place: *from,
                        count,
                    });
                }
                edges.push((*from, to));
            }
        }
        Self::new(count, edges).map_err(|circle| {
            let names = circle.iter().filter_map(|at| workflow.steps.get(*at));
            WorkflowError::Circle {
                steps: names.map(|step| step.name.clone()).collect(),
            }
        })
    }

    /// So many steps with these edges, each from the step that comes first; or the places of a circle, of which the last
    /// is the first again. Edges of places that do not exist are left out. Time O((steps + edges)·log).
    pub fn new(
        count: usize,
        edges: impl IntoIterator<Item = (usize, usize)>,
    ) -> Result<Self, Vec<usize>> {
        let edges: BTreeSet<(usize, usize)> = edges
            .into_iter()
            .filter(|(from, to)| *from < count && *to < count)
            .collect();
        let mut graph = Self {
            before: vec![Vec::new(); count],
            after: vec![Vec::new(); count],
            order: Vec::with_capacity(count),
        };
        for (from, to) in edges {
            if let Some(after) = graph.after.get_mut(from) {
                after.push(to);
            }
            if let Some(before) = graph.before.get_mut(to) {
                before.push(from);
            }
        }
        let mut waits: Vec<usize> = graph.before.iter().map(Vec::len).collect();
        // The first stated comes first wherever the order leaves a choice.
        let free = waits.iter().enumerate().filter(|(_, waits)| **waits == 0);
        let mut free: BinaryHeap<Reverse<usize>> = free.map(|(at, _)| Reverse(at)).collect();
        while let Some(Reverse(at)) = free.pop() {
            graph.order.push(at);
            for next in graph.after.get(at).into_iter().flatten() {
                let Some(waits) = waits.get_mut(*next) else {
                    continue;
                };
                *waits -= 1;
                if *waits == 0 {
                    free.push(Reverse(*next));
                }
            }
        }
        if graph.order.len() == count {
            Ok(graph)
        } else {
            Err(graph.circle(&waits))
        }
    }

    /// A circle among the steps that still wait.
    fn circle(&self, waits: &[usize]) -> Vec<usize> {
        let is_left = |at: &usize| waits.get(*at).is_some_and(|waits| *waits > 0);
        let mut walked: Vec<usize> = Vec::new();
        let mut next = (0..self.len()).find(|at| is_left(at));
        while let Some(at) = next {
            if let Some(first) = walked.iter().position(|earlier| *earlier == at) {
                let mut circle = walked.split_off(first);
                circle.push(at);
                // It was walked from a step to the one that it needs.
                circle.reverse();
                return circle;
            }
            walked.push(at);
            next = self
                .before(at)
                .iter()
                .copied()
                .find(|before| is_left(before));
        }
        walked
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.before.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty()
    }

    /// What has to end before a step begins, ascending.
    pub fn before(&self, at: usize) -> &[usize] {
        self.before.get(at).map_or(&[], Vec::as_slice)
    }

    /// What waits for a step, ascending.
    pub fn after(&self, at: usize) -> &[usize] {
        self.after.get(at).map_or(&[], Vec::as_slice)
    }

    /// All steps, each after those that it needs; as stated where there is a choice.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The edges, each from the step that comes first.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let all = self.after.iter().enumerate();
        all.flat_map(|(from, after)| after.iter().map(move |to| (from, *to)))
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.after.iter().map(Vec::len).sum()
    }

    /// For each step all that comes before it, at any distance. Time O(edges·steps/64).
    pub fn closure(&self) -> Matrix {
        let mut all = Matrix::new(self.len());
        for at in &self.order {
            for before in self.before(*at) {
                all.unite(*at, *before);
                all.add(*at, *before);
            }
        }
        all
    }
}
