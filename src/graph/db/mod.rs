//! The graph in its database.

mod about;
mod aggregates;
mod calls;
mod commits;
mod conditions;
mod conversation;
mod derived;
mod discover;
mod error;
mod files;
mod find;
mod insights;
mod links;
mod open;
mod prompts;
mod prune;
mod read;
mod relevance;
mod row;
mod sessions;
mod told;
mod update;
mod versions;
mod whole;
mod work;

pub use about::ModelTaken;
pub use calls::{Begun, CallId, EndedCall, NewCall, OK, TIMEOUT};
pub use commits::{CommitLink, CommitOf, How};
pub use conversation::{Fact, FactHit, FactKind, Message, MessageHit, Role};
pub use discover::Discovered;
pub use error::GraphError;
pub use files::KnownFile;
pub use find::{Hit, Hits};
pub use insights::{NewNote, Note};
pub use open::Graph;
pub use prompts::{AddedPrompt, KnownPrompt};
pub use prune::{Policy as PrunePolicy, Pruned};
pub use read::{Counts, Listed, Stored};
pub use relevance::{KnownRelevance, Refreshed};
pub use sessions::{Overview, SessionFile, SessionFilter};
pub use update::{Applied, FileUpdate, NewNode};
pub use whole::Selection;
pub use work::{Decided, Learned, WorkSince};

#[cfg(test)]
mod tests;
