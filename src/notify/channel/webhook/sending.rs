//! From settings and a message to requests.

use std::time::{Duration, Instant};

use super::address::Address;
use super::exchange::{self, Request};
use super::headers::{self, Headers};
use super::{Webhook, slack};
use crate::config::notify::{Expanding, NoticeKind, WebhookFormat};
use crate::notify::channel::document::document;
use crate::notify::channel::{secret, tls};
use crate::notify::{Channel, Message, Refusal};
use crate::report::safe_json;
use crate::system::plain::plain;

impl Webhook {
    /// What is allowed and may not be meant.
    pub fn cautions(&self) -> Vec<String> {
        let open = self.address().ok().filter(Address::is_open_to_others);
        open.map(|address| {
            format!(
                "{} is not encrypted: whoever is on the way reads the notices",
                address.origin()
            )
        })
        .into_iter()
        .collect()
    }

    fn expanded(&self, text: &Expanding, what: &str) -> Result<String, Refusal> {
        text.expand(self.variable)
            .map_err(|unset| Refusal::Final(format!("{what}: {unset}")))
    }

    fn address(&self) -> Result<Address, Refusal> {
        let Some(url) = &self.settings.url else {
            return Err(Refusal::Final("`url` is not set".to_owned()));
        };
        Address::parse(&self.expanded(url, "`url`")?)
    }

    fn headers(&self) -> Result<Headers, Refusal> {
        let headers = self.settings.headers.iter().map(|(name, value)| {
            let value = self.expanded(value, &format!("the header `{}`", plain(name)))?;
            Ok((name.as_str(), value))
        });
        headers::read(&headers.collect::<Result<Vec<_>, Refusal>>()?)
    }
}

impl Channel for Webhook {
    /// Whether its settings make a request. No command is run for the secret: it might ask the user.
    fn check(&self) -> Result<(), Refusal> {
        self.address()?;
        self.headers()?;
        self.settings
            .ca_file
            .as_deref()
            .map_or(Ok(Vec::new()), tls::of_file)?;
        self.settings.secret.as_ref().map_or(Ok(()), secret::check)
    }

    /// Sends one request a notice as JSON, one for all of them to Slack.
    fn send(&self, message: &Message, limit: Duration) -> Result<(), Refusal> {
        let start = Instant::now();
        let limit = limit.min(self.settings.timeout.get());
        let address = self.address()?;
        let mut request = Request {
            headers: self.headers()?,
            roots: if address.is_encrypted() {
                tls::roots(self.settings.ca_file.as_deref())?
            } else {
                Vec::new()
            },
            address,
        };
        let key = self.settings.secret.as_ref();
        let key = key.map(|key| secret::read(key, limit)).transpose()?;
        let mut post = |id: &str, events: &str, body: &[u8]| {
            let signature = key
                .as_ref()
                .map(|key| headers::signature(key.expose(), body));
            request.headers.set_own(id, events, signature.as_deref())?;
            exchange::post(&request, body, limit.saturating_sub(start.elapsed()))
        };
        match self.settings.format {
            WebhookFormat::Json => message
                .notices
                .iter()
                .try_for_each(|notice| post(&notice.id, notice.event.name(), &document(notice))),
            WebhookFormat::Slack => {
                let mut body = Vec::new();
                // A vector takes everything.
                let _ = safe_json::compact(&mut body, &slack::body(message));
                post(&message.id, &events(message), &body)
            }
        }
    }
}

/// What a message is about: `task_failed, task_held`.
fn events(message: &Message) -> String {
    let mut events: Vec<_> = message.notices.iter().map(|notice| notice.event).collect();
    events.sort_unstable();
    events.dedup();
    let names: Vec<_> = events.into_iter().map(NoticeKind::name).collect();
    names.join(", ")
}
