//! What can go wrong with the graph.

use crate::graph::node::{Invalid, NodeId};
use crate::graph::search::SearchError;
use crate::store::StoreError;

/// Why an operation of the graph failed.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A node that was to be stored is none.
    #[error("node {id} cannot be stored: {}", join(faults))]
    Invalid {
        /// Which.
        id: NodeId,
        /// What is wrong with it.
        faults: Vec<Invalid>,
    },
    /// An edge that was to be stored is none.
    #[error("the edge from {from} to {to} {fault}")]
    InvalidEdge {
        /// Where it begins.
        from: NodeId,
        /// Where it ends.
        to: NodeId,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// No node has this id.
    #[error("no node {0}")]
    NoSuchNode(NodeId),
    /// What was searched for cannot be understood.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// What an export is written to.
    #[error("cannot write: {0}")]
    Output(#[from] std::io::Error),
}

fn join(faults: &[Invalid]) -> String {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    faults.join("; ")
}

impl From<rusqlite::Error> for GraphError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
