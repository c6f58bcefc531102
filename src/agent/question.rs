//! A question about past sessions: what the agent is given to answer it from, and what its answer means.

mod given;
mod reply;

pub use given::{MOST_NODES, prompt, wants_figures};
pub use reply::{Cited, Reply, read};
