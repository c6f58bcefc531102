//! A message as a mail: headers, and the same as text and as HTML.

use std::time::{Duration, SystemTime};

use email_encoding::headers::{rfc2047, writer::EmailWriter};
use jiff::tz::TimeZone;
use lettre::address::Envelope;
use lettre::message::header::{Date, HeaderName, HeaderValue, MessageId, References, To};
use lettre::message::{Mailboxes, MultiPart};

use super::account::Account;
use super::html::html;
use super::letter::{Letter, name};
use super::text::text;
use crate::config::notify::Severity;
use crate::notify::message::Content;
use crate::notify::{Message, Refusal};

/// The last moment that a date in a mail can tell: the end of the year 9999.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// A mail as it is handed over.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    /// From whom to whom.
    pub envelope: Envelope,
    /// Headers and body, in ASCII but for addresses that are not.
    pub bytes: Vec<u8>,
}

impl Mail {
    /// The mail that tells a message. Sent again, it has the same identity, date and words.
    pub fn new(message: &Message, account: &Account, zone: &TimeZone) -> Result<Self, Refusal> {
        let Some((letter, content)) = Letter::of(message, zone).zip(message.content()) else {
            return Err(Refusal::Final("the message tells nothing".to_owned()));
        };
        let broken = |what: String| Refusal::Final(format!("put the mail together: {what}"));
        let domain = domain(account);
        let mut mail = lettre::Message::builder()
            .from(account.from.clone())
            .header(To::from(account.to.iter().cloned().collect::<Mailboxes>()))
            .header(Date::new(date(message)))
            .header(MessageId::from(format!(
                "<{}@{domain}>",
                identity(&message.id)
            )))
            .raw_header(unstructured("Subject", &letter.subject))
            // Nobody's absence note is to answer it [RFC 3834], [MS-OXCMAIL].
            .raw_header(unstructured("Auto-Submitted", "auto-generated"))
            .raw_header(unstructured("X-Auto-Response-Suppress", "All"))
            .raw_header(unstructured("X-Tend-Id", &name(&message.id)))
            .raw_header(unstructured("X-Tend-Severity", letter.severity.name()));
        if letter.severity == Severity::Critical {
            mail = mail.raw_header(unstructured("Importance", "high"));
        }
        if let Content::One(notice) = content {
            mail = mail
                .raw_header(unstructured("X-Tend-Event", notice.event.name()))
                .raw_header(unstructured("X-Tend-Repository", &name(&notice.repository)));
            if let Some(task) = &notice.task {
                // One thread a task: its mails all refer to one that never was.
                let thread = identity(&format!("{}\0{task}", notice.repository));
                mail = mail
                    .raw_header(unstructured("X-Tend-Task", &name(task)))
                    .header(References::from(format!("<task-{thread}@{domain}>")));
            }
        }
        let page = html(&letter).map_err(broken)?;
        let mail = mail
            .multipart(MultiPart::alternative_plain_html(text(&letter), page))
            .map_err(|error| broken(error.to_string()))?;
        Ok(Self {
            envelope: mail.envelope().clone(),
            bytes: mail.formatted(),
        })
    }
}

/// When the message was put together; what no mail can tell becomes the nearest that it can.
fn date(message: &Message) -> SystemTime {
    let epoch = SystemTime::UNIX_EPOCH;
    let since = SystemTime::from(message.time)
        .duration_since(epoch)
        .unwrap_or_default();
    epoch + since.min(LAST)
}

/// What is unique within our part of the sender's domain: an id, if it can stand there, else what it hashes to.
fn identity(id: &str) -> String {
    let fits = !id.is_empty()
        && id.len() <= 100
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if fits {
        id.to_owned()
    } else {
        let hash = blake3::hash(id.as_bytes()).to_hex();
        hash.as_str().chars().take(32).collect()
    }
}

/// The right side of the identities of mails: a part of the sender's domain, for what has none looks like spam.
fn domain(account: &Account) -> String {
    let domain = account.from.email.domain();
    let is_name = !domain.is_empty()
        && domain
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    let domain = if is_name { domain } else { "invalid" };
    format!("git-tend.{domain}")
}

/// A header with a text for people.
///
/// The library leaves words in ASCII as they are, also those that look like the encoding of others: who reads them
/// would decode what nobody encoded, with whatever comes out. Such a text is encoded as a whole.
fn unstructured(name: &'static str, value: &str) -> HeaderValue {
    let header = HeaderName::new_from_ascii_str(name);
    let mut encoded = String::new();
    if value.contains("=?") {
        let written = {
            let mut writer = EmailWriter::new(&mut encoded, name.len() + 2, 0, false);
            rfc2047::encode(value, &mut writer)
        };
        if written.is_ok() {
            return HeaderValue::dangerous_new_pre_encoded(header, value.to_owned(), encoded);
        }
    }
    HeaderValue::new(header, value.to_owned())
}
