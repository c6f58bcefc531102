//! The coding agent that judges sessions and answers questions about them: what it is asked, how it is called, what its
//! answers and failures mean, and what it may cost.
//!
//! It is a program of the user's (pi, or one that answers with the same JSON lines), called with no tools, no extensions and
//! an empty folder. What it is given was written by others: it is redacted and marked as data, and whatever comes back is
//! read as words, never as orders.

pub mod ask;
pub mod breaker;
pub mod call;
pub mod failure;
pub mod merge;
pub mod prompts;
pub mod question;
pub mod skills;
pub mod stream;
pub mod transcript;
