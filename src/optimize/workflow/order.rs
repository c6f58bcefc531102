//! What of the stated order is needed.
//!
//! A step must wait for another one if the workflow says so, at any distance, and the two touch the same files: one writes
//! what the other reads or writes. Of steps of which that is not known everything must stay as it is, and a step that stands
//! for all that it needs, as a goal of make does, keeps waiting for all of it. An edge between steps
//! that touch nothing in common is needless; where order elsewhere went only through it, that order is stated instead.
//!
//! Files are all that can be seen here. That one step is to succeed before another one begins, as tests before a release,
//! may be wanted all the same: only people know.
//!
//! Time O(steps²) comparisons of files at most, of which those that order already implies are left out.

use serde::{Deserialize, Serialize};

use super::bits::Matrix;
use super::graph::Graph;
use super::touch::{Conflict, Touch};

/// So many pairs that write the same files at once are told; there may be millions.
pub const MOST_RACES: usize = 100;

/// That a step has to end before another one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Edge {
    /// The step that comes first.
    pub first: usize,
    /// The one that waits for it.
    pub then: usize,
}

/// What of an order is needed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Stated edges between steps that touch nothing in common.
    pub needless: Vec<Edge>,
    /// What has to be stated if all of them are dropped.
    pub instead: Vec<Edge>,
    /// Steps that nothing orders although one certainly writes what the other one touches; the first 100.
    pub races: Vec<Edge>,
    /// How many stated edges stay because nobody knows what one of their steps touches.
    pub unknown: usize,
    /// The needed order, races settled as the steps are stated, in the fewest edges.
    #[serde(skip)]
    pub needed: Graph,
    /// The stated order with races settled.
    #[serde(skip)]
    pub settled: Graph,
}

impl Order {
    /// Of a stated order.
    pub fn of(stated: &Graph, touch: &Touch) -> Self {
        let count = stated.len();
        let said = stated.closure();
        let mut needed = Matrix::new(count);
        let mut edges = Vec::new();
        let mut races = Vec::new();
        for (at, then) in stated.order().iter().enumerate() {
            // The nearest first: what comes through one of them need not be compared.
            for first in stated.order().iter().take(at).rev() {
                if needed.has(*then, *first) {
                    continue;
                }
                let is_said = said.has(*then, *first);
                let must = match touch.conflict(*first, *then) {
                    Conflict::Never => is_said && touch.gathers(*then),
                    Conflict::Unknown | Conflict::Perhaps => is_said,
                    Conflict::Certain => true,
                };
                if must {
                    needed.unite(*then, *first);
                    needed.add(*then, *first);
                    edges.push((*first, *then));
                    if !is_said {
                        races.push(Edge {
                            first: *first,
                            then: *then,
                        });
                    }
                }
            }
        }
        let needless = stated.edges().filter(|(from, to)| !needed.has(*to, *from));
        let needless: Vec<Edge> = needless.map(Edge::from).collect();
        let unknown = stated
            .edges()
            .filter(|(from, to)| !touch.is_known(*from) || !touch.is_known(*to));
        let settling = races.iter().map(|race| (race.first, race.then));
        let settled = stated.edges().chain(settling);
        // Every edge leads onwards in the stated order: there are no circles.
        let mut order = Self {
            unknown: unknown.count(),
            settled: Graph::new(count, settled).unwrap_or_default(),
            needed: Graph::new(count, edges).unwrap_or_default(),
            ..Self::default()
        };
        order.instead = order.instead_of(&needless).0;
        order.needless = needless;
        races.sort_unstable();
        races.truncate(MOST_RACES);
        order.races = races;
        order
    }

    /// What has to be stated if these stated edges are dropped, and the order that then is stated, races settled.
    pub fn instead_of(&self, dropped: &[Edge]) -> (Vec<Edge>, Graph) {
        let mut dropped: Vec<(usize, usize)> =
            dropped.iter().map(|it| (it.first, it.then)).collect();
        dropped.sort_unstable();
        let is_kept = |edge: &(usize, usize)| dropped.binary_search(edge).is_err();
        let kept: Vec<(usize, usize)> = self.settled.edges().filter(is_kept).collect();
        let count = self.needed.len();
        let graph = Graph::new(count, kept.iter().copied()).unwrap_or_default();
        let implied = graph.closure();
        let missing = self
            .needed
            .edges()
            .filter(|(from, to)| !implied.has(*to, *from));
        let instead: Vec<Edge> = missing.map(Edge::from).collect();
        let all = kept
            .into_iter()
            .chain(instead.iter().map(|it| (it.first, it.then)));
        let graph = Graph::new(count, all).unwrap_or_default();
        (instead, graph)
    }
}

impl From<(usize, usize)> for Edge {
    fn from((first, then): (usize, usize)) -> Self {
        Self { first, then }
    }
}
