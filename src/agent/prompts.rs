//! What the agent is told: who it is, and what it is asked of one part of a session.
//!
//! Its instructions are a file of text here, or one of the user's own. They have a version, so that it is known of every
//! node by which it was judged.

mod asked;
mod instructions;
mod version;

pub use asked::{About, analysis_prompt};
pub use instructions::{Instructions, PromptError, QUESTION, SESSION_ANALYZER};
pub use version::{Next, NotAVersion, PromptVersion, digest, next, normalise};
