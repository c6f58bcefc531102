//! What the sessions of a repository tell, without secrets.

use jiff::Timestamp;

/// So many prompts are looked at, the newest.
pub const NEWEST_PROMPTS: usize = 5_000;

/// What the user wrote to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// When.
    pub at: Option<Timestamp>,
    /// What; of long ones, the beginning.
    pub text: String,
}

/// A session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// The agent's id of it.
    pub id: String,
    /// Whose it is.
    pub agent: String,
    /// When it began, as far as that is known.
    pub began: Option<Timestamp>,
    /// When it was last written to, likewise.
    pub ended: Option<Timestamp>,
    /// How often the user said something in it.
    pub asked: u64,
    /// How often the model did.
    pub answered: u64,
    /// Summaries that took the place of what was said.
    pub summaries: u64,
}

/// A sentence that says what was decided, solved or learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What, in its words.
    pub text: String,
    /// The whole sentence.
    pub context: String,
    /// The session.
    pub session: String,
    /// When it was said.
    pub at: Option<Timestamp>,
}

/// Something that was said to be in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// Its name, as it is written most often.
    pub name: String,
    /// How often that was said.
    pub times: u64,
    /// When last.
    pub last: Option<Timestamp>,
}

/// A way in which a tool failed more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The tool.
    pub tool: String,
    /// The kind of error.
    pub error: String,
    /// How often.
    pub times: u64,
    /// In how many sessions.
    pub sessions: u64,
    /// When last.
    pub last: Option<Timestamp>,
}

/// Everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The sessions.
    pub sessions: Vec<Session>,
    /// Whether what was said is kept at all of any of them.
    pub is_kept: bool,
    /// When each of the user's prompts was written, in any order.
    pub asked: Vec<Timestamp>,
    /// The newest of them, newest first.
    pub prompts: Vec<Prompt>,
    /// What is in use, most often said first.
    pub technologies: Vec<Used>,
    /// What was decided, newest first.
    pub decisions: Vec<Statement>,
    /// How something was solved, likewise.
    pub solutions: Vec<Statement>,
    /// What was learned, likewise.
    pub learnings: Vec<Statement>,
    /// How tools failed, most often first.
    pub failures: Vec<Failure>,
}
