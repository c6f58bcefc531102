//! What was said to coding agents in this repository: how much, when, about what, and what came of it.
//!
//! Sessions are read and kept elsewhere; here they are values. [`Conversations`] hands them in, [`of`] puts together what a
//! person wants to know of them. No model is asked: everything is counted, or was said in so many words.

mod described;
mod spoken;
mod told;
mod words;

use std::fmt;

use jiff::tz::TimeZone;

pub use described::{
    Agent, Busiest, Conversation, Messages, Prompts, SCHEMA, Said, Technology, Tool, of,
};
pub(super) use spoken::spoken;
pub use told::{Failure, NEWEST_PROMPTS, Prompt, Session, Statement, Told, Used};
pub use words::Word;

/// The `type` of such a result.
pub const KIND: &str = "conversation_analysis";

/// Where the sessions of one repository are kept. An error says what could not be done.
pub trait Conversations: fmt::Debug {
    /// The zone in which the user's days and hours are counted.
    fn zone(&self) -> TimeZone;

    /// Something that is another one once anything has changed; `None` where no session was ever read. Cheap.
    fn mark(&self) -> Result<Option<String>, String>;

    /// The user's newest prompts, newest first, at most [`NEWEST_PROMPTS`]; none where no session was ever read.
    fn prompts(&self) -> Result<Vec<Prompt>, String>;

    /// Everything that is told here; `None` where no session was ever read.
    fn told(&self) -> Result<Option<Told>, String>;
}
