//! Nodes: what happened in one segment of a session, in versions.
//!
//! A node's content may come from reading the session alone, from a model that judged it, and from a person who corrected
//! it. All of these are versions of one node; its id is that of the segment.

mod answer;
mod check;
mod cleaned;
mod diff;
mod id;
mod identity;
mod observed;
mod restart;
mod schema;
mod words;

pub use answer::Answer;
pub use check::{Invalid, MOST_COST, MOST_TOKENS, Strictness};
pub use cleaned::{SUMMARY as MOST_SUMMARY, TAGS as MOST_TAGS};
pub use diff::{Change, ChangeKind, diff};
pub use id::{NodeId, NodeRef, NotANode};
pub use identity::{Digest, canonical};
pub use observed::{
    AnalysisDecision, DaemonMeta, Delight, Friction, ManualFlag, Metadata, ModelUse, Observations,
    Quirk, Semantic, Signals, ToolUseError,
};
pub use restart::abandoned_restart;
pub use schema::{
    Classification, Content, Decision, Extra, Lesson, Lessons, Node, SeenError, Segment, Source,
};
pub use words::{Cause, Confidence, Frequency, Level, NodeKind, Outcome, Severity};

pub(in crate::graph) use words::words;

#[cfg(test)]
pub(in crate::graph) mod samples;
#[cfg(test)]
mod tests;
