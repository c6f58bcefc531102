//! What went wrong with a call of the agent, and whether it is worth another one.

/// Why a call of the agent came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", reason.word())]
pub struct Failure {
    /// What kind of failure.
    pub reason: Reason,
    /// In the words of whoever failed, without secrets: 1000 characters at most.
    pub message: String,
}

/// Kinds of failures. Source: S3's table of errors, with its patterns anchored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// None that is known.
    Unknown,
}

impl Reason {
    /// Its word, as it is stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
        }
    }
}
