//! Where messages go.

pub mod command;
pub mod desktop;
mod document;
pub mod email;
pub mod file;
#[cfg(test)]
mod samples;
pub mod secret;
mod span;
#[cfg(any(feature = "email", feature = "webhook"))]
pub mod tls;
pub mod webhook;

use std::time::Duration;

use super::Message;

pub use self::command::Command;
pub use self::webhook::Webhook;

/// A way to reach people or programs.
pub trait Channel {
    /// What can be said of the settings without sending anything.
    fn check(&self) -> Result<(), Refusal>;

    /// Sends a message; returns when the other side has taken it.
    ///
    /// `limit` is how long it may take at most, whatever the channel's own settings say. What was refused is sent again
    /// later with the same identity: a message may arrive twice if the other side took it and could not say so.
    fn send(&self, message: &Message, limit: Duration) -> Result<(), Refusal>;
}

/// Why a message was not taken, for people; what comes from the other side is in it as it came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It may be taken later: nobody answered, too much at once.
    #[error("{0}")]
    Later(String),
    /// It will be refused again until somebody changes something: a wrong password, an address that does not exist, a
    /// variable that is not set.
    #[error("{0}")]
    Final(String),
}
