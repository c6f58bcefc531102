//! The knowledge graph of agents' sessions: a node for each segment, edges between them, and the words to find them by.
//!
//! What decides something is a function of values: nodes and edges, the query, the walk, the score of a connection, the
//! totals, the documents. [`Graph`] keeps it all in `graph.db` below the user's data folder and speaks of nodes, edges and
//! JSON; no type of SQLite's shows.
//!
//! The graph does not depend on the order in which sessions are read, nor on how often: ids come from the sessions, two
//! accounts of one thing are merged by fixed rules, and what is told of nodes that are not there yet waits for them.

pub mod clean;
pub mod connect;
pub mod db;
pub mod edge;
pub mod export;
pub mod insights;
pub mod intake;
pub mod ledger;
pub mod node;
pub mod patterns;
pub mod relevance;
pub mod search;
pub mod walk;
pub mod work;

pub use clean::Clean;
pub use db::{Graph, GraphError};
pub use edge::{Author, Edge, EdgeKind, EdgeMetadata, Fork};
pub use node::{Node, NodeId, NodeRef};
