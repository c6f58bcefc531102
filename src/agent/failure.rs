//! What went wrong with a call of the agent, and whether it is worth another one.

mod classify;

pub use classify::classify;

use crate::sessions::redact;
use crate::system::plain;

/// The longest message that is kept, in characters.
const LONGEST: usize = 1000;

/// Why a call of the agent came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", reason.word())]
pub struct Failure {
    /// What kind of failure.
    pub reason: Reason,
    /// In the words of whoever failed, without secrets: 1000 characters at most.
    pub message: String,
}

impl Failure {
    /// A failure of this kind, in words that may hold anything.
    pub fn new(reason: Reason, message: &str) -> Self {
        let lines: Vec<String> = plain::lines(&redact::excerpt(message, LONGEST)).collect();
        let message = plain::shortened(&lines.join(" "), LONGEST).into_owned();
        Self { reason, message }
    }

    /// A failure in the words of the agent or its provider, and nothing else to judge by.
    pub fn told(message: &str) -> Self {
        Self::new(classify(message), message)
    }
}

/// Kinds of failures. Source: S3's table of errors, with its patterns anchored, and what real providers say besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Its time was over.
    Timeout,
    /// Too many requests, or too many tokens, for now.
    RateLimit,
    /// Nobody could be reached, or the line broke.
    Network,
    /// The provider has too much to do.
    Overloaded,
    /// The provider is broken.
    Server,
    /// The agent crashed, or a signal ended it.
    Crashed,
    /// The provider does not know this user.
    Authentication,
    /// Nothing is left to pay with.
    Credit,
    /// The agent does not know its model, provider or option.
    Settings,
    /// The question is longer than what the model can read.
    TooLong,
    /// The provider does not let the model answer that.
    Refused,
    /// The answer was cut off at its longest.
    Truncated,
    /// There was no answer.
    NoAnswer,
    /// The answer is not what was asked for, after it was asked for once more.
    Schema,
    /// It wrote more than is taken.
    TooMuch,
    /// The session, or another file, is not there.
    SessionNotFound,
    /// The session cannot be read.
    InvalidSession,
    /// There is nothing in the session.
    EmptySession,
    /// A skill is not there.
    MissingSkill,
    /// The disk is full.
    DiskFull,
    /// A file cannot be read or written.
    Storage,
    /// The database is busy, or another process asks the same question.
    Busy,
    /// The program cannot be started.
    Spawn,
    /// The program is not there: nothing that the job could help.
    MissingProgram,
    /// Somebody wanted it to stop: nothing that the job could help.
    Stopped,
    /// None that is known.
    Unknown,
}

impl Reason {
    /// Every one.
    pub const ALL: [Self; 26] = [
        Self::Timeout,
        Self::RateLimit,
        Self::Network,
        Self::Overloaded,
        Self::Server,
        Self::Crashed,
        Self::Authentication,
        Self::Credit,
        Self::Settings,
        Self::TooLong,
        Self::Refused,
        Self::Truncated,
        Self::NoAnswer,
        Self::Schema,
        Self::TooMuch,
        Self::SessionNotFound,
        Self::InvalidSession,
        Self::EmptySession,
        Self::MissingSkill,
        Self::DiskFull,
        Self::Storage,
        Self::Busy,
        Self::Spawn,
        Self::MissingProgram,
        Self::Stopped,
        Self::Unknown,
    ];

    /// Its word, as it is stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::RateLimit => "rate_limit",
            Self::Network => "network",
            Self::Overloaded => "overloaded",
            Self::Server => "server_error",
            Self::Crashed => "crashed",
            Self::Authentication => "authentication",
            Self::Credit => "credit",
            Self::Settings => "settings",
            Self::TooLong => "too_long",
            Self::Refused => "refused",
            Self::Truncated => "truncated",
            Self::NoAnswer => "no_answer",
            Self::Schema => "schema",
            Self::TooMuch => "too_much_output",
            Self::SessionNotFound => "session_not_found",
            Self::InvalidSession => "invalid_session",
            Self::EmptySession => "empty_session",
            Self::MissingSkill => "missing_skill",
            Self::DiskFull => "disk_full",
            Self::Storage => "storage",
            Self::Busy => "busy",
            Self::Spawn => "spawn",
            Self::MissingProgram => "missing_program",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// How often it is worth another attempt.
    pub const fn retries(self) -> u32 {
        match self {
            Self::RateLimit | Self::Overloaded | Self::Busy => 5,
            Self::Timeout | Self::Network | Self::Server => 3,
            Self::Crashed
            | Self::Truncated
            | Self::NoAnswer
            | Self::DiskFull
            | Self::Storage
            | Self::Spawn
            | Self::MissingProgram
            | Self::Stopped
            | Self::Unknown => 2,
            _ => 0,
        }
    }

    /// Whether another attempt would fail in the same way.
    pub const fn is_permanent(self) -> bool {
        self.retries() == 0
    }

    /// Whether the agent was asked at all: it was not where there is no program or skill.
    pub const fn was_asked(self) -> bool {
        !matches!(
            self,
            Self::MissingProgram | Self::MissingSkill | Self::Spawn
        )
    }

    /// Whether every other question would meet the same now, so that asking them is no use.
    pub const fn concerns_all(self) -> bool {
        matches!(
            self,
            Self::RateLimit
                | Self::Network
                | Self::Overloaded
                | Self::Authentication
                | Self::Credit
                | Self::Settings
                | Self::MissingSkill
                | Self::DiskFull
                | Self::Spawn
                | Self::MissingProgram
                | Self::Stopped
        )
    }

    /// What the user can do about it, if there is something.
    pub const fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Authentication => {
                "sign in with the agent itself (pi: /login), or set the provider's API key where it looks for one"
            }
            Self::Credit => "top up the account of the provider, or set another `agent.provider`",
            Self::Settings => {
                "look at `agent.command`, `agent.arguments`, `agent.provider` and `agent.model`; `pi --list-models` lists what there is"
            }
            Self::TooLong => {
                "set a smaller `agent.chunk_tokens`, or a model that reads more at once"
            }
            Self::Timeout => "set a longer `agent.timeout`, or a smaller `agent.chunk_tokens`",
            Self::Truncated => {
                "set a smaller `agent.chunk_tokens`, or a model that answers at greater length"
            }
            Self::MissingSkill => "put the skill there, or take it out of `agent.skills`",
            Self::MissingProgram => {
                "install the agent (npm install -g @mariozechner/pi-coding-agent), or set `agent.command`"
            }
            Self::DiskFull => "make room on the disk",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_their_own_and_found_again() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_word(reason.word()), Some(reason));
            assert_eq!(reason.is_permanent(), reason.retries() == 0);
            assert!(reason.retries() <= 5);
        }
        assert_eq!(Reason::from_word("nothing"), None);
    }

    #[test]
    fn as_many_retries_as_the_table_says() {
        let limits = [
            (Reason::Timeout, 3),
            (Reason::RateLimit, 5),
            (Reason::Network, 3),
            (Reason::Overloaded, 5),
            (Reason::Server, 3),
            (Reason::Crashed, 2),
            (Reason::Unknown, 2),
            (Reason::DiskFull, 2),
            (Reason::Busy, 5),
            (Reason::Spawn, 2),
            (Reason::Authentication, 0),
            (Reason::Settings, 0),
            (Reason::Schema, 0),
            (Reason::EmptySession, 0),
            (Reason::MissingSkill, 0),
        ];
        for (reason, retries) in limits {
            assert_eq!(reason.retries(), retries, "{}", reason.word());
        }
    }

    #[test]
    fn a_message_is_short_plain_and_without_secrets() {
        let key = format!("sk-ant-api03-{}", "Ab3".repeat(31));
        let failure = Failure::told(&format!(
            "401 bad key \u{1b}[31m{key}\nsecond {}",
            "x".repeat(5000)
        ));
        assert_eq!(failure.reason, Reason::Authentication);
        assert!(!failure.message.contains("Ab3Ab3"), "{}", failure.message);
        assert!(!failure.message.contains('\u{1b}'));
        assert!(failure.message.chars().count() <= LONGEST);
    }
}
