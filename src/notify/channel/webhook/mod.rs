//! Notices by HTTP requests.
//!
//! A notice is the body of a POST, as JSON, with its identity in `Idempotency-Key`, what it is about in `X-Tend-Event`,
//! and, if there is a secret, the HMAC-SHA256 of the body in `X-Tend-Signature-256` (in the form of GitHub's webhooks).
//! Slack's form takes all notices at once.
//!
//! Redirects are not followed: the body and the headers, which may hold secrets, go to the address that the user wrote
//! and nowhere else.

#[cfg(not(feature = "webhook"))]
mod absent;
#[cfg(feature = "webhook")]
mod address;
#[cfg(feature = "webhook")]
mod exchange;
#[cfg(feature = "webhook")]
mod headers;
#[cfg(feature = "webhook")]
mod sending;
#[cfg(feature = "webhook")]
mod slack;

use crate::config::notify;

/// An address that gets requests.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "webhook"), allow(dead_code))]
pub struct Webhook {
    settings: notify::Webhook,
    variable: fn(&str) -> Option<String>,
}

impl Webhook {
    /// The webhook of these settings, with the variables of the environment.
    pub fn new(settings: notify::Webhook) -> Self {
        Self::with_variables(settings, crate::system::env::text)
    }

    /// The webhook of these settings, with variables from elsewhere.
    pub fn with_variables(settings: notify::Webhook, variable: fn(&str) -> Option<String>) -> Self {
        Self { settings, variable }
    }
}
