//! What a person types to find something, and how what was found is put in order.

mod query;
mod score;
mod snippet;

pub use query::{Filters, Query, SearchError, Term};
pub use score::{Evidence, MessageEvidence, Weights, message_score};
pub use snippet::Snippet;

pub(in crate::graph) use query::quoted;
pub(in crate::graph) use score::ENOUGH_EDGES;
pub(in crate::graph) use snippet::MARKS;

/// How many are shown if nothing else is said.
pub const DEFAULT_LIMIT: usize = 20;
/// How many are shown at most.
pub const MAX_LIMIT: usize = 500;
/// How many matches are ranked: of words that more nodes or messages have, those that arrived last.
pub(in crate::graph) const WINDOW: usize = 20_000;
